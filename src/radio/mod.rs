//! The radio: one HTTP connection per station feeds every voice channel.
//!
//! The data flows one way:
//!
//! ```text
//! feed ──> demux ──> splice ──┬───────────────┬─> ring ──┬─> input ─> songbird ─> Discord
//! one connection a station    └─> transcode ──┘     │    ├─> input ─> …
//!                        (what is not Opus of 20 ms)│    └─> one per call
//!                                                   └──> levels ─> a ring per volume ─> input
//! ```
//!
//! - `feed`: the connection: when it is open, what ends it, when and where it is tried again.
//! - `demux`, with `ogg`, `opus`, `tags`: bytes become tags and frames of whatever codec.
//! - `transcode`, with `encode`: frames that Discord does not take as they are become packets.
//! - `splice`: joins a new connection to the old one without a gap or a repetition.
//! - `ring`: the last seconds, with a place for each reader.
//! - `volume`, `levels`: louder and quieter: one shared transcode per volume in use (`encode`).
//! - `input`: a reader as songbird wants it, which copies packets untouched.
//! - `calls`: who is in which voice channel, and stays there whatever happens.
//! - `room`: a voice channel: who hears it, and what keeps the bot out.
//! - `report`: what really happens in a call.
//! - `songs`: the song on air, for the status of a voice channel.
//! - `numbers`: what an operator sees of it.

mod calls;
mod demux;
mod encode;
mod error;
mod feed;
pub(crate) mod fuzzing;
mod input;
mod levels;
mod numbers;
mod ogg;
mod opus;
mod report;
mod ring;
pub(crate) mod room;
mod songs;
mod splice;
mod tags;
mod transcode;
mod volume;

use std::{collections::HashSet, sync::Arc, time::Duration};

use serenity::{
    all::{ChannelId, GuildId, ShardId},
    cache::Cache,
    client::ClientBuilder,
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use self::{
    calls::{Calls, Target},
    feed::{Feed, FeedTask},
};
pub use self::{
    demux::Codec,
    error::RadioError,
    feed::{StreamReport, StreamTags, StreamTrouble},
    report::{Ended, Ending, Hushed, Report, Sent, Standing, Trouble},
    room::{Audience, Obstacle},
    songs::Songs,
    tags::Tags,
    volume::{Volume, VolumeError},
};
use crate::{
    config::Addresses,
    discord::Rest,
    link::LinkStatus,
    station::Station,
    store::{RadioSettings, Store},
    telemetry::Metrics,
};

/// How often it is looked for voice channels in which the bot is without a reason.
const SWEEP: Duration = Duration::from_secs(30);

/// Where each station's audio is fetched from, over HTTP: Opus or Vorbis in Ogg, or MP3.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Audio of [`Station::Jpop`].
    pub jpop: Addresses,
    /// Audio of [`Station::Kpop`].
    pub kpop: Addresses,
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
    feeds: Feeds,
    calls: Calls,
}

/// Does the radio's work. There is one.
pub struct RadioTask {
    jpop: FeedTask,
    kpop: FeedTask,
    calls: Calls,
}

/// The feed of each station.
#[derive(Clone, Debug)]
struct Feeds {
    jpop: Feed,
    kpop: Feed,
}

impl Feeds {
    const fn get(&self, station: Station) -> &Feed {
        match station {
            Station::Jpop => &self.jpop,
            Station::Kpop => &self.kpop,
        }
    }
}

