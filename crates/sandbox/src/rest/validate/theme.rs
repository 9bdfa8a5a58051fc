//! Themes that somebody shares:
//! <https://discord.com/developers/docs/resources/message#shared-client-theme-object>.

use serde_json::{Value, json};

use crate::rest::form::Fields;

/// The `shared_client_theme` of a message's body; missing is none.
pub(crate) fn read(body: &Fields<'_>) -> Option<Value> {
    let theme = body.object("shared_client_theme")?;
    for required in ["colors", "gradient_angle", "base_mix"] {
        if theme.get(required).is_none() {
            theme.required(required);
        }
    }
    let colours = theme.list("colors", 1..=5).unwrap_or_default();
    for (index, colour) in colours.iter().enumerate() {
        let text = colour.as_str().unwrap_or_default();
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            theme.fail(
                &format!("colors/{index}"),
                "BASE_TYPE_BAD_LENGTH",
                "Must be 6 hexadecimal digits.",
            );
        }
    }
    let angle = theme.integer("gradient_angle", 0..=360);
    let mix = theme.integer("base_mix", 0..=100);
    let base = theme.choice("base_theme", &[0, 1, 2, 3, 4]);
    Some(json!({
        "colors": colours, "gradient_angle": angle, "base_mix": mix, "base_theme": base,
    }))
}
