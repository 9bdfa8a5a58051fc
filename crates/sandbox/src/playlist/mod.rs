//! What the two stations play, and what is on air now.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`song`] | the songs, invented, with the odd metadata that the real service sends |
//! | [`on_air`] | the clock that decides which song is on |
//!
//! The metadata gateway ([`crate::listen_moe`]) and the audio ([`crate::stream`]) both follow
//! [`OnAir`]; neither knows the other.

pub mod on_air;
pub mod song;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use on_air::{OnAir, Play};
pub use song::{Playlist, Song};

/// A station of LISTEN.moe.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Station {
    /// Japanese pop, at `/listen.moe`.
    Jpop,
    /// Korean pop, at `/listen.moe/kpop`.
    Kpop,
}

impl Station {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jpop, Self::Kpop];

    /// Where its gateway and its streams are, under the one TCP port.
    pub fn path(self) -> &'static str {
        match self {
            Self::Jpop => "/listen.moe",
            Self::Kpop => "/listen.moe/kpop",
        }
    }
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpop => "jpop",
            Self::Kpop => "kpop",
        })
    }
}

/// Something for each of the two stations.
#[derive(Clone, Debug)]
pub struct PerStation<T> {
    /// J-pop's.
    pub jpop: T,
    /// K-pop's.
    pub kpop: T,
}

impl<T> PerStation<T> {
    /// Makes one for each.
    pub fn new(mut make: impl FnMut(Station) -> T) -> Self {
        Self {
            jpop: make(Station::Jpop),
            kpop: make(Station::Kpop),
        }
    }

    /// A station's.
    pub fn get(&self, station: Station) -> &T {
        match station {
            Station::Jpop => &self.jpop,
            Station::Kpop => &self.kpop,
        }
    }
}
