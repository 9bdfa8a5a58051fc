//! What the voice channel's status is told of: the song on air, as people read it.

use crate::{
    listen_moe::{OnAir, OnAirRx, Stations},
    station::Station,
};

/// What plays on each station, and how that is written where no markdown is rendered. What it looks
/// like is the business of those who show things to people.
#[derive(Clone, Debug)]
pub struct Songs {
    /// What is on air.
    pub stations: Stations,
    /// A song in one line, made safe to show, of at most so many UTF-16 code units.
    pub line: fn(&OnAir, usize) -> String,
}

impl Songs {
    /// Tells of each new song of a station.
    pub(super) fn watch(&self, station: Station) -> OnAirRx {
        self.stations.get(station).clone()
    }

    /// The song on air.
    pub(super) fn line(&self, station: Station, max: usize) -> Option<String> {
        let on_air = self.stations.get(station).borrow().clone()?;
        Some((self.line)(&on_air, max)).filter(|line| !line.is_empty())
    }

    /// No song is ever known: for tests.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        let silent = || tokio::sync::watch::channel(None).1;
        Self {
            stations: Stations {
                jpop: silent(),
                kpop: silent(),
            },
            line: |_, _| String::new(),
        }
    }
}
