//! The JSON of the gateway becomes our own words. Every field but a song's id may be null,
//! missing or of a wrong type.

use std::time::Duration;

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Event, Named, Queue, Requester, Song};
use crate::{json, link::Malformed};

/// Nothing on air is longer, so a larger duration is a mistake.
const LONGEST: Duration = Duration::from_hours(24);

/// A message of the gateway.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Op 0: we are welcome, and are to send a heartbeat this often.
    Welcome {
        /// As asked for; `None` when it was not said.
        heartbeat: Option<Duration>,
    },
    /// Op 1 with a song.
    Track(Box<Track>),
    /// Known, and of no consequence: an acknowledged heartbeat, the queue, a notification.
    Nothing,
    /// Of a kind this version does not know.
    Unknown,
}

/// What a frame says about the song on air.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Sent because the song changed, not because we asked.
    pub(super) unasked: bool,
    pub(super) song: Song,
    pub(super) requester: Option<Requester>,
    pub(super) event: Option<Event>,
    pub(super) start_time: Option<OffsetDateTime>,
    pub(super) last_played: Vec<Song>,
    pub(super) listeners: Option<u64>,
    pub(super) queue: Option<Queue>,
}

/// Understands a frame.
pub(crate) fn decode(bytes: &[u8]) -> Result<Frame, Malformed> {
    // serde_json's messages name a place, not the content.
    let frame: Value =
        serde_json::from_slice(bytes).map_err(|error| Malformed(error.to_string()))?;
    let data = frame.get("d").unwrap_or(&Value::Null);
    match json::id(&frame, "op") {
        Some(0) => Ok(Frame::Welcome {
            heartbeat: json::id(data, "heartbeat").map(Duration::from_millis),
        }),
        Some(1) => match frame.get("t").and_then(Value::as_str) {
            Some("TRACK_UPDATE") => track(data, true),
            Some("TRACK_UPDATE_REQUEST") => track(data, false),
            Some("QUEUE_UPDATE" | "NOTIFICATION") => Ok(Frame::Nothing),
            // What carries a song and does not say why is still the song.
            None if data.get("song").is_some() => track(data, false),
            _ => Ok(Frame::Unknown),
        },
        Some(10) => Ok(Frame::Nothing),
        Some(_) => Ok(Frame::Unknown),
        None => Err(Malformed("no op".into())),
    }
}

fn track(data: &Value, unasked: bool) -> Result<Frame, Malformed> {
    let song = data
        .get("song")
        .and_then(song)
        .ok_or_else(|| Malformed("a track without the id of its song".into()))?;
    Ok(Frame::Track(Box::new(Track {
        unasked,
        song,
        requester: data.get("requester").and_then(requester),
        event: data.get("event").and_then(event),
        start_time: json::text(data, "startTime")
            .and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok()),
        last_played: json::list(data, "lastPlayed")
            .iter()
            .filter_map(self::song)
            .collect(),
        listeners: json::id(data, "listeners"),
        queue: data.get("queue").and_then(queue),
    })))
}

fn song(song: &Value) -> Option<Song> {
    let named = |key| json::list(song, key).iter().filter_map(named).collect();
    Some(Song {
        id: json::id(song, "id")?,
        title: json::text(song, "title"),
        title_romaji: json::text(song, "titleRomaji"),
        artists: named("artists"),
        albums: named("albums"),
        sources: named("sources"),
        characters: named("characters"),
        duration: song
            .get("duration")
            .and_then(Value::as_f64)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|duration| !duration.is_zero() && *duration <= LONGEST),
        favorite: json::flag(song, "favorite"),
    })
}

fn named(named: &Value) -> Option<Named> {
    let (name, name_romaji) = (json::text(named, "name"), json::text(named, "nameRomaji"));
    (name.is_some() || name_romaji.is_some()).then(|| Named {
        id: json::id(named, "id"),
        name,
        name_romaji,
        image: json::text(named, "image"),
    })
}

fn requester(requester: &Value) -> Option<Requester> {
    let username = json::text(requester, "username");
    let display_name = json::text(requester, "displayName")
        .or_else(|| username.clone())
        // The older document's only field.
        .or_else(|| json::text(requester, "name"))?;
    Some(Requester {
        username,
        display_name,
    })
}

/// The names of today's clients, or else those of the older document.
fn queue(queue: &Value) -> Option<Queue> {
    let either = |new, old| json::id(queue, new).or_else(|| json::id(queue, old));
    let told = Queue {
        songs: either("inQueue", "songsInQueue"),
        own: either("inQueueByUser", "userSongsInQueue"),
        before_own: either("inQueueBeforeUser", "inQueueBeforeUserSong"),
    };
    (told != Queue::default()).then_some(told)
}

fn event(event: &Value) -> Option<Event> {
    Some(Event {
        id: json::id(event, "id"),
        name: json::text(event, "name")?,
        image: json::web_address(event, "image"),
    })
}
