//! What the socket says: JSON text, or one complete zlib stream of it a message.

use std::{
    io::Write,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use flate2::{Compression, write::ZlibEncoder};
use serde_json::json;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::ws::Message;

/// How often a client has to send op 3, in milliseconds.
pub const HEARTBEAT_MS: u64 = 30_000;

/// How a client wants its frames.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// Text frames.
    Json,
    /// `?compression=zlib_json`: binary frames.
    Zlib,
}

/// A frame, compressed when somebody first wants it so.
#[derive(Debug)]
pub struct Frame {
    text: Utf8Bytes,
    zlib: OnceLock<Bytes>,
    /// Sent as `zlib` to everyone.
    raw: bool,
}

impl Frame {
    /// A frame of any text.
    pub fn new(text: String) -> Self {
        Self {
            text: text.into(),
            zlib: OnceLock::new(),
            raw: false,
        }
    }

    /// A binary frame of any bytes.
    pub fn raw(bytes: Bytes) -> Self {
        Self {
            text: Utf8Bytes::default(),
            zlib: bytes.into(),
            raw: true,
        }
    }

    /// Op 1.
    pub fn hello() -> Self {
        let d = json!({"heartbeat_interval": HEARTBEAT_MS});
        Self::new(json!({"op": 1, "d": d}).to_string())
    }

    /// `INIT_STATE` for `subscribe_to_id`: one presence, or nothing.
    pub fn init_one(presence: Option<&str>) -> Self {
        let presence = presence.unwrap_or("{}");
        Self::new(format!(
            "{{\"op\":0,\"t\":\"INIT_STATE\",\"d\":{presence}}}"
        ))
    }

    /// `INIT_STATE` for the other two subscriptions: a map. Written by hand: it may be 200 MB.
    pub fn init_map(presences: &[(u64, Arc<str>)]) -> Self {
        let size: usize = presences.iter().map(|(_, text)| text.len() + 24).sum();
        let mut text = String::with_capacity(size + 64);
        text.push_str("{\"op\":0,\"t\":\"INIT_STATE\",\"d\":{");
        for (at, (user, presence)) in presences.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push('"');
            text.push_str(&user.to_string());
            text.push_str("\":");
            text.push_str(presence);
        }
        text.push_str("}}");
        Self::new(text)
    }

    /// `PRESENCE_UPDATE`. The document has a `user_id` in it, the server's source has not: users
    /// with an even id get one.
    pub fn update(user: u64, presence: &str) -> Self {
        let mut text = String::with_capacity(presence.len() + 80);
        text.push_str("{\"op\":0,\"t\":\"PRESENCE_UPDATE\",\"d\":");
        match presence.strip_prefix('{') {
            Some(rest) if user.is_multiple_of(2) && !rest.starts_with('}') => {
                text.push_str("{\"user_id\":\"");
                text.push_str(&user.to_string());
                text.push_str("\",");
                text.push_str(rest);
            }
            _ => text.push_str(presence),
        }
        text.push('}');
        Self::new(text)
    }

    /// The message that carries it.
    pub fn message(&self, encoding: Encoding) -> Message {
        match encoding {
            Encoding::Json if !self.raw => Message::Text(self.text.clone()),
            _ => {
                let zlib = self.zlib.get_or_init(|| deflate(self.text.as_bytes()));
                Message::Binary(zlib.clone())
            }
        }
    }

    /// Its size as text, in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// One complete zlib stream.
fn deflate(bytes: &[u8]) -> Bytes {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::Value;

    use super::*;

    fn text(message: &Message) -> Value {
        match message {
            Message::Text(text) => serde_json::from_str(text).unwrap(),
            Message::Binary(bytes) => {
                let mut decoded = String::new();
                let mut decoder = flate2::read::ZlibDecoder::new(&bytes[..]);
                decoder.read_to_string(&mut decoded).unwrap();
                assert_eq!(decoder.total_in(), bytes.len() as u64);
                serde_json::from_str(&decoded).unwrap()
            }
            _ => panic!(),
        }
    }

    #[test]
    fn both_encodings_say_the_same() {
        let everyone = [
            (4, Arc::from("{\"a\":1}")),
            (5, Arc::from("{\"b\":\"ねこ\"}")),
        ];
        let frame = Frame::init_map(&everyone);
        let expected =
            json!({"op": 0, "t": "INIT_STATE", "d": {"4": {"a": 1}, "5": {"b": "ねこ"}}});
        assert_eq!(text(&frame.message(Encoding::Json)), expected);
        assert_eq!(text(&frame.message(Encoding::Zlib)), expected);
    }

    #[test]
    fn updates_name_their_user_in_one_way_or_the_other() {
        let even = text(&Frame::update(4, "{\"a\":1}").message(Encoding::Json));
        assert_eq!(even["d"], json!({"user_id": "4", "a": 1}));
        let odd = text(&Frame::update(5, "{\"a\":1}").message(Encoding::Json));
        assert_eq!(odd["d"], json!({"a": 1}));
    }

    #[test]
    fn nobody_is_an_empty_object() {
        let frame = Frame::init_one(None);
        assert_eq!(text(&frame.message(Encoding::Json))["d"], json!({}));
    }
}
