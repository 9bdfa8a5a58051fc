//! With frames as they were seen and time that is made up.
//!
//! - `rules`: those of the socket; `messages`: what becomes of one, and of what is held.
//! - `scan`, `split`: any text in any pieces; `table`: what holds it all, and `shard`: a part of that.
//! - `presence`: what is made of a presence.

mod messages;
mod presence;
mod rules;
mod scan;
mod shard;
mod split;
mod table;

use std::{io::Write, time::Duration};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{decoder::Decoder, split::Message, *};
use crate::link::{Decoder as _, Moment, Piece, Undecodable};

const ANA: u64 = 94_490_510_688_792_576;

/// A message as it comes over the wire.
#[derive(Clone, Debug)]
struct Raw {
    bytes: Vec<u8>,
    binary: bool,
}

fn text(message: &str) -> Raw {
    Raw {
        bytes: message.into(),
        binary: false,
    }
}

fn zlib(message: &str) -> Raw {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(message.as_bytes()).unwrap();
    Raw {
        bytes: encoder.finish().unwrap(),
        binary: true,
    }
}

/// Reads a message in pieces of that size.
fn read(decoder: &mut Decoder, raw: &Raw, size: usize) -> Result<Message, Undecodable> {
    let count = raw.bytes.len().div_ceil(size).max(1);
    let read = (0..count).find_map(|number| {
        decoder.read(Piece {
            bytes: &raw.bytes[number * size..raw.bytes.len().min((number + 1) * size)],
            binary: raw.binary,
            first: number == 0,
            last: number + 1 == count,
        })
    });
    read.expect("a frame or an error at the end of a message")
}

fn found(presences: &Presences, user: u64) -> Option<Presence> {
    match presences.find(user) {
        Found::Shown(presence) => Some(*presence),
        _ => None,
    }
}

fn presence(status: &str) -> Value {
    json!({
        "discord_user": {"id": ANA.to_string(), "username": "ana", "global_name": "Ana", "avatar": "a_0f"},
        "discord_status": status, "active_on_discord_mobile": true, "listening_to_spotify": true,
        "spotify": {
            "track_id": "6zYkFw", "song": "Let It Go", "artist": "Frozen; Choir", "album": "Frozen",
            "album_art_url": "https://i.scdn.co/image/ab", "timestamps": {"start": 1_700_000_000_000_u64, "end": 1_700_000_200_000_u64},
        },
        "activities": [
            {"type": 4, "name": "Custom Status", "state": "be right back", "emoji": {"name": "wave", "id": "123", "animated": true}},
            {"type": 2, "id": "spotify:1", "name": "Spotify", "details": "Let It Go"},
            {"type": 0, "name": "Visual Studio Code", "application_id": "383226320970055681",
             "details": "Editing", "assets": {"large_image": "565945350645481492"}, "timestamps": {"start": 1_700_000_000_000_u64}},
        ],
        "kv": {"location": "Lisbon"},
    })
}

fn upstream() -> (Upstream, Presences) {
    with_limits(Limits::default())
}

fn with_limits(limits: Limits) -> (Upstream, Presences) {
    let address = crate::config::Address::web_socket("ws://localhost/socket").unwrap();
    Upstream::new(address, Subscription::Everyone, limits)
}

fn now() -> Moment {
    Moment {
        clock: Instant::now(),
        utc: OffsetDateTime::UNIX_EPOCH,
    }
}

fn later(now: Moment, seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        clock: now.clock + elapsed,
        utc: now.utc + elapsed,
    }
}

fn init_state(presences: &Value) -> String {
    // As the server's encoder writes it: `d` comes first.
    format!(r#"{{"d":{presences},"op":0,"t":"INIT_STATE"}}"#)
}

fn init_state_of(entries: &str) -> String {
    format!(r#"{{"op":0,"t":"INIT_STATE","d":{{{entries}}}}}"#)
}
