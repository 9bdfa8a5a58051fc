//! Reading a request's body as Discord does: every field is looked at, all problems are told.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ApiError;
use crate::world::Id;

type Problem = (String, &'static str, String);

/// Gathers the problems of one body.
#[derive(Debug, Default)]
pub struct Check(RefCell<Vec<Problem>>);

impl Check {
    /// Notes a problem.
    pub fn fail(&self, path: &str, code: &'static str, message: impl Into<String>) {
        self.0
            .borrow_mut()
            .push((path.to_owned(), code, message.into()));
    }

    /// Nothing was wrong, or 50035 with all that was.
    pub fn finish(self) -> Result<(), ApiError> {
        let problems = self.0.into_inner();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid_form(problems))
        }
    }

    /// The fields of an object; notes when it is none.
    pub fn object<'a>(&'a self, value: &'a Value, path: &str) -> Option<Fields<'a>> {
        let fields = self.map(value, path)?;
        Some(Fields {
            check: self,
            fields,
            path: path.to_owned(),
        })
    }

    fn map<'a>(&self, value: &'a Value, path: &str) -> Option<&'a Map<String, Value>> {
        let fields = value.as_object();
        if fields.is_none() {
            self.fail(
                path,
                "MODEL_TYPE_CONVERT",
                "Only dictionaries may be used in a ModelType",
            );
        }
        fields
    }
}

