//! Application commands: <https://discord.com/developers/docs/interactions/application-commands>.

use serde_json::{Map, Value, json};

use crate::rest::form::Fields;

/// Locales that names and descriptions can be given in:
/// <https://discord.com/developers/docs/reference#locales>.
const LOCALES: [&str; 34] = [
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE",
    "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];
/// Names, descriptions and values of a command with all its options together.
const TOTAL: usize = 8_000;
/// Integers and numbers lie within 2^53.
const SAFE: f64 = 9_007_199_254_740_992.0;
const SUB_COMMAND: i64 = 1;
const GROUP: i64 = 2;

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
        let list = options(body, 0, &mut size);
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
        json!([0]),
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

fn options(body: &Fields<'_>, depth: usize, size: &mut usize) -> Vec<Value> {
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
        let inner = options(option, if kind == GROUP { 1 } else { 2 }, size);
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
        _ => {}
    }
    Value::Object(out)
}

fn bounds(option: &Fields<'_>, kind: i64, out: &mut Map<String, Value>) {
    let mut read = |name: &str| {
        let value = option.get(name)?;
        let number = value.as_f64();
        let fits = number.is_some_and(|n| n.abs() <= SAFE)
            && (kind == 10 || value.is_i64() || value.is_u64());
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
        out.insert(name.to_owned(), value.clone());
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
