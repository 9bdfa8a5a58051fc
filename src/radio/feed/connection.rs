//! One connection to a stream after another, and what goes on across them.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::{debug, info};

use super::{Feed, StreamTags, StreamTrouble, drift::Drift, fault::FeedFault, pace::Pace};
use crate::{
    config::Address,
    link::{LinkReporter, LinkState},
    radio::{
        demux::{Demux, Dropped, Head, Item},
        ring::Writer,
        splice::{Past, Splice},
        transcode::{Sound, Transcoder},
    },
};

/// How long name lookup, TCP, TLS and the answer's head may take together.
pub(super) const CONNECT: Duration = Duration::from_secs(4);
/// Connected, but no packet for this long: as good as cut. Encoders flush a page a second.
pub(super) const STALL: Duration = Duration::from_secs(4);
/// How long a piece of the stream may take to transcode: a burst of 4 s takes 50 ms, so only a
/// decoder that does not come to an end takes so long.
const TRANSCODE: Duration = Duration::from_secs(20);
/// Bytes after which a stream that nobody recognises is given up.
pub(super) const MAX_PREAMBLE: usize = 256 * 1024;
/// Frames (10 s) that the beginning of a new connection is compared with.
const SPLICE: usize = 512;
/// What a packet of the ring lasts, and a frame where nothing better is known.
pub(super) const FRAME: Duration = Duration::from_millis(20);

/// What fills a station's ring.
#[derive(Debug)]
pub(super) struct Connection {
    feed: Feed,
    writer: Writer,
    client: reqwest::Client,
    reporter: LinkReporter,
    /// The last frames that came, oldest first, and when the newest did.
    past: VecDeque<Bytes>,
    arrived: Instant,
    /// What the transcoder decodes now.
    head: Option<Head>,
    transcoder: Option<Transcoder>,
    drift: Drift,
}

/// What a piece of the stream came to.
#[derive(Clone, Copy, Debug, Default)]
struct Delivered {
    /// Packets that the readers got.
    packets: u32,
    /// Of them, those that were transcoded.
    transcoded: u32,
    /// Frames that could not be decoded.
    undecodable: u64,
}

impl Connection {
    pub(super) fn new(
        feed: Feed,
        writer: Writer,
        client: reqwest::Client,
        reporter: LinkReporter,
    ) -> Self {
        Self {
            feed,
            writer,
            client,
            reporter,
            past: VecDeque::with_capacity(SPLICE),
            arrived: Instant::now(),
            head: None,
            transcoder: None,
            drift: Drift::new(),
        }
    }

    pub(super) const fn feed(&self) -> &Feed {
        &self.feed
    }

    pub(super) const fn reporter(&self) -> &LinkReporter {
        &self.reporter
    }

    #[cfg(test)]
    pub(super) const fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// Nobody listens any more: what was played is of another time.
    pub(super) fn close(&mut self) {
        self.writer.close();
        self.forget();
        self.transcoder = None;
        let shared = &self.feed.0;
        shared.levels.notify();
        shared.tags.send_replace(None);
        let mut report = shared.report();
        (report.codec, report.since, report.trouble) = (None, None, None);
        self.reporter.set(LinkState::Idle);
    }

    /// What comes next does not follow on what came before.
    fn forget(&mut self) {
        self.past.clear();
        self.head = None;
        self.drift.restart();
    }

    /// For how long there was sound from the connection that ended.
    pub(super) fn ended(&self) -> Option<Duration> {
        let mut report = self.feed.0.report();
        report.codec = None;
        report.since.take().map(|since| since.elapsed())
    }

    /// Makes known what went wrong.
    pub(super) fn trouble(&self, fault: FeedFault) -> Arc<str> {
        let what: Arc<str> = fault.to_string().into();
        self.feed.0.report().trouble = Some(StreamTrouble {
            what: Arc::clone(&what),
            at: Instant::now(),
        });
        what
    }

