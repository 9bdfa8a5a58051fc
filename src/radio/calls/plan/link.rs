//! What stands between the bot and a voice channel, as far as it is known.

use std::time::Duration;

use serenity::all::ChannelId;
use tokio::time::Instant;

use super::{Sound, Target};
use crate::radio::Trouble;

/// How long a voice connection may be down before the call is rebuilt. A move to another voice
/// server, by Discord or by a drag, is a disconnect and a connect within this time.
pub(super) const GRACE: Duration = Duration::from_secs(3);
/// How long songbird may leave the reader unasked before the call is rebuilt. It asks every 20 ms.
pub(super) const STUCK: Duration = Duration::from_secs(6);
/// How often a standing call is looked at.
pub(super) const LOOK: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    /// There is no call. None is built before the time given.
    Down { until: Option<Instant> },
    /// A call is being built.
    Joining {
        target: Target,
        /// Discord has put the bot into the channel.
        seen: bool,
    },
    /// It could not be built; what there is of it must go.
    Failed,
    /// There is a call.
    Up(Up),
    /// Discord was told that the bot leaves, and has until then to say so.
    Leaving {
        until: Instant,
        /// No call is built before.
        then: Option<Instant>,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Up {
    pub(super) channel: ChannelId,
    pub(super) sound: Sound,
    pub(super) since: Instant,
    /// When somebody last came or went, the bot included: the encryption is agreed on anew then.
    pub(super) stirred: Instant,
    /// Since when the voice connection is down.
    pub(super) down: Option<Instant>,
    pub(super) polls: u64,
    pub(super) polled: Instant,
    /// It must be rebuilt at once.
    pub(super) broken: Option<Trouble>,
}

impl Up {
    pub(super) const fn new(now: Instant, channel: ChannelId, sound: Sound) -> Self {
        Self {
            channel,
            sound,
            since: now,
            stirred: now,
            down: None,
            polls: 0,
            polled: now,
            broken: None,
        }
    }

    pub(super) const fn target(&self) -> Target {
        Target {
            channel: self.channel,
            station: self.sound.station,
        }
    }

    /// Why it is to be built anew, by the evidence there is.
    pub(super) fn fault(&self, now: Instant) -> Option<Trouble> {
        let longer =
            |since: Instant, limit: Duration| now.saturating_duration_since(since) >= limit;
        if self.broken.is_some() {
            self.broken
        } else if self.down.is_some_and(|since| longer(since, GRACE)) {
            Some(Trouble::Lost)
        } else if !self.sound.silent && longer(self.polled, STUCK) {
            // Without a track there is no reader to be asked.
            Some(Trouble::Stuck)
        } else {
            None
        }
    }

    /// When it is worth looking again.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        let look = now + LOOK;
        self.down.map_or(look, |since| look.min(since + GRACE))
    }
}
