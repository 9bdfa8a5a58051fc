//! What one server's call should do next. Pure: facts and the time come in, one step goes out.
//!
//! There is what people want ([`Target`] or nothing), what stands ([`Link`]), and [`Plan::next`],
//! which compares them. Whatever happens, in whatever order, is a fact; the step that follows is
//! always the same function of all facts, so there is no path that was forgotten.

#[cfg(test)]
mod tests;

use std::time::Duration;

use rand::Rng;
use serenity::all::ChannelId;
use tokio::time::Instant;

use super::Connection;
use crate::{link::Backoff, station::Station};

/// How long a voice connection may be down before the call is rebuilt. A move to another voice
/// server, by Discord or by a drag, is a disconnect and a connect within this time.
const GRACE: Duration = Duration::from_secs(3);
/// How long songbird may leave the reader unasked before the call is rebuilt. It asks every 20 ms.
const STUCK: Duration = Duration::from_secs(6);
/// How often a standing call is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long Discord is given to confirm that the bot has left.
const LEAVING: Duration = Duration::from_secs(2);
/// A call that stood so long was a good one: the next backoff begins anew.
const STABLE: Duration = Duration::from_secs(20);
/// Between attempts to build a call.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
/// Between attempts to store the setting.
const STORE_RETRY: Duration = Duration::from_secs(30);

/// Where the radio of a server should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// The voice channel.
    pub(crate) channel: ChannelId,
    /// What to play there.
    pub(crate) station: Station,
}

/// What to do now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Nothing until then, or until a fact arrives.
    Wait(Option<Instant>),
    /// Give up the call and whatever is under way, and tell Discord.
    Leave,
    /// Build a call.
    Join(Target),
    /// Play another station in the call that stands.
    Play(Station),
    /// Store the setting.
    Store(Option<Target>),
    /// Nothing is left to do, ever.
    Done,
}

/// What a change of the bot's own voice state means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// What was to be expected.
    Expected,
    /// Somebody dragged the bot to another channel.
    Moved,
    /// Somebody disconnected the bot.
    Kicked,
    /// It is not about the call that is being built, and would confuse songbird.
    Stale,
}

#[derive(Clone, Copy, Debug)]
enum Link {
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
struct Up {
    target: Target,
    since: Instant,
    /// Since when the voice connection is down.
    down: Option<Instant>,
    polls: u64,
    polled: Instant,
    /// It must be rebuilt at once.
    broken: bool,
}

/// All that is known about one server's call.
#[derive(Debug)]
pub(super) struct Plan {
    wanted: Option<Target>,
    stored: Option<Target>,
    store_retry: Option<Instant>,
    link: Link,
    /// The channel the bot is in, as Discord says.
    voice: Option<ChannelId>,
    backoff: Backoff,
    /// The process ends: leave, but keep the setting.
    stopping: bool,
}

impl Plan {
    /// Nothing is wanted. `stored` is what the store has, `voice` where Discord says the bot is
    /// (a former process may have left it there).
    pub(super) const fn new(stored: Option<Target>, voice: Option<ChannelId>) -> Self {
        Self {
            wanted: None,
            stored,
            store_retry: None,
            link: Link::Down { until: None },
            voice,
            backoff: BACKOFF,
            stopping: false,
        }
    }

    /// What people want.
    pub(super) const fn wanted(&self) -> Option<Target> {
        self.wanted
    }

    /// What the store has.
    pub(super) const fn setting(&self) -> Option<Target> {
        self.stored
    }

    /// What stands and plays.
    pub(super) const fn standing(&self) -> Option<Target> {
        match self.link {
            Link::Up(Up {
                target, down: None, ..
            }) => Some(target),
            _ => None,
        }
    }

    /// Somebody wants something else.
    pub(super) const fn want(&mut self, wanted: Option<Target>) {
        self.wanted = wanted;
        // Who asks does not wait for the backoff of an earlier failure.
        match &mut self.link {
            Link::Down { until: then } | Link::Leaving { then, .. } => *then = None,
            Link::Joining { .. } | Link::Failed | Link::Up(_) => {}
        }
    }

    /// The process ends.
    pub(super) const fn stop(&mut self) {
        self.stopping = true;
    }

    /// The voice connection of the call being built stands.
    pub(super) fn joined(&mut self, now: Instant) {
        let Link::Joining { target, seen } = self.link else {
            return;
        };
        self.link = Link::Up(Up {
            target,
            since: now,
            down: None,
            polls: 0,
            polled: now,
            broken: false,
        });
        if let Some(channel) = self.voice
            && seen
        {
            self.moved(channel);
        }
    }

    /// The call could not be built.
    pub(super) const fn join_failed(&mut self) {
        if matches!(self.link, Link::Joining { .. }) {
            self.link = Link::Failed;
        }
    }

    /// The call was given up, and Discord was told so.
    pub(super) fn left(&mut self, now: Instant, random: &mut impl Rng) {
        let rebuild = match self.link {
            Link::Failed => true,
            Link::Up(up) => {
                if now.saturating_duration_since(up.since) >= STABLE {
                    self.backoff.reset();
                }
                self.wanted
                    .is_some_and(|wanted| wanted.channel == up.target.channel)
            }
            Link::Down { .. } | Link::Joining { .. } | Link::Leaving { .. } => false,
        };
        self.link = Link::Leaving {
            until: now + LEAVING,
            then: rebuild.then(|| now + self.backoff.next(random)),
        };
    }

