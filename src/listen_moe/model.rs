//! What is on air, in the bot's own words: frames are translated into this at the edge.
//!
//! Every field except a song's id can be null or missing upstream, so nearly everything here is
//! optional; text is as it was received, trimmed, never empty, and NOT yet escaped for Discord.

use std::time::Duration;

use time::OffsetDateTime;

use crate::station::Station;

/// One play of one song on one station, with what the gateway said beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct OnAir {
    /// The station it is on.
    pub station: Station,
    /// The song.
    pub song: Song,
    /// The user who asked for it, if one did.
    pub requester: Option<Requester>,
    /// The live event during which it plays, if there is one.
    pub event: Option<Event>,
    /// When it started and ends, as far as that can be known.
    pub timing: Timing,
    /// The songs before it, newest first.
    pub last_played: Vec<Song>,
    /// Listeners of the station, as the station counts them.
    pub listeners: Option<u64>,
    /// The songs that wait; told to who shows an account's token.
    pub queue: Option<Queue>,
    /// The `startTime` of the frame, as sent: with station and song id it identifies a play.
    /// Its meaning is contested, so nothing but identity may be derived from it; see [`Timing`].
    pub start_time: Option<OffsetDateTime>,
    /// When the frame that brought it arrived.
    pub received_at: OffsetDateTime,
}

/// Start and end of a play. Both are `None` when the gateway's claim fits neither reading of
/// `startTime`: no progress bar is better than a wrong one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Timing {
    /// When the song started.
    pub start: Option<OffsetDateTime>,
    /// When it ends.
    pub end: Option<OffsetDateTime>,
}

/// A song as LISTEN.moe knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Song {
    /// Its id; the page is `https://listen.moe/songs/<id>`.
    pub id: u64,
    /// Title in its native script.
    pub title: Option<String>,
    /// Title in Latin letters.
    pub title_romaji: Option<String>,
    /// Who sings or plays.
    pub artists: Vec<Named>,
    /// The albums it is on.
    pub albums: Vec<Named>,
    /// The anime, game or drama it comes from.
    pub sources: Vec<Named>,
    /// The voiced characters it is sung as.
    pub characters: Vec<Named>,
    /// Its length; `None` when upstream says 0 or nothing.
    pub duration: Option<Duration>,
    /// Whether the account whose token is configured has it as a favourite.
    pub favorite: bool,
}

/// An artist, album, source or character. At least one of the names is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// Its id, for the page `https://listen.moe/{artists,albums,sources}/<id>`.
    pub id: Option<u64>,
    /// Name in its native script.
    pub name: Option<String>,
    /// Name in Latin letters.
    pub name_romaji: Option<String>,
    /// File name of its image on the CDN, e.g. of an album's cover.
    pub image: Option<String>,
}

/// The songs that wait on a station, as of the frame.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Queue {
    /// All of them.
    pub songs: Option<u64>,
    /// Those of the account whose token is configured.
    pub own: Option<u64>,
    /// Those before the first of its own.
    pub before_own: Option<u64>,
}

/// Who asked for a song.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requester {
    /// Profile name, for `https://listen.moe/u/<username>`; the oldest frames lack it.
    pub username: Option<String>,
    /// The name to show.
    pub display_name: String,
}

/// A live event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: Option<u64>,
    /// Its name.
    pub name: String,
    /// An absolute address, already checked to be `http(s)`.
    pub image: Option<String>,
}
