//! Commands in one language:
//! <https://discord.com/developers/docs/interactions/application-commands#retrieving-localized-commands>.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use serde_json::Value;

/// The language that a request asks for; a bot's own is `en-US`.
pub(super) fn language(headers: &HeaderMap) -> String {
    let text = |value: Option<&axum::http::HeaderValue>| {
        let text = value?.to_str().ok()?;
        let first = text.split([',', ';']).next()?.trim();
        Some(first.to_owned()).filter(|first| !matches!(first.as_str(), "" | "*"))
    };
    text(headers.get("x-discord-locale"))
        .or_else(|| text(headers.get(ACCEPT_LANGUAGE)))
        .unwrap_or_else(|| "en-US".to_owned())
}

/// Puts what a command is called in a language in the place of its dictionaries.
pub(super) fn translate(command: &mut Value, language: &str) {
    let Some(fields) = command.as_object_mut() else {
        return;
    };
    for name in ["name", "description"] {
        let dictionary = fields.remove(&format!("{name}_localizations"));
        let text = dictionary.as_ref().and_then(|texts| texts.get(language));
        if let Some(text) = text {
            fields.insert(format!("{name}_localized"), text.clone());
        }
    }
    for list in ["options", "choices"] {
        let children = fields.get_mut(list).and_then(Value::as_array_mut);
        for child in children.into_iter().flatten() {
            translate(child, language);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_language_takes_the_place_of_the_dictionaries() {
        let texts = json!({"ja": "いま", "de": "jetzt"});
        let mut command = json!({
            "name": "now", "name_localizations": texts, "description": "d",
            "description_localizations": null,
            "options": [{"name": "o", "name_localizations": {"fr": "x"},
                "choices": [{"name": "c", "name_localizations": texts, "value": 1}]}],
        });
        translate(&mut command, "ja");
        let expected = json!({
            "name": "now", "name_localized": "いま", "description": "d",
            "options": [{"name": "o",
                "choices": [{"name": "c", "name_localized": "いま", "value": 1}]}],
        });
        assert_eq!(command, expected);
    }

    #[test]
    fn the_language_is_discords_header_or_the_browsers() {
        let mut headers = HeaderMap::new();
        assert_eq!(language(&headers), "en-US");
        headers.insert(ACCEPT_LANGUAGE, "pt-BR,pt;q=0.9".parse().unwrap());
        assert_eq!(language(&headers), "pt-BR");
        headers.insert("x-discord-locale", "ja".parse().unwrap());
        assert_eq!(language(&headers), "ja");
    }
}
