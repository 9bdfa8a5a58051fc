//! What to post where. Pure.

use std::hash::{DefaultHasher, Hash, Hasher};

use serenity::all::ChannelId;
use time::{Duration, OffsetDateTime};

use crate::{
    listen_moe::{OnAir, PlayId},
    store::Target,
};

/// How far the clocks of this machine and of the station may differ.
const TOLERANCE: Duration = Duration::seconds(10);

/// The targets that have not had `play`, in an order that differs from play to play: when Discord
/// holds the bot back, it is not always the same channels that wait.
pub(super) fn due(targets: Vec<Target>, play: &PlayId) -> Vec<Target> {
    let mut due: Vec<Target> = targets
        .into_iter()
        .filter(|target| target.last_play != Some(*play))
        .collect();
    if !due.is_empty() {
        let first = usize::try_from(hash(play) % due.len() as u64).unwrap_or(0);
        due.rotate_left(first);
    }
    due
}

/// Whether a song has ended, when that can be known.
pub(super) fn is_over(on_air: &OnAir, now: OffsetDateTime) -> bool {
    on_air
        .timing
        .end
        .is_some_and(|end| end.saturating_add(TOLERANCE) < now)
}

/// Identifies a message to Discord, so that a retry of one that did arrive makes no second: at most
/// 25 characters, the same for each attempt.
/// <https://discord.com/developers/docs/resources/message#create-message>
pub(super) fn nonce(channel: ChannelId, play: &PlayId) -> String {
    format!("{:016x}", hash(&(channel, play)))
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
    use crate::station::Station;

    fn play(song: u64) -> PlayId {
        PlayId::new(Station::Jpop, song, None)
    }

    fn target(channel: u64, last_play: Option<PlayId>) -> Target {
        Target {
            guild: GuildId::new(1),
            channel: ChannelId::new(channel),
            station: Station::Jpop,
            last_play,
            trouble: None,
        }
    }

    #[test]
    fn only_those_that_have_not_had_it_are_due() {
        let targets = vec![
            target(1, None),
            target(2, Some(play(7))),
            target(3, Some(play(6))),
        ];
        let due: HashSet<u64> = due(targets, &play(7))
            .iter()
            .map(|target| target.channel.get())
            .collect();
        assert_eq!(due, HashSet::from([1, 3]));
    }

    #[test]
    fn channels_take_turns_in_being_first() {
        let targets: Vec<Target> = (1..=10).map(|channel| target(channel, None)).collect();
        let first: HashSet<ChannelId> = (1..=50)
            .filter_map(|song| due(targets.clone(), &play(song)).into_iter().next())
            .map(|target| target.channel)
            .collect();
        assert!(first.len() > 5, "{first:?}");
    }

    #[test]
    fn a_nonce_is_one_message_s() {
        let nonces: HashSet<String> = (1..=20)
            .flat_map(|channel| (1..=20).map(move |song| (channel, song)))
            .map(|(channel, song)| nonce(ChannelId::new(channel), &play(song)))
            .collect();
        assert_eq!(nonces.len(), 400);
        assert!(nonces.iter().all(|nonce| nonce.len() <= 25));
        assert_eq!(
            nonce(ChannelId::new(1), &play(1)),
            nonce(ChannelId::new(1), &play(1))
        );
    }
}
