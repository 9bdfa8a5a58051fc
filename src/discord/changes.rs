//! What was before: the last change that people made to each server's radio, for the message with
//! its buttons.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serenity::all::{ChannelId, GuildId};
use tokio::time::Instant;

use crate::{
    radio::{Report, Volume},
    station::Station,
};

/// For so long it is news how it was before.
const NEWS: Duration = Duration::from_mins(10);

/// How a server's radio is tuned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tuning {
    /// Where it is meant to be, and what it plays; `None` while it is off.
    pub target: Option<(ChannelId, Station)>,
    /// How loud it plays.
    pub volume: Volume,
}

impl Tuning {
    /// How it is by a report.
    pub const fn of(report: &Report) -> Self {
        Self {
            target: report.target,
            volume: report.settings.volume,
        }
    }
}

/// The last change in each server, as long as it is news. In memory only: after a restart nobody
/// asks what was before it. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Mutex<HashMap<GuildId, Change>>>);

#[derive(Clone, Copy, Debug)]
struct Change {
    before: Tuning,
    after: Tuning,
    at: Instant,
}

impl Changes {
    /// Somebody has tuned a server's radio.
    pub(super) fn note(&self, guild: GuildId, before: Tuning, after: Tuning) {
        if before == after {
            return;
        }
        let at = Instant::now();
        let mut changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.retain(|_, change| change.at + NEWS > at);
        changes.insert(guild, Change { before, after, at });
    }

    /// How it was before it was tuned as it is `now`, while that is news. Whatever has changed since
    /// then for another reason makes it old.
    pub(super) fn before(&self, guild: GuildId, now: Tuning) -> Option<Tuning> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let change = changes.get(&guild)?;
        let is_news = change.after == now && change.at + NEWS > Instant::now();
        is_news.then_some(change.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUILD: GuildId = GuildId::new(1);

    fn tuning(volume: u64) -> Tuning {
        Tuning {
            target: Some((ChannelId::new(2), Station::Jpop)),
            volume: Volume::nearest(volume),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_before_is_known_until_it_is_old_or_not_true() {
        let changes = Changes::default();
        changes.note(GUILD, tuning(60), tuning(70));
        // What changes nothing takes nothing away.
        changes.note(GUILD, tuning(70), tuning(70));
        assert_eq!(changes.before(GUILD, tuning(70)), Some(tuning(60)));
        assert_eq!(changes.before(GUILD, tuning(80)), None);
        assert_eq!(changes.before(GuildId::new(2), tuning(70)), None);

        tokio::time::advance(NEWS).await;
        assert_eq!(changes.before(GUILD, tuning(70)), None);
        changes.note(GuildId::new(2), tuning(60), tuning(70));
        assert_eq!(changes.0.lock().unwrap().len(), 1, "the old is forgotten");
    }
}
