//! What clients send, checked.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::Close;

/// A JSON message before its data is looked at.
#[derive(Debug, Deserialize)]
pub struct Message<'a> {
    /// Which operation.
    pub op: u8,
    /// Its data.
    #[serde(borrow)]
    pub d: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// Reads a message.
    pub fn parse(text: &'a str) -> Result<Self, Close> {
        serde_json::from_str(text).map_err(|_| Close::DECODE)
    }

    /// Reads its data.
    pub fn data<T: Deserialize<'a>>(&self) -> Result<T, Close> {
        serde_json::from_str(self.d.map_or("null", RawValue::get)).map_err(|_| Close::DECODE)
    }
}

/// An id, as a string or, as some clients write it, a number.
fn snowflake<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Snowflake {
        Text(String),
        Number(u64),
    }
    match Snowflake::deserialize(deserializer)? {
        Snowflake::Number(id) => Ok(id),
        Snowflake::Text(id) => id.parse().map_err(|_| D::Error::custom("not an id")),
    }
}

/// Op 0.
#[derive(Debug, Deserialize)]
pub struct Identify {
    /// The guild.
    #[serde(deserialize_with = "snowflake")]
    pub server_id: u64,
    /// Who wants to connect.
    #[serde(deserialize_with = "snowflake")]
    pub user_id: u64,
    /// Of the voice state.
    pub session_id: String,
    /// Of `VOICE_SERVER_UPDATE`.
    pub token: String,
    /// The highest version of DAVE it speaks; none when missing.
    #[serde(default)]
    pub max_dave_protocol_version: u16,
}

/// Op 7.
#[derive(Debug, Deserialize)]
pub struct Resume {
    /// The guild.
    #[serde(deserialize_with = "snowflake")]
    pub server_id: u64,
    /// Of the voice state.
    pub session_id: String,
    /// Of `VOICE_SERVER_UPDATE`.
    pub token: String,
    /// The last number seen, -1 or missing for none; since version 8.
    #[serde(default)]
    pub seq_ack: Option<i64>,
}

/// Op 1.
#[derive(Debug, Deserialize)]
pub struct SelectProtocol {
    /// `udp`.
    pub protocol: String,
    /// Where the client receives, and how it encrypts.
    pub data: ProtocolData,
}

/// The data of op 1.
#[derive(Debug, Deserialize)]
pub struct ProtocolData {
    /// As IP discovery told it.
    pub address: std::net::IpAddr,
    /// As IP discovery told it.
    pub port: u16,
    /// One of the modes that Ready offered.
    pub mode: String,
}

/// Op 5.
#[derive(Debug, Deserialize)]
pub struct Speaking {
    /// 1 microphone, 2 soundshare, 4 priority.
    pub speaking: u8,
    /// The client's own.
    pub ssrc: u32,
}

/// Op 3 since version 8.
#[derive(Debug, Deserialize)]
pub struct Heartbeat<'a> {
    /// To be sent back.
    #[serde(borrow)]
    pub t: &'a RawValue,
    /// The last number seen, -1 for none.
    pub seq_ack: i64,
}

/// Op 23 and op 31.
#[derive(Debug, Deserialize)]
pub struct Transition {
    /// Which.
    pub transition_id: u16,
}

/// A sequence number a client says it has seen; `None` for -1.
pub fn sequence(acknowledged: i64) -> Result<Option<u16>, Close> {
    match acknowledged {
        -1 => Ok(None),
        seen => u16::try_from(seen)
            .map(Some)
            .map_err(|_| Close::bad_request("Invalid seq_ack")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_identify_may_omit_dave_and_write_ids_either_way() {
        let text = r#"{"op":0,"d":{"server_id":"41","user_id":7,"session_id":"s","token":"t"}}"#;
        let identify: Identify = Message::parse(text).unwrap().data().unwrap();
        assert_eq!((identify.server_id, identify.user_id), (41, 7));
        assert_eq!(identify.max_dave_protocol_version, 0);
    }

    #[test]
    fn wrong_shapes_are_4002() {
        for text in ["", "[]", r#"{"d":{}}"#, r#"{"op":300}"#] {
            assert_eq!(Message::parse(text).err(), Some(Close::DECODE), "{text}");
        }
        for text in [r#"{"op":0}"#, r#"{"op":0,"d":{"server_id":"x"}}"#] {
            let message = Message::parse(text).unwrap();
            assert_eq!(
                message.data::<Identify>().err(),
                Some(Close::DECODE),
                "{text}"
            );
        }
    }

    #[test]
    fn a_sequence_is_minus_one_or_sixteen_bits() {
        assert_eq!(
            (sequence(-1), sequence(65_535)),
            (Ok(None), Ok(Some(65_535)))
        );
        assert!(sequence(65_536).is_err() && sequence(-2).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            if let Ok(message) = Message::parse(&text) {
                let _ = message.data::<Identify>();
            }
        }
    }
}
