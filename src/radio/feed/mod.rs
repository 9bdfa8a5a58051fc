//! One station's audio: the one HTTP connection, however many calls play it.
//!
//! The connection is opened when the first [`Listener`] comes and closed a while after the last
//! went. Whatever breaks it is retried for as long as anybody listens; readers meanwhile live on
//! the cushion and then on silence, and what was missed comes with the next connection where the
//! server still has it (see [`super::splice`]).
//!
//! - `listener`: a place in the stream, and the handle by which it is moved to another.
//! - `fault`: what ends a connection.
//! - `pace`: how fast it may be read.

mod fault;
mod listener;
mod pace;
#[cfg(test)]
mod tests;

use std::{
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::pace::Pace;
pub(crate) use self::{
    fault::FeedFault,
    listener::{Dial, Listener},
};
use super::{
    demux::{Counts, Demux, Item},
    levels::Levels,
    opus::Tags,
    ring::{Ring, Writer},
    splice::Splice,
    volume::Volume,
};
use crate::{
    config::Address,
    link::{Backoff, LinkReporter, LinkState, LinkStatus},
    station::Station,
};

/// Who we are, honestly: stations like to know who listens all day.
pub(crate) const USER_AGENT: &str = concat!(
    "uguisu/",
    env!("CARGO_PKG_VERSION"),
    " (Discord bot; one connection per station for all its listeners)"
);
/// How long name lookup, TCP, TLS and the answer's head may take together.
const CONNECT: Duration = Duration::from_secs(4);
/// Connected, but no packet for this long: as good as cut. Encoders flush a page a second.
const STALL: Duration = Duration::from_secs(4);
/// How long the connection outlives its last listener: somebody who changes channels or stations
/// back and forth does not cost the station a connection each time.
const LINGER: Duration = Duration::from_secs(30);
/// A short cap: sound is to be back within seconds of the stream's return, and one request every
/// other second from one bot is no burden.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(2));
/// A connection that lasted so long was a good one: the next backoff begins anew.
const STABLE: Duration = Duration::from_secs(30);
/// Bytes after which a stream that has not shown an Opus header is given up.
const MAX_PREAMBLE: usize = 256 * 1024;
/// Packets of the ring (10 s) that the beginning of a new connection is compared with.
const SPLICE: u64 = 512;

/// A logical stream of a station, usually a song, and where in the ring it begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamTags {
    /// What the stream says about itself.
    pub tags: Tags,
    /// The position of its first packet: listeners hear it once their reader gets there (20 ms a
    /// position), some seconds after it is announced here.
    pub position: u64,
}

/// What a feed did since the start of the process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FeedStats {
    /// Connections that were answered.
    pub(crate) connections: u64,
    /// What became of the packets.
    pub(crate) counts: Counts,
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
    stats: Mutex<FeedStats>,
}

/// The end of a feed that does the work.
#[derive(Debug)]
pub(crate) struct FeedTask {
    station: Station,
    address: Address,
    client: reqwest::Client,
    feed: Feed,
    writer: Writer,
    /// When the newest packet in the ring arrived.
    arrived: Instant,
    reporter: LinkReporter,
}

