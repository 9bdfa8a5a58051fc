//! How many voice commands a shard may send.

use std::time::Duration;

use tokio::time::Instant;

/// Discord closes a session that sends more than 120 events in 60 s
/// (<https://docs.discord.com/developers/events/gateway#rate-limiting>), heartbeats included. The
/// burst and a minute of refilling stay below that with room for them.
const BURST: f64 = 40.0;
/// Refilled in a second.
const RATE: f64 = 1.1;
/// Left for people by what the bot does by itself, such as coming back to 500 channels at start.
const RESERVE: f64 = 10.0;

/// One shard's allowance.
#[derive(Debug)]
pub(super) struct Budget {
    tokens: f64,
    at: Instant,
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
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            tokens: BURST,
            at: now,
        }
    }

    /// Takes a command out of the allowance, or says how long to wait before asking again.
    pub(super) fn take(&mut self, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        let needed = match urgency {
            Urgency::Asked => 1.0,
            Urgency::Unasked => 1.0 + RESERVE,
        };
        if self.tokens >= needed {
            self.tokens -= 1.0;
            Ok(())
        } else {
            // At least a little, for the sake of rounding.
            Err(Duration::from_secs_f64(
                (needed - self.tokens) / RATE + 0.001,
            ))
        }
    }

    /// Takes a command that cannot wait, such as leaving. `false` when even that would be too many.
    pub(super) fn force(&mut self, now: Instant) -> bool {
        self.refill(now);
        let within = self.tokens > -BURST;
        if within {
            self.tokens -= 1.0;
        }
        within
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.tokens = (self.tokens + elapsed * RATE).min(BURST);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_minute_has_more_commands_than_discord_allows(
            pauses in proptest::collection::vec(0_u64..3000, 1..400),
            forced: bool,
        ) {
            let mut now = Instant::now();
            let mut budget = Budget::new(now);
            let mut sent = Vec::new();
            for pause in pauses {
                now += Duration::from_millis(pause / 10);
                let taken = if forced {
                    budget.force(now)
                } else {
                    budget.take(Urgency::Asked, now).is_ok()
                };
                if taken {
                    sent.push(now);
                }
            }
            let most = if forced { 150 } else { 110 };
            for (index, first) in sent.iter().enumerate() {
                let window = sent[index..]
                    .iter()
                    .take_while(|at| **at - *first < Duration::from_mins(1))
                    .count();
                prop_assert!(window <= most, "{window}");
            }
        }
    }

    #[test]
    fn what_nobody_asked_for_leaves_a_reserve() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        while budget.take(Urgency::Unasked, now).is_ok() {}
        for _ in 0..10 {
            assert_eq!(budget.take(Urgency::Asked, now), Ok(()));
        }
        let wait = budget.take(Urgency::Unasked, now).unwrap_err();
        assert_eq!(budget.take(Urgency::Unasked, now + wait), Ok(()));
    }
}
