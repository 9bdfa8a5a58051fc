//! Lanyard: live Discord presences of people who opted in.
//!
//! - `upstream`: the socket over all its connections; `socket`: one connection, as a state
//!   machine; `limits`: what is asked of it and what is taken.
//! - A message on its way: `decoder` sends it through `inflate` (decompressing), `scan` (JSON, a
//!   piece at a time, made of `token`s) and `split` (one presence at a time, put together by `record`) to the
//!   `keeper`. What it said before is known by `repeats`.
//! - What is held: `table`, made of `shard`s, their bytes in a `slab`, compressed with a `dictionary`,
//!   found by hashes that are `keyed`.
//! - Those who read: `presences`; `parse` makes a `model` of the bytes of one, by way of `raw`.

mod decoder;
mod dictionary;
pub(crate) mod fuzzing;
mod inflate;
mod keeper;
mod keyed;
mod limits;
mod model;
mod parse;
mod presences;
mod raw;
mod record;
mod repeats;
mod scan;
mod shard;
mod slab;
mod socket;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod upstream;

pub use self::{
    limits::{Limits, Subscription},
    model::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status},
    presences::{Found, Freshness, Presences},
    upstream::Upstream,
};
