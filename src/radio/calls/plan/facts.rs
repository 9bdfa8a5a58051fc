//! What happens, taken in: whatever it is, in whatever order.

use std::time::Duration;

use rand::Rng;
use serenity::all::ChannelId;
use tokio::time::Instant;

use super::{
    Plan, Sound, Target, Verdict,
    link::{Link, Up},
};
use crate::radio::{Audience, Ending, Obstacle, Trouble, Volume, calls::message::Connection};

/// How long Discord is given to confirm that the bot has left.
pub(super) const LEAVING: Duration = Duration::from_secs(2);
/// How late that may still come. Where the bot was not in a channel it never does, and what a
/// moderator does within this time could be taken for it.
pub(super) const UNCONFIRMED: Duration = Duration::from_secs(30);
/// A call that stood so long was a good one: the next backoff begins anew.
const STABLE: Duration = Duration::from_secs(20);
/// How often a channel that the bot cannot join is looked at. Discord is not asked meanwhile: what
/// is in the way is known without it.
const RECHECK: Duration = Duration::from_secs(10);
/// How long something may be in the way before the bot stops wanting to go there. Outages and lost
/// connections are not of this kind: those are retried for as long as they last.
pub(super) const HOPELESS: Duration = Duration::from_mins(10);
/// Between attempts to store the setting.
pub(super) const STORE_RETRY: Duration = Duration::from_secs(30);

/// How soon after somebody came or went a connection that was lost and resumed is not trusted.
/// songbird speaks a version of the voice gateway that repeats nothing: what was said meanwhile of
/// the encryption is lost, and nobody hears who does not know it. A loss may be noticed late.
pub(super) const UNSETTLED: Duration = Duration::from_mins(2);

impl Plan {
    /// Somebody wants something else.
    pub(in super::super) const fn want(&mut self, wanted: Option<Target>) {
        self.wanted = wanted;
        self.alone = None;
        self.obstacle = None;
        // Who asks does not wait for the backoff of an earlier failure.
        match &mut self.link {
            Link::Down { until: then } | Link::Leaving { then, .. } => *then = None,
            Link::Joining { .. } | Link::Failed | Link::Up(_) => {}
        }
    }

    /// How the server wants it.
    pub(in super::super) const fn settings(&mut self, volume: Volume, patience: Option<Duration>) {
        self.volume = volume;
        self.patience = patience;
    }

    /// Who is in the channel now, if that is known.
    pub(in super::super) fn audience(&mut self, now: Instant, audience: Option<Audience>) {
        let people = |audience: Option<Audience>| audience.map(|audience| audience.people);
        if people(audience) != people(self.audience)
            && let Link::Up(up) = &mut self.link
        {
            up.stirred = now;
        }
        self.audience = audience;
        self.alone = match audience {
            Some(Audience { people: 0, .. }) => self.alone.or(Some(now)),
            _ => None,
        };
    }

    /// The channel cannot be joined, and Discord need not be asked to know it.
    pub(in super::super) fn obstructed(&mut self, now: Instant, obstacle: Obstacle) {
        let since = self.obstacle.map_or(now, |(_, since)| since);
        self.obstacle = Some((obstacle, since));
        self.link = Link::Down {
            until: Some(now + RECHECK),
        };
        let hopeless = match obstacle {
            Obstacle::Gone | Obstacle::NotVoice => true,
            Obstacle::Missing(_) | Obstacle::Full => {
                now.saturating_duration_since(since) >= HOPELESS
            }
        };
        if hopeless {
            self.end(Ending::Hopeless(obstacle));
        }
    }

