//! Options of commands, their choices and bounds:
//! <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-structure>.

use serde_json::{Map, Value, json};

use super::{localizations, name};
use crate::rest::form::Fields;
use crate::rest::validate::file_types;

/// Integers and numbers lie within 2^53.
const SAFE: f64 = 9_007_199_254_740_992.0;
const SUB_COMMAND: i64 = 1;
const GROUP: i64 = 2;

/// Checks the options of a command (`depth` 0), of a group (1) or of a subcommand (2).
pub(super) fn read(body: &Fields<'_>, depth: usize, size: &mut usize) -> Vec<Value> {
    let list = body.objects("options", 0..=25).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    let mut seen_optional = false;
    let (mut nested, mut plain) = (false, false);
    let mut stored = Vec::new();
    for (index, option) in list.iter().enumerate() {
        if option.get("type").is_none() {
            option.required("type");
            continue;
        }
        let kinds: Vec<i64> = (1..=11).collect();
        let Some(kind) = option.choice("type", &kinds) else {
            continue;
        };
        let out = one_option(option, kind, depth, size);
        let name = out["name"].as_str().unwrap_or_default().to_owned();
        if !name.is_empty() && names.contains(&name) {
            body.check.fail(
                option.path(),
                "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
                "Option name must be unique",
            );
        }
        names.push(name);
        if kind <= GROUP {
            nested = true;
            // Groups stand at the top only, and hold subcommands only.
            if depth == 2 || depth == 1 && kind == GROUP {
                option.fail(
                    "type",
                    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                    "Sub-command option depth exceeded",
                );
            }
        } else {
            plain = true;
        }
        if out["required"] == true {
            if seen_optional {
                body.fail(
                    &format!("options/{index}"),
                    "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                    "Required options must be placed before non-required options",
                );
            }
        } else if kind > GROUP {
            seen_optional = true;
        }
        stored.push(out);
    }
    if nested && plain {
        body.fail(
            "options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        );
    }
    stored
}

fn one_option(option: &Fields<'_>, kind: i64, depth: usize, size: &mut usize) -> Value {
    let mut out = Map::new();
    let name = name(option, true);
    let text = option
        .required_text("description", 1..=100)
        .unwrap_or_default();
    *size += name.chars().count() + text.chars().count();
    out.insert("type".to_owned(), kind.into());
    out.insert("name".to_owned(), name.into());
    out.insert("description".to_owned(), text.into());
    for (field, most) in [
        ("name_localizations", 32),
        ("description_localizations", 100),
    ] {
        let value = localizations(option, field, most, field.starts_with("name"), size);
        if !value.is_null() {
            out.insert(field.to_owned(), value);
        }
    }
    if kind <= GROUP {
        let inner = read(option, if kind == GROUP { 1 } else { 2 }, size);
        let all_sub = inner.iter().all(|inner| inner["type"] == SUB_COMMAND);
        if kind == GROUP && !all_sub {
            option.fail(
                "options",
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                "Sub-command groups can only contain sub-commands",
            );
        }
        let _ = depth;
        if !inner.is_empty() {
            out.insert("options".to_owned(), inner.into());
        }
        return Value::Object(out);
    }
    if let Some(required) = option.boolean("required") {
        out.insert("required".to_owned(), required.into());
    }
    let autocomplete = option.boolean("autocomplete").unwrap_or(false);
    if option.has("autocomplete") && matches!(kind, 3 | 4 | 10) {
        out.insert("autocomplete".to_owned(), autocomplete.into());
    }
    if matches!(kind, 3 | 4 | 10) {
        let choices = choices(option, kind, size);
        if autocomplete && !choices.is_empty() {
            option.fail(
                "choices",
                "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID",
                "Cannot set both autocomplete and choices",
            );
        }
        if !choices.is_empty() {
            out.insert("choices".to_owned(), choices.into());
        }
    } else if autocomplete {
        option.fail(
            "autocomplete",
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE_INVALID",
            "Option type does not support autocomplete",
        );
    }
    match kind {
        3 => {
            let least = option.integer("min_length", 0..=6000);
            let most = option.integer("max_length", 1..=6000);
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                option.fail(
                    "min_length",
                    "APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID",
                    "min_length must not be greater than max_length",
                );
            }
            for (name, value) in [("min_length", least), ("max_length", most)] {
                if let Some(value) = value {
                    out.insert(name.to_owned(), value.into());
                }
            }
        }
        4 | 10 => bounds(option, kind, &mut out),
        7 => {
            if let Some(types) = option.list("channel_types", 0..=20) {
                for (index, value) in types.iter().enumerate() {
                    if value.as_u64().is_none_or(|value| value > 16) {
                        option.fail(
                            &format!("channel_types/{index}"),
                            "BASE_TYPE_CHOICES",
                            "Value must be a channel type.",
                        );
                    }
                }
                out.insert("channel_types".to_owned(), types.into());
            }
        }
        11 => {
            if let Some(types) = file_types::read(option) {
                out.insert("file_types".to_owned(), types.into());
            }
        }
        _ => {}
    }
    Value::Object(out)
}