    /// One connection, until it ends; `Ok` when there was sound for all of `patience`.
    pub(super) async fn play(
        &mut self,
        address: &Address,
        index: usize,
        patience: Option<Duration>,
    ) -> Result<(), FeedFault> {
        self.reporter.set(LinkState::Connecting);
        self.feed.0.report().address = index + 1;
        let request = self
            .client
            .get(address.url().clone())
            .header("Icy-MetaData", HeaderValue::from_static("1"))
            .send();
        let mut response = timeout(CONNECT, request)
            .await
            .map_err(|_| FeedFault::Timeout(CONNECT))??;
        if !response.status().is_success() {
            return Err(FeedFault::Status(response.status()));
        }
        self.feed.update_stats(|stats| stats.connections += 1);
        self.reporter.set(LinkState::Handshaking);

        let mut base = self.feed.stats().counts;
        let past = self.past();
        let metaint = response.headers().get("icy-metaint");
        let metaint = metaint.and_then(|value| value.to_str().ok());
        let mut demux = Demux::new(metaint, past.tags.clone());
        let mut splice = Splice::new(past);
        let mut joined = false;
        let mut pace = Pace::new(Instant::now());
        let mut preamble = 0;
        let mut leave = None;
        // Evidence is sound, not bytes: a server may send headers or noise for ever.
        let mut deadline = Instant::now() + STALL;
        loop {
            let wake = [splice.deadline(), leave]
                .into_iter()
                .flatten()
                .fold(deadline, Instant::min);
            let mut items = Vec::new();
            let chunk = timeout_at(wake, response.chunk()).await;
            let now = Instant::now();
            match chunk {
                Ok(chunk) => {
                    let chunk = chunk?.ok_or(FeedFault::Ended)?;
                    preamble += chunk.len();
                    demux.push(&chunk, |item| {
                        splice.push(item, now, |item| items.push(item));
                    })?;
                }
                Err(_) if now >= deadline => {
                    return Err(match demux.counts().streams {
                        0 if preamble > 0 => FeedFault::Unknown,
                        _ => FeedFault::Stalled(STALL),
                    });
                }
                Err(_) if splice.deadline().is_some_and(|due| now >= due) => {
                    splice.expire(now, |item| items.push(item));
                }
                Err(_) if leave.is_some_and(|leave| now >= leave) => return Ok(()),
                Err(_) => {}
            }
            if let Some(overlap) = splice.overlap().filter(|_| !joined) {
                joined = true;
                if overlap == 0 {
                    self.drift.restart();
                }
            }
            let delivered = self.deliver(items, now).await?;
            base.dropped[Dropped::Undecodable as usize] += delivered.undecodable;
            let counts = demux.counts();
            let corrections = self.drift.counts();
            self.feed.update_stats(|stats| {
                stats.counts = base + counts;
                stats.transcoded += u64::from(delivered.transcoded);
                stats.corrections = corrections;
            });
            if counts.streams == 0 && preamble > MAX_PREAMBLE {
                return Err(FeedFault::Unknown);
            }
            if delivered.packets > 0 {
                self.reporter.frame();
                self.heard(&demux, delivered, now);
                leave = leave.or_else(|| patience.map(|patience| now + patience));
                let wait = pace.passed(delivered.packets, now);
                if !wait.is_zero() {
                    sleep(wait).await;
                }
                deadline = Instant::now() + STALL;
            }
        }
    }

    /// There is sound.
    fn heard(&self, demux: &Demux, delivered: Delivered, now: Instant) {
        let since = {
            let mut report = self.feed.0.report();
            report.codec = demux.codec();
            report.transcoded = delivered.transcoded > 0;
            *report.since.get_or_insert(now)
        };
        self.reporter.set(LinkState::Up { since });
        self.feed.0.levels.notify();
    }

    fn past(&self) -> Past {
        let transcoder = self.transcoder.as_ref().filter(|_| self.head.is_some());
        let known = self.feed.0.tags.borrow();
        Past {
            frames: self.past.iter().cloned().collect(),
            arrived: self.arrived,
            frame: transcoder
                .and_then(Transcoder::frame_duration)
                .unwrap_or(FRAME),
            tags: known.as_ref().map(|known| known.tags.clone()),
            head: self.head.clone(),
        }
    }

    /// Gives what came to the readers, transcoded where it must be.
    async fn deliver(&mut self, items: Vec<Item>, now: Instant) -> Result<Delivered, FeedFault> {
        let mut transcode = false;
        for item in &items {
            match item {
                Item::Tags(_) => {}
                Item::Head(head) => {
                    self.head = Some(head.clone());
                    transcode = true;
                }
                Item::Frame { data, relayed } => {
                    if self.past.len() >= SPLICE {
                        self.past.pop_front();
                    }
                    self.past.push_back(data.clone());
                    self.arrived = now;
                    if *relayed {
                        self.head = None;
                    }
                    transcode |= !relayed;
                }
            }
        }
        let mut delivered = Delivered::default();
        let sounds = if transcode {
            let (sounds, undecodable) = self.transcode(items).await?;
            delivered.undecodable = undecodable;
            sounds
        } else {
            items.into_iter().filter_map(Sound::as_it_is).collect()
        };
        for sound in sounds {
            match sound {
                Sound::Tags(tags) => {
                    let position = self.writer.ring().head();
                    info!(
                        station = %self.feed.0.station,
                        title = tags.title,
                        artist = tags.artist,
                        position,
                        "the stream names its song"
                    );
                    let tags = StreamTags { tags, position };
                    self.feed.0.tags.send_replace(Some(tags));
                }
                Sound::Packet(packet) => {
                    delivered.packets += 1;
                    delivered.transcoded += u32::from(transcode);
                    for _ in 0..self.drift.times(&packet, now) {
                        self.writer.push(packet.clone());
                    }
                }
            }
        }
        Ok(delivered)
    }

    /// Transcodes on a thread that may be busy for long, and gives the frames that were refused.
    async fn transcode(&mut self, items: Vec<Item>) -> Result<(Vec<Sound>, u64), FeedFault> {
        let transcoder = self.transcoder.take().map_or_else(Transcoder::new, Ok);
        let mut transcoder = transcoder.map_err(|_| FeedFault::Decoder)?;
        let before = transcoder.undecodable();
        let done = spawn_blocking(move || {
            let sounds = transcoder.run(items);
            (transcoder, sounds)
        });
        match timeout(TRANSCODE, done).await {
            Ok(Ok((transcoder, sounds))) => {
                let undecodable = transcoder.undecodable() - before;
                self.transcoder = Some(transcoder);
                Ok((sounds, undecodable))
            }
            failed => {
                // A decoder that bytes from outside made panic, or turn in circles. Whatever they
                // were, another connection brings others.
                debug!("the transcoder ended: {failed:?}");
                self.forget();
                Err(FeedFault::Decoder)
            }
        }
    }
}
