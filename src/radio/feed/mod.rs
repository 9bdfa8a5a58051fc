//! One station's audio: the one HTTP connection, however many calls play it.
//!
//! The connection is opened when the first [`Listener`] comes and closed a while after the last
//! went. Whatever breaks it is retried for as long as anybody listens; readers meanwhile live on
//! the cushion and then on silence, and what was missed comes with the next connection where the
//! server still has it (see [`super::splice`]).
//!
//! - `listener`: a place in the stream, and the handle by which it is moved to another.
//! - `connection`: one connection, from the request to what ends it (`fault`).
//! - `choice`: which address is connected to.
//! - `pace`: how fast it may be read.
//! - `drift`: how the station's clock is brought together with Discord's.

mod choice;
mod connection;
mod drift;
mod fault;
mod listener;
mod pace;
#[cfg(test)]
mod tests;

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::{
    choice::{Choice, Ended},
    connection::{Connection, FRAME},
};
pub(crate) use self::{
    drift::Corrections,
    listener::{Dial, Listener},
};
use super::{
    demux::{Codec, Counts},
    levels::Levels,
    ring::{Ring, Writer},
    tags::Tags,
    volume::Volume,
};
use crate::{
    config::Addresses,
    link::{Backoff, LinkReporter, LinkState, LinkStatus},
    station::Station,
};

/// Who we are, honestly: stations like to know who listens all day.
pub(crate) const USER_AGENT: &str = concat!(
    "uguisu/",
    env!("CARGO_PKG_VERSION"),
    " (Discord bot; one connection per station for all its listeners)"
);
/// How long the connection outlives its last listener: somebody who changes channels or stations
/// back and forth does not cost the station a connection each time.
const LINGER: Duration = Duration::from_secs(30);
/// A short cap: sound is to be back within seconds of the stream's return, and one request every
/// other second from one bot is no burden.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(2));
/// A connection that lasted so long was a good one: the next backoff begins anew.
const STABLE: Duration = Duration::from_secs(30);

/// A logical stream of a station, usually a song, and where in the ring it begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamTags {
    /// What the stream says about itself.
    pub tags: Tags,
    /// The position of its first packet: listeners hear it once their reader gets there (20 ms a
    /// position), some seconds after it is announced here.
    pub position: u64,
}

/// How a station's stream does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StreamReport {
    /// Which of the configured addresses is used, from 1.
    pub address: usize,
    /// How many are configured.
    pub addresses: usize,
    /// How it is encoded. `None` until it is connected and recognised.
    pub codec: Option<Codec>,
    /// It is decoded and encoded again, rather than relayed as it is.
    pub transcoded: bool,
    /// Since when there is sound from this connection. `None` while there is none.
    pub since: Option<Instant>,
    /// What went wrong last, if anything did since somebody listens.
    pub trouble: Option<StreamTrouble>,
}

/// Something that went wrong with a station's stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamTrouble {
    /// What, in a few words for people, without addresses.
    pub what: Arc<str>,
    /// When.
    pub at: Instant,
}

/// What a feed did since the start of the process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FeedStats {
    /// Connections that were answered.
    pub(crate) connections: u64,
    /// What became of the packets.
    pub(crate) counts: Counts,
    /// Packets that were made by transcoding.
    pub(crate) transcoded: u64,
    /// What was corrected for the clock.
    pub(crate) corrections: Corrections,
}

/// Handle to one station's audio. The connection itself is run by [`Feed::run`].
#[derive(Clone, Debug)]
pub(crate) struct Feed(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    station: Station,
    ring: Arc<Ring>,
    levels: Levels,
    listeners: watch::Sender<usize>,
    tags: watch::Sender<Option<StreamTags>>,
    status: LinkStatus,
    report: Mutex<StreamReport>,
    stats: Mutex<FeedStats>,
}

/// The end of a feed that does the work.
#[derive(Debug)]
pub(crate) struct FeedTask {
    addresses: Addresses,
    choice: Choice,
    connection: Connection,
}

impl Feed {
    /// A feed that is not connected, and the task that runs it.
    pub(crate) fn new(
        station: Station,
        addresses: Addresses,
        client: reqwest::Client,
    ) -> (Self, FeedTask) {
        let writer = Writer::new();
        let (reporter, status) = LinkReporter::new();
        reporter.set(LinkState::Idle);
        let count = addresses.as_slice().len();
        let feed = Self(Arc::new(Shared {
            station,
            ring: Arc::clone(writer.ring()),
            levels: Levels::new(Arc::clone(writer.ring())),
            listeners: watch::Sender::new(0),
            tags: watch::Sender::new(None),
            status,
            report: Mutex::new(StreamReport {
                address: 1,
                addresses: count,
                ..StreamReport::default()
            }),
            stats: Mutex::default(),
        }));
        let task = FeedTask {
            addresses,
            choice: Choice::new(count),
            connection: Connection::new(feed.clone(), writer, client, reporter),
        };
        (feed, task)
    }

