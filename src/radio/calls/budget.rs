//! How many voice commands a shard may send.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Discord closes a session that sends more than 120 events in 60 s
/// (<https://docs.discord.com/developers/events/gateway#rate-limiting>), heartbeats included. A
/// second more, for those that are held up on the way and then come all at once.
const WINDOW: Duration = Duration::from_secs(61);
/// Commands in a window that cannot wait, such as leaving, others included. What is left is for
/// heartbeats.
const FORCED: usize = 117;
/// Commands in a window that somebody waits for, or nobody.
const ASKED: usize = 112;
/// Commands in a window that the bot sends by itself, such as coming back to 500 channels at
/// start: the others are left for people.
const UNASKED: usize = 102;
/// Between two of these, so that voice servers and encryption groups are not met all at once.
const PACE: Duration = Duration::from_millis(100);

/// One shard's allowance.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// When commands were sent, within the window.
    sent: VecDeque<Instant>,
    /// When the last one that nobody waits for was.
    unasked: Option<Instant>,
}

/// Whose wish a command is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Urgency {
    /// Somebody waits for the answer.
    Asked,
    /// The bot does it by itself.
    Unasked,
}

impl Budget {
    /// Takes a command out of the allowance, or says how long to wait before asking again.
    pub(super) fn take(&mut self, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        let wait = match urgency {
            Urgency::Asked => self.wait(ASKED, now),
            Urgency::Unasked => {
                let paced = self.unasked.map(|last| last + PACE - now.min(last + PACE));
                self.wait(UNASKED, now).max(paced.unwrap_or_default())
            }
        };
        if !wait.is_zero() {
            return Err(wait);
        }
        if urgency == Urgency::Unasked {
            self.unasked = Some(now);
        }
        self.sent.push_back(now);
        Ok(())
    }

    /// Takes a command that cannot wait, such as leaving. `false` when even that would be too many.
    pub(super) fn force(&mut self, now: Instant) -> bool {
        let within = self.wait(FORCED, now).is_zero();
        if within {
            self.sent.push_back(now);
        }
        within
    }

    /// How long until fewer than `most` lie within the window.
    fn wait(&mut self, most: usize, now: Instant) -> Duration {
        while let Some(&first) = self.sent.front()
            && now.saturating_duration_since(first) >= WINDOW
        {
            self.sent.pop_front();
        }
        let leaves = self.sent.len().checked_sub(most);
        let leaves = leaves.and_then(|at| self.sent.get(at));
        leaves.map_or(Duration::ZERO, |&at| {
            (at + WINDOW).saturating_duration_since(now)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_minute_has_more_commands_than_discord_allows(
            steps in proptest::collection::vec((0_u64..3000, 0..3), 1..600),
        ) {
            let mut now = Instant::now();
            let mut budget = Budget::default();
            let mut sent = Vec::new();
            for (pause, kind) in steps {
                now += Duration::from_millis(pause / 10);
                let taken = match kind {
                    0 => budget.force(now),
                    1 => budget.take(Urgency::Asked, now).is_ok(),
                    _ => budget.take(Urgency::Unasked, now).is_ok(),
                };
                if taken {
                    sent.push(now);
                }
            }
            for (index, first) in sent.iter().enumerate() {
                let window = sent[index..]
                    .iter()
                    .take_while(|at| **at - *first < Duration::from_mins(1))
                    .count();
                prop_assert!(window <= FORCED, "{window}");
            }
        }
    }

    /// How many may be sent from now on, one after the other, within a time.
    fn within(budget: &mut Budget, urgency: Urgency, now: &mut Instant, time: Duration) -> usize {
        let end = *now + time;
        let mut sent = 0;
        loop {
            match budget.take(urgency, *now) {
                Ok(()) => sent += 1,
                Err(wait) if *now + wait <= end => *now += wait,
                Err(_) => return sent,
            }
        }
    }

    #[test]
    fn what_nobody_asked_for_is_paced_and_leaves_a_reserve() {
        let (mut now, mut budget) = (Instant::now(), Budget::default());
        let unasked = Urgency::Unasked;
        let second = Duration::from_secs(1);
        assert_eq!(within(&mut budget, unasked, &mut now, second), 11);
        let minute = 59 * second;
        assert_eq!(within(&mut budget, unasked, &mut now, minute), UNASKED - 11);
        for _ in UNASKED..ASKED {
            assert_eq!(budget.take(Urgency::Asked, now), Ok(()));
        }
        assert!(budget.take(Urgency::Asked, now).is_err());
        for _ in ASKED..FORCED {
            assert!(budget.force(now));
        }
        assert!(!budget.force(now));
        let wait = budget.take(unasked, now).unwrap_err();
        assert_eq!(budget.take(unasked, now + wait), Ok(()));
    }

    #[test]
    fn the_whole_allowance_is_there_again_a_minute_later() {
        let (mut now, mut budget) = (Instant::now(), Budget::default());
        let five = Duration::from_mins(5);
        let sent = within(&mut budget, Urgency::Unasked, &mut now, five);
        assert!((500..=510).contains(&sent), "{sent}");
    }
}