/// Reads the fields of an object; with anything wrong it is 50035 and all that was.
pub fn read<T>(body: &Value, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, ApiError> {
    let check = Check::default();
    let value = check.object(body, "").map(|fields| read(&fields));
    check.finish()?;
    value.ok_or_else(|| ApiError::invalid_form(Vec::new()))
}

/// An object of the body, at its path.
#[derive(Debug)]
#[allow(clippy::struct_field_names)] // of an object of fields
pub struct Fields<'a> {
    /// Where problems go.
    pub check: &'a Check,
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The path of a field.
    pub fn at(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }

    /// The path of the object itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Notes a problem with a field.
    pub fn fail(&self, name: &str, code: &'static str, message: impl Into<String>) {
        self.check.fail(&self.at(name), code, message);
    }

    /// Whether the field is there at all, be it null.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The field, unless it is missing or null.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Notes that a required field is missing.
    pub fn required(&self, name: &str) {
        self.fail(name, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// A text of so many characters; missing is none.
    pub fn text(&self, name: &str, length: RangeInclusive<usize>) -> Option<&'a str> {
        let value = self.get(name)?;
        let Some(text) = value.as_str() else {
            self.fail(
                name,
                "STRING_TYPE_CONVERT",
                format!("Could not interpret \"{value}\" as string."),
            );
            return None;
        };
        let count = text.chars().count();
        if count == 0 && *length.start() > 0 {
            self.required(name);
            return None;
        }
        self.fits(name, count, &length).then_some(text)
    }

    /// As [`Fields::text`], and it must be there.
    pub fn required_text(&self, name: &str, length: RangeInclusive<usize>) -> Option<&'a str> {
        if self.get(name).is_none() {
            self.required(name);
            return None;
        }
        self.text(name, length)
    }

    /// A whole number in a range; missing is none. Digits in a string are taken too.
    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.get(name)?;
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            self.fail(
                name,
                "NUMBER_TYPE_COERCE",
                format!("Value {value} is not int."),
            );
            return None;
        };
        if number < *range.start() {
            self.fail(
                name,
                "NUMBER_TYPE_MIN",
                format!(
                    "int value should be greater than or equal to {}.",
                    range.start()
                ),
            );
            return None;
        }
        if number > *range.end() {
            self.fail(
                name,
                "NUMBER_TYPE_MAX",
                format!("int value should be less than or equal to {}.", range.end()),
            );
            return None;
        }
        Some(number)
    }

    /// A number in a range; missing is none.
    pub fn float(&self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.get(name)?;
        let number = value.as_f64();
        let (least, most) = (range.start(), range.end());
        match number {
            None => self.fail(
                name,
                "NUMBER_TYPE_COERCE",
                format!("Value {value} is not float."),
            ),
            Some(number) if number < *least => self.fail(
                name,
                "NUMBER_TYPE_MIN",
                format!("float value should be greater than or equal to {least}."),
            ),
            Some(number) if number > *most => self.fail(
                name,
                "NUMBER_TYPE_MAX",
                format!("float value should be less than or equal to {most}."),
            ),
            _ => return number,
        }
        None
    }

    /// As [`Fields::integer`], and it must be one of these.
    pub fn choice(&self, name: &str, choices: &[i64]) -> Option<i64> {
        let number = self.integer(name, i64::MIN..=i64::MAX)?;
        if choices.contains(&number) {
            return Some(number);
        }
        let list: Vec<String> = choices.iter().map(ToString::to_string).collect();
        self.fail(
            name,
            "BASE_TYPE_CHOICES",
            format!("Value must be one of ({}).", list.join(", ")),
        );
        None
    }

    /// True or false; missing is none.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        if value.as_bool().is_none() {
            self.fail(
                name,
                "BOOLEAN_TYPE_CONVERT",
                "Must be either true or false.",
            );
        }
        value.as_bool()
    }

    /// A list of up to `most`; missing is none.
    pub fn list(&self, name: &str, range: RangeInclusive<usize>) -> Option<&'a [Value]> {
        let value = self.get(name)?;
        let Some(list) = value.as_array() else {
            self.fail(
                name,
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
            return None;
        };
        self.fits(name, list.len(), &range).then_some(list)
    }

    /// Whether a length is right; notes when it is not.
    fn fits(&self, name: &str, length: usize, range: &RangeInclusive<usize>) -> bool {
        let (least, most) = (range.start(), range.end());
        let fits = range.contains(&length);
        if !fits && *least == 0 {
            let message = format!("Must be {most} or fewer in length.");
            self.fail(name, "BASE_TYPE_MAX_LENGTH", message);
        } else if !fits {
            let message = format!("Must be between {least} and {most} in length.");
            self.fail(name, "BASE_TYPE_BAD_LENGTH", message);
        }
        fits
    }

    /// A list of objects with the path of each.
    pub fn objects(&self, name: &str, range: RangeInclusive<usize>) -> Option<Vec<Fields<'a>>> {
        let list = self.list(name, range)?;
        Some(self.objects_of(name, list))
    }

    fn objects_of(&self, name: &str, list: &'a [Value]) -> Vec<Fields<'a>> {
        list.iter()
            .enumerate()
            .filter_map(|(index, value)| {
                let path = format!("{}/{index}", self.at(name));
                let fields = self.check.map(value, &path)?;
                Some(Fields {
                    check: self.check,
                    fields,
                    path,
                })
            })
            .collect()
    }

    /// An object; missing is none.
    pub fn object(&self, name: &str) -> Option<Fields<'a>> {
        let value = self.get(name)?;
        let path = self.at(name);
        let fields = self.check.map(value, &path)?;
        Some(Fields {
            check: self.check,
            fields,
            path,
        })
    }

    /// A snowflake; missing is none.
    pub fn snowflake(&self, name: &str) -> Option<Id> {
        let value = self.get(name)?;
        let id = Id::from_json(value);
        if id.is_none() {
            self.fail(
                name,
                "NUMBER_TYPE_COERCE",
                format!("Value {value} is not snowflake."),
            );
        }
        id
    }

    /// As [`Fields::snowflake`], and it must be there.
    pub fn required_snowflake(&self, name: &str) -> Option<Id> {
        if self.get(name).is_none() {
            self.required(name);
        }
        self.snowflake(name)
    }

    /// A list of different snowflakes; missing is none.
    pub fn snowflakes(&self, name: &str, range: RangeInclusive<usize>) -> Option<Vec<Id>> {
        let list = self.list(name, range)?;
        let mut ids = Vec::with_capacity(list.len());
        for (index, value) in list
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_null())
        {
            let path = format!("{name}/{index}");
            match Id::from_json(value) {
                None => self.fail(
                    &path,
                    "NUMBER_TYPE_COERCE",
                    format!("Value {value} is not snowflake."),
                ),
                Some(id) if ids.contains(&id) => {
                    self.fail(
                        name,
                        "SET_TYPE_ALREADY_CONTAINS_VALUE",
                        "The set already contains this value",
                    );
                }
                Some(id) => ids.push(id),
            }
        }
        Some(ids)
    }

    /// A point in time in milliseconds since the Unix epoch, written as ISO 8601, in UTC where it
    /// names no zone; missing is none.
    pub fn time(&self, name: &str) -> Option<u64> {
        let text = self.text(name, 0..=64)?;
        let parsed = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
        let millis = parsed
            .ok()
            .and_then(|at| u64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok());
        if millis.is_none() {
            self.fail(
                name,
                "DATETIME_TYPE_PARSE",
                format!("Could not parse {text}. Should be ISO8601."),
            );
        }
        millis
    }

    /// An address; missing is none. `schemes` are those it may have.
    pub fn url(&self, name: &str, most: usize, schemes: &[&str]) -> Option<&'a str> {
        let text = self.text(name, 0..=most)?;
        if text.is_empty() {
            return None;
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            self.fail(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        };
        if !schemes.contains(&scheme.to_lowercase().as_str()) {
            let list: Vec<String> = schemes.iter().map(|scheme| format!("'{scheme}'")).collect();
            self.fail(
                name,
                "URL_TYPE_INVALID_SCHEME",
                format!(
                    "Scheme {scheme:?} is not supported. Scheme must be one of ({}).",
                    list.join(", ")
                ),
            );
            return None;
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let odd = text.chars().any(|c| c.is_whitespace() || c.is_control());
        if host.is_empty() || odd {
            self.fail(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        }
        Some(text)
    }
}

/// `1.0` is whole too: discord.py writes the hours of a poll so.
#[allow(clippy::cast_possible_truncation, reason = "whole, and small enough")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

#[cfg(test)]
mod tests;
