//! What the gateway says, as JSON.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::{
    options::StartTime,
    playlist::{Play, Song},
};

/// Who is connected.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Account {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// The owner of a token, by username.
    User(String),
}

impl Account {
    /// Reads the `auth` of a client: `Bearer <token>` for a user, anything else for nobody. A token
    /// is at least eight characters; its user is always the same.
    pub fn from_auth(auth: &str) -> Self {
        match auth.strip_prefix("Bearer ").map(str::trim) {
            Some(token) if token.len() >= 8 => Self::User("kana".into()),
            _ => Self::Anonymous,
        }
    }
}

/// Op 0. `interval_ms` is how often the client has to send op 9.
pub fn welcome(account: &Account, interval_ms: u64) -> Value {
    let mut d = Map::new();
    d.insert(
        "message".into(),
        "Welcome to LISTEN.moe! Enjoy your stay!".into(),
    );
    if let Account::User(username) = account {
        d.insert(
            "user".into(),
            json!({
                "uuid": "0b1f6e0a-9a0f-4c5e-8a62-6a1b8f1f2c04",
                "email": format!("{username}@example.org"),
                "username": username,
                "displayName": "Kana",
            }),
        );
    }
    d.insert("heartbeat".into(), interval_ms.into());
    json!({"op": 0, "d": d})
}

/// Op 10, v2's answer to a heartbeat.
pub fn heartbeat_ack() -> Value {
    json!({"op": 10})
}

/// Op 1 with the song that is on: `t` is `TRACK_UPDATE` or `TRACK_UPDATE_REQUEST`.
pub fn track(
    t: &str,
    play: &Play,
    listeners: usize,
    start_time: StartTime,
    account: &Account,
) -> Value {
    let start = match start_time {
        StartTime::Start => play.start_at,
        StartTime::End => play.end_at(),
    };
    let song = |song: &Song| {
        let mut metadata = song.metadata.clone();
        if *account == Account::Anonymous
            && let Value::Object(map) = &mut metadata
        {
            // Favourites are an account's; without one the service says false or nothing.
            map.entry("favorite").and_modify(|favorite| {
                if favorite.is_boolean() {
                    *favorite = false.into();
                }
            });
        }
        metadata
    };
    let mut d = json!({
        "song": song(&play.song),
        "requester": play.requester(),
        "event": play.song.event,
        "startTime": javascript_time(start),
        "lastPlayed": play.before.iter().map(|before| song(before)).collect::<Vec<_>>(),
        "listeners": listeners,
    });
    if *account != Account::Anonymous {
        let (queued, own) = (play.number % 5, play.number % 2);
        d["queue"] = if play.number.is_multiple_of(2) {
            json!({"inQueue": queued, "inQueueByUser": own, "inQueueBeforeUser": queued - own.min(queued)})
        } else {
            json!({
                "songsInQueue": queued,
                "hasSongInQueue": own > 0,
                "inQueueBeforeUserSong": queued - own.min(queued),
                "userSongsInQueue": own,
            })
        };
    }
    json!({"op": 1, "d": d, "t": t})
}

/// Op 1 that tells how many songs wait.
pub fn queue_update(amount: u64) -> Value {
    json!({"op": 1, "d": {"amount": amount}, "t": "QUEUE_UPDATE"})
}

/// Op 1 that tells of an event.
pub fn event_notification(event: &Value) -> Value {
    json!({"op": 1, "d": {"type": "EVENT", "event": event}, "t": "NOTIFICATION"})
}

/// A time as JavaScript's `toISOString` writes it.
fn javascript_time(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{date}T{:02}:{:02}:{:02}.{:03}Z",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn times_are_written_as_javascript_does() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1_522_273_164_031);
        assert_eq!(javascript_time(at), "2018-03-28T21:39:24.031Z");
    }

    #[test]
    fn only_a_token_makes_a_user() {
        assert_eq!(Account::from_auth(""), Account::Anonymous);
        assert_eq!(Account::from_auth("Bearer x"), Account::Anonymous);
        assert_eq!(
            Account::from_auth("Bearer abcdefgh"),
            Account::User("kana".into())
        );
    }
}
