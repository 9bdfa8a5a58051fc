//! LISTEN.moe: what is on air, per station.
//!
//! - `model`: what is on air, in the bot's own words.
//! - `play`: which play it is, and the handles that tell.
//! - `urls`: the addresses of its pages and images.

mod model;
mod play;
mod urls;

pub use self::{
    model::{Event, Named, OnAir, Requester, Song, Timing},
    play::{NotAPlay, OnAirRx, PlayId, Stations},
    urls::{album_url, artist_url, cover_url, profile_url, song_url, source_url},
};
