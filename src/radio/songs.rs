//! What the voice channel's status is told of: the song on air, as people read it.

use serenity::all::GuildId;

use crate::{
    language::{Servers, Titles},
    listen_moe::{OnAir, OnAirRx, Stations},
    station::Station,
};

/// What plays on each station, and how that is written where no markdown is rendered. What it looks
/// like is the business of those who show things to people.
#[derive(Clone, Debug)]
pub struct Songs {
    /// What is on air.
    pub stations: Stations,
    /// In which script each server reads titles.
    pub servers: Servers,
    /// A song in one line, made safe to show, of at most so many UTF-16 code units.
    pub line: fn(&OnAir, Titles, usize) -> String,
}

impl Songs {
    /// Tells of each new song of a station.
    pub(super) fn watch(&self, station: Station) -> OnAirRx {
        self.stations.get(station).clone()
    }

    /// The song on air, as a server reads it.
    pub(super) fn line(&self, guild: GuildId, station: Station, max: usize) -> Option<String> {
        let on_air = self.stations.get(station).borrow().clone()?;
        let titles = self.servers.wording(guild).titles;
        Some((self.line)(&on_air, titles, max)).filter(|line| !line.is_empty())
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
            servers: Servers::default(),
            line: |_, _, _| String::new(),
        }
    }
}
