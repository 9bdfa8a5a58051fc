//! What one server's call should do next. Pure: facts and the time come in, one step goes out.
//!
//! There is what people want ([`Target`] or nothing), what stands ([`Link`]), and [`Plan::next`],
//! which compares them. Whatever happens, in whatever order, is a fact; the step that follows is
//! always the same function of all facts, so there is no path that was forgotten.
//!
//! - `facts`: what happens, taken in.
//! - `link`: what stands, and the evidence for it.

mod facts;
mod link;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serenity::all::ChannelId;
use tokio::time::Instant;

use self::link::Link;
use crate::{
    link::Backoff,
    radio::{Audience, Ending, Obstacle, Trouble, Volume},
    station::Station,
};

/// Between attempts to build a call.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));

/// Where the radio of a server should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// The voice channel.
    pub(crate) channel: ChannelId,
    /// What to play there.
    pub(crate) station: Station,
}

/// What a call plays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sound {
    /// The station.
    pub(super) station: Station,
    /// How loud.
    pub(super) volume: Volume,
    /// Nobody hears it: nothing is sent, and the station's stream is not kept open for it.
    pub(super) silent: bool,
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
    /// Play something else in the call that stands.
    Play(Sound),
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

/// All that is known about one server's call.
#[derive(Debug)]
pub(super) struct Plan {
    wanted: Option<Target>,
    stored: Option<Target>,
    store_retry: Option<Instant>,
    link: Link,
    /// The channel the bot is in, as Discord says.
    voice: Option<ChannelId>,
    /// How often Discord was told that the bot leaves and has not said so yet, and until when it
    /// may. A slow Discord says so when the next call is built already.
    unconfirmed: Option<(u32, Instant)>,
    backoff: Backoff,
    volume: Volume,
    /// Who is in the channel; `None` when that is not known.
    audience: Option<Audience>,
    /// Since when nobody is.
    alone: Option<Instant>,
    /// How long that may last.
    patience: Option<Duration>,
    /// What is in the way of joining, and since when.
    obstacle: Option<(Obstacle, Instant)>,
    /// Discord has an outage, and knows nothing of the server.
    outage: bool,
    /// Why nothing is wanted any more, although nobody said so.
    ending: Option<Ending>,
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
            unconfirmed: None,
            backoff: BACKOFF,
            volume: Volume::UNTOUCHED,
            audience: None,
            alone: None,
            patience: None,
            obstacle: None,
            outage: false,
            ending: None,
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
        match &self.link {
            Link::Up(up) if up.down.is_none() => Some(up.target()),
            _ => None,
        }
    }

    /// The channel whose audience counts.
    pub(super) fn place(&self) -> Option<ChannelId> {
        match &self.link {
            Link::Up(up) => Some(up.channel),
            _ => self.wanted.map(|wanted| wanted.channel),
        }
    }

    /// What the call that stands plays.
    pub(super) const fn playing(&self) -> Option<Sound> {
        match &self.link {
            Link::Up(up) => Some(up.sound),
            _ => None,
        }
    }

    /// Since when the call stands.
    pub(super) const fn since(&self) -> Option<Instant> {
        match &self.link {
            Link::Up(up) if up.down.is_none() => Some(up.since),
            _ => None,
        }
    }

    /// What is wrong with the call, if it is to be built anew where it is.
    pub(super) fn fault(&self, now: Instant) -> Option<Trouble> {
        match (&self.link, self.wanted) {
            (Link::Up(up), Some(wanted)) if up.channel == wanted.channel && !self.stopping => {
                up.fault(now)
            }
            _ => None,
        }
    }

    /// What is to be played there.
    pub(super) fn sound(&self, station: Station) -> Sound {
        Sound {
            station,
            volume: self.volume,
            silent: self
                .audience
                .is_some_and(|audience| audience.listeners == 0),
        }
    }

    /// When the bot leaves because nobody is there.
    pub(super) fn leaves_at(&self) -> Option<Instant> {
        self.wanted?;
        Some(self.alone? + self.patience?)
    }

    /// Why nothing is wanted any more; asked once.
    pub(super) const fn take_ending(&mut self) -> Option<Ending> {
        self.ending.take()
    }

    /// What to do now. Whoever asks does it, and says so.
    pub(super) fn next(&mut self, now: Instant) -> Step {
        self.unconfirmed = self.unconfirmed.filter(|(_, until)| now < *until);
        if let Some(at) = self.leaves_at()
            && at <= now
            && !self.stopping
        {
            self.end(Ending::Alone(self.patience.unwrap_or_default()));
        }
        match (self.step(now), self.leaves_at()) {
            (Step::Wait(until), Some(alone)) => {
                Step::Wait(Some(until.map_or(alone, |until| until.min(alone))))
            }
            (step, _) => step,
        }
    }

    fn step(&mut self, now: Instant) -> Step {
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
            // Nothing can be joined before Discord knows the server again, and it will say so.
            (Link::Down { .. }, Some(_)) if self.outage => Step::Wait(None),
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
                let sound = self.sound(wanted.station);
                if up.channel != wanted.channel || up.fault(now).is_some() {
                    Step::Leave
                } else if up.sound == sound {
                    let look = up.next_look(now);
                    match self.store(now, Some(wanted)) {
                        Some(Step::Wait(Some(retry))) => Step::Wait(Some(retry.min(look))),
                        Some(step) => step,
                        None => Step::Wait(Some(look)),
                    }
                } else {
                    Step::Play(sound)
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
