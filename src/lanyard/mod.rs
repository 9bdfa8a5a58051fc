//! Lanyard: live Discord presences of people who opted in.
//!
//! - `model`: a presence, in the bot's own words.
//! - `presences`: the store of all of them.
//! - `parse`: the JSON of one presence becomes the model.

mod model;
mod parse;
mod presences;

pub use self::{
    model::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status},
    presences::{Freshness, Presences},
};
