//! The JSON of the socket, plain or compressed. A snapshot of everyone can be hundreds of
//! megabytes: it is split into one piece of text per user while it is being decompressed, and
//! never held as a whole or as a tree.

use std::{fmt, io::Read, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::presences::RawPresences;
use crate::{
    json,
    link::{Malformed, RawFrame},
};

/// The largest JSON that a compressed message may unfold to. Measured: 176 MB for 200,000 users.
pub(super) const MAX_INFLATED: u64 = 1024 * 1024 * 1024;

/// A presence up to this size is kept as it came; in a larger one the key-value store is the
/// bulk (up to 15 MB by Lanyard's rules), and nothing here reads that.
const KEEP_WHOLE: usize = 4 * 1024;

/// A presence over this size without its key-value store is none that Discord has made.
const MAX_PRESENCE: usize = 64 * 1024;

/// A message of the socket.
#[derive(Debug, PartialEq)]
pub enum Frame {
    /// Op 1: send a heartbeat this often.
    Hello {
        /// As asked for; `None` when it was not said.
        heartbeat: Option<Duration>,
    },
    /// Everyone's presence.
    Snapshot(RawPresences),
    /// One user's new presence.
    Update(u64, Box<[u8]>),
    /// Of a kind this version does not know.
    Unknown,
}

/// Understands a frame: text is JSON, binary is a zlib stream of JSON.
pub(crate) fn decode(frame: &RawFrame) -> Result<Frame, Malformed> {
    let payload = frame.payload.as_ref();
    let envelope: Envelope = if frame.binary {
        let inflated = flate2::read::ZlibDecoder::new(payload).take(MAX_INFLATED);
        // serde_json reads byte by byte.
        parse(std::io::BufReader::with_capacity(64 * 1024, inflated))?
    } else {
        serde_json::from_slice(payload).map_err(|error| malformed(&error))?
    };
    let kind = envelope.t.as_str().unwrap_or_default();
    match (json::number(&envelope.op), kind) {
        (Some(1), _) => Ok(Frame::Hello {
            heartbeat: envelope
                .d
                .get("heartbeat_interval")
                .and_then(|interval| json::number(&interval))
                .map(Duration::from_millis),
        }),
        (Some(0), "INIT_STATE") => snapshot(envelope.d).map(Frame::Snapshot),
        (Some(0), "PRESENCE_UPDATE") => update(&envelope.d),
        (Some(_), _) => Ok(Frame::Unknown),
        (None, _) => Err(Malformed("no op".into())),
    }
}

fn parse<T: DeserializeOwned>(reader: impl Read) -> Result<T, Malformed> {
    serde_json::from_reader(reader).map_err(|error| malformed(&error))
}

/// What is wrong, without quoting the frame.
fn malformed(error: &serde_json::Error) -> Malformed {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "it does not decompress",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "it is JSON of another shape",
        serde_json::error::Category::Eof => "it ends too soon",
    };
    Malformed(kind.into())
}

/// Everyone's presence: taken for nobody's when it is none, it would cost all that are held.
fn snapshot(d: Entries) -> Result<RawPresences, Malformed> {
    let entries =
        d.0.ok_or_else(|| Malformed("presences that are no object".into()))?;
    let (some, total) = (!entries.is_empty(), entries.len());
    let presences: RawPresences = entries
        .into_iter()
        .filter_map(|(id, presence)| Some((id.parse().ok()?, keep(presence)?)))
        .collect();
    if some && presences.is_empty() {
        return Err(Malformed(format!("{total} presences of nobody")));
    }
    Ok(presences)
}

fn update(d: &Entries) -> Result<Frame, Malformed> {
    let id_of = |user: &Value| json::id(user, "id");
    let user = d
        .get("user_id")
        .and_then(|id| json::number(&id))
        .or_else(|| d.get("discord_user").as_ref().and_then(id_of))
        .ok_or_else(|| Malformed("a presence of nobody".into()))?;
    let presence = d
        .without_kv()
        .ok_or_else(|| Malformed("a presence too large".into()))?;
    Ok(Frame::Update(user, presence))
}

/// The bytes to keep of a presence; `None` when it is none.
fn keep(presence: Box<RawValue>) -> Option<Box<[u8]>> {
    if !presence.get().starts_with('{') {
        return None;
    }
    if presence.get().len() <= KEEP_WHOLE {
        return Some(Box::<str>::from(presence).into_boxed_bytes());
    }
    serde_json::from_str::<Entries>(presence.get())
        .ok()?
        .without_kv()
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    op: Value,
    #[serde(default)]
    t: Value,
    #[serde(default)]
    d: Entries,
}

/// An object, split into its entries and no further. Anything but an object reads as `None`.
///
/// The server may write `d` before `t`, so both a snapshot (user id to presence) and a single
/// presence (field to value) are first read as this.
#[derive(Default)]
struct Entries(Option<Vec<(String, Box<RawValue>)>>);

impl Entries {
    fn entries(&self) -> impl Iterator<Item = &(String, Box<RawValue>)> {
        self.0.iter().flatten()
    }

    /// The value of a small entry.
    fn get(&self, key: &str) -> Option<Value> {
        let (_, value) = self.entries().find(|(name, _)| name == key)?;
        serde_json::from_str(value.get()).ok()
    }

    /// The object again, without its key-value store; `None` when it is too large even so.
    fn without_kv(&self) -> Option<Box<[u8]>> {
        let mut object = Vec::with_capacity(KEEP_WHOLE);
        for (key, value) in self.entries().filter(|(key, _)| key != "kv") {
            object.push(if object.is_empty() { b'{' } else { b',' });
            serde_json::to_writer(&mut object, key).ok()?;
            object.push(b':');
            object.extend_from_slice(value.get().as_bytes());
            if object.len() > MAX_PRESENCE {
                return None;
            }
        }
        if object.is_empty() {
            object.push(b'{');
        }
        object.push(b'}');
        Some(object.into_boxed_slice())
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(Some(entries)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entries::default())
    }

    fn visit_unit<E>(self) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Entries, E> {
        Ok(Entries::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Entries, E> {
        Ok(Entries::default())
    }
}
