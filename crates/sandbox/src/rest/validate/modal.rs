//! Modals: <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>.

use serde_json::Value;

use super::component;
use crate::rest::ApiError;
use crate::rest::form::{Check, Fields};

/// Checks the `data` of a modal callback and gives it back as it is shown.
pub(crate) fn read(data: &Value) -> Result<Value, ApiError> {
    let check = Check::default();
    if let Some(modal) = check.object(data, "data") {
        modal.required_text("custom_id", 1..=100);
        modal.required_text("title", 1..=45);
        if modal.get("components").is_none() {
            modal.required("components");
        }
        for component in modal.objects("components", 1..=5).unwrap_or_default() {
            match component.integer("type", 0..=255) {
                Some(1) => {
                    for input in component.objects("components", 1..=1).unwrap_or_default() {
                        text_input(&input, true);
                    }
                }
                Some(18) => {
                    component.required_text("label", 1..=45);
                    component.text("description", 0..=100);
                    match component.object("component") {
                        Some(inner) => labelled(&inner),
                        None => component.required("component"),
                    }
                }
                Some(10) => {
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
    }
    check.finish()?;
    Ok(data.clone())
}

/// What a label may hold.
fn labelled(inner: &Fields<'_>) {
    match inner.integer("type", 0..=255) {
        Some(4) => text_input(inner, false),
        Some(3 | 5..=8) => component::select_of_modal(inner),
        // File uploads, radio groups, groups of checkboxes, checkboxes.
        Some(19 | 21..=23) => {
            inner.required_text("custom_id", 1..=100);
        }
        Some(_) => inner.check.fail(
            inner.path(),
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 19, 21, 22, 23).",
        ),
        None => inner.required("type"),
    }
}

fn text_input(input: &Fields<'_>, has_label: bool) {
    input.choice("type", &[4]);
    input.required_text("custom_id", 1..=100);
    if input.get("style").is_none() {
        input.required("style");
    }
    input.choice("style", &[1, 2]);
    if has_label {
        input.required_text("label", 1..=45);
    }
    input.integer("min_length", 0..=4000);
    input.integer("max_length", 1..=4000);
    input.text("value", 0..=4000);
    input.text("placeholder", 0..=100);
    input.boolean("required");
}
