//! A place in a station's stream, and the handle by which it is moved to another.
//!
//! The reader belongs to songbird's mixer thread, the handle to the call. Moving does not disturb
//! the track that songbird plays: the reader goes over by itself, between two packets, as soon as
//! the other place has sound.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU8, Ordering},
};

use super::Feed;
use crate::{
    radio::{
        levels::LevelUse,
        ring::{Cursor, Heard, Pulse, Ring},
        volume::Volume,
    },
    station::Station,
};

/// Packets for which a reader stays where it was when the other place has no sound yet: 5 s, after
/// which silence tells more of the truth than the old station.
const PATIENCE: u32 = 250;

/// Reads, and keeps the feed's connection (and its level's transcode) open. Dropping it never
/// blocks.
#[derive(Debug)]
pub(crate) struct Listener {
    cursor: Cursor,
    dial: Dial,
    /// Packets since somebody turned the dial.
    waited: u32,
}

/// Says what a [`Listener`] reads, and what it does. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Dial(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Somebody turned the dial.
    turned: AtomicBool,
    playing: AtomicU8,
    pulse: Arc<Pulse>,
    place: Mutex<Place>,
}

#[derive(Debug, Default)]
struct Place {
    /// What is kept open. `None` once the reader is gone.
    held: Option<Held>,
    /// Where the reader is to go.
    next: Option<Next>,
}

#[derive(Debug)]
struct Held {
    feed: Feed,
    _level: Option<LevelUse>,
}

#[derive(Debug)]
struct Next {
    ring: Arc<Ring>,
    playing: u8,
}

impl Held {
    /// Opens a place, and gives the ring to read there, for a reader that stands at `position`, or
    /// for one that begins at the cushion when that is earlier.
    fn new(feed: &Feed, volume: Volume, position: u64) -> (Self, Arc<Ring>) {
        // Counted first, so that the connection does not close between the two.
        feed.0.listeners.send_modify(|count| *count += 1);
        let level = (volume != Volume::UNTOUCHED).then(|| feed.0.levels.at(volume, position));
        let ring = Arc::clone(level.as_ref().map_or(&feed.0.ring, LevelUse::ring));
        let held = Self {
            feed: feed.clone(),
            _level: level,
        };
        (held, ring)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.feed
            .0
            .listeners
            .send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Listener {
    /// A reader at the cushion.
    pub(super) fn new(feed: &Feed, volume: Volume) -> Self {
        let (held, ring) = Held::new(feed, volume, u64::MAX);
        let cursor = ring.join();
        let shared = Shared {
            turned: AtomicBool::new(false),
            playing: AtomicU8::new(pack(feed.0.station, volume)),
            pulse: cursor.pulse(),
            place: Mutex::new(Place {
                held: Some(held),
                next: None,
            }),
        };
        Self {
            cursor,
            dial: Dial(Arc::new(shared)),
            waited: 0,
        }
    }

    /// The handle by which it is moved and watched.
    pub(crate) fn dial(&self) -> Dial {
        self.dial.clone()
    }

    /// The packet to play now; `None` means silence. Never waits and never panics.
    pub(crate) fn next_packet(&mut self) -> Option<bytes::Bytes> {
        if self.dial.0.turned.load(Ordering::Acquire) {
            self.go();
        }
        self.cursor.next_packet()
    }

    /// Goes where the dial points, if there is sound.
    fn go(&mut self) {
        let shared = &self.dial.0;
        // Whoever turns it holds the lock for a moment; there is another packet in 20 ms.
        let Ok(mut place) = shared.place.try_lock() else {
            return;
        };
        let Some(next) = place.next.take() else {
            shared.turned.store(false, Ordering::Release);
            return;
        };
        self.waited += 1;
        let stays = unpack(next.playing).0 == self.dial.playing().0;
        let ready = if stays {
            self.cursor.can_go_on_in(&next.ring)
        } else {
            next.ring.is_playable()
        };
        if !ready && self.waited < PATIENCE {
            place.next = Some(next);
            return;
        }
        if stays {
            self.cursor.go_on_in(next.ring);
        } else {
            self.cursor.begin_in(next.ring);
        }
        shared.playing.store(next.playing, Ordering::Relaxed);
        shared.turned.store(false, Ordering::Release);
        self.waited = 0;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        *self.dial.0.place() = Place::default();
    }
}

impl Dial {
    /// Reads this feed at this volume from now on. Another volume of the same station goes on with
    /// the very next packet, a moment later if its transcode has to start first; another station
    /// begins at its cushion once it has sound, 5 s from now at the latest.
    pub(crate) fn tune(&self, feed: &Feed, volume: Volume) {
        let shared = &self.0;
        let position = if self.playing().0 == feed.0.station {
            shared.pulse.look().position
        } else {
            u64::MAX
        };
        let (held, ring) = Held::new(feed, volume, position);
        let mut place = shared.place();
        let former = if place.held.is_some() {
            place.next = Some(Next {
                ring,
                playing: pack(feed.0.station, volume),
            });
            shared.turned.store(true, Ordering::Release);
            place.held.replace(held)
        } else {
            // The reader is gone.
            Some(held)
        };
        drop(place);
        drop(former);
    }

    /// What is really played now, which follows [`Dial::tune`] when there is sound to follow with.
    pub(crate) fn playing(&self) -> (Station, Volume) {
        unpack(self.0.playing.load(Ordering::Relaxed))
    }

    /// What the reader does.
    pub(crate) fn heard(&self) -> Heard {
        self.0.pulse.look()
    }
}

impl Shared {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both in one number, which another thread can read at any time.
fn pack(station: Station, volume: Volume) -> u8 {
    let station = match station {
        Station::Jpop => 0,
        Station::Kpop => 1,
    };
    volume.percent() / Volume::STEP * 2 + station
}

fn unpack(playing: u8) -> (Station, Volume) {
    let station = if playing.is_multiple_of(2) {
        Station::Jpop
    } else {
        Station::Kpop
    };
    let percent = u64::from(playing / 2) * u64::from(Volume::STEP);
    (station, Volume::nearest(percent))
}
