//! Application commands: <https://discord.com/developers/docs/interactions/application-commands>.

mod options;

use serde_json::{Map, Value, json};

use crate::rest::form::Fields;

/// Locales that names and descriptions can be given in:
/// <https://discord.com/developers/docs/reference#locales>.
pub(crate) const LOCALES: [&str; 34] = [
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE",
    "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];
/// Names, descriptions and values of a command with all its options together.
const TOTAL: usize = 8_000;

/// Checks a command and gives it in the form that responses have, without its ids. With `old`
/// (an edit) what the body does not name stays.
pub(crate) fn read(body: &Fields<'_>, old: Option<&Value>) -> Value {
    let mut size = 0;
    let kind = match old {
        Some(old) => old["type"].as_i64().unwrap_or(1),
        None => body.choice("type", &[1, 2, 3]).unwrap_or(1),
    };
    let is_slash = kind == 1;
    let mut out = match old {
        Some(old) => old.as_object().cloned().unwrap_or_default(),
        None => Map::new(),
    };
    out.insert("type".to_owned(), kind.into());
    if old.is_none() || body.has("name") {
        let name = name(body, is_slash);
        size += name.chars().count();
        out.insert("name".to_owned(), name.into());
    }
    if is_slash {
        if old.is_none() || body.has("description") {
            let text = body
                .required_text("description", 1..=100)
                .unwrap_or_default();
            size += text.chars().count();
            out.insert("description".to_owned(), text.into());
        }
    } else {
        if body.get("description").is_some_and(|text| text != "") {
            body.fail(
                "description",
                "APPLICATION_COMMAND_DESCRIPTION_INVALID",
                "Context menu commands cannot have description",
            );
        }
        if body
            .get("options")
            .is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty()))
        {
            body.fail(
                "options",
                "APPLICATION_COMMAND_OPTIONS_INVALID",
                "Context menu commands cannot have options",
            );
        }
        out.insert("description".to_owned(), "".into());
    }
    for (field, most) in [
        ("name_localizations", 32),
        ("description_localizations", 100),
    ] {
        if old.is_none() || body.has(field) {
            let checks_name = field.starts_with("name") && is_slash;
            out.insert(
                field.to_owned(),
                localizations(body, field, most, checks_name, &mut size),
            );
        }
    }
    if is_slash && (old.is_none() || body.has("options")) {
        let list = options::read(body, 0, &mut size);
        out.remove("options");
        if !list.is_empty() {
            out.insert("options".to_owned(), list.into());
        }
    }
    if old.is_none() || body.has("default_member_permissions") {
        let bits = body.integer("default_member_permissions", 0..=18_014_398_509_481_983);
        out.insert(
            "default_member_permissions".to_owned(),
            json!(bits.map(|bits| bits.to_string())),
        );
    }
    if old.is_none() || body.has("nsfw") {
        out.insert(
            "nsfw".to_owned(),
            body.boolean("nsfw").unwrap_or(false).into(),
        );
    }
    body.choice("handler", &[1, 2, 3]);
    numbers(
        body,
        &mut out,
        "contexts",
        &[0, 1, 2],
        Value::Null,
        old.is_some(),
    );
    numbers(
        body,
        &mut out,
        "integration_types",
        &[0, 1],
        // What the application can be installed for: here always both.
        json!([0, 1]),
        old.is_some(),
    );
    if old.is_none() || body.has("dm_permission") {
        let in_dms = body.boolean("dm_permission").unwrap_or_else(|| {
            out["contexts"]
                .as_array()
                .is_none_or(|list| list.contains(&1.into()))
        });
        out.insert("dm_permission".to_owned(), in_dms.into());
    }
    if size > TOTAL {
        body.check.fail(
            body.path(),
            "APPLICATION_COMMAND_TOO_LARGE",
            format!("Command exceeds maximum size ({TOTAL})"),
        );
    }
    Value::Object(out)
}

