//! Joins what a new connection brings to what was played already.
//!
//! A server greets each connection with the last seconds it sent (Icecast: 64 kB, 4 s at
//! 128 kbit/s). After a cut of one second, three of those four were already played: playing them
//! again would be heard as a jump back. They are the same bytes, though, so the place where the new
//! connection overlaps the old one can be found by comparing frames, whatever their codec, and
//! exactly the missed ones are appended. What is decoded then goes on as if nothing had happened. A cut shorter than the cushion is not heard at all, and one that is
//! longer costs silence but no music.
//!
//! Music never repeats a packet, but silence and test tones do: then several overlaps agree, and
//! the clock decides between them, since what was missed is as long as the cut. Where nothing
//! overlaps (a longer cut, a restarted encoder, another address) everything new is appended, and
//! what both had is heard twice.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tracing::debug;

use super::{
    demux::{Head, Item},
    tags::Tags,
};

/// How long after its first packet the greeting has arrived: from then on packets come as they
/// are played. Short enough for the cushion to bear it.
const GREETING: Duration = Duration::from_millis(300);
/// Packets held back at most; more come only from a server that sends much too fast.
const MAX_HELD: usize = 1024;

/// Filters the beginning of a connection. Everything passes once the overlap is known.
#[derive(Debug)]
pub(crate) struct Splice {
    /// What was played.
    past: Past,
    /// Where in `recent` the connection may have begun: everything since agrees.
    candidates: Vec<usize>,
    /// How many packets overlap, according to candidates that agreed up to the end of `recent`.
    overlaps: Vec<usize>,
    /// Held back until the overlap is known; each frame with at most one head and one set of tags
    /// before it.
    held: Vec<Item>,
    held_packets: usize,
    deadline: Option<Instant>,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Comparing,
    /// With so many frames that overlap.
    Settled(usize),
}

/// What was played before.
#[derive(Debug)]
pub(crate) struct Past {
    /// The last frames, oldest first.
    pub(crate) frames: Vec<Bytes>,
    /// When the newest of them arrived.
    pub(crate) arrived: Instant,
    /// How long a frame lasts.
    pub(crate) frame: Duration,
    /// What was announced last.
    pub(crate) tags: Option<Tags>,
    /// What the decoder was made for, if there is one.
    pub(crate) head: Option<Head>,
}

impl Splice {
    /// A connection that follows on this past.
    pub(crate) fn new(past: Past) -> Self {
        Self {
            candidates: (0..past.frames.len()).collect(),
            state: if past.frames.is_empty() {
                State::Settled(0)
            } else {
                State::Comparing
            },
            past,
            overlaps: Vec::new(),
            held: Vec::new(),
            held_packets: 0,
            deadline: None,
        }
    }

    /// How many frames of the past the connection brought again, once that is known.
    pub(crate) const fn overlap(&self) -> Option<usize> {
        match self.state {
            State::Comparing => None,
            State::Settled(overlap) => Some(overlap),
        }
    }

    /// When [`Splice::expire`] is due, if it is.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Takes the next item and gives out those that are new.
    pub(crate) fn push(&mut self, item: Item, now: Instant, mut emit: impl FnMut(Item)) {
        if self.overlap().is_some() {
            emit(item);
            return;
        }
        if let Item::Frame { data, .. } = &item {
            self.compare(data);
            self.deadline.get_or_insert(now + GREETING);
        } else {
            self.forget_like(&item);
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

    /// Streams without frames may follow each other for ever: only the last head and tags count.
    fn forget_like(&mut self, item: &Item) {
        let kind = std::mem::discriminant(item);
        let frames = self
            .held
            .iter()
            .rposition(|held| matches!(held, Item::Frame { .. }));
        let last = frames.map_or(0, |last| last + 1);
        if let Some(at) = self.held[last..]
            .iter()
            .position(|held| std::mem::discriminant(held) == kind)
        {
            self.held.remove(last + at);
        }
    }

    fn compare(&mut self, packet: &Bytes) {
        let index = self.held_packets;
        self.held_packets += 1;
        let (recent, overlaps) = (&self.past.frames, &mut self.overlaps);
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
        let missed = now.saturating_duration_since(self.past.arrived);
        let missed = missed.as_nanos() / self.past.frame.as_nanos().max(1);
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
        let (mut tags, mut head) = (None, None);
        for item in self.held.drain(..) {
            match item {
                Item::Tags(current) if seen < overlap => tags = Some(current),
                Item::Head(current) if seen < overlap => head = Some(current),
                Item::Frame { .. } if seen < overlap => seen += 1,
                item => {
                    self.past.announce(&mut tags, &mut head, &mut emit);
                    emit(item);
                }
            }
        }
        self.past.announce(&mut tags, &mut head, &mut emit);
        self.state = State::Settled(overlap);
        self.deadline = None;
        self.past.frames = Vec::new();
    }
}

impl Past {
    /// What was said within the overlap is news only if it changed while nobody listened.
    fn announce(
        &self,
        tags: &mut Option<Tags>,
        head: &mut Option<Head>,
        emit: &mut impl FnMut(Item),
    ) {
        if let Some(tags) = tags.take()
            && self.tags.as_ref() != Some(&tags)
        {
            emit(Item::Tags(tags));
        }
        if let Some(head) = head.take()
            && self.head.as_ref() != Some(&head)
        {
            emit(Item::Head(head));
        }
    }
}