fn bounds(option: &Fields<'_>, kind: i64, out: &mut Map<String, Value>) {
    let mut read = |name: &str| {
        let value = option.get(name)?;
        let number = value.as_f64();
        // `5.0` is whole: poise writes the bounds of whole numbers so, and Discord takes them.
        let fits = number.is_some_and(|n| n.abs() <= SAFE && (kind == 10 || n.fract() == 0.0));
        if !fits {
            option.fail(
                name,
                "NUMBER_TYPE_COERCE",
                format!(
                    "Value {value} is not {}.",
                    if kind == 4 { "int" } else { "float" }
                ),
            );
            return None;
        }
        let stored = match number {
            #[allow(clippy::cast_possible_truncation, reason = "whole, and small enough")]
            Some(whole) if kind == 4 => json!(whole as i64),
            _ => value.clone(),
        };
        out.insert(name.to_owned(), stored);
        number
    };
    if let (Some(least), Some(most)) = (read("min_value"), read("max_value"))
        && least > most
    {
        option.fail(
            "min_value",
            "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID",
            "min_value must not be greater than max_value",
        );
    }
}

fn choices(option: &Fields<'_>, kind: i64, size: &mut usize) -> Vec<Value> {
    let list = option.objects("choices", 0..=25).unwrap_or_default();
    let mut stored: Vec<Value> = Vec::new();
    for choice in &list {
        let name = choice.required_text("name", 1..=100).unwrap_or_default();
        *size += name.chars().count();
        let localized = localizations(choice, "name_localizations", 100, false, size);
        let Some(value) = choice.get("value") else {
            choice.required("value");
            continue;
        };
        match kind {
            3 => {
                let text = choice.text("value", 0..=100).unwrap_or_default();
                *size += text.chars().count();
            }
            4 if !(value.is_i64() || value.is_u64()) => {
                choice.fail(
                    "value",
                    "NUMBER_TYPE_COERCE",
                    format!("Value {value} is not int."),
                );
            }
            10 if !value.is_number() => {
                choice.fail(
                    "value",
                    "NUMBER_TYPE_COERCE",
                    format!("Value {value} is not float."),
                );
            }
            _ => {}
        }
        let twice = |field: &str, value: &Value| stored.iter().any(|other| other[field] == *value);
        if twice("name", &name.into()) {
            choice.check.fail(
                choice.path(),
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                "Option choice name already exists",
            );
        }
        if twice("value", value) {
            choice.check.fail(
                choice.path(),
                "APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_ALREADY_EXISTS",
                "Option choice value already exists",
            );
        }
        let mut out = json!({"name": name, "value": value});
        if !localized.is_null() {
            out["name_localizations"] = localized;
        }
        stored.push(out);
    }
    stored
}
