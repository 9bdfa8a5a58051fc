//! How long to wait before the next attempt.

use std::time::Duration;

use rand::Rng;

/// Exponential backoff with full jitter and a cap: the n-th delay is drawn evenly from between
/// [`Backoff::FLOOR`] and `base · 2ⁿ`, at most `cap`, so that the clients of a service that
/// returns do not come back all at once.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Clone, Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempt: u32,
}

impl Backoff {
    /// No delay is shorter: whatever the dice say, a failing service is not asked in a hot loop.
    pub const FLOOR: Duration = Duration::from_millis(100);

    /// A backoff whose first delay is at most `base`, and none more than `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self {
            base,
            cap,
            attempt: 0,
        }
    }

    /// The next delay: each may be longer than the one before.
    pub fn next(&mut self, random: &mut impl Rng) -> Duration {
        let factor = 2_u32.saturating_pow(self.attempt);
        self.attempt = self.attempt.saturating_add(1);
        let ceiling = self.base.saturating_mul(factor).min(self.cap);
        random.random_range(Self::FLOOR..=ceiling.max(Self::FLOOR))
    }

    /// Begins anew: the service has proven stable.
    pub const fn reset(&mut self) {
        self.attempt = 0;
    }

    /// How many delays were asked for since the last reset.
    pub const fn attempts(&self) -> u32 {
        self.attempt
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    proptest! {
        #[test]
        fn delays_stay_between_floor_and_cap_and_the_ceiling_doubles(
            seed: u64,
            base_ms in 1_u64..10_000,
            cap_ms in 1_u64..1_000_000,
            attempts in 1_usize..80,
        ) {
            let (base, cap) = (Duration::from_millis(base_ms), Duration::from_millis(cap_ms));
            let mut random = SmallRng::seed_from_u64(seed);
            let mut backoff = Backoff::new(base, cap);
            for attempt in 0..attempts {
                let delay = backoff.next(&mut random);
                let doubled = base.saturating_mul(2_u32.saturating_pow(u32::try_from(attempt).unwrap()));
                prop_assert!(delay >= Backoff::FLOOR);
                prop_assert!(delay <= doubled.min(cap).max(Backoff::FLOOR));
            }
            backoff.reset();
            prop_assert!(backoff.next(&mut random) <= base.min(cap).max(Backoff::FLOOR));
        }
    }

    #[test]
    fn delays_are_spread_over_the_whole_range() {
        let mut random = SmallRng::seed_from_u64(1);
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::new(second, second);
        let delays: Vec<_> = (0..1000).map(|_| backoff.next(&mut random)).collect();
        assert!(delays.iter().any(|delay| *delay < second / 5));
        assert!(delays.iter().any(|delay| *delay > second * 4 / 5));
    }
}
