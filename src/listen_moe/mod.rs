//! LISTEN.moe: what is on air, per station.
//!
//! - `model`: what is on air, in the bot's own words.
//! - `play`: which play it is, and the handles that tell.
//! - `upstream`: the gateway of a station over all its connections; `gateway`: one connection, as
//!   a state machine; `frame`: its JSON; `timing`: what its contested `startTime` means.
//! - `urls`: the addresses of its pages and images.

mod frame;
mod gateway;
mod model;
mod play;
#[cfg(test)]
mod tests;
mod timing;
mod upstream;
mod urls;

pub(crate) use self::frame::decode;
pub use self::{
    model::{Event, Named, OnAir, Queue, Requester, Song, Timing},
    play::{NotAPlay, Occasion, OnAirRx, PlayId, Plays, Stations},
    upstream::Upstream,
    urls::{LOGO, album_url, artist_url, cover_url, profile_url, song_url, source_url},
};
