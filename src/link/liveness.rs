//! Notices that a connection is dead although nobody closed it.

use std::time::Duration;

use tokio::time::Instant;

/// Watches for signs of life: any byte is one.
pub(super) struct Liveness {
    asked: bool,
    deadline: Instant,
}

/// What to do about the silence.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Pulse {
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

    /// A connection that is alive now.
    pub(super) fn new() -> Self {
        Self {
            asked: false,
            deadline: Instant::now() + Self::PING_AFTER,
        }
    }

    /// When to [`Liveness::check`].
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Something was heard just now, be it a part of a message: one of many megabytes takes
    /// minutes on a thin line, and no pong can arrive in its middle.
    pub(super) fn heard(&mut self) {
        self.asked = false;
        self.deadline = Instant::now() + Self::PING_AFTER;
    }

    /// The deadline has come.
    pub(super) fn check(&mut self, now: Instant) -> Pulse {
        if self.asked {
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
        let mut liveness = Liveness::new();
        let begun = Instant::now();
        advance(Liveness::PING_AFTER).await;
        assert_eq!(liveness.check(Instant::now()), Pulse::Ask);
        assert_eq!(liveness.deadline(), begun + Liveness::DEAD_AFTER);
        advance(Liveness::PONG_WITHIN).await;
        assert_eq!(liveness.check(Instant::now()), Pulse::Dead);
    }

    #[tokio::test(start_paused = true)]
    async fn any_byte_is_a_sign_of_life() {
        let mut liveness = Liveness::new();
        for _ in 0..30 {
            advance(Liveness::PING_AFTER).await;
            assert_eq!(liveness.check(Instant::now()), Pulse::Ask);
            liveness.heard();
        }
    }
}
