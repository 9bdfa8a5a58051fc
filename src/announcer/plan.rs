//! What to post where. Pure.

use std::{
    cmp::Reverse,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration as StdDuration,
};

use serenity::all::{ChannelId, MessageId};
use time::{Duration, OffsetDateTime};

use crate::{
    listen_moe::{Occasion, OnAir},
    store::{Mode, Quiet, Target},
};

/// How far the clocks of this machine and of the station may differ.
pub(super) const TOLERANCE: Duration = Duration::seconds(10);
/// How long a channel that refused a message is left alone; doubled with each refusal.
const FIRST_PAUSE: Duration = Duration::minutes(10);
/// It is never left alone for longer.
const LONGEST_PAUSE: Duration = Duration::days(1);

/// As many are posted to in a second and a half: all others are read meanwhile.
const FIRST: usize = 64;

/// What a target is to get when this is on air: with [`Mode::Events`] nothing, most of the time.
pub(crate) fn occasion(mode: Mode, on_air: &OnAir) -> Option<Occasion> {
    match mode {
        Mode::Post | Mode::Edit | Mode::Replace => Some(on_air.occasion()),
        Mode::Events => on_air.event_occasion(),
    }
}

/// What a target is to get.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) target: Target,
    pub(super) occasion: Occasion,
    /// It is quiet there: what is shown may change, nothing is added.
    pub(super) quietly: bool,
}

/// Whose turn it is: the channels that had to do without the last plays of a station because Discord
/// held the bot back, and how many they were in a row.
#[derive(Debug, Default)]
pub(super) struct Turns {
    waits: HashMap<ChannelId, u32>,
    first: Vec<ChannelId>,
}

impl Turns {
    /// Of all that are known, these had to do without another play, and all others without none.
    pub(super) fn count(&mut self, known: &[ChannelId], skipped: &[ChannelId]) {
        let before = std::mem::take(&mut self.waits);
        let longer = |channel: &ChannelId| {
            let waited = before.get(channel).copied().unwrap_or(0);
            (*channel, waited.saturating_add(1))
        };
        self.waits = skipped.iter().map(longer).collect();
        let mut longest: Vec<ChannelId> = skipped.to_vec();
        longest.sort_by_key(|channel| Reverse(self.of(*channel)));
        longest.truncate(FIRST);
        let others = known.iter().filter(|it| !self.waits.contains_key(it));
        longest.extend(others.take(FIRST - longest.len()));
        self.first = longest;
    }

    /// Some channels to begin with, at most [`FIRST`]: those that have waited longest, where any had to.
    pub(super) fn first(&self) -> &[ChannelId] {
        &self.first
    }

    fn of(&self, channel: ChannelId) -> u32 {
        self.waits.get(&channel).copied().unwrap_or(0)
    }
}

/// The targets that are to get something they have not had: those first that have waited longest, and
/// else in an order that differs from play to play, so that after a restart, too, it is not always the
/// same channels that wait.
pub(super) fn due(
    targets: Vec<Target>,
    on_air: &OnAir,
    now: OffsetDateTime,
    turns: &Turns,
) -> Vec<Due> {
    // Many channels have the same nights.
    let mut nights: HashMap<Quiet, bool> = HashMap::new();
    let mut is_quiet = |target: &Target| {
        let quiet = target.style.quiet?;
        Some(*nights.entry(quiet).or_insert_with(|| quiet.is_on(now)))
    };
    let mut due: Vec<Due> = targets
        .into_iter()
        .filter(|target| !is_paused(target, now))
        .filter_map(|target| {
            let occasion = occasion(target.style.mode, on_air)?;
            if target.last == Some(occasion) {
                return None;
            }
            let quietly = is_quiet(&target).unwrap_or(false);
            let silent = target.style.mode == Mode::Edit && target.message.is_some();
            (silent || !quietly).then_some(Due {
                target,
                occasion,
                quietly,
            })
        })
        .collect();
    if !due.is_empty() {
        let first = usize::try_from(hash(&on_air.play_id()) % due.len() as u64).unwrap_or(0);
        due.rotate_left(first);
    }
    due.sort_by_key(|due| Reverse(turns.of(due.target.channel)));
    due
}

