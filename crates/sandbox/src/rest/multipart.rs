//! Forms: multipart ones (RFC 7578) as clients send files, with a part `payload_json` and parts
//! `files[n]`, and URL-encoded ones without files. Small and already in memory, so no streaming
//! parser is needed.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ApiError;

/// A file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The `n` of `files[n]`.
    pub index: u64,
    /// Its name.
    pub name: String,
    /// Its type, as the client says.
    pub content_type: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

/// A form that was read.
#[derive(Debug, Default)]
pub struct Form {
    payload: Option<Vec<u8>>,
    fields: Vec<(String, String)>,
    /// The files.
    pub files: Vec<File>,
}

impl Form {
    /// The JSON of `payload_json`, or of the plain fields when there is none.
    pub fn payload(&self) -> Result<Value, ApiError> {
        match &self.payload {
            Some(bytes) => serde_json::from_slice(bytes).map_err(|_| ApiError::invalid_json()),
            None => Ok(self
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        }
    }
}

/// The type of forms with files.
pub const MULTIPART: &str = "multipart/form-data";
/// The type of forms without.
pub const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// Whether a body of this content type is a form.
pub fn is_form(content_type: &str) -> bool {
    let mime = content_type.split(';').next().unwrap_or_default().trim();
    [MULTIPART, URL_ENCODED]
        .iter()
        .any(|form| mime.eq_ignore_ascii_case(form))
}

/// Reads a form; none when it is malformed.
pub fn parse(content_type: &str, body: &[u8]) -> Option<Form> {
    let mime = content_type.split(';').next().unwrap_or_default().trim();
    if mime.eq_ignore_ascii_case(URL_ENCODED) {
        return Some(url_encoded(body));
    }
    let boundary = content_type
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))?
        .trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut form = Form::default();
    let mut rest = body;
    let start = find(rest, delimiter.as_bytes())?;
    rest = rest.get(start + delimiter.len()..)?;
    loop {
        if rest.starts_with(b"--") {
            return Some(form);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(rest.get(..head_end)?).ok()?;
        rest = rest.get(head_end + 4..)?;
        let end = find(rest, format!("\r\n{delimiter}").as_bytes())?;
        let content = rest.get(..end)?;
        add(&mut form, head, content)?;
        rest = rest.get(end + 2 + delimiter.len()..)?;
    }
}

/// <https://url.spec.whatwg.org/#urlencoded-parsing>
fn url_encoded(body: &[u8]) -> Form {
    let mut form = Form::default();
    for pair in body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        let (name, value) = (decoded(name), decoded(value.get(1..).unwrap_or_default()));
        if name == b"payload_json" {
            form.payload = Some(value);
        } else {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            form.fields.push((text(&name), text(&value)));
        }
    }
    form
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = || {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        };
        let (plain, left) = match (byte, escaped()) {
            (b'%', Some(escaped)) => (escaped, after.get(2..).unwrap_or_default()),
            (b'+', _) => (b' ', after),
            _ => (byte, after),
        };
        out.push(plain);
        rest = left;
    }
    out
}

fn add(form: &mut Form, head: &str, content: &[u8]) -> Option<()> {
    let header = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    let name = parameter(disposition, "name")?;
    let index = name
        .strip_prefix("files[")
        .and_then(|rest| rest.strip_suffix(']'))
        .or_else(|| name.strip_prefix("file"))
        .and_then(|digits| {
            if digits.is_empty() {
                Some(0)
            } else {
                digits.parse().ok()
            }
        });
    match (name, index) {
        ("payload_json", _) => form.payload = Some(content.to_vec()),
        (_, Some(index)) => form.files.push(File {
            index,
            name: parameter(disposition, "filename")
                .unwrap_or("unknown")
                .to_owned(),
            content_type: header("content-type").map(str::to_owned),
            bytes: Bytes::copy_from_slice(content),
        }),
        (name, None) => {
            let value = String::from_utf8_lossy(content).into_owned();
            form.fields.push((name.to_owned(), value));
        }
    }
    Some(())
}

fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|part| {
        let value = part.trim().strip_prefix(name)?.strip_prefix('=')?;
        Some(value.trim_matches('"'))
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_with_a_file_is_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{\"content\":\"hi\"}\r\n--x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x01\x02\r\n--x--\r\n";
        let form = parse("multipart/form-data; boundary=x", body.as_bytes()).unwrap();
        assert_eq!(form.payload().unwrap(), json!({"content": "hi"}));
        let file = File {
            index: 0,
            name: "a.png".to_owned(),
            content_type: Some("image/png".to_owned()),
            bytes: Bytes::from_static(&[1, 2]),
        };
        assert_eq!(form.files, [file]);
    }

    #[test]
    fn a_url_encoded_form_is_read() {
        let kind = "application/x-www-form-urlencoded";
        let body = b"payload_json=%7B%22content%22%3A%22a+b%25%22%7D";
        let form = parse(kind, body).unwrap();
        assert_eq!(form.payload().unwrap(), json!({"content": "a b%"}));
        let fields = parse(kind, b"content=%E9%9F%B3+%zz&tts&=").unwrap();
        let expected = json!({"content": "\u{97f3} %zz", "tts": "", "": ""});
        assert_eq!(fields.payload().unwrap(), expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse("multipart/form-data; boundary=-", &body);
            let _ = parse(URL_ENCODED, &body).map(|form| form.payload());
        }
    }
}