    /// The call plays this station now.
    pub(super) const fn plays(&mut self, station: Station) {
        if let Link::Up(up) = &mut self.link {
            up.target.station = station;
        }
    }

    /// The store has this now.
    pub(super) const fn stored(&mut self, target: Option<Target>) {
        self.stored = target;
        self.store_retry = None;
    }

    /// The store failed.
    pub(super) fn store_failed(&mut self, now: Instant) {
        self.store_retry = Some(now + STORE_RETRY);
    }

    /// The voice connection came up or went down.
    pub(super) fn connection(&mut self, now: Instant, connection: Connection) {
        if let Link::Up(up) = &mut self.link {
            up.down = match connection {
                Connection::Up => None,
                Connection::Down | Connection::Over => up.down.or(Some(now)),
            };
            up.broken |= connection == Connection::Over;
        }
    }

    /// The reader has been asked for so many packets.
    pub(super) fn polled(&mut self, now: Instant, polls: u64) {
        if let Link::Up(up) = &mut self.link
            && polls != up.polls
        {
            up.polls = polls;
            up.polled = now;
        }
    }

    /// The session with Discord's gateway was replaced: voice belongs to the session.
    pub(super) const fn session_replaced(&mut self) {
        self.voice = None;
        match &mut self.link {
            Link::Up(up) => up.broken = true,
            Link::Joining { .. } => self.link = Link::Failed,
            Link::Down { .. } | Link::Failed | Link::Leaving { .. } => {}
        }
    }

    /// Discord says where the bot is.
    pub(super) fn voice_state(&mut self, channel: Option<ChannelId>) -> Verdict {
        let before = std::mem::replace(&mut self.voice, channel);
        match (&mut self.link, channel) {
            (Link::Up(up), Some(channel)) if up.target.channel != channel => {
                self.moved(channel);
                Verdict::Moved
            }
            (Link::Joining { target, seen }, Some(channel)) => {
                *seen |= channel == target.channel;
                if *seen {
                    Verdict::Expected
                } else {
                    Verdict::Stale
                }
            }
            // While a call is being built the first such message may answer our own leaving.
            (Link::Up(Up { broken: false, .. }) | Link::Joining { seen: true, .. }, None)
                if before.is_some() && self.wanted.is_some() && !self.stopping =>
            {
                self.wanted = None;
                Verdict::Kicked
            }
            (Link::Joining { seen: false, .. }, None) => Verdict::Stale,
            _ => Verdict::Expected,
        }
    }

    /// Songbird follows by itself; only what is wanted changes.
    const fn moved(&mut self, channel: ChannelId) {
        if let Link::Up(up) = &mut self.link {
            up.target.channel = channel;
        }
        if let Some(wanted) = &mut self.wanted {
            wanted.channel = channel;
        }
    }

    /// What to do now. Whoever asks does it, and says so.
    pub(super) fn next(&mut self, now: Instant) -> Step {
        if let Link::Leaving { until, then } = self.link
            && (self.voice.is_none() || now >= until)
        {
            // Where it was not confirmed it is assumed, so as not to ask over and over.
            self.voice = None;
            self.link = Link::Down { until: then };
        }
        let wanted = self.wanted.filter(|_| !self.stopping);
        match (self.link, wanted) {
            (Link::Leaving { until, .. }, _) => Step::Wait(Some(until)),
            // Left there by a former process, or put there by somebody.
            (Link::Down { .. }, _) if self.voice.is_some() => Step::Leave,
            (Link::Down { .. }, None) => self.store(now, None).unwrap_or(Step::Done),
            (Link::Down { until: Some(until) }, Some(_)) if now < until => Step::Wait(Some(until)),
            (Link::Down { .. }, Some(target)) => {
                let seen = false;
                self.link = Link::Joining { target, seen };
                Step::Join(target)
            }
            (Link::Joining { target, .. }, Some(wanted)) if target.channel == wanted.channel => {
                Step::Wait(None)
            }
            (Link::Joining { .. } | Link::Failed, _) | (Link::Up(_), None) => Step::Leave,
            (Link::Up(up), Some(wanted)) => {
                if up.target.channel != wanted.channel || up.is_broken(now) {
                    Step::Leave
                } else if up.target.station == wanted.station {
                    let look = up.next_look(now);
                    match self.store(now, Some(wanted)) {
                        Some(Step::Wait(Some(retry))) => Step::Wait(Some(retry.min(look))),
                        Some(step) => step,
                        None => Step::Wait(Some(look)),
                    }
                } else {
                    Step::Play(wanted.station)
                }
            }
        }
    }

    /// Storing what stands, or waiting to try that again; `None` when it is stored.
    fn store(&self, now: Instant, target: Option<Target>) -> Option<Step> {
        if self.stopping || self.stored == target {
            return None;
        }
        match self.store_retry {
            Some(retry) if now < retry => Some(Step::Wait(Some(retry))),
            _ => Some(Step::Store(target)),
        }
    }
}

impl Up {
    fn is_broken(&self, now: Instant) -> bool {
        let longer = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        self.broken
            || self.down.is_some_and(|since| longer(since, GRACE))
            || longer(self.polled, STUCK)
    }

    /// When it is worth looking again.
    fn next_look(&self, now: Instant) -> Instant {
        let look = now + LOOK;
        self.down.map_or(look, |since| look.min(since + GRACE))
    }
}
