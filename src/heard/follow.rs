//! When a song of the gateway is on air: when listeners hear the beginning that the stream names.
//! Pure: told the time and what happens.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::Instant;

use super::title;
use crate::{
    link::Moment,
    listen_moe::{OnAir, PlayId, Timing},
    radio::Tags,
};

/// How long a song waits for its sound: metadata is up to 40 s ahead.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);
/// A name that was heard so long ago was not that of a song which the gateway tells of now.
const LATE: Duration = Duration::from_mins(1);
/// Names of the stream that are remembered.
const NAMES: usize = 4;
/// Songs that wait for their sound at once. More come only when songs are skipped, and then the
/// first of them is over.
const WAITING: usize = 8;
/// So many songs in a row that waited in vain: the stream's names are not the gateway's, and are not
/// waited for until one of them fits again.
const MISSES: u32 = 2;

/// What is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Another song is on air.
    Began(Arc<OnAir>),
    /// More is known of the song on air.
    More(Arc<OnAir>),
}

/// One station.
#[derive(Debug, Default)]
pub(super) struct Follow {
    /// The song on air.
    on_air: Option<Arc<OnAir>>,
    /// A name of the stream was that of the song on air.
    confirmed: bool,
    /// When the song on air was told of, where that was before its sound was heard.
    began: Option<Instant>,
    waiting: VecDeque<Waiting>,
    /// What the stream named last, the newest at the end. Empty while there is no sound.
    names: VecDeque<Name>,
    misses: u32,
}

#[derive(Debug)]
struct Waiting {
    song: Arc<OnAir>,
    until: Instant,
}

#[derive(Debug)]
struct Name {
    tags: Tags,
    at: Moment,
    /// Its beginning was heard then.
    begins: bool,
    /// It was that of a song.
    used: bool,
}

impl Follow {
    /// The gateway tells of a song, each once and in order.
    pub(super) fn song(&mut self, song: Arc<OnAir>, now: Moment) -> Vec<Change> {
        if self.knows(song.play_id()) {
            return self.more(song);
        }
        let heard = self.names.iter().rposition(|name| {
            !name.used && name.at.clock + LATE > now.clock && title::is_of(&name.tags, &song.song)
        });
        // What is named now may have begun long ago.
        let heard = heard.or_else(|| {
            let newest = self.names.len().checked_sub(1)?;
            let name = &self.names[newest];
            (!name.used && title::is_of(&name.tags, &song.song)).then_some(newest)
        });
        if let Some(index) = heard {
            let mut changes = self.release_all();
            changes.push(self.begin_named(song, index));
            return changes;
        }
        if self.on_air.is_none() || !self.is_worth_waiting() {
            let mut changes = self.release_all();
            changes.push(self.begin(song, now.clock));
            return changes;
        }
        let mut changes = Vec::new();
        if self.waiting.len() == WAITING
            && let Some(first) = self.waiting.pop_front()
        {
            changes.push(self.begin(first.song, now.clock));
        }
        let until = now.clock + PATIENCE;
        self.waiting.push_back(Waiting { song, until });
        changes
    }

    /// More is known of a song that the gateway told of before; of any other nothing is said here.
    pub(super) fn more(&mut self, song: Arc<OnAir>) -> Vec<Change> {
        let play = song.play_id();
        if let Some(waiting) = self.waiting.iter_mut().find(|it| it.song.play_id() == play) {
            waiting.song = song;
            return Vec::new();
        }
        let Some(before) = self.on_air.as_ref().filter(|it| it.play_id() == play) else {
            return Vec::new();
        };
        let song = if self.confirmed {
            Arc::new(OnAir {
                timing: before.timing,
                ..OnAir::clone(&song)
            })
        } else {
            song
        };
        if *before == song {
            return Vec::new();
        }
        self.on_air = Some(Arc::clone(&song));
        vec![Change::More(song)]
    }

