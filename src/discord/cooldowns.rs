//! How often one person may ask for what costs something.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serenity::all::UserId;
use tokio::time::Instant;

use super::CommandError;
use crate::language::Text;

/// In the long run one person may ask this often.
const EACH: Duration = Duration::from_secs(2);
/// So many times may follow each other at once.
const BURST: u32 = 10;
/// People who are remembered. When there are more, who asks next is not held back: they are many,
/// and each asks little.
const REMEMBERED: usize = 4096;

/// Who asked how much. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Cooldowns(Arc<Mutex<HashMap<UserId, Instant>>>);

impl Cooldowns {
    /// Takes a turn of this person's.
    ///
    /// # Errors
    /// When there were too many just now; it says when the next is.
    pub(super) fn take(&self, user: UserId) -> Result<(), CommandError> {
        let wait = self.turn(user, Instant::now());
        if wait.is_zero() {
            return Ok(());
        }
        let seconds = (wait.as_secs() + 1).to_string().into();
        Err(CommandError::refused(Text::MomentPlease { seconds }))
    }

    /// How long it takes until the next turn; zero takes it. The generic cell rate algorithm.
    fn turn(&self, user: UserId, now: Instant) -> Duration {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // When all turns so far would have been taken at an even pace.
        let paced = turns.get(&user).copied().unwrap_or(now).max(now);
        let wait = (paced - now).saturating_sub(EACH * (BURST - 1));
        if !wait.is_zero() {
            return wait;
        }
        if turns.len() >= REMEMBERED {
            turns.retain(|_, paced| *paced > now);
        }
        if turns.len() < REMEMBERED || turns.contains_key(&user) {
            turns.insert(user, paced + EACH);
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_and_then_one_every_two_seconds() {
        let cooldowns = Cooldowns::default();
        let (user, other, now) = (UserId::new(1), UserId::new(2), Instant::now());
        for _ in 0..BURST {
            assert_eq!(cooldowns.turn(user, now), Duration::ZERO);
        }
        assert_eq!(cooldowns.turn(user, now), EACH);
        assert_eq!(cooldowns.turn(other, now), Duration::ZERO);
        assert_eq!(cooldowns.turn(user, now + EACH), Duration::ZERO);
        assert_eq!(cooldowns.turn(user, now + EACH), EACH);
    }

    #[test]
    fn the_memory_is_bounded() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        for user in 1..=2 * REMEMBERED as u64 {
            cooldowns.turn(UserId::new(user), now);
        }
        assert!(cooldowns.0.lock().unwrap().len() <= REMEMBERED);
        cooldowns.turn(UserId::new(1 << 40), now + EACH * 2);
        assert_eq!(cooldowns.0.lock().unwrap().len(), 1);
    }
}
