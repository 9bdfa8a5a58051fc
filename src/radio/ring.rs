//! The last seconds of a station's audio: one writer, any number of readers, each at its own place.
//!
//! Positions count packets (20 ms each) since the start of the process and never repeat. A reader
//! runs on songbird's mixer thread, where waiting costs every call of that thread its next packet.
//! So the ring has one lock per packet: the writer only ever holds that of the packet which falls
//! out, which no reader is near, and readers share.
//!
//! A reader joins [`CUSHION`] behind the head: that much of an outage nobody hears. The price,
//! a few seconds behind the station, nobody notices on a radio.

#[cfg(test)]
mod tests;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

/// How far behind the newest packet a reader joins, in packets: 2 s. What servers send at once on
/// connecting (64 kB are 4 s at 128 kbit/s) covers it, and a reconnect takes less.
pub(crate) const CUSHION: u64 = 100;
/// A reader further behind than this jumps to the cushion: it was held up, or the stream ran ahead.
/// More than a reconnect can bring at once that a reader has not heard.
pub(crate) const MAX_LAG: u64 = 4 * CUSHION;
/// A reader that has run dry waits for this many packets (200 ms) before it goes on: one that
/// went on at once would stutter with each late packet.
pub(crate) const RESTART: u64 = 10;
/// After a longer silence it waits for as much as it was silent, up to this many packets (1 s). A
/// stream that returns comes without a burst, and then nothing but this bears its unevenness.
pub(crate) const MAX_RESTART: u64 = 50;
/// Packets held: 20 s, at most 1.3 MB, a quarter of that at 128 kbit/s.
const CAPACITY: usize = 1024;
/// Packets held of a transcode, which only readers need: nothing is spliced to it.
const LEVEL_CAPACITY: usize = 512;
const _: () = assert!(MAX_LAG + MAX_RESTART < LEVEL_CAPACITY as u64);

/// The shared part: readers join through it.
#[derive(Debug)]
pub(crate) struct Ring {
    slots: Box<[RwLock<Slot>]>,
    /// The position the next packet gets.
    head: AtomicU64,
    /// The first position since the feed was opened: what is older is from another time.
    floor: AtomicU64,
}

#[derive(Debug, Default)]
struct Slot {
    position: u64,
    /// Empty until it was written once.
    packet: Bytes,
}

impl Ring {
    fn new(capacity: usize, begin: u64) -> Self {
        Self {
            slots: (0..capacity).map(|_| RwLock::default()).collect(),
            head: AtomicU64::new(begin),
            floor: AtomicU64::new(begin),
        }
    }

    /// A ring that has the positions of another one, from `begin` on.
    pub(crate) fn alongside(begin: u64) -> Arc<Self> {
        Arc::new(Self::new(LEVEL_CAPACITY, begin))
    }

    /// The position the next packet gets.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// The first position that is not of another time.
    pub(crate) fn floor(&self) -> u64 {
        self.floor.load(Ordering::Acquire)
    }

    /// Whether a reader that joins now has something to begin with.
    pub(crate) fn is_playable(&self) -> bool {
        let head = self.head();
        head.saturating_sub(self.behind_head(head)) >= RESTART
    }

    /// A reader at the cushion.
    pub(crate) fn join(self: &Arc<Self>) -> Cursor {
        let next = self.cushion();
        let pulse = Pulse::default();
        pulse.position.store(next, Ordering::Relaxed);
        Cursor {
            next,
            waiting: Waiting::ToBegin,
            waited: 0,
            ring: Arc::clone(self),
            pulse: Arc::new(pulse),
        }
    }

    /// Where a reader joins now.
    pub(crate) fn cushion(&self) -> u64 {
        self.behind_head(self.head())
    }

    fn behind_head(&self, head: u64) -> u64 {
        head.saturating_sub(CUSHION).max(self.floor())
    }

    fn slot(&self, position: u64) -> Option<&RwLock<Slot>> {
        let capacity = u64::try_from(self.slots.len()).ok()?;
        self.slots.get(usize::try_from(position % capacity).ok()?)
    }

    /// The packet at a position, if the ring has it.
    pub(crate) fn get(&self, position: u64) -> Option<Bytes> {
        // Nobody can panic while holding the lock, so a poisoned one is as good.
        let slot = self
            .slot(position)?
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        (slot.position == position && !slot.packet.is_empty()).then(|| slot.packet.clone())
    }
}

/// The writing end. There is one per ring.
#[derive(Debug)]
pub(crate) struct Writer {
    ring: Arc<Ring>,
}

impl Writer {
    /// The writing end of a new ring.
    pub(crate) fn new() -> Self {
        Self {
            ring: Arc::new(Ring::new(CAPACITY, 0)),
        }
    }

    /// The writing end of a ring that has no other any more.
    pub(crate) const fn resume(ring: Arc<Ring>) -> Self {
        Self { ring }
    }

    /// The ring, for readers.
    pub(crate) const fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Declares everything written so far to be of another time: no reader hears it any more.
    pub(crate) fn close(&mut self) {
        self.skip_to(self.ring.head());
    }