impl Feed {
    /// A feed that is not connected, and the task that runs it.
    pub(crate) fn new(
        station: Station,
        address: Address,
        client: reqwest::Client,
    ) -> (Self, FeedTask) {
        let writer = Writer::new();
        let (reporter, status) = LinkReporter::new();
        reporter.set(LinkState::Idle);
        let feed = Self(Arc::new(Shared {
            station,
            ring: Arc::clone(writer.ring()),
            levels: Levels::new(Arc::clone(writer.ring())),
            listeners: watch::Sender::new(0),
            tags: watch::Sender::new(None),
            status,
            stats: Mutex::default(),
        }));
        let task = FeedTask {
            station,
            address,
            client,
            feed: feed.clone(),
            writer,
            arrived: Instant::now(),
            reporter,
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

    /// The state of the connection.
    pub(crate) fn status(&self) -> LinkStatus {
        self.0.status.clone()
    }

    /// What it did so far.
    pub(crate) fn stats(&self) -> FeedStats {
        *self.0.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update_stats(&self, update: impl FnOnce(&mut FeedStats)) {
        update(&mut self.0.stats.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl FeedTask {
    /// Runs the feed until the token is cancelled.
    pub(crate) async fn run(self, token: CancellationToken) {
        let levels = self.feed.0.levels.clone();
        tokio::select! {
            () = self.follow(token) => {}
            () = levels.run() => {}
        }
    }

    /// Opens the stream when somebody listens, and closes it when nobody does any more.
    async fn follow(mut self, token: CancellationToken) {
        let mut listeners = self.feed.0.listeners.subscribe();
        while token
            .run_until_cancelled(wait_for(&mut listeners, |count| count > 0))
            .await
            .is_some()
        {
            info!(station = %self.station, address = %self.address, "opening the stream");
            tokio::select! {
                () = token.cancelled() => break,
                () = abandoned(&mut listeners) => {}
                () = self.stay_connected() => {}
            }
            self.writer.close();
            self.feed.0.levels.notify();
            self.feed.0.tags.send_replace(None);
            self.reporter.set(LinkState::Idle);
            info!(station = %self.station, "nobody listens: closed the stream");
        }
        self.reporter.set(LinkState::Stopped);
    }

    /// Connects again and again. Never returns.
    async fn stay_connected(&mut self) {
        let mut backoff = BACKOFF;
        loop {
            self.reporter.set(LinkState::Connecting);
            let started = Instant::now();
            let fault = match self.play().await {
                Ok(never) => match never {},
                Err(fault) => fault,
            };
            if started.elapsed() >= STABLE {
                backoff.reset();
            }
            let wait = backoff.next(&mut rand::rng());
            warn!(
                station = %self.station,
                attempt = backoff.attempts(),
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "no audio from the station: {fault}"
            );
            self.reporter.set(LinkState::Waiting {
                until: Instant::now() + wait,
                why: fault.to_string().into(),
            });
            sleep(wait).await;
        }
    }

    /// One connection, until it ends.
    async fn play(&mut self) -> Result<std::convert::Infallible, FeedFault> {
        let request = self.client.get(self.address.url().clone()).send();
        let mut response = timeout(CONNECT, request)
            .await
            .map_err(|_| FeedFault::Timeout(CONNECT))??;
        if !response.status().is_success() {
            return Err(FeedFault::Status(response.status()));
        }
        self.feed.update_stats(|stats| stats.connections += 1);
        self.reporter.set(LinkState::Handshaking);

        let base = self.feed.stats().counts;
        let known = self
            .feed
            .0
            .tags
            .borrow()
            .as_ref()
            .map(|known| known.tags.clone());
        let mut splice = Splice::new(self.writer.recent(SPLICE), self.arrived, known);
        let mut demux = Demux::new();
        let mut pace = Pace::new(Instant::now());
        let mut preamble = 0;
        // Evidence is a packet, not a byte: a server may send headers or noise for ever.
        let mut deadline = Instant::now() + STALL;
        loop {
            let wake = splice.deadline().map_or(deadline, |due| due.min(deadline));
            let Ok(chunk) = timeout_at(wake, response.chunk()).await else {
                let now = Instant::now();
                if now < deadline {
                    splice.expire(now, |item| {
                        self.append(item, now);
                    });
                    self.feed.0.levels.notify();
                    continue;
                }
                return Err(match demux.counts().streams {
                    0 if preamble > 0 => FeedFault::NotOpus,
                    _ => FeedFault::Stalled(STALL),
                });
            };
            let chunk = chunk?.ok_or(FeedFault::Ended)?;
            let before = demux.counts().packets;
            let mut appended = 0;
            let now = Instant::now();
            demux.push(&chunk, |item| {
                splice.push(item, now, |item| appended += self.append(item, now));
            });
            if appended > 0 {
                self.feed.0.levels.notify();
            }
            let counts = demux.counts();
            self.feed.update_stats(|stats| stats.counts = base + counts);
            if counts.streams == 0 {
                preamble += chunk.len();
                if preamble > MAX_PREAMBLE {
                    return Err(FeedFault::NotOpus);
                }
            }
            if counts.packets > before {
                if before == 0 {
                    self.reporter.set(LinkState::Up { since: now });
                }
                self.reporter.frame();
                let wait = pace.passed(appended, now);
                if !wait.is_zero() {
                    sleep(wait).await;
                }
                deadline = Instant::now() + STALL;
            }
        }
    }

    /// Gives an item to the readers; 1 when it was a packet.
    fn append(&mut self, item: Item, now: Instant) -> u32 {
        match item {
            Item::Packet(packet) => {
                self.arrived = now;
                self.writer.push(packet);
                1
            }
            Item::Tags(tags) => {
                let position = self.writer.ring().head();
                info!(
                    station = %self.station,
                    title = tags.title,
                    artist = tags.artist,
                    position,
                    "the stream names its song"
                );
                self.feed
                    .0
                    .tags
                    .send_replace(Some(StreamTags { tags, position }));
                0
            }
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