    /// What is in the way.
    pub(in super::super) fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle.map(|(obstacle, _)| obstacle)
    }

    /// Discord has an outage, and knows nothing of the server until it is over. Voice may go on.
    pub(in super::super) const fn outage(&mut self) {
        self.outage = true;
    }

    /// It is over, and this is where the bot is.
    pub(in super::super) fn outage_over(&mut self, voice: Option<ChannelId>) {
        if !std::mem::take(&mut self.outage) {
            return;
        }
        self.voice = voice;
        match &mut self.link {
            Link::Up(up) if voice != Some(up.channel) => up.broken = Some(Trouble::Outage),
            Link::Down { until: then } | Link::Leaving { then, .. } => *then = None,
            Link::Up(_) | Link::Joining { .. } | Link::Failed => {}
        }
    }

    /// The channel was deleted.
    pub(in super::super) fn deleted(&mut self, channel: ChannelId) {
        if self.wanted.is_some_and(|wanted| wanted.channel == channel) {
            self.end(Ending::Hopeless(Obstacle::Gone));
        }
    }

    pub(super) fn end(&mut self, ending: Ending) {
        self.wanted = None;
        self.ending = Some(ending);
    }

    /// The process ends.
    pub(in super::super) const fn stop(&mut self) {
        self.stopping = true;
    }

    /// The voice connection of the call being built stands, and it plays this.
    pub(in super::super) fn joined(&mut self, now: Instant, sound: Sound) {
        let Link::Joining { target, seen } = self.link else {
            return;
        };
        self.obstacle = None;
        self.link = Link::Up(Up::new(now, target.channel, sound));
        if let Some(channel) = self.voice
            && seen
        {
            self.moved(channel);
        }
    }

    /// The call could not be built.
    pub(in super::super) const fn join_failed(&mut self) {
        if matches!(self.link, Link::Joining { .. }) {
            self.link = Link::Failed;
        }
    }

    /// The call was given up, and Discord was told so.
    pub(in super::super) fn left(&mut self, now: Instant, random: &mut impl Rng) {
        let rebuild = match self.link {
            Link::Failed => true,
            Link::Up(up) => {
                if now.saturating_duration_since(up.since) >= STABLE {
                    self.backoff.reset();
                }
                self.wanted
                    .is_some_and(|wanted| wanted.channel == up.channel)
            }
            Link::Down { .. } | Link::Joining { .. } | Link::Leaving { .. } => false,
        };
        let before = self.unconfirmed.map_or(0, |(leavings, _)| leavings);
        self.unconfirmed = Some((before.saturating_add(1), now + UNCONFIRMED));
        self.link = Link::Leaving {
            until: now + LEAVING,
            then: rebuild.then(|| now + self.backoff.next(random)),
        };
    }

    /// The call plays this now.
    pub(in super::super) const fn plays(&mut self, now: Instant, sound: Sound) {
        if let Link::Up(up) = &mut self.link {
            up.sound = sound;
            up.polled = now;
        }
    }

    /// The store has this now.
    pub(in super::super) const fn stored(&mut self, target: Option<Target>) {
        self.stored = target;
        self.store_retry = None;
    }

    /// The store failed.
    pub(in super::super) fn store_failed(&mut self, now: Instant) {
        self.store_retry = Some(now + STORE_RETRY);
    }

    /// The voice connection came up or went down.
    pub(in super::super) fn connection(&mut self, now: Instant, connection: Connection) {
        if let Link::Up(up) = &mut self.link {
            up.down = match connection {
                Connection::Up | Connection::Restored => None,
                Connection::Down | Connection::Over => up.down.or(Some(now)),
            };
            let unsettled = now.saturating_duration_since(up.stirred) < UNSETTLED;
            if connection == Connection::Over || connection == Connection::Restored && unsettled {
                up.broken = Some(Trouble::Lost);
            }
        }
    }

    /// The voice server is not heard any more.
    pub(in super::super) const fn deaf(&mut self) {
        if let Link::Up(up) = &mut self.link {
            up.broken = Some(Trouble::Deaf);
        }
    }

    /// The reader has been asked for so many packets.
    pub(in super::super) fn polled(&mut self, now: Instant, polls: u64) {
        if let Link::Up(up) = &mut self.link
            && polls != up.polls
        {
            up.polls = polls;
            up.polled = now;
        }
    }

    /// The session with Discord's gateway was replaced: voice belongs to the session.
    pub(in super::super) const fn session_replaced(&mut self) {
        self.voice = None;
        self.unconfirmed = None;
        match &mut self.link {
            Link::Up(up) => up.broken = Some(Trouble::Session),
            Link::Joining { .. } => self.link = Link::Failed,
            Link::Down { .. } | Link::Failed | Link::Leaving { .. } => {}
        }
    }

    /// Discord says where the bot is.
    pub(in super::super) fn voice_state(&mut self, channel: Option<ChannelId>) -> Verdict {
        let before = std::mem::replace(&mut self.voice, channel);
        let ours = channel.is_none() && self.confirm();
        match (&mut self.link, channel) {
            (Link::Up(up), Some(channel)) if up.channel != channel => {
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
            (Link::Joining { seen, .. }, None) if ours => {
                *seen = false;
                Verdict::Stale
            }
            (Link::Up(Up { broken: None, .. }) | Link::Joining { seen: true, .. }, None)
                if !ours
                    && before.is_some()
                    && self.wanted.is_some()
                    && !self.stopping
                    && !self.outage =>
            {
                self.end(Ending::Disconnected);
                Verdict::Kicked
            }
            (Link::Joining { seen: false, .. }, None) => Verdict::Stale,
            _ => Verdict::Expected,
        }
    }

    /// Discord says that the bot is in no channel: whether that answers our own leaving. Answers
    /// come in the order of the questions.
    const fn confirm(&mut self) -> bool {
        match self.unconfirmed {
            Some((leavings, until)) if leavings > 0 => {
                self.unconfirmed = Some((leavings - 1, until));
                true
            }
            _ => false,
        }
    }

    /// Songbird follows by itself; only what is wanted changes.
    const fn moved(&mut self, channel: ChannelId) {
        if let Link::Up(up) = &mut self.link {
            up.channel = channel;
        }
        if let Some(wanted) = &mut self.wanted {
            wanted.channel = channel;
        }
    }
}
