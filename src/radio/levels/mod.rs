//! The volumes of a station: one shared transcode for each that is in use, however many calls
//! listen to it. The station's own volume needs none.
//!
//! Each has a ring of its own with the same positions as the station's, so that a reader can go
//! over from one to another between two packets. The station's ring is also the queue between its
//! connection and the transcodes: it is bounded, and a transcode that falls behind by more than a
//! reader may leaves packets out. The work is done on a blocking thread, never more than one a
//! station at a time.
//!
//! - `level`: one transcode.
//! - `gain`: louder and quieter.

mod gain;
mod level;
#[cfg(test)]
mod tests;

use std::{
    future::pending,
    panic::resume_unwind,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::spawn_blocking,
    time::{Instant, timeout},
};
use tracing::{debug, warn};

use self::level::Transcode;
use super::{
    ring::{MAX_LAG, Ring, Writer},
    volume::Volume,
};

/// How long a transcode outlives its last reader: somebody looking for the right volume passes
/// through a few. Longer than a reader takes to go over to another ring.
const LINGER: Duration = Duration::from_secs(10);
/// Packets of one level before it is the next one's turn: a new level has a second of sound to
/// catch up with, and the others shall not wait for all of it.
const TURN: usize = 25;

/// The levels of one station. A cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct Levels(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    station: Arc<Ring>,
    levels: Mutex<Vec<Arc<Level>>>,
    /// There is something to transcode, or a level more.
    work: Notify,
    skipped: AtomicU64,
}

#[derive(Debug)]
struct Level {
    volume: Volume,
    ring: Arc<Ring>,
    users: AtomicUsize,
}

/// Keeps a level alive. Dropping it never blocks.
#[derive(Debug)]
pub(crate) struct LevelUse(Arc<Level>);

impl LevelUse {
    /// What it plays.
    pub(crate) fn ring(&self) -> &Arc<Ring> {
        &self.0.ring
    }
}

impl Drop for LevelUse {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Levels {
    /// No levels of the station that this ring has.
    pub(crate) fn new(station: Arc<Ring>) -> Self {
        Self(Arc::new(Shared {
            station,
            levels: Mutex::default(),
            work: Notify::new(),
            skipped: AtomicU64::new(0),
        }))
    }

    /// The level of this volume, which is started when there is none. It has, or gets within
    /// moments, what the station's ring has from `position` on, or from the cushion on when that
    /// is earlier; an older level may have it from a later position only.
    pub(crate) fn at(&self, volume: Volume, position: u64) -> LevelUse {
        let mut levels = self.0.lock();
        let running = levels.iter().find(|level| level.volume == volume).cloned();
        let level = running.unwrap_or_else(|| {
            let station = &self.0.station;
            let oldest = station.head().saturating_sub(MAX_LAG).max(station.floor());
            let begin = position.min(station.cushion()).max(oldest);
            let level = Arc::new(Level {
                volume,
                ring: Ring::alongside(begin),
                users: AtomicUsize::new(0),
            });
            levels.push(Arc::clone(&level));
            level
        });
        // Under the lock, under which levels without users are removed.
        level.users.fetch_add(1, Ordering::AcqRel);
        drop(levels);
        self.notify();
        LevelUse(level)
    }

    /// The station's ring has more.
    pub(crate) fn notify(&self) {
        self.0.work.notify_one();
    }

    /// Volumes that are transcoded now.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Packets left out because the machine could not keep up.
    pub(crate) fn skipped(&self) -> u64 {
        self.0.skipped.load(Ordering::Relaxed)
    }

    /// Transcodes for ever.
    ///
    /// # Panics
    /// When a transcode does, which is a mistake in this program.
    pub(crate) async fn run(self) {
        let mut bench = Vec::new();
        let mut more = false;
        loop {
            if !more {
                let work = self.0.work.notified();
                if bench.is_empty() {
                    work.await;
                } else if timeout(LINGER, work).await.is_err() {
                    // Only to see which levels are not used any more.
                }
                if bench.is_empty() && self.count() == 0 {
                    // Nobody has another volume. Ten rounds of nothing a second would also keep
                    // each thread that tokio ever had for blocking work from ending.
                    continue;
                }
            }
            let shared = Arc::clone(&self.0);
            let round = spawn_blocking(move || {
                let more = shared.round(&mut bench, Instant::now());
                (bench, more)
            });
            (bench, more) = match round.await {
                Ok(done) => done,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // The runtime is ending.
                    Err(_) => return pending().await,
                },
            };
        }
    }
}

/// A level at work.
#[derive(Debug)]
struct Bench {
    level: Arc<Level>,
    transcode: Transcode,
    unused_since: Option<Instant>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Level>>> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives each level its turn; whether there is more to do.
    fn round(&self, bench: &mut Vec<Bench>, now: Instant) -> bool {
        self.update(bench, now);
        let mut more = false;
        for Bench {
            level, transcode, ..
        } in bench
        {
            let (skipped, unfinished) = transcode.run(&self.station, TURN);
            more |= unfinished;
            if skipped > 0 {
                self.skipped.fetch_add(skipped, Ordering::Relaxed);
                warn!(volume = %level.volume, skipped, "the machine is too slow for the volumes in use");
            }
        }
        more
    }

    /// Removes levels that nobody has used for a while, and begins new ones.
    fn update(&self, bench: &mut Vec<Bench>, now: Instant) {
        let mut levels = self.lock();
        bench.retain_mut(|bench| {
            if bench.level.users.load(Ordering::Acquire) > 0 {
                bench.unused_since = None;
                return true;
            }
            let since = *bench.unused_since.get_or_insert(now);
            let keep = now.saturating_duration_since(since) < LINGER;
            if !keep {
                debug!(volume = %bench.level.volume, "nobody listens at this volume any more");
                levels.retain(|level| !Arc::ptr_eq(level, &bench.level));
            }
            keep
        });
        let new: Vec<_> = levels
            .iter()
            .filter(|level| !bench.iter().any(|bench| Arc::ptr_eq(&bench.level, level)))
            .cloned()
            .collect();
        drop(levels);
        for level in new {
            let writer = Writer::resume(Arc::clone(&level.ring));
            match Transcode::new(level.volume, writer, &self.station) {
                Ok(transcode) => {
                    debug!(volume = %level.volume, "transcoding for a volume");
                    bench.push(Bench {
                        level,
                        transcode,
                        unused_since: None,
                    });
                }
                // No memory; tried again with the next packets.
                Err(error) => warn!(volume = %level.volume, "cannot transcode: {error}"),
            }
        }
    }
}
