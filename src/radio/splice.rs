//! Joins what a new connection brings to what the ring already has.
//!
//! A server greets each connection with the last seconds it sent (Icecast: 64 kB, 4 s at
//! 128 kbit/s). After a cut of one second, three of those four were already in the ring: playing
//! them again would be heard as a jump back. They are the same bytes, though, so the place where
//! the new connection overlaps the old one can be found by comparing packets, and exactly the
//! missed ones are appended. A cut shorter than the cushion is not heard at all, and one that is
//! longer costs silence but no music.
//!
//! Music never repeats a packet, but silence and test tones do: then several overlaps agree, and
//! the clock decides between them, since what was missed is as long as the cut. Where nothing
//! overlaps (a longer cut, a restarted encoder) everything new is appended.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tracing::debug;

use super::{demux::Item, opus::Tags};

/// How long after its first packet the greeting has arrived: from then on packets come as they
/// are played. Short enough for the cushion to bear it.
const GREETING: Duration = Duration::from_millis(300);
/// Packets held back at most; more come only from a server that sends much too fast.
const MAX_HELD: usize = 1024;
/// What one packet lasts, in milliseconds.
const PACKET_MS: u128 = 20;

/// Filters the beginning of a connection. Everything passes once the overlap is known.
#[derive(Debug)]
pub(crate) struct Splice {
    /// What the ring has, oldest first.
    recent: Vec<Bytes>,
    /// When the newest of it arrived.
    arrived: Instant,
    /// Tags that were announced last.
    known: Option<Tags>,
    /// Where in `recent` the connection may have begun: everything since agrees.
    candidates: Vec<usize>,
    /// How many packets overlap, according to candidates that agreed up to the end of `recent`.
    overlaps: Vec<usize>,
    /// Held back until the overlap is known; each packet with at most one set of tags before it.
    held: Vec<Item>,
    held_packets: usize,
    deadline: Option<Instant>,
    settled: bool,
}

impl Splice {
    /// `recent` is what the ring has, oldest first, the newest of it since `arrived`; `known` are
    /// the tags announced last.
    pub(crate) fn new(recent: Vec<Bytes>, arrived: Instant, known: Option<Tags>) -> Self {
        Self {
            candidates: (0..recent.len()).collect(),
            settled: recent.is_empty(),
            recent,
            arrived,
            known,
            overlaps: Vec::new(),
            held: Vec::new(),
            held_packets: 0,
            deadline: None,
        }
    }

    /// When [`Splice::expire`] is due, if it is.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Takes the next item and gives out those that are new.
    pub(crate) fn push(&mut self, item: Item, now: Instant, mut emit: impl FnMut(Item)) {
        if self.settled {
            emit(item);
            return;
        }
        if let Item::Packet(packet) = &item {
            self.compare(packet);
            self.deadline.get_or_insert(now + GREETING);
        } else {
            // Streams without packets may follow each other for ever.
            self.held.pop_if(|last| matches!(last, Item::Tags(_)));
        }
        self.held.push(item);
        let clear = self.held_packets > 0 && self.candidates.is_empty() && self.overlaps.len() <= 1;
        if clear || self.held_packets >= MAX_HELD / 2 {
            self.settle(self.likeliest(now), emit);
        }
    }

    /// The greeting is over, and so is the comparing: to be called at the deadline.
    pub(crate) fn expire(&mut self, now: Instant, emit: impl FnMut(Item)) {
        self.settle(self.likeliest(now), emit);
    }

    fn compare(&mut self, packet: &Bytes) {
        let index = self.held_packets;
        self.held_packets += 1;
        let (recent, overlaps) = (&self.recent, &mut self.overlaps);
        self.candidates.retain(|begin| {
            let agrees = recent.get(begin + index) == Some(packet);
            let complete = begin + index + 1 == recent.len();
            if agrees && complete {
                overlaps.push(recent.len() - begin);
            }
            agrees && !complete
        });
    }

    /// The overlap that leaves as much new as was missed. Candidates that are still open are none:
    /// they say that the server is behind what it sent before.
    fn likeliest(&self, now: Instant) -> usize {
        if self.candidates.is_empty()
            && let [overlap] = self.overlaps[..]
        {
            return overlap;
        }
        let missed = now.saturating_duration_since(self.arrived).as_millis() / PACKET_MS;
        let missed = usize::try_from(missed).unwrap_or(usize::MAX);
        // None at all is always possible.
        let possible = self.overlaps.iter().copied().chain([0]);
        possible
            .min_by_key(|overlap| (self.held_packets - overlap).abs_diff(missed))
            .unwrap_or(0)
    }

    fn settle(&mut self, overlap: usize, mut emit: impl FnMut(Item)) {
        debug!(
            overlap,
            new = self.held_packets - overlap,
            "the new connection is joined to the old one"
        );
        let mut seen = 0;
        let mut current = None;
        for item in self.held.drain(..) {
            match item {
                Item::Tags(tags) if seen < overlap => current = Some(tags),
                Item::Packet(_) if seen < overlap => seen += 1,
                item => {
                    announce(&mut current, self.known.as_ref(), &mut emit);
                    emit(item);
                }
            }
        }
        announce(&mut current, self.known.as_ref(), &mut emit);
        self.settled = true;
        self.deadline = None;
        self.recent = Vec::new();
    }
}

/// Tags from within the overlap are news only if they changed while nobody listened.
fn announce(current: &mut Option<Tags>, known: Option<&Tags>, emit: &mut impl FnMut(Item)) {
    if let Some(tags) = current.take()
        && known != Some(&tags)
    {
        emit(Item::Tags(tags));
    }
}
