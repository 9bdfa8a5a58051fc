//! What a reader did during the last seconds, from looks at its pulse.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::radio::{Sent, ring::Heard};

/// What "the last seconds" are.
const WINDOW: Duration = Duration::from_secs(5);
/// Less than this says nothing.
const SHORTEST: Duration = Duration::from_secs(1);
/// Looks that are kept. They are made every two seconds or so.
const LOOKS: usize = 8;

/// The latest looks at one reader, oldest first.
#[derive(Debug, Default)]
pub(super) struct Evidence(VecDeque<(Instant, Heard)>);

impl Evidence {
    /// Another reader: what the former did says nothing of it.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// One look.
    pub(super) fn look(&mut self, now: Instant, heard: Heard) {
        // Many looks at once would push out the one that is old enough to compare with.
        let recent = self
            .0
            .back()
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) < SHORTEST);
        if recent && self.0.len() > 1 {
            return;
        }
        if self.0.len() == LOOKS {
            self.0.pop_front();
        }
        self.0.push_back((now, heard));
    }

    /// What the reader did from the latest look that is old enough until now.
    pub(super) fn sent(&self, now: Instant, heard: Heard) -> Option<Sent> {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        let (at, before) = self
            .0
            .iter()
            .rev()
            .find(|(at, _)| age(at) >= WINDOW)
            .or_else(|| self.0.front())?;
        let during = age(at);
        (during >= SHORTEST).then(|| Sent {
            during,
            packets: heard.polls.saturating_sub(before.polls),
            silence: heard.silence.saturating_sub(before.silence),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(polls: u64, silence: u64) -> Heard {
        Heard {
            polls,
            silence,
            ..Heard::default()
        }
    }

    #[test]
    fn the_last_seconds_are_told_from_the_looks() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut evidence = Evidence::default();
        evidence.look(at(0), heard(0, 0));
        assert_eq!(evidence.sent(at(500), heard(25, 0)), None, "too early");
        for second in 1..=60 {
            // Also when it is looked at far more often than that.
            for part in 0..5 {
                evidence.look(at(second * 1000 + part), heard(second * 50, 10));
            }
        }
        let sent = evidence.sent(at(60_500), heard(3025, 20)).unwrap();
        assert_eq!(sent.packets, 275, "{sent:?}");
        assert_eq!(sent.silence, 10);
        assert_eq!(sent.during, Duration::from_millis(5500));
        // It has stopped.
        let sent = evidence.sent(at(70_000), heard(3025, 20)).unwrap();
        assert!(sent.packets <= 25, "{sent:?}");
        evidence.clear();
        assert_eq!(evidence.sent(at(80_000), heard(1, 0)), None);
    }
}
