//! Reading JSON from outside leniently: whatever is missing, null or of a wrong type is `None`,
//! and never costs the rest.

use reqwest::Url;
use serde_json::Value;
use time::OffsetDateTime;

/// What a text says: trimmed, not empty.
pub(crate) fn said(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A text that says something.
pub(crate) fn text(object: &Value, key: &str) -> Option<String> {
    said(object.get(key)?.as_str()?).map(str::to_owned)
}

/// An id: a number, or a number written as a text.
pub(crate) fn id(object: &Value, key: &str) -> Option<u64> {
    number(object.get(key)?)
}

/// A whole number that is not negative, or one written as a text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// True only when it says so.
pub(crate) fn flag(object: &Value, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The items of a list.
pub(crate) fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// An absolute `http(s)` address.
pub(crate) fn web_address(object: &Value, key: &str) -> Option<String> {
    checked_web_address(&text(object, key)?)
}

/// `text`, when it is an absolute `http(s)` address.
pub(crate) fn checked_web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// A time in milliseconds since 1970.
pub(crate) fn from_millis(millis: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_of_a_wrong_type_is_missing() {
        let object =
            json!({"text": 5, "id": "x", "flag": "true", "list": {}, "url": "javascript:x"});
        assert_eq!(text(&object, "text"), None);
        assert_eq!(id(&object, "id"), None);
        assert!(!flag(&object, "flag"));
        assert!(list(&object, "list").is_empty());
        assert_eq!(web_address(&object, "url"), None);
        assert_eq!(text(&json!("not an object"), "text"), None);
    }

    #[test]
    fn ids_come_as_numbers_and_as_texts() {
        let object = json!({"number": 7, "text": "94490510688792576"});
        assert_eq!(id(&object, "number"), Some(7));
        assert_eq!(id(&object, "text"), Some(94_490_510_688_792_576));
    }

    #[test]
    fn times_beyond_the_calendar_are_missing() {
        assert!(from_millis(u64::MAX).is_none());
        assert!(from_millis(1_700_000_000_000).is_some());
    }
}