    /// Listeners hear now what the stream names so. `begins`: from its beginning.
    pub(super) fn named(&mut self, tags: Tags, begins: bool, now: Moment) -> Vec<Change> {
        if !begins && self.names.back().is_some_and(|last| last.tags == tags) {
            // The stream was connected anew.
            return Vec::new();
        }
        if self.names.len() == NAMES {
            self.names.pop_front();
        }
        self.names.push_back(Name {
            tags,
            at: now,
            begins,
            used: false,
        });
        let newest = self.names.len() - 1;
        let tags = &self.names[newest].tags;
        let waiting = self
            .waiting
            .iter()
            .position(|it| title::is_of(tags, &it.song.song));
        if let Some(index) = waiting {
            let mut changes: Vec<Change> = Vec::new();
            let passed: Vec<Waiting> = self.waiting.drain(..=index).collect();
            for (number, waiting) in passed.into_iter().enumerate() {
                changes.push(if number == index {
                    self.begin_named(waiting.song, newest)
                } else {
                    self.begin(waiting.song, now.clock)
                });
            }
            return changes;
        }
        self.confirm(newest, now.clock).into_iter().collect()
    }

    /// There is no sound any more, and nothing to wait for.
    pub(super) fn silence(&mut self) -> Vec<Change> {
        self.names.clear();
        self.misses = 0;
        self.release_all()
    }

    /// When a song has waited for long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|waiting| waiting.until)
    }

    /// The songs that have waited for long enough.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        while self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.until <= now)
            && let Some(waiting) = self.waiting.pop_front()
        {
            self.misses += 1;
            changes.push(self.begin(waiting.song, now));
        }
        changes
    }

    fn knows(&self, play: PlayId) -> bool {
        let is = |song: &Arc<OnAir>| song.play_id() == play;
        self.on_air.as_ref().is_some_and(is) || self.waiting.iter().any(|it| is(&it.song))
    }

    /// Whether a name is going to come that fits.
    fn is_worth_waiting(&self) -> bool {
        let named = self
            .names
            .back()
            .is_some_and(|name| name.tags.title.is_some());
        named && self.misses < MISSES
    }

    /// What was late was that of the song on air: it did begin then.
    fn confirm(&mut self, index: usize, now: Instant) -> Option<Change> {
        let on_air = self.on_air.as_ref().filter(|_| !self.confirmed)?;
        let name = &mut self.names[index];
        if !title::is_of(&name.tags, &on_air.song) {
            return None;
        }
        name.used = true;
        self.misses = 0;
        self.confirmed = true;
        let recent = self.began.is_some_and(|began| began + LATE > now);
        if !name.begins || !recent {
            return None;
        }
        let song = in_time(on_air, name.at.utc);
        self.on_air = Some(Arc::clone(&song));
        Some(Change::More(song))
    }

    fn begin_named(&mut self, song: Arc<OnAir>, index: usize) -> Change {
        let name = &mut self.names[index];
        name.used = true;
        let song = if name.begins {
            in_time(&song, name.at.utc)
        } else {
            song
        };
        self.misses = 0;
        self.confirmed = true;
        self.began = None;
        self.on_air = Some(Arc::clone(&song));
        Change::Began(song)
    }

    fn begin(&mut self, song: Arc<OnAir>, now: Instant) -> Change {
        self.confirmed = false;
        self.began = Some(now);
        self.on_air = Some(Arc::clone(&song));
        Change::Began(song)
    }

    /// Nothing that waits is to be heard after what begins now.
    fn release_all(&mut self) -> Vec<Change> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut changes = Vec::new();
        for waiting in waiting {
            let began = waiting.until.checked_sub(PATIENCE).unwrap_or(waiting.until);
            changes.push(self.begin(waiting.song, began));
        }
        changes
    }
}

/// The song as it is heard: its beginning is proven, whatever the gateway said.
fn in_time(song: &OnAir, start: OffsetDateTime) -> Arc<OnAir> {
    let length = song.song.duration.and_then(|length| length.try_into().ok());
    let end = length.and_then(|length| start.checked_add(length));
    Arc::new(OnAir {
        timing: Timing {
            start: Some(start),
            end,
        },
        ..song.clone()
    })
}