/// Whether the target wants to be left alone, or is better left alone.
fn is_paused(target: &Target, now: OffsetDateTime) -> bool {
    let refusing = target
        .trouble
        .as_ref()
        .and_then(|trouble| trouble.retry_at)
        .is_some_and(|at| at > now);
    let wants_rest = match target.style.mode {
        Mode::Post | Mode::Replace => target
            .message
            .is_some_and(|message| posted(message) + target.style.pause() > now),
        // An edit disturbs nobody, and an event is what one waits for.
        Mode::Edit | Mode::Events => false,
    };
    refusing || wants_rest
}

/// Whether a target is to get a webhook that it has not got.
pub(super) fn wants_webhook(target: &Target, now: OffsetDateTime) -> bool {
    target.style.webhook.is_some()
        && target.webhook.is_none()
        && target.no_webhook.is_none_or(|no| no.may_be_tried(now))
}

/// When a message was posted: an id is also a time.
/// <https://discord.com/developers/docs/reference#snowflakes>
pub(super) fn posted(message: MessageId) -> OffsetDateTime {
    const DISCORD_EPOCH: u64 = 1_420_070_400_000;
    let millis = (message.get() >> 22) + DISCORD_EPOCH;
    OffsetDateTime::UNIX_EPOCH + StdDuration::from_millis(millis)
}

/// When a channel that has refused so many messages in a row is to be tried again.
pub(super) fn retry_at(refusals: u32, now: OffsetDateTime) -> OffsetDateTime {
    let doublings = refusals.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE * 2_i32.pow(doublings);
    now + pause.min(LONGEST_PAUSE)
}

/// Whether a song has ended, when that can be known.
pub(super) fn is_over(on_air: &OnAir, now: OffsetDateTime) -> bool {
    on_air
        .timing
        .end
        .is_some_and(|end| end.saturating_add(TOLERANCE) < now)
}

