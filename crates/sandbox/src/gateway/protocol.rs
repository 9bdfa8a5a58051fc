//! What clients say, checked: <https://discord.com/developers/docs/events/gateway-events>.

use serde_json::{Value, json};

use crate::world::{Id, SelfState, intents};

/// Close codes: <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Close {
    /// An opcode that does not exist, or a payload for it that makes no sense.
    UnknownOpcode = 4001,
    /// Not JSON, no object, or too long.
    Decode = 4002,
    /// Something other than IDENTIFY or RESUME came first.
    NotAuthenticated = 4003,
    /// The token is wrong.
    AuthenticationFailed = 4004,
    /// IDENTIFY came twice.
    AlreadyAuthenticated = 4005,
    /// RESUME with a sequence number that was never sent.
    InvalidSeq = 4007,
    /// More than 120 messages in a minute.
    RateLimited = 4008,
    /// Heartbeats stopped.
    SessionTimedOut = 4009,
    /// A shard that makes no sense.
    InvalidShard = 4010,
    /// Too many guilds for one shard.
    ShardingRequired = 4011,
    /// The version is not spoken.
    InvalidVersion = 4012,
    /// Intents that do not exist.
    InvalidIntents = 4013,
    /// Intents that the application was not given.
    DisallowedIntents = 4014,
}

impl Close {
    /// The reason as Discord words it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownOpcode => "Unknown opcode.",
            Self::Decode => "Error while decoding payload.",
            Self::NotAuthenticated => "Not authenticated.",
            Self::AuthenticationFailed => "Authentication failed.",
            Self::AlreadyAuthenticated => "Already authenticated.",
            Self::InvalidSeq => "Invalid seq.",
            Self::RateLimited => "Rate limited.",
            Self::SessionTimedOut => "Session timed out.",
            Self::InvalidShard => "Invalid shard.",
            Self::ShardingRequired => "Sharding required.",
            Self::InvalidVersion => "Invalid API version.",
            Self::InvalidIntents => "Invalid intent(s).",
            Self::DisallowedIntents => "Disallowed intent(s).",
        }
    }
}

/// A message from a client.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// op 1, with the last sequence number received.
    Heartbeat,
    /// op 2.
    Identify(Box<Identify>),
    /// op 3: the status the bot shows.
    Presence(Value),
    /// op 4.
    Voice {
        /// The guild.
        guild: Id,
        /// The channel, or none to leave.
        channel: Option<Id>,
        /// Muted, deafened.
        state: Flags,
    },
    /// op 6.
    Resume {
        /// The token.
        token: String,
        /// The session.
        session: String,
        /// The last sequence number received.
        seq: u64,
    },
    /// op 8.
    Members(Box<Members>),
    /// op 43: ephemeral data of a guild's channels.
    ChannelInfo {
        /// The guild.
        guild: Id,
        /// `status`, `voice_start_time`.
        fields: Vec<String>,
    },
    /// op 31: the sounds of guilds.
    Sounds(Vec<Id>),
}

/// Of op 4, comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// Muted by the user.
    pub mute: bool,
    /// Deafened by the user.
    pub deaf: bool,
    /// Has a camera on.
    pub video: bool,
}

impl From<Flags> for SelfState {
    fn from(flags: Flags) -> Self {
        Self {
            mute: flags.mute,
            deaf: flags.deaf,
            video: flags.video,
        }
    }
}

/// op 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Identify {
    /// With or without `Bot `.
    pub token: String,
    /// The bits.
    pub intents: u64,
    /// Index and count.
    pub shard: (u64, u64),
    /// Payload compression is wanted.
    pub compress: bool,
}

/// op 8.
#[derive(Debug, Clone, PartialEq)]
pub struct Members {
    /// The guild.
    pub guild: Id,
    /// What the name begins with.
    pub query: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// Those asked for by id.
    pub users: Vec<Id>,
    /// To tell the answers apart, up to 32 bytes.
    pub nonce: Option<String>,
}

/// Reads one message.
pub fn parse(text: &str) -> Result<Said, Close> {
    if text.len() > 4096 {
        return Err(Close::Decode);
    }
    let message: Value = serde_json::from_str(text).map_err(|_| Close::Decode)?;
    let op = message["op"].as_u64().ok_or(Close::Decode)?;
    let data = &message["d"];
    match op {
        1 if data.is_null() || data.is_u64() => Ok(Said::Heartbeat),
        2 => identify(data),
        3 if data.is_object() => presence(data),
        4 => {
            let channel = &data["channel_id"];
            let flag = |name: &str| match &data[name] {
                Value::Null => Ok(false),
                Value::Bool(flag) => Ok(*flag),
                _ => Err(Close::Decode),
            };
            Ok(Said::Voice {
                guild: Id::from_json(&data["guild_id"]).ok_or(Close::Decode)?,
                channel: if channel.is_null() {
                    None
                } else {
                    Some(Id::from_json(channel).ok_or(Close::Decode)?)
                },
                state: Flags {
                    mute: flag("self_mute")?,
                    deaf: flag("self_deaf")?,
                    video: flag("self_video")?,
                },
            })
        }
        6 => Ok(Said::Resume {
            token: text_of(data, "token")?,
            session: text_of(data, "session_id")?,
            seq: data["seq"].as_u64().ok_or(Close::Decode)?,
        }),
        8 => members(data),
        31 => {
            let guilds = data["guild_ids"].as_array().ok_or(Close::Decode)?;
            let ids = guilds
                .iter()
                .map(|id| Id::from_json(id).ok_or(Close::Decode));
            Ok(Said::Sounds(ids.collect::<Result<_, _>>()?))
        }
        43 => Ok(Said::ChannelInfo {
            guild: Id::from_json(&data["guild_id"]).ok_or(Close::Decode)?,
            fields: data["fields"]
                .as_array()
                .ok_or(Close::Decode)?
                .iter()
                .map(|field| field.as_str().map(str::to_owned).ok_or(Close::Decode))
                .collect::<Result<_, _>>()?,
        }),
        1 | 3 => Err(Close::Decode),
        _ => Err(Close::UnknownOpcode),
    }
}

