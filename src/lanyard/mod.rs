//! Lanyard: live Discord presences of people who opted in.
//!
//! - `model`: a presence, in the bot's own words; `parse`: its JSON.
//! - `presences`: the store of all of them.
//! - `upstream`: the socket over all its connections; `socket`: one connection, as a state
//!   machine; `frame`: its JSON.

mod frame;
mod model;
mod parse;
mod presences;
mod socket;
#[cfg(test)]
mod tests;
mod upstream;

pub(crate) use self::{frame::decode, parse::presence};
pub use self::{
    model::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status},
    presences::{Freshness, Presences},
    upstream::Upstream,
};
