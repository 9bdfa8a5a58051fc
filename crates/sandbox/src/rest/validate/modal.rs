//! Modals: <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>.

use serde_json::{Map, Value};

use super::component::{Whole, custom_id, select};
use super::file_types;
use crate::rest::ApiError;
use crate::rest::form::{Check, Fields};

const ROW: i64 = 1;
const TEXT_INPUT: i64 = 4;
const TEXT_DISPLAY: i64 = 10;
const LABEL: i64 = 18;
const FILE_UPLOAD: i64 = 19;
const RADIO_GROUP: i64 = 21;
const CHECKBOX_GROUP: i64 = 22;
const CHECKBOX: i64 = 23;

/// Checks the `data` of a modal callback and gives it back as it is shown.
pub(crate) fn read(data: &Value) -> Result<Value, ApiError> {
    let check = Check::default();
    if let Some(modal) = check.object(data, "data") {
        modal.required_text("custom_id", 1..=100);
        modal.required_text("title", 1..=45);
        if modal.get("components").is_none() {
            modal.required("components");
        }
        let mut whole = Whole::default();
        for component in modal.objects("components", 1..=5).unwrap_or_default() {
            one(&component, &mut whole);
        }
    }
    check.finish()?;
    Ok(data.clone())
}

fn one(component: &Fields<'_>, whole: &mut Whole) {
    match component.integer("type", 0..=255) {
        Some(ROW) => {
            if component.get("components").is_none() {
                component.required("components");
            }
            for input in component.objects("components", 1..=1).unwrap_or_default() {
                if input.get("type").is_none() {
                    input.required("type");
                }
                input.choice("type", &[TEXT_INPUT]);
                text_input(&input, true, whole);
            }
        }
        Some(LABEL) => {
            component.required_text("label", 1..=45);
            component.text("description", 0..=100);
            match component.object("component") {
                Some(inner) => labelled(&inner, whole),
                None => component.required("component"),
            }
        }
        Some(TEXT_DISPLAY) => {
            component.required_text("content", 1..=4000);
        }
        Some(_) => component.check.fail(
            component.path(),
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (1, 10, 18).",
        ),
        None => component.required("type"),
    }
}

/// What a label may hold.
fn labelled(inner: &Fields<'_>, whole: &mut Whole) {
    let Some(kind) = inner.integer("type", 0..=255) else {
        if inner.get("type").is_none() {
            inner.required("type");
        }
        return;
    };
    match kind {
        TEXT_INPUT => text_input(inner, false, whole),
        3 | 5..=8 => select::of_modal(inner, whole),
        FILE_UPLOAD => {
            named(inner, whole);
            select::required_counts(inner);
            select::counts(inner, 10, 1);
            file_types::read(inner);
        }
        RADIO_GROUP => {
            named(inner, whole);
            inner.boolean("required");
            select::options(inner, 2..=10, 1);
        }
        CHECKBOX_GROUP => {
            named(inner, whole);
            select::required_counts(inner);
            let all = inner.get("options").and_then(Value::as_array);
            let all = all.map_or(1, |all| i64::try_from(all.len()).unwrap_or(1));
            let (_, most) = select::counts(inner, 10, all);
            select::options(inner, 1..=10, most);
        }
        CHECKBOX => {
            named(inner, whole);
            inner.boolean("default");
        }
        _ => inner.check.fail(
            inner.path(),
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 19, 21, 22, 23).",
        ),
    }
}

/// What is filled in has an id, by which the answer names it.
fn named(input: &Fields<'_>, whole: &mut Whole) {
    if input.get("custom_id").is_none() {
        input.required("custom_id");
    }
    custom_id(input, &mut Map::new(), whole);
}

fn text_input(input: &Fields<'_>, has_label: bool, whole: &mut Whole) {
    named(input, whole);
    if input.get("style").is_none() {
        input.required("style");
    }
    input.choice("style", &[1, 2]);
    if has_label {
        input.required_text("label", 1..=45);
    }
    let least = input.integer("min_length", 0..=4000);
    let most = input.integer("max_length", 1..=4000);
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        input.fail(
            "min_length",
            "NUMBER_TYPE_MAX",
            format!("int value should be less than or equal to {most}."),
        );
    }
    input.text("value", 0..=4000);
    input.text("placeholder", 0..=100);
    input.boolean("required");
}