impl Radio {
    /// A radio that is nowhere yet, and the task that does its work. Must be called within tokio.
    ///
    /// # Errors
    /// When the HTTP client cannot be made, which only a broken TLS setup can cause.
    pub fn new(
        streams: Streams,
        songs: Songs,
        rest: Rest,
        store: Store,
        metrics: Metrics,
    ) -> Result<(Self, RadioTask), reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(feed::USER_AGENT)
            .build()?;
        let (jpop, jpop_task) = Feed::new(Station::Jpop, streams.jpop, client.clone());
        let (kpop, kpop_task) = Feed::new(Station::Kpop, streams.kpop, client);
        metrics.watch_upstream("stream-jpop", jpop.status());
        metrics.watch_upstream("stream-kpop", kpop.status());
        let feeds = Feeds { jpop, kpop };
        metrics.watch_streams(numbers::Numbers(feeds.clone()));
        let calls = Calls::new(feeds.clone(), songs, rest, store, metrics);
        let task = RadioTask {
            jpop: jpop_task,
            kpop: kpop_task,
            calls: calls.clone(),
        };
        Ok((Self { feeds, calls }, task))
    }

    /// Gives the client its voice: call this on the `ClientBuilder`, once. It takes the place of
    /// songbird's `register_songbird`.
    pub fn register(&self, client: ClientBuilder) -> ClientBuilder {
        client.voice_manager_arc(Arc::new(self.calls.clone()))
    }

    /// Tells it where to find what Discord's gateway says: call this once the client is built.
    pub fn attach(&self, cache: Arc<Cache>) {
        self.calls.attach(cache);
    }

    /// Joins a voice channel and plays a station in it, moving there when the bot is in another
    /// channel of the server. Waits until the voice connection stands, 20 s at most.
    pub async fn join(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
    ) -> Result<Joined, RadioError> {
        self.calls.join(guild, channel, station).await
    }

    /// Plays another station in the server's call, without leaving it.
    pub async fn switch(&self, guild: GuildId, station: Station) -> Result<Joined, RadioError> {
        self.calls.switch(guild, station).await
    }

    /// Leaves the server's call for good, whatever it is doing. `false` when there was none.
    pub async fn leave(&self, guild: GuildId) -> Result<bool, RadioError> {
        self.calls.leave(guild).await
    }

    /// Changes how a server wants its radio, also after a restart; a call that stands follows.
    pub async fn configure(
        &self,
        guild: GuildId,
        change: impl FnOnce(&mut RadioSettings) + Send,
    ) -> Result<RadioSettings, RadioError> {
        self.calls.configure(guild, change).await
    }

    /// The server reads another language, or titles in another script: what stands beside its voice
    /// channel, and the message with the radio's buttons, follow.
    pub fn reword(&self, guild: GuildId) {
        self.calls.reword(guild);
    }

    /// What really happens in a server's call. Waits 6 s at most.
    pub async fn report(&self, guild: GuildId) -> Result<Report, RadioError> {
        self.calls.report(guild).await
    }

    /// Waits until there is something new to say of servers' calls, and tells of which. For one
    /// listener.
    pub async fn changed(&self) -> HashSet<GuildId> {
        self.calls.changed().await
    }

    /// Where the server's radio is meant to be, and with which station.
    pub fn current(&self, guild: GuildId) -> Option<(ChannelId, Station)> {
        let Target { channel, station } = self.calls.target(guild)?;
        Some((channel, station))
    }

    /// Calls that are connected to a voice server.
    pub fn calls(&self) -> usize {
        self.calls.standing()
    }

    /// What the station's stream says about itself, and from which position on; `None` while
    /// nobody listens to it.
    pub fn tags(&self, station: Station) -> watch::Receiver<Option<StreamTags>> {
        self.feeds.get(station).tags()
    }

    /// How long it takes until listeners hear this position of the station's stream.
    pub fn until_heard(&self, station: Station, position: u64) -> Duration {
        self.feeds.get(station).until_heard(position)
    }

    /// How many calls read the station's stream.
    pub fn readers(&self, station: Station) -> usize {
        self.feeds.get(station).readers()
    }

    /// How the station's stream does: codec, address, since when, the last trouble.
    pub fn stream_report(&self, station: Station) -> StreamReport {
        self.feeds.get(station).report()
    }

    /// The state of the connection to the station's stream.
    pub fn stream(&self, station: Station) -> LinkStatus {
        self.feeds.get(station).status()
    }

    /// Call on every `CacheReady`: goes back to the stored channels (a few at a time, as Discord's
    /// rate limit permits), and leaves those in which a crashed process left the bot. Calls that
    /// stand are not touched.
    pub async fn rejoin(&self, cache: &Cache) {
        self.calls.restore(cache).await;
    }

    /// Call on every `Ready`: the shard has a new session, so its calls are built anew. serenity
    /// keeps its shard, and so tells songbird nothing.
    pub fn session_replaced(&self, shard: ShardId) {
        self.calls.session_replaced(shard.0);
    }

    /// Call on every `VoiceStateUpdate`, with the channels before and after it.
    pub fn audience_changed(&self, guild: GuildId, channels: [Option<ChannelId>; 2]) {
        self.calls.audience_changed(guild, channels);
    }

    /// Call when Discord says that a server is away.
    pub fn outage(&self, guild: GuildId) {
        self.calls.outage(guild);
    }

    /// Call on every `GuildCreate`, with the channel that the bot is in there.
    pub async fn server_available(&self, guild: GuildId, channel: Option<ChannelId>) {
        self.calls.server_available(guild, channel).await;
    }

    /// Leaves a channel that was deleted, and does not try to go back.
    pub fn channel_deleted(&self, guild: GuildId, channel: ChannelId) {
        self.calls.channel_deleted(guild, channel);
    }

    /// Forgets a server that the bot was removed from.
    pub async fn forget(&self, guild: GuildId) {
        self.calls.forget(guild).await;
    }

    /// Leaves every voice channel politely, within 5 s, keeping the stored channels so that the
    /// next start goes back to them. The gateway must still be up. Nothing is joined afterwards.
    pub async fn shutdown(&self) {
        self.calls.shutdown().await;
    }
}

impl RadioTask {
    /// Fetches the stations' audio, as long as somebody listens, until the token is cancelled.
    /// Ends before that only when a part of the radio died of a mistake in this program.
    pub async fn run(self, token: CancellationToken) {
        let failed = self.calls.failed();
        let feeds = async { tokio::join!(self.jpop.run(token.clone()), self.kpop.run(token)) };
        let sweep = async {
            let mut due = interval(SWEEP);
            due.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                due.tick().await;
                self.calls.sweep();
            }
        };
        tokio::select! {
            _ = feeds => {}
            () = sweep => {}
            () = failed.cancelled() => {}
        }
    }
}
