//! What one server's call should do next. Pure: facts and the time come in, one step goes out.
//!
//! There is what people want ([`Target`] or nothing), what stands ([`Link`]), and [`Plan::next`],
//! which compares them. Whatever happens, in whatever order, is a fact; the step that follows is
//! always the same function of all facts, so there is no path that was forgotten.

use std::time::Duration;

use rand::Rng;
use serenity::all::ChannelId;
use tokio::time::Instant;

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
const STABLE: Duration = Duration::from_mins(1);
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
    pub(super) const fn connected(&mut self, now: Instant, connected: bool) {
        if let Link::Up(up) = &mut self.link {
            up.down = match (connected, up.down) {
                (true, _) => None,
                (false, None) => Some(now),
                (false, since) => since,
            };
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    fn target(channel: u64) -> Target {
        Target {
            channel: ChannelId::new(channel),
            station: Station::Jpop,
        }
    }

    fn random() -> SmallRng {
        SmallRng::seed_from_u64(1)
    }

    /// A call that stands in channel 1, stored.
    fn standing(now: Instant) -> Plan {
        let mut plan = Plan::new(None, None);
        plan.want(Some(target(1)));
        assert_eq!(plan.next(now), Step::Join(target(1)));
        assert_eq!(plan.next(now), Step::Wait(None));
        assert_eq!(plan.voice_state(Some(ChannelId::new(1))), Verdict::Expected);
        plan.joined(now);
        assert_eq!(plan.next(now), Step::Store(Some(target(1))));
        plan.stored(Some(target(1)));
        assert_eq!(plan.next(now), Step::Wait(Some(now + LOOK)));
        assert_eq!(plan.standing(), Some(target(1)));
        plan
    }

    fn play_on(plan: &mut Plan, now: &mut Instant, seconds: u64) {
        for second in 1..=seconds {
            *now += Duration::from_secs(1);
            plan.polled(*now, second * 50);
        }
    }

    /// The call is given up and built again in the same channel.
    fn is_rebuilt(plan: &mut Plan, now: &mut Instant) {
        assert_eq!(plan.next(*now), Step::Leave);
        plan.left(*now, &mut random());
        plan.voice_state(None);
        let Step::Wait(Some(until)) = plan.next(*now) else {
            panic!("no backoff");
        };
        assert!(until <= *now + Duration::from_secs(10));
        *now = until;
        assert!(matches!(plan.next(*now), Step::Join(_)));
    }

    #[test]
    fn leaving_tells_discord_and_forgets_the_setting() {
        let now = Instant::now();
        let mut plan = standing(now);
        plan.want(None);
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        assert_eq!(plan.next(now), Step::Wait(Some(now + LEAVING)));
        assert_eq!(plan.voice_state(None), Verdict::Expected);
        assert_eq!(plan.next(now), Step::Store(None));
        plan.store_failed(now);
        assert_eq!(plan.next(now), Step::Wait(Some(now + STORE_RETRY)));
        assert_eq!(plan.next(now + STORE_RETRY), Step::Store(None));
        plan.stored(None);
        assert_eq!(plan.next(now), Step::Done);
    }

    #[test]
    fn a_discord_that_never_confirms_does_not_hold_anything_up() {
        let now = Instant::now();
        let mut plan = standing(now);
        plan.want(Some(target(2)));
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        assert_eq!(plan.next(now + LEAVING), Step::Join(target(2)));
    }

    #[test]
    fn stopping_leaves_but_keeps_the_setting() {
        let now = Instant::now();
        let mut plan = standing(now);
        plan.stop();
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        assert_eq!(plan.voice_state(None), Verdict::Expected);
        assert_eq!(plan.next(now), Step::Done);
    }

    #[test]
    fn kicked_means_stay_away() {
        let now = Instant::now();
        let mut plan = standing(now);
        plan.connected(now, false);
        assert_eq!(plan.voice_state(None), Verdict::Kicked);
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        assert_eq!(plan.next(now), Step::Store(None));
        plan.stored(None);
        assert_eq!(plan.next(now), Step::Done);
    }

    #[test]
    fn kicked_while_joining_too_but_not_by_our_own_leaving() {
        let now = Instant::now();
        let mut plan = Plan::new(None, Some(ChannelId::new(9)));
        plan.want(Some(target(1)));
        assert_eq!(
            plan.next(now),
            Step::Leave,
            "out of what a crash left behind"
        );
        plan.left(now, &mut random());
        assert_eq!(plan.next(now + LEAVING), Step::Join(target(1)));
        assert_eq!(plan.voice_state(None), Verdict::Stale, "late");
        plan.voice_state(Some(ChannelId::new(1)));
        assert_eq!(plan.voice_state(None), Verdict::Kicked);
        assert_eq!(plan.next(now), Step::Leave);
    }

    #[test]
    fn dragged_means_follow() {
        let mut now = Instant::now();
        let mut plan = standing(now);
        plan.connected(now, false);
        assert_eq!(plan.voice_state(Some(ChannelId::new(2))), Verdict::Moved);
        assert_eq!(plan.next(now), Step::Store(Some(target(2))));
        plan.stored(Some(target(2)));
        plan.connected(now, true);
        play_on(&mut plan, &mut now, 10);
        assert!(matches!(plan.next(now), Step::Wait(_)));
        assert_eq!(plan.standing(), Some(target(2)));
    }

    #[test]
    fn dragged_while_joining_means_follow_too() {
        let now = Instant::now();
        let mut plan = Plan::new(None, None);
        plan.want(Some(target(1)));
        plan.next(now);
        plan.voice_state(Some(ChannelId::new(1)));
        plan.voice_state(Some(ChannelId::new(2)));
        plan.joined(now);
        assert_eq!(plan.next(now), Step::Store(Some(target(2))));
    }

    #[test]
    fn another_station_needs_no_other_call() {
        let now = Instant::now();
        let mut plan = standing(now);
        let kpop = Target {
            station: Station::Kpop,
            ..target(1)
        };
        plan.want(Some(kpop));
        assert_eq!(plan.next(now), Step::Play(Station::Kpop));
        plan.plays(Station::Kpop);
        assert_eq!(plan.next(now), Step::Store(Some(kpop)));
    }

    #[test]
    fn a_short_disconnect_is_borne_and_a_long_one_is_not() {
        let mut now = Instant::now();
        let mut plan = standing(now);
        plan.connected(now, false);
        assert_eq!(plan.next(now), Step::Wait(Some(now + LOOK)));
        assert_eq!(plan.standing(), None);
        let end = now + GRACE;
        now += LOOK;
        assert_eq!(plan.next(now), Step::Wait(Some(end)));
        now = end;
        is_rebuilt(&mut plan, &mut now);
    }

    #[test]
    fn a_reader_that_nobody_asks_is_a_broken_call_whatever_else_is_said() {
        let mut now = Instant::now();
        let mut plan = standing(now);
        plan.polled(now, 50);
        now += STUCK / 2;
        plan.polled(now, 51);
        now += STUCK / 2;
        plan.polled(now, 51);
        assert!(matches!(plan.next(now), Step::Wait(_)));
        now += STUCK / 2;
        is_rebuilt(&mut plan, &mut now);
    }

    #[test]
    fn a_new_session_means_a_new_call() {
        let mut now = Instant::now();
        let mut plan = standing(now);
        plan.session_replaced();
        assert_eq!(
            plan.voice_state(None),
            Verdict::Expected,
            "of the old session"
        );
        is_rebuilt(&mut plan, &mut now);
        // And again while that is being built.
        plan.session_replaced();
        is_rebuilt(&mut plan, &mut now);
    }

    #[test]
    fn who_asks_does_not_wait_for_the_backoff() {
        let now = Instant::now();
        let mut plan = Plan::new(None, None);
        plan.want(Some(target(1)));
        plan.next(now);
        plan.join_failed();
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        assert!(matches!(plan.next(now), Step::Wait(Some(_))));
        plan.want(Some(target(1)));
        assert_eq!(plan.next(now), Step::Join(target(1)));
    }

    #[derive(Clone, Debug)]
    enum Fact {
        Want(Option<u64>),
        Voice(Option<u64>),
        Connected(bool),
        Polled(u64),
        SessionReplaced,
        JoinEnds(bool),
        StoreEnds(bool),
        Time(u64),
    }

    fn fact() -> impl Strategy<Value = Fact> {
        let channel = prop::option::of(1_u64..4);
        prop_oneof![
            channel.clone().prop_map(Fact::Want),
            channel.prop_map(Fact::Voice),
            any::<bool>().prop_map(Fact::Connected),
            (0_u64..3).prop_map(Fact::Polled),
            Just(Fact::SessionReplaced),
            any::<bool>().prop_map(Fact::JoinEnds),
            any::<bool>().prop_map(Fact::StoreEnds),
            (0_u64..20_000).prop_map(Fact::Time),
        ]
    }

    /// Does what the plan says in a world where everything works, until it only waits.
    fn settle(plan: &mut Plan, now: &mut Instant) {
        for polls in 100..150 {
            match plan.next(*now) {
                Step::Wait(Some(until)) if plan.standing().is_none() => *now = until.max(*now),
                Step::Wait(None) => plan.joined(*now),
                Step::Wait(Some(_)) | Step::Done => return,
                Step::Leave => {
                    plan.left(*now, &mut random());
                    plan.voice_state(None);
                }
                Step::Join(target) => {
                    plan.voice_state(Some(target.channel));
                }
                Step::Play(station) => plan.plays(station),
                Step::Store(target) => plan.stored(target),
            }
            plan.connected(*now, true);
            plan.polled(*now, polls);
        }
        panic!("never settles: {plan:?}");
    }

    proptest! {
        #[test]
        fn whatever_happened_what_is_wanted_comes_about(
            facts in proptest::collection::vec(fact(), 0..40),
            stopping: bool,
        ) {
            let mut now = Instant::now();
            let mut plan = Plan::new(None, None);
            for fact in facts {
                match fact {
                    Fact::Want(channel) => plan.want(channel.map(target)),
                    Fact::Voice(channel) => {
                        plan.voice_state(channel.map(ChannelId::new));
                    }
                    Fact::Connected(connected) => plan.connected(now, connected),
                    Fact::Polled(polls) => plan.polled(now, polls),
                    Fact::SessionReplaced => plan.session_replaced(),
                    Fact::JoinEnds(true) => plan.joined(now),
                    Fact::JoinEnds(false) => plan.join_failed(),
                    Fact::StoreEnds(_) => {}
                    Fact::Time(ms) => now += Duration::from_millis(ms),
                }
                match plan.next(now) {
                    Step::Leave => plan.left(now, &mut random()),
                    Step::Play(station) => plan.plays(station),
                    Step::Store(target) => {
                        if matches!(fact, Fact::StoreEnds(true)) {
                            plan.stored(target);
                        } else {
                            plan.store_failed(now);
                        }
                    }
                    Step::Wait(_) | Step::Join(_) | Step::Done => {}
                }
            }
            let wanted = plan.wanted();
            if stopping {
                plan.stop();
            }
            settle(&mut plan, &mut now);
            if stopping {
                prop_assert_eq!(plan.next(now), Step::Done);
            } else {
                prop_assert_eq!(plan.standing(), wanted);
            }
        }
    }
}
