//! Notices that a connection is dead although nobody closed it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Watches for signs of life: any byte is one.
pub(super) struct Liveness {
    bytes_read: Arc<AtomicU64>,
    seen: u64,
    asked: bool,
    deadline: Instant,
}

/// What to do about the silence.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Pulse {
    /// Nothing: there was none.
    Alive,
    /// Send a ping.
    Ask,
    /// Give the connection up.
    Dead,
}

impl Liveness {
    /// After so much silence we ask for a sign of life.
    const PING_AFTER: Duration = Duration::from_secs(10);

    /// How long the answer may take.
    const PONG_WITHIN: Duration = Duration::from_secs(10);

    /// After so much silence, ping included, the connection is dead.
    pub(super) const DEAD_AFTER: Duration = Duration::from_secs(20);

    /// A connection that is alive now; the counter holds the number of bytes read from it.
    pub(super) fn new(bytes_read: Arc<AtomicU64>) -> Self {
        let mut liveness = Self {
            bytes_read,
            seen: 0,
            asked: false,
            deadline: Instant::now(),
        };
        liveness.heard();
        liveness
    }

    /// When to [`Liveness::check`].
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Something was heard just now.
    pub(super) fn heard(&mut self) {
        self.seen = self.bytes_read.load(Ordering::Relaxed);
        self.asked = false;
        self.deadline = Instant::now() + Self::PING_AFTER;
    }

    /// The deadline has come.
    pub(super) fn check(&mut self, now: Instant) -> Pulse {
        if self.bytes_read.load(Ordering::Relaxed) != self.seen {
            // A part of a large message, which is not a frame yet.
            self.heard();
            Pulse::Alive
        } else if self.asked {
            Pulse::Dead
        } else {
            self.asked = true;
            self.deadline = now + Self::PONG_WITHIN;
            Pulse::Ask
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_asked_about_once_and_then_means_death() {
        let mut liveness = Liveness::new(Arc::default());
        let begun = Instant::now();
        advance(Liveness::PING_AFTER).await;
        assert_eq!(liveness.check(Instant::now()), Pulse::Ask);
        assert_eq!(liveness.deadline(), begun + Liveness::DEAD_AFTER);
        advance(Liveness::PONG_WITHIN).await;
        assert_eq!(liveness.check(Instant::now()), Pulse::Dead);
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_in_the_middle_of_a_message_is_a_sign_of_life() {
        let bytes = Arc::new(AtomicU64::new(0));
        let mut liveness = Liveness::new(Arc::clone(&bytes));
        for _ in 0..30 {
            advance(Liveness::PING_AFTER).await;
            bytes.fetch_add(1, Ordering::Relaxed);
            assert_eq!(liveness.check(Instant::now()), Pulse::Alive);
        }
        advance(Liveness::PING_AFTER).await;
        assert_eq!(liveness.check(Instant::now()), Pulse::Ask);
    }
}
