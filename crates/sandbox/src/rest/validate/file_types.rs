//! Which files somebody can choose:
//! <https://discord.com/developers/docs/reference#file-type-filtering>.

use serde_json::Value;

use crate::rest::form::Fields;

/// Checks the `file_types` of an option or a file upload and gives them in lower case; missing is
/// none.
pub(crate) fn read(fields: &Fields<'_>) -> Option<Vec<Value>> {
    let types = fields.list("file_types", 0..=10)?;
    let mut stored = Vec::with_capacity(types.len());
    for (index, value) in types.iter().enumerate() {
        let text = value.as_str().unwrap_or_default().to_ascii_lowercase();
        let is_extension = text.strip_prefix('.').is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric())
        });
        if is_extension || ["image", "video", "audio"].contains(&text.as_str()) {
            stored.push(text.into());
        } else {
            fields.fail(
                &format!("file_types/{index}"),
                "BASE_TYPE_CHOICES",
                "Value must be one of ('image', 'video', 'audio') or a dot-prefixed extension.",
            );
        }
    }
    Some(stored)
}