/// Identifies a message to Discord, so that a retry of one that did arrive makes no second: at most
/// 25 characters, the same for each attempt, and another when the same comes back after a while, as
/// an event may: then another message came `before`.
/// <https://discord.com/developers/docs/resources/message#create-message>
pub(super) fn nonce(channel: ChannelId, occasion: &Occasion, before: Option<MessageId>) -> String {
    format!("{:016x}", hash(&(channel, occasion, before)))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serenity::all::GuildId;

    use super::*;
    use crate::{
        announcer::tests::on_air,
        listen_moe::Event,
        station::Station,
        store::{Reason, Style, Trouble, Zone},
    };

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    fn target(channel: u64) -> Target {
        Target {
            guild: GuildId::new(1),
            channel: ChannelId::new(channel),
            station: Station::Jpop,
            style: Style::default(),
            last: None,
            message: None,
            author: None,
            webhook: None,
            no_webhook: None,
            trouble: None,
        }
    }

    fn in_mode(mode: Mode) -> Target {
        let mut target = target(1);
        target.style.mode = mode;
        target
    }

    /// The message that was posted so long ago.
    fn message(ago: Duration) -> MessageId {
        let millis = (now() - ago).unix_timestamp() * 1000 - 1_420_070_400_000;
        MessageId::new(u64::try_from(millis).unwrap() << 22)
    }

    fn is_due(target: Target, on_air: &OnAir) -> bool {
        !due(vec![target], on_air, now(), &Turns::default()).is_empty()
    }

    #[test]
    fn only_those_that_have_not_had_it_are_due() {
        let mut targets = vec![target(1), target(2), target(3)];
        targets[1].last = Some(on_air(7).occasion());
        targets[2].last = Some(on_air(6).occasion());
        let due: HashSet<u64> = due(targets, &on_air(7), now(), &Turns::default())
            .iter()
            .map(|due| due.target.channel.get())
            .collect();
        assert_eq!(due, HashSet::from([1, 3]));
    }

    #[test]
    fn events_are_announced_once_however_many_songs_they_have() {
        let mut live = on_air(1);
        live.event = Some(Event {
            id: Some(9),
            name: "Live".into(),
            image: None,
        });
        let mut target = in_mode(Mode::Events);
        assert!(!is_due(target.clone(), &on_air(1)));
        assert!(is_due(target.clone(), &live));
        target.last = live.event_occasion();
        live.song.id = 2;
        assert!(!is_due(target.clone(), &live));
        live.event = Some(Event {
            id: None,
            name: "Another".into(),
            image: None,
        });
        assert!(is_due(target, &live));
    }

    #[test]
    fn a_channel_that_wants_rest_has_it() {
        for (mode, ago, expected) in [
            (Mode::Post, 29, false),
            (Mode::Post, 31, true),
            (Mode::Replace, 29, false),
            (Mode::Edit, 29, true),
        ] {
            let mut target = in_mode(mode);
            target.style.pause_minutes = 30;
            target.message = Some(message(Duration::minutes(ago)));
            assert_eq!(is_due(target, &on_air(1)), expected, "{mode} after {ago}");
        }
    }

    #[test]
    fn at_night_nothing_is_added_and_one_message_may_change() {
        // It is midnight in UTC.
        for (hours, mode, expected) in [
            ("23-1", Mode::Post, None),
            ("23-1", Mode::Replace, None),
            ("23-1", Mode::Edit, Some(true)),
            ("1-23", Mode::Edit, Some(false)),
            ("1-23", Mode::Post, Some(false)),
        ] {
            let mut target = in_mode(mode);
            target.message = Some(message(Duration::hours(1)));
            target.style.quiet = Quiet::read(hours, Zone::UTC);
            let due = due(vec![target.clone()], &on_air(1), now(), &Turns::default());
            let quietly = due.first().map(|due| due.quietly);
            assert_eq!(quietly, expected, "{mode} in {hours}");
            target.message = None;
            assert_eq!(is_due(target, &on_air(1)), hours == "1-23");
        }
    }

    #[test]
    fn a_channel_that_refuses_is_left_alone_for_longer_and_longer() {
        let pause = |refusals| retry_at(refusals, now()) - now();
        assert_eq!(pause(1), FIRST_PAUSE);
        assert_eq!(pause(2), FIRST_PAUSE * 2);
        assert_eq!(pause(50), LONGEST_PAUSE);

        let mut target = target(1);
        let mut trouble = Trouble {
            why: Reason::Permissions,
            refusals: 1,
            retry_at: Some(retry_at(1, now())),
        };
        target.trouble = Some(trouble.clone());
        assert!(!is_due(target.clone(), &on_air(1)));
        trouble.retry_at = None;
        target.trouble = Some(trouble);
        assert!(is_due(target, &on_air(1)));
    }

    #[test]
    fn channels_take_turns_in_being_first() {
        let targets: Vec<Target> = (1..=10).map(target).collect();
        let first: HashSet<ChannelId> = (1..=50)
            .filter_map(|song| {
                due(targets.clone(), &on_air(song), now(), &Turns::default())
                    .into_iter()
                    .next()
            })
            .map(|due| due.target.channel)
            .collect();
        assert!(first.len() > 5, "{first:?}");
    }

    /// Of ten channels three get each song: nobody has to do without more than three in a row.
    #[test]
    fn who_has_waited_longest_is_first() {
        let targets: Vec<Target> = (1..=10).map(target).collect();
        let mut turns = Turns::default();
        for song in 1..=40 {
            let due = due(targets.clone(), &on_air(song), now(), &turns);
            let channels: Vec<ChannelId> = due.iter().map(|due| due.target.channel).collect();
            turns.count(&channels, &channels[3..]);
            let longest = turns.waits.values().max();
            assert!(longest.is_some_and(|longest| *longest <= 3), "{turns:?}");
        }
    }

    #[test]
    fn those_to_begin_with_are_those_who_have_waited_longest_and_never_many() {
        let channels: Vec<ChannelId> = (1..=200).map(ChannelId::new).collect();
        let mut turns = Turns::default();
        assert!(turns.first().is_empty());
        turns.count(&channels, &[]);
        assert_eq!(turns.first(), &channels[..FIRST]);
        turns.count(&channels, &channels[150..]);
        turns.count(&channels, &channels[140..]);
        assert_eq!(turns.first()[..50], channels[150..]);
        assert_eq!(turns.first()[50..60], channels[140..150]);
        assert_eq!(turns.first().len(), FIRST);
        turns.count(&channels[..3], &[]);
        assert_eq!(turns.first(), &channels[..3]);
    }

    #[test]
    fn a_nonce_is_one_message_s() {
        let nonces: HashSet<String> = (1..=20)
            .flat_map(|channel| (1..=20).map(move |song| (channel, song)))
            .map(|(channel, song)| nonce(ChannelId::new(channel), &on_air(song).occasion(), None))
            .collect();
        assert_eq!(nonces.len(), 400);
        assert!(nonces.iter().all(|nonce| nonce.len() <= 25));
        let after = |before| nonce(ChannelId::new(1), &on_air(1).occasion(), before);
        assert_eq!(after(None), after(None));
        assert_ne!(after(None), after(Some(MessageId::new(1))));
    }
}