fn numbers(
    body: &Fields<'_>,
    out: &mut Map<String, Value>,
    field: &str,
    known: &[i64],
    default: Value,
    edit: bool,
) {
    if edit && !body.has(field) {
        return;
    }
    let list = body.list(field, 1..=known.len());
    for (index, value) in list.unwrap_or_default().iter().enumerate() {
        if !value.as_i64().is_some_and(|value| known.contains(&value)) {
            let choices: Vec<String> = known.iter().map(ToString::to_string).collect();
            body.fail(
                &format!("{field}/{index}"),
                "BASE_TYPE_CHOICES",
                format!("Value must be one of ({}).", choices.join(", ")),
            );
        }
        let before = list.map_or(&[][..], |list| &list[..index]);
        if before.contains(value) {
            body.fail(
                &format!("{field}/{index}"),
                "SET_TYPE_ALREADY_CONTAINS_VALUE",
                "The set already contains this value",
            );
        }
    }
    out.insert(field.to_owned(), list.map_or(default, Into::into));
}

fn name<'a>(body: &Fields<'a>, is_slash: bool) -> &'a str {
    let Some(name) = body.required_text("name", 1..=32) else {
        return "";
    };
    if is_slash && !is_slash_name(name) {
        body.fail(
            "name",
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid",
        );
    }
    name
}

/// `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, in lower case where there is one.
fn is_slash_name(name: &str) -> bool {
    let fits = |c: char| {
        c.is_alphanumeric()
            || "-_'".contains(c)
            || matches!(c, '\u{900}'..='\u{97F}' | '\u{E00}'..='\u{E7F}')
    };
    name.chars().all(fits) && name.to_lowercase() == name
}

fn localizations(
    body: &Fields<'_>,
    field: &str,
    most: usize,
    checks_name: bool,
    size: &mut usize,
) -> Value {
    let Some(map) = body.object(field) else {
        return Value::Null;
    };
    let Some(given) = body.get(field).and_then(Value::as_object) else {
        return Value::Null;
    };
    let mut longest = 0;
    for locale in given.keys() {
        if !LOCALES.contains(&locale.as_str()) {
            let list: Vec<String> = LOCALES.iter().map(|locale| format!("'{locale}'")).collect();
            map.fail(
                locale,
                "ENUM_TYPE_COERCE",
                format!(
                    "Value \"{locale}\" is not a valid enum value. Must be one of {{{}}}.",
                    list.join(", ")
                ),
            );
            continue;
        }
        if let Some(text) = map.text(locale, 1..=most) {
            longest = longest.max(text.chars().count());
            if checks_name && !is_slash_name(text) {
                map.fail(
                    locale,
                    "APPLICATION_COMMAND_INVALID_NAME",
                    "Command name is invalid",
                );
            }
        }
    }
    *size += longest;
    Value::Object(given.clone())
}

/// Checks the choices that an autocomplete is answered with.
pub(crate) fn autocomplete(data: &Fields<'_>) {
    if data.get("choices").is_none() {
        data.required("choices");
    }
    for choice in data.objects("choices", 0..=25).unwrap_or_default() {
        choice.required_text("name", 1..=100);
        match choice.get("value") {
            None => choice.required("value"),
            Some(value) if value.is_string() => {
                choice.text("value", 0..=100);
            }
            Some(value) if value.is_number() => {}
            Some(value) => choice.fail(
                "value",
                "STRING_TYPE_CONVERT",
                format!("Could not interpret \"{value}\" as string."),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slash_names_are_lower_case_words_of_any_script() {
        for good in [
            "nowplaying",
            "now-playing",
            "радио",
            "ラジオ",
            "라디오",
            "วิทยุ",
            "रेडियो",
            "it's",
            "a1",
        ] {
            assert!(is_slash_name(good), "{good}");
        }
        for bad in ["Now", "now playing", "now.playing", "ÉTÉ", "a/b", "😀"] {
            assert!(!is_slash_name(bad), "{bad}");
        }
    }
}
