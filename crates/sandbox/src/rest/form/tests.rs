use serde_json::json;

use super::*;

fn code_of(body: &Value, read: impl FnOnce(&Fields<'_>)) -> String {
    let check = Check::default();
    read(&check.object(body, "").unwrap());
    let Err(error) = check.finish() else {
        return "fine".to_owned();
    };
    let errors = error.errors.unwrap();
    errors["x"]["_errors"][0]["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn each_mistake_has_discords_code() {
    let text = |f: &Fields<'_>| {
        f.required_text("x", 1..=3);
    };
    assert_eq!(code_of(&json!({}), text), "BASE_TYPE_REQUIRED");
    assert_eq!(code_of(&json!({"x": ""}), text), "BASE_TYPE_REQUIRED");
    assert_eq!(code_of(&json!({"x": 1}), text), "STRING_TYPE_CONVERT");
    assert_eq!(
        code_of(&json!({"x": "あいうえ"}), text),
        "BASE_TYPE_BAD_LENGTH"
    );
    assert_eq!(code_of(&json!({"x": "あいう"}), text), "fine");
    let integer = |f: &Fields<'_>| {
        f.integer("x", 1..=3);
    };
    assert_eq!(code_of(&json!({"x": "y"}), integer), "NUMBER_TYPE_COERCE");
    assert_eq!(code_of(&json!({"x": 1.5}), integer), "NUMBER_TYPE_COERCE");
    assert_eq!(code_of(&json!({"x": 2.0}), integer), "fine");
    assert_eq!(code_of(&json!({"x": 0}), integer), "NUMBER_TYPE_MIN");
    assert_eq!(code_of(&json!({"x": 4}), integer), "NUMBER_TYPE_MAX");
    let url = |f: &Fields<'_>| {
        f.url("x", 30, &["http", "https"]);
    };
    assert_eq!(
        code_of(&json!({"x": "example.com"}), url),
        "URL_TYPE_INVALID_URL"
    );
    assert_eq!(
        code_of(&json!({"x": "ftp://example.com"}), url),
        "URL_TYPE_INVALID_SCHEME"
    );
    assert_eq!(
        code_of(&json!({"x": "https://a b"}), url),
        "URL_TYPE_INVALID_URL"
    );
    assert_eq!(
        code_of(&json!({"x": "https://example.com/a?b"}), url),
        "fine"
    );
}
