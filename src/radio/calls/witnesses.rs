//! Two witnesses of who leaves: Discord's gateway and the voice server. Songbird sends heartbeats
//! to the voice server and does not mind when none is answered, so a connection that swallows
//! everything looks healthy to it. But each gateway tells when somebody leaves the channel: where
//! one says it and the other does not, the other is not heard any more, and the call is built anew.
//!
//! This finds a dead connection when it begins to matter: the encryption group changes with each
//! who leaves, and a bot that misses it is heard by nobody. While nobody leaves, a connection that
//! is dead on the wire ends when the system gives up sending on it: some 16 minutes on Linux, 100 s
//! with the `tcp_retries2` that compose.yaml sets.
//! <https://docs.discord.com/developers/topics/voice-connections#other-client-disconnection>

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serenity::all::UserId;
use tokio::time::Instant;

/// How much later than the one the other may say it.
const PATIENCE: Duration = Duration::from_secs(8);

/// Who was there for less than this may never have got as far as the voice server.
const SETTLED: Duration = Duration::from_secs(10);

/// What both have said of one voice connection.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    /// Who is in the channel, says Discord's gateway, and since when.
    present: HashMap<UserId, Instant>,
    /// Who has left, as only one of the two has said so far.
    by_gateway: HashMap<UserId, Instant>,
    by_voice: HashMap<UserId, Instant>,
    /// The voice server has said it at least once: it is one that does.
    proven: bool,
}

impl Witnesses {
    /// Another connection, or one that was restored: what was said meanwhile is lost.
    pub(super) fn begin_anew(&mut self) {
        let proven = self.proven;
        *self = Self::default();
        self.proven = proven;
    }

    /// Discord's gateway says who is in the channel.
    pub(super) fn present(&mut self, now: Instant, present: HashSet<UserId>) {
        let settled = |since: Instant| now.saturating_duration_since(since) >= SETTLED;
        for (user, since) in &self.present {
            if !present.contains(user) && self.by_voice.remove(user).is_none() && settled(*since) {
                self.by_gateway.insert(*user, now);
            }
        }
        self.present = present
            .into_iter()
            .map(|user| (user, self.present.get(&user).copied().unwrap_or(now)))
            .collect();
        self.by_voice
            .retain(|_, at| now.saturating_duration_since(*at) < PATIENCE);
    }

    /// The voice server says that somebody has left.
    pub(super) fn left(&mut self, now: Instant, user: UserId) {
        self.proven = true;
        if self.by_gateway.remove(&user).is_none() {
            self.by_voice.insert(user, now);
        }
    }

    /// Whether the voice server has kept silent about somebody for too long.
    pub(super) fn is_deaf(&self, now: Instant) -> bool {
        self.proven
            && self
                .by_gateway
                .values()
                .any(|at| now.saturating_duration_since(*at) >= PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: UserId = UserId::new(1);
    const TWO: UserId = UserId::new(2);

    #[test]
    fn a_voice_server_that_keeps_silent_is_not_heard_any_more() {
        let mut now = Instant::now();
        let mut witnesses = Witnesses::default();
        witnesses.present(now, HashSet::from([ONE, TWO]));
        now += SETTLED;
        // In either order.
        witnesses.left(now, ONE);
        witnesses.present(now, HashSet::from([TWO]));
        witnesses.present(now, HashSet::from([ONE]));
        witnesses.left(now, TWO);
        now += PATIENCE;
        assert!(!witnesses.is_deaf(now));
        // Somebody who only looked in says nothing.
        witnesses.present(now, HashSet::from([ONE, TWO]));
        witnesses.present(now, HashSet::from([ONE]));
        now += SETTLED;
        assert!(!witnesses.is_deaf(now));
        witnesses.present(now, HashSet::new());
        assert!(!witnesses.is_deaf(now), "it has a moment");
        now += PATIENCE;
        assert!(witnesses.is_deaf(now));
        witnesses.begin_anew();
        assert!(!witnesses.is_deaf(now));
    }

    #[test]
    fn one_that_never_says_it_proves_nothing() {
        let mut now = Instant::now();
        let mut witnesses = Witnesses::default();
        witnesses.present(now, HashSet::from([ONE]));
        now += SETTLED;
        witnesses.present(now, HashSet::new());
        now += PATIENCE * 10;
        assert!(!witnesses.is_deaf(now));
    }
}
