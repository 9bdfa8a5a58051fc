//! LISTEN.moe: what is on air, per station.

mod model;

pub use model::{Event, Named, OnAir, Requester, Song, Timing};
