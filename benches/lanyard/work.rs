//! What is sent: made-up presences, half of them offline, compressed as Lanyard does.

use std::{io::Write as _, path::Path};

use flate2::{Compression, write::ZlibEncoder};
use sandbox::lanyard::generate;
use tempfile::NamedTempFile;

use crate::server::frame;

/// Users whose presence changes in the storm, and how often each changes.
const RESTLESS: usize = 20_000;
const ROUNDS: usize = 15;

/// The last update of a storm is this user's.
pub(crate) const LAST: u64 = 77;

pub(crate) struct Work {
    pub(crate) users: usize,
    /// `INIT_STATE`, compressed.
    pub(crate) init: Vec<u8>,
    /// Bytes of it before.
    pub(crate) json: usize,
    /// Updates, each compressed, in the frames they are sent in.
    pub(crate) storm: Vec<u8>,
    pub(crate) updates: usize,
    /// Some of the updates, without their frames.
    pub(crate) first: Vec<Vec<u8>>,
    /// Ids of users, 8 bytes each: some to look up.
    pub(crate) ids: NamedTempFile,
}

impl Work {
    pub(crate) fn make(users: usize) -> anyhow::Result<Self> {
        let everyone = generate::users(7, &[], users);
        let mut json = 0;
        let mut init = ZlibEncoder::new(Vec::new(), Compression::fast());
        let mut write = |text: &str| {
            json += text.len();
            init.write_all(text.as_bytes())
        };
        write(r#"{"op":0,"t":"INIT_STATE","d":{"#)?;
        for (at, (user, presence)) in everyone.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write(&format!(r#"{comma}"{user}":{presence}"#))?;
        }
        write("}}")?;
        let init = init.finish()?;

        let mut ids = NamedTempFile::new()?;
        for user in everyone.keys().step_by(users.div_ceil(20_000)) {
            ids.write_all(&user.to_le_bytes())?;
        }
        // Of each restless user two presences by turns, so that every update is news.
        let restless = everyone.iter().step_by(users.div_ceil(RESTLESS).max(1));
        let restless: Vec<_> = restless.take(RESTLESS).collect();
        let mut turns = [Vec::new(), Vec::new()];
        for (number, turn) in turns.iter_mut().enumerate() {
            for (user, presence) in &restless {
                let presence =
                    presence.replacen('{', &format!(r#"{{"user_id":"{user}","turn":{number},"#), 1);
                turn.push(update(&presence)?);
            }
        }
        let mut storm = Vec::new();
        for number in 0..ROUNDS {
            for message in &turns[number % 2] {
                storm.extend(frame(message, true));
            }
        }
        let last = update(&format!(
            r#"{{"user_id":"{LAST}","discord_status":"dnd","discord_user":{{"id":"{LAST}"}}}}"#
        ))?;
        storm.extend(frame(&last, true));
        let [first, _] = turns;
        Ok(Self {
            users,
            init,
            json,
            storm,
            updates: restless.len() * ROUNDS + 1,
            first,
            ids,
        })
    }
}

/// The ids of such a file.
pub(crate) fn ids(path: &Path) -> std::io::Result<Vec<u64>> {
    let bytes = std::fs::read(path)?;
    let (ids, _) = bytes.as_chunks();
    Ok(ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
}

fn update(presence: &str) -> anyhow::Result<Vec<u8>> {
    let text = format!(r#"{{"op":0,"t":"PRESENCE_UPDATE","d":{presence}}}"#);
    deflate(&text)
}

fn deflate(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?)
}