    /// A reader at the cushion, which keeps the connection open. At 100% it reads what the station
    /// sent, untouched; any other volume is transcoded once for all its readers.
    pub(crate) fn listen(&self, volume: Volume) -> Listener {
        Listener::new(self, volume)
    }

    /// Volumes that are transcoded now.
    pub(crate) fn levels(&self) -> &Levels {
        &self.0.levels
    }

    /// What plays at the head of the stream; `None` while nothing is known.
    pub(crate) fn tags(&self) -> watch::Receiver<Option<StreamTags>> {
        self.0.tags.subscribe()
    }

    /// How long it takes until a reader at the cushion gets to a position.
    pub(crate) fn until_heard(&self, position: u64) -> Duration {
        let ahead = position.saturating_sub(self.0.ring.cushion());
        FRAME.saturating_mul(ahead.try_into().unwrap_or(u32::MAX))
    }

    /// How many read it.
    pub(crate) fn readers(&self) -> usize {
        *self.0.listeners.borrow()
    }

    /// The state of the connection.
    pub(crate) fn status(&self) -> LinkStatus {
        self.0.status.clone()
    }

    /// What it did so far.
    pub(crate) fn stats(&self) -> FeedStats {
        *self.0.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the stream does.
    pub(crate) fn report(&self) -> StreamReport {
        self.0.report().clone()
    }

    fn update_stats(&self, update: impl FnOnce(&mut FeedStats)) {
        update(&mut self.0.stats.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Shared {
    fn report(&self) -> MutexGuard<'_, StreamReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FeedTask {
    /// Runs the feed until the token is cancelled.
    pub(crate) async fn run(self, token: CancellationToken) {
        let levels = self.connection.feed().0.levels.clone();
        tokio::select! {
            () = self.follow(token) => {}
            () = levels.run() => {}
        }
    }

    /// Opens the stream when somebody listens, and closes it when nobody does any more.
    async fn follow(mut self, token: CancellationToken) {
        let feed = self.connection.feed().clone();
        let station = feed.0.station;
        let mut listeners = feed.0.listeners.subscribe();
        while token
            .run_until_cancelled(wait_for(&mut listeners, |count| count > 0))
            .await
            .is_some()
        {
            info!(%station, "opening the stream");
            tokio::select! {
                () = token.cancelled() => break,
                () = abandoned(&mut listeners) => {}
                () = self.stay_connected() => {}
            }
            self.connection.close();
            info!(%station, "nobody listens: closed the stream");
        }
        self.connection.reporter().set(LinkState::Stopped);
    }

    /// Connects again and again. Never returns.
    async fn stay_connected(&mut self) {
        let mut backoff = BACKOFF;
        loop {
            let index = self.choice.current();
            let Some(address) = self.addresses.as_slice().get(index) else {
                // There is no such choice.
                return pending().await;
            };
            let outcome = self
                .connection
                .play(address, index, self.choice.patience())
                .await;
            let lasted = self.connection.ended();
            let Err(fault) = outcome else {
                self.choice.go_back();
                continue;
            };
            self.choice.ended(match lasted {
                None => Ended::Silent,
                Some(lasted) if lasted < STABLE => Ended::Brief,
                Some(_) => {
                    backoff.reset();
                    Ended::Good
                }
            });
            let wait = backoff.next(&mut rand::rng());
            warn!(
                station = %self.connection.feed().0.station,
                %address,
                attempt = backoff.attempts(),
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "no audio from the station: {fault}"
            );
            self.connection.reporter().set(LinkState::Waiting {
                until: Instant::now() + wait,
                why: self.connection.trouble(fault),
            });
            sleep(wait).await;
        }
    }
}

/// Returns once nobody has listened for [`LINGER`].
async fn abandoned(listeners: &mut watch::Receiver<usize>) {
    loop {
        wait_for(listeners, |count| count == 0).await;
        if timeout(LINGER, wait_for(listeners, |count| count > 0))
            .await
            .is_err()
        {
            return;
        }
    }
}

async fn wait_for(listeners: &mut watch::Receiver<usize>, is: impl Fn(usize) -> bool) {
    if listeners.wait_for(|count| is(*count)).await.is_err() {
        // The sender is gone, which it cannot be while the feed is held here.
        pending::<()>().await;
    }
}