    /// Goes on at a later position; what was written before is of another time.
    pub(crate) fn skip_to(&mut self, position: u64) {
        let position = position.max(self.ring.head());
        self.ring.floor.store(position, Ordering::Release);
        self.ring.head.store(position, Ordering::Release);
    }

    /// Adds a packet. Readers that are a whole ring behind lose theirs.
    pub(crate) fn push(&mut self, packet: Bytes) {
        let position = self.ring.head();
        if let Some(slot) = self.ring.slot(position) {
            *slot.write().unwrap_or_else(PoisonError::into_inner) = Slot { position, packet };
        }
        self.ring.head.store(position + 1, Ordering::Release);
    }
}

/// What a reader is doing, for those who watch it. Only ever counts up, except `position` and
/// `cushion`.
///
/// There is no clock in it: whoever watches compares two looks. A reader whose `polls` stand still
/// is not being played, whatever songbird says.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    polls: AtomicU64,
    silence: AtomicU64,
    starvations: AtomicU64,
    jumps: AtomicU64,
    position: AtomicU64,
    cushion: AtomicU64,
}

/// One look at a [`Pulse`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Heard {
    /// Packets that were asked for: 50 a second in a call that plays.
    pub(crate) polls: u64,
    /// How many of them were silence, for want of audio.
    pub(crate) silence: u64,
    /// How often the audio ran out.
    pub(crate) starvations: u64,
    /// How often packets were left out to come back to the cushion.
    pub(crate) jumps: u64,
    /// The position in the stream that comes next, in packets.
    pub(crate) position: u64,
    /// How many packets were ready after the last one: so much of an outage is not heard.
    pub(crate) cushion: u64,
}

impl Pulse {
    /// Looks.
    pub(crate) fn look(&self) -> Heard {
        Heard {
            polls: self.polls.load(Ordering::Relaxed),
            silence: self.silence.load(Ordering::Relaxed),
            starvations: self.starvations.load(Ordering::Relaxed),
            jumps: self.jumps.load(Ordering::Relaxed),
            position: self.position.load(Ordering::Relaxed),
            cushion: self.cushion.load(Ordering::Relaxed),
        }
    }
}

/// Whether a reader has enough audio to go on with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Waiting {
    /// It does.
    No,
    /// It has not begun: nothing it has heard obliges it to begin with the oldest.
    ToBegin,
    /// The audio ran out: it goes on exactly where it stopped.
    ToGoOn,
}

/// One reader's place in the ring.
#[derive(Debug)]
pub(crate) struct Cursor {
    ring: Arc<Ring>,
    next: u64,
    waiting: Waiting,
    /// Packets of silence since it waits.
    waited: u64,
    pulse: Arc<Pulse>,
}

impl Cursor {
    /// What it is doing, for those who watch.
    pub(crate) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// The packet to play now; `None` means silence. Never waits and never panics.
    pub(crate) fn next_packet(&mut self) -> Option<Bytes> {
        self.pulse.polls.fetch_add(1, Ordering::Relaxed);
        let packet = self.advance();
        if packet.is_none() {
            self.pulse.silence.fetch_add(1, Ordering::Relaxed);
        }
        let cushion = self.ring.head().saturating_sub(self.next);
        self.pulse.position.store(self.next, Ordering::Relaxed);
        self.pulse.cushion.store(cushion, Ordering::Relaxed);
        packet
    }

    /// Whether another ring with the same positions has the packet that comes next.
    pub(crate) fn can_go_on_in(&self, ring: &Ring) -> bool {
        (ring.floor()..ring.head()).contains(&self.next)
    }

    /// Reads another ring with the same positions from here on.
    pub(crate) fn go_on_in(&mut self, ring: Arc<Ring>) {
        self.ring = ring;
    }

    /// Reads another ring, beginning at its cushion.
    pub(crate) fn begin_in(&mut self, ring: Arc<Ring>) {
        self.next = ring.cushion();
        self.waiting = Waiting::ToBegin;
        self.waited = 0;
        self.ring = ring;
    }

    fn advance(&mut self) -> Option<Bytes> {
        let head = self.ring.head();
        // The connection was closed and opened since this reader joined.
        self.next = self.next.max(self.ring.floor());
        if head.saturating_sub(self.next) > MAX_LAG {
            self.jump(head);
        }
        let available = head.saturating_sub(self.next);
        if self.waiting != Waiting::No && available < self.waited.clamp(RESTART, MAX_RESTART) {
            self.waited += 1;
            return None;
        }
        if available == 0 {
            self.waiting = Waiting::ToGoOn;
            self.waited = 1;
            self.pulse.starvations.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if self.waiting == Waiting::ToBegin {
            self.next = self.next.max(self.ring.behind_head(head));
        }
        self.waiting = Waiting::No;
        if let Some(packet) = self.ring.get(self.next) {
            self.next += 1;
            return Some(packet);
        }
        // Overwritten between the two looks: this thread was held up for a whole ring.
        self.jump(self.ring.head());
        None
    }

    fn jump(&mut self, head: u64) {
        self.next = self.ring.behind_head(head);
        self.pulse.jumps.fetch_add(1, Ordering::Relaxed);
    }
}
