//! What the machine itself can hold: the floor under every measurement of time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// As often as a voice packet is due.
const TICK: Duration = Duration::from_millis(20);

/// A thread that only wants to run every 20 ms, and remembers how late it came at worst.
pub struct Floor {
    ended: Arc<AtomicBool>,
    worst_micros: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Floor {
    /// Measures from now on.
    pub fn measure() -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let worst_micros = Arc::new(AtomicU64::new(0));
        let thread = std::thread::spawn({
            let (ended, worst) = (Arc::clone(&ended), Arc::clone(&worst_micros));
            move || {
                while !ended.load(Relaxed) {
                    let due = Instant::now() + TICK;
                    std::thread::park_timeout(TICK);
                    let late = Instant::now().saturating_duration_since(due);
                    worst.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Relaxed);
                }
            }
        });
        Self {
            ended,
            worst_micros,
            thread: Some(thread),
        }
    }

    /// How late it came at worst.
    pub fn longest_stall(&self) -> Duration {
        Duration::from_micros(self.worst_micros.load(Relaxed))
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.ended.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
