//! Selects: <https://discord.com/developers/docs/components/reference#string-select>.

use serde_json::{Map, Value, json};

use super::{CHANNEL_SELECT, STRING_SELECT, Whole, custom_id, emoji};
use crate::rest::form::Fields;

/// The highest type of channel.
const LAST_CHANNEL_TYPE: u64 = 16;

/// Checks a select and adds it to `out` as responses have it.
pub(super) fn read(
    component: &Fields<'_>,
    kind: i64,
    out: &mut Map<String, Value>,
    whole: &mut Whole,
) {
    if component.get("custom_id").is_none() {
        component.required("custom_id");
    }
    custom_id(component, out, whole);
    if let Some(text) = component.text("placeholder", 0..=150) {
        out.insert("placeholder".to_owned(), text.into());
    }
    let (least, most) = counts(component, 25, 1);
    out.insert("min_values".to_owned(), least.into());
    out.insert("max_values".to_owned(), most.into());
    out.insert(
        "disabled".to_owned(),
        component.boolean("disabled").unwrap_or(false).into(),
    );
    if kind == CHANNEL_SELECT
        && let Some(types) = channel_types(component)
    {
        out.insert("channel_types".to_owned(), types.into());
    }
    if kind != STRING_SELECT {
        if let Some(values) = default_values(component, kind, least, most) {
            out.insert("default_values".to_owned(), values.into());
        }
        return;
    }
    let options = options(component, 1..=25, most);
    out.insert("options".to_owned(), options.into());
}

/// Checks a select in a modal.
pub(crate) fn of_modal(component: &Fields<'_>, whole: &mut Whole) {
    let kind = component.integer("type", 0..=255).unwrap_or(STRING_SELECT);
    required_counts(component);
    read(component, kind, &mut Map::new(), whole);
}

/// How many are to be chosen, at least (1 unless said) and at most (`usual` unless said), neither
/// more than `limit`.
pub(crate) fn counts(component: &Fields<'_>, limit: i64, usual: i64) -> (i64, i64) {
    let least = component.integer("min_values", 0..=limit).unwrap_or(1);
    let most = component.integer("max_values", 1..=limit).unwrap_or(usual);
    if least > most {
        component.fail(
            "min_values",
            "SELECT_COMPONENT_MIN_VALUES_INVALID",
            "Min values must not be greater than max values",
        );
    }
    (least, most)
}

/// In a modal, nothing need be chosen only where nothing is required.
pub(crate) fn required_counts(component: &Fields<'_>) {
    let is_required = component.boolean("required").unwrap_or(true);
    if is_required && component.get("min_values").is_some_and(|least| *least == 0) {
        component.fail(
            "min_values",
            "NUMBER_TYPE_MIN",
            "int value should be greater than or equal to 1.",
        );
    }
}

fn channel_types(component: &Fields<'_>) -> Option<Vec<Value>> {
    let types = component.list("channel_types", 0..=20)?;
    for (index, value) in types.iter().enumerate() {
        if value.as_u64().is_none_or(|value| value > LAST_CHANNEL_TYPE) {
            component.fail(
                &format!("channel_types/{index}"),
                "BASE_TYPE_CHOICES",
                "Value must be a channel type.",
            );
        }
    }
    Some(types.to_vec())
}

/// What is chosen from the beginning: users, roles or channels.
fn default_values(component: &Fields<'_>, kind: i64, least: i64, most: i64) -> Option<Vec<Value>> {
    let values = component.objects("default_values", 0..=25)?;
    let kinds: &[&str] = match kind {
        5 => &["user"],
        6 => &["role"],
        7 => &["user", "role"],
        _ => &["channel"],
    };
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    if count > 0 && !(least..=most).contains(&count) {
        component.fail(
            "default_values",
            "BASE_TYPE_BAD_LENGTH",
            format!("Must be between {least} and {most} in length."),
        );
    }
    let stored = values.iter().map(|value| {
        let id = value.required_snowflake("id");
        let kind = value.required_text("type", 1..=32);
        if kind.is_some_and(|kind| !kinds.contains(&kind)) {
            value.fail(
                "type",
                "BASE_TYPE_CHOICES",
                format!("Value must be one of ({}).", kinds.join(", ")),
            );
        }
        json!({"id": id, "type": kind})
    });
    Some(stored.collect())
}

/// The options of a string select, of a group of radio buttons or checkboxes, of which up to
/// `most` can be chosen.
pub(crate) fn options(
    component: &Fields<'_>,
    count: std::ops::RangeInclusive<usize>,
    most: i64,
) -> Vec<Value> {
    if component.get("options").is_none() {
        component.required("options");
    }
    let options = component.objects("options", count).unwrap_or_default();
    if !options.is_empty() && usize::try_from(most).is_ok_and(|most| most > options.len()) {
        component.fail(
            "options",
            "SELECT_COMPONENT_MAX_VALUES_TOO_MANY",
            "Max values must not be greater than the number of options",
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut chosen = 0;
    let mut stored = Vec::new();
    for option in &options {
        let label = option.required_text("label", 1..=100);
        let value = option.required_text("value", 1..=100);
        let mut part = Map::new();
        if let Some(value) = value {
            if seen.contains(&value) {
                option.fail(
                    "value",
                    "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                    "The specified option value is already used",
                );
            }
            seen.push(value);
            part.insert("value".to_owned(), value.into());
        }
        part.insert("label".to_owned(), json!(label));
        if let Some(text) = option.text("description", 0..=100) {
            part.insert("description".to_owned(), text.into());
        }
        emoji(option, &mut part);
        if let Some(default) = option.boolean("default") {
            chosen += i64::from(default);
            part.insert("default".to_owned(), default.into());
        }
        stored.push(Value::Object(part));
    }
    if chosen > most {
        component.fail(
            "options",
            "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
            "More options are chosen by default than can be chosen",
        );
    }
    stored
}
