//! The audio of the stations, as an Icecast server sends it.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`synth`] | a short tune of one pitch |
//! | [`library`] | the tunes as Opus packets, made once and kept |
//! | [`ogg`] | an Ogg muxer |
//! | [`broadcast`] | a station's endless, chained stream in real time, and its burst |
//! | [`routes`] | the HTTP side |

pub mod broadcast;
pub mod library;
pub mod ogg;
pub mod routes;
pub mod synth;

#[cfg(test)]
mod tests;

pub use broadcast::{Broadcast, Habits};
pub use library::Library;
