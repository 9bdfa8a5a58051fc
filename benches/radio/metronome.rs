//! What the machine allows of evenness: a thread that has nothing to do but to wake every 20 ms, as
//! songbird's threads do. Whoever sends on time can be no more even than this.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::anyhow;

/// From a packet to the next.
const BEAT: Duration = Duration::from_millis(20);

/// It ticks until it is asked.
#[derive(Debug)]
pub(crate) struct Metronome {
    stop: Sender<()>,
    thread: JoinHandle<Duration>,
}

impl Metronome {
    pub(crate) fn start() -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut worst = Duration::ZERO;
            let mut last = Instant::now();
            let mut due = last + BEAT;
            loop {
                let wait = due.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return worst;
                }
                let now = Instant::now();
                worst = worst.max(now - last);
                last = now;
                due = (due + BEAT).max(now);
            }
        });
        Self { stop, thread }
    }

    /// The worst time from one beat to the next, in milliseconds.
    pub(crate) fn stop(self) -> anyhow::Result<f64> {
        drop(self.stop);
        let worst = self.thread.join();
        let worst = worst.map_err(|_| anyhow!("the metronome has panicked"))?;
        Ok(worst.as_secs_f64() * 1e3)
    }
}