fn text_of(data: &Value, name: &str) -> Result<String, Close> {
    data[name].as_str().map(str::to_owned).ok_or(Close::Decode)
}

fn identify(data: &Value) -> Result<Said, Close> {
    let token = text_of(data, "token")?;
    if !data["properties"].is_object() {
        return Err(Close::Decode);
    }
    let bits = data["intents"].as_u64().ok_or(Close::InvalidIntents)?;
    if bits & !intents::ALL != 0 {
        return Err(Close::InvalidIntents);
    }
    let shard = match &data["shard"] {
        Value::Null => (0, 1),
        Value::Array(pair) => match pair[..] {
            [ref index, ref count] => match (index.as_u64(), count.as_u64()) {
                (Some(index), Some(count)) if index < count && count <= 16_384 => (index, count),
                _ => return Err(Close::InvalidShard),
            },
            _ => return Err(Close::InvalidShard),
        },
        _ => return Err(Close::InvalidShard),
    };
    if !data["presence"].is_null() {
        presence(&data["presence"])?;
    }
    Ok(Said::Identify(Box::new(Identify {
        token,
        intents: bits,
        shard,
        compress: data["compress"] == true,
    })))
}

fn presence(data: &Value) -> Result<Said, Close> {
    let status = data["status"].as_str().ok_or(Close::Decode)?;
    if !["online", "dnd", "idle", "invisible", "offline"].contains(&status) {
        return Err(Close::Decode);
    }
    let activities = match &data["activities"] {
        Value::Null => &[][..],
        Value::Array(list) => list,
        _ => return Err(Close::Decode),
    };
    let fits = activities.iter().all(|activity| {
        activity["name"]
            .as_str()
            .is_some_and(|name| name.chars().count() <= 128)
            && activity["type"].as_u64().is_some_and(|kind| kind <= 5)
    });
    if !fits {
        return Err(Close::Decode);
    }
    Ok(Said::Presence(
        json!({"status": status, "activities": activities}),
    ))
}

fn members(data: &Value) -> Result<Said, Close> {
    // Old libraries send the guild as the one element of a list.
    let guild = data["guild_id"].get(0).unwrap_or(&data["guild_id"]);
    let users = match &data["user_ids"] {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().filter_map(Id::from_json).take(100).collect(),
        one => Id::from_json(one).into_iter().collect(),
    };
    let query = data["query"].as_str().map(str::to_lowercase);
    if query.is_none() && data["user_ids"].is_null() {
        return Err(Close::Decode);
    }
    let nonce = data["nonce"].as_str().filter(|nonce| nonce.len() <= 32);
    Ok(Said::Members(Box::new(Members {
        guild: Id::from_json(guild).ok_or(Close::Decode)?,
        query,
        limit: usize::try_from(data["limit"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX),
        users,
        nonce: nonce.map(str::to_owned),
    })))
}

/// op 10.
pub fn hello(interval_ms: u64) -> String {
    json!({"t": null, "s": null, "op": 10, "d": {"heartbeat_interval": interval_ms, "_trace": ["[\"sandbox\"]"]}}).to_string()
}

/// An operation without data of its own: op 11, 7, 1.
pub fn bare(op: u64) -> String {
    json!({"t": null, "s": null, "op": op, "d": null}).to_string()
}

/// op 9.
pub fn invalid_session(resumable: bool) -> String {
    json!({"t": null, "s": null, "op": 9, "d": resumable}).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_may_be_integers_or_strings() {
        let said = parse(
            r#"{"op":4,"d":{"guild_id":1,"channel_id":"2","self_mute":false,"self_deaf":true}}"#,
        );
        let expected = Said::Voice {
            guild: Id(1),
            channel: Some(Id(2)),
            state: Flags {
                mute: false,
                deaf: true,
                video: false,
            },
        };
        assert_eq!(said, Ok(expected));
    }

    #[test]
    fn wrong_messages_close_with_discords_codes() {
        let table = [
            ("", Close::Decode),
            ("[]", Close::Decode),
            (r#"{"op":"1"}"#, Close::Decode),
            (r#"{"op":1,"d":"x"}"#, Close::Decode),
            (r#"{"op":5,"d":null}"#, Close::UnknownOpcode),
            (r#"{"op":99,"d":null}"#, Close::UnknownOpcode),
            (r#"{"op":2,"d":{}}"#, Close::Decode),
            (
                r#"{"op":2,"d":{"token":"x","properties":{}}}"#,
                Close::InvalidIntents,
            ),
            (
                r#"{"op":2,"d":{"token":"x","properties":{},"intents":134217728}}"#,
                Close::InvalidIntents,
            ),
            (
                r#"{"op":2,"d":{"token":"x","properties":{},"intents":0,"shard":[1,1]}}"#,
                Close::InvalidShard,
            ),
            (
                r#"{"op":3,"d":{"status":"busy","activities":[]}}"#,
                Close::Decode,
            ),
            (
                r#"{"op":4,"d":{"guild_id":"x","channel_id":null}}"#,
                Close::Decode,
            ),
            (r#"{"op":6,"d":{"token":"x"}}"#, Close::Decode),
        ];
        for (text, code) in table {
            assert_eq!(parse(text), Err(code), "{text}");
        }
        let long = format!(r#"{{"op":1,"d":null,"x":"{}"}}"#, "x".repeat(4096));
        assert_eq!(parse(&long), Err(Close::Decode));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
