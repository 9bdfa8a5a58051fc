//! The radio: one HTTP connection per station feeds every voice channel.

mod error;

use std::sync::Arc;

use serenity::{
    all::{ChannelId, GuildId},
    cache::Cache,
    client::ClientBuilder,
    http::Http,
};
use tokio_util::sync::CancellationToken;

pub use self::error::RadioError;
use crate::station::Station;

/// Where each station's audio is fetched from: `http` or `https` addresses of Ogg/Opus streams.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Audio of [`Station::Jpop`].
    pub jpop: String,
    /// Audio of [`Station::Kpop`].
    pub kpop: String,
}

/// The outcome of [`Radio::join`] and [`Radio::switch`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Joined {
    /// The voice channel the bot is in.
    pub channel: ChannelId,
    /// The station it plays.
    pub station: Station,
    /// The bot was in that channel with that station before: nothing changed.
    pub already: bool,
}

/// Handle to the radio: cheap to clone, every method callable from any task.
#[derive(Clone)]
pub struct Radio {
    #[expect(dead_code, reason = "used once calls are in place")]
    http: Arc<Http>,
}

#[allow(clippy::unused_async, reason = "the bodies follow")]
impl Radio {
    /// Joins a voice channel and plays a station in it, moving there when the bot is in another
    /// channel of the server. Waits until the voice connection stands, 20 s at most.
    pub async fn join(
        &self,
        _guild: GuildId,
        _channel: ChannelId,
        _station: Station,
    ) -> Result<Joined, RadioError> {
        Err(RadioError::Stopping)
    }

    /// Leaves the server's call for good. `false` when there was none.
    pub async fn leave(&self, _guild: GuildId) -> Result<bool, RadioError> {
        Err(RadioError::Stopping)
    }

    /// Plays another station in the server's call, without leaving it.
    pub async fn switch(&self, _guild: GuildId, _station: Station) -> Result<Joined, RadioError> {
        Err(RadioError::Stopping)
    }

    /// Where the server's radio is meant to be, and with which station.
    pub fn current(&self, _guild: GuildId) -> Option<(ChannelId, Station)> {
        None
    }

    /// Calls that are connected to a voice server.
    pub fn calls(&self) -> usize {
        0
    }

    /// Gives the client its voice: call this on the `ClientBuilder`, once (it takes the place of
    /// `register_songbird_with`).
    #[must_use]
    pub fn register(&self, client: ClientBuilder) -> ClientBuilder {
        client
    }

    /// Call on every `CacheReady`: rejoins the stored channels (a few at a time), and leaves those
    /// a crashed process was in without a stored setting. Calls that stand are not touched.
    pub async fn rejoin(&self, _cache: &Cache) {}

    /// Forgets a server that the bot was removed from: call on `GuildDelete` unless it is only
    /// unavailable.
    pub async fn forget(&self, _guild: GuildId) {}

    /// Runs the feeds and the supervision of the calls until the token is cancelled. Run it once.
    pub async fn run(&self, token: CancellationToken) {
        token.cancelled().await;
    }

    /// Leaves every voice channel politely, within 5 s, keeping the stored channels so that the
    /// next start rejoins them. The gateway must still be up.
    pub async fn shutdown(&self) {}
}
