//! When a song of the gateway is on air: when listeners hear the beginning that the stream names.
//! Pure: told the time and what happens.

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{listen_moe::Song, station::Station};

    fn song(id: u64, title: &str) -> Arc<OnAir> {
        Arc::new(OnAir {
            station: Station::Jpop,
            song: Song {
                id,
                title: Some(title.to_owned()),
                duration: Some(Duration::from_secs(200)),
                ..Song::default()
            },
            requester: None,
            event: None,
            timing: Timing::default(),
            last_played: Vec::new(),
            listeners: None,
            queue: None,
            start_time: None,
            received_at: OffsetDateTime::UNIX_EPOCH,
        })
    }

    fn tags(title: &str) -> Tags {
        Tags {
            title: Some(title.to_owned()),
            ..Tags::default()
        }
    }

    struct Clock(Instant);

    impl Clock {
        fn new() -> Self {
            Self(Instant::now())
        }

        /// So many seconds after the beginning.
        fn at(&self, seconds: u64) -> Moment {
            let passed = Duration::from_secs(seconds);
            Moment {
                clock: self.0 + passed,
                utc: OffsetDateTime::UNIX_EPOCH + passed,
            }
        }
    }

    /// The songs that began.
    fn began(changes: &[Change]) -> Vec<u64> {
        changes
            .iter()
            .filter_map(|change| match change {
                Change::Began(song) => Some(song.song.id),
                Change::More(_) => None,
            })
            .collect()
    }

    fn start(change: &Change) -> Option<i64> {
        let (Change::Began(song) | Change::More(song)) = change;
        Some(song.timing.start?.unix_timestamp())
    }

    /// Sound that plays the song on air, `one`.
    fn playing(clock: &Clock) -> Follow {
        let mut follow = Follow::default();
        assert_eq!(began(&follow.song(song(1, "one"), clock.at(0))), [1]);
        assert_eq!(follow.named(tags("one"), false, clock.at(1)), []);
        follow
    }

    #[test]
    fn without_sound_a_song_is_on_air_at_once() {
        let clock = Clock::new();
        let mut follow = Follow::default();
        assert_eq!(began(&follow.song(song(1, "one"), clock.at(0))), [1]);
        assert_eq!(began(&follow.song(song(2, "two"), clock.at(5))), [2]);
        assert_eq!(follow.deadline(), None);
    }

    #[test]
    fn a_song_waits_for_its_sound_and_begins_with_it() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        assert_eq!(follow.song(song(2, "two"), clock.at(100)), []);
        let changes = follow.named(tags("Two!"), true, clock.at(120));
        assert_eq!(began(&changes), [2]);
        assert_eq!(start(&changes[0]), Some(120));
        let Change::Began(two) = &changes[0] else {
            unreachable!()
        };
        assert_eq!(two.timing.end.unwrap().unix_timestamp(), 320);
        assert_eq!(follow.deadline(), None);
    }

    #[test]
    fn sound_that_is_ahead_is_found_again_when_the_song_is_told() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        assert_eq!(follow.named(tags("two"), true, clock.at(100)), []);
        let changes = follow.song(song(2, "two"), clock.at(130));
        assert_eq!(began(&changes), [2]);
        assert_eq!(start(&changes[0]), Some(100));
    }

    #[test]
    fn no_song_waits_for_longer_than_it_may() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        follow.song(song(2, "two"), clock.at(100));
        let deadline = follow.deadline().unwrap();
        assert_eq!(deadline, clock.at(100).clock + PATIENCE);
        assert_eq!(follow.overdue(clock.at(144).clock), []);
        assert_eq!(began(&follow.overdue(deadline)), [2]);
        // Its sound comes all the same: it began then.
        let changes = follow.named(tags("two"), true, clock.at(150));
        assert_eq!((began(&changes), start(&changes[0])), (vec![], Some(150)));
    }

    #[test]
    fn names_that_never_fit_are_not_waited_for_until_one_does() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        for (id, at) in [(2, 100), (3, 300)] {
            assert_eq!(follow.song(song(id, "x"), clock.at(at)), []);
            let other = format!("song {id} of the station");
            assert_eq!(follow.named(tags(&other), true, clock.at(at + 1)), []);
            assert_eq!(began(&follow.overdue(clock.at(at + 60).clock)), [id]);
        }
        assert_eq!(began(&follow.song(song(4, "four"), clock.at(500))), [4]);
        follow.named(tags("four"), true, clock.at(510));
        assert_eq!(follow.song(song(5, "five"), clock.at(700)), []);
    }

    #[test]
    fn songs_that_wait_keep_their_order_and_none_is_lost() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        for id in 2..=4 {
            assert_eq!(
                follow.song(song(id, &format!("song {id}")), clock.at(id)),
                []
            );
        }
        let changes = follow.named(tags("song 3"), true, clock.at(10));
        assert_eq!(began(&changes), [2, 3]);
        assert_eq!(began(&follow.silence()), [4]);
        assert_eq!(began(&follow.song(song(5, "five"), clock.at(11))), [5]);
    }

    #[test]
    fn the_same_song_again_waits_for_its_own_beginning() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        let again = Arc::new(OnAir {
            start_time: Some(OffsetDateTime::UNIX_EPOCH),
            ..OnAir::clone(&song(1, "one"))
        });
        assert_eq!(follow.song(Arc::clone(&again), clock.at(200)), []);
        let changes = follow.named(tags("one"), true, clock.at(210));
        assert_eq!(start(&changes[0]), Some(210));
        assert_eq!(began(&changes), [1]);
    }

    #[test]
    fn what_a_new_connection_repeats_is_no_beginning() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        assert_eq!(follow.named(tags("one"), false, clock.at(50)), []);
        assert_eq!(follow.song(song(2, "one"), clock.at(60)), []);
    }

    #[test]
    fn a_stream_without_titles_is_not_waited_for() {
        let clock = Clock::new();
        let mut follow = Follow::default();
        follow.song(song(1, "one"), clock.at(0));
        follow.named(Tags::default(), false, clock.at(1));
        assert_eq!(began(&follow.song(song(2, "two"), clock.at(9))), [2]);
    }

    #[test]
    fn more_about_a_song_keeps_when_it_was_heard() {
        let clock = Clock::new();
        let mut follow = playing(&clock);
        follow.song(song(2, "two"), clock.at(100));
        let more = |listeners| {
            Arc::new(OnAir {
                listeners: Some(listeners),
                ..OnAir::clone(&song(2, "two"))
            })
        };
        assert_eq!(follow.more(more(7)), [], "it is not on air yet");
        let changes = follow.named(tags("two"), true, clock.at(120));
        let Change::Began(two) = &changes[0] else {
            unreachable!()
        };
        assert_eq!(two.listeners, Some(7));
        let changes = follow.more(more(9));
        assert_eq!((began(&changes), start(&changes[0])), (vec![], Some(120)));
        assert_eq!(follow.more(more(9)), [], "nothing new");
        assert_eq!(follow.more(song(8, "other")), [], "not told of as a song");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Song(u8),
        Named(u8, bool),
        Silence,
        Wait,
    }

    proptest! {
        #[test]
        fn each_song_begins_once_in_order_and_in_time(
            steps in proptest::collection::vec(
                prop_oneof![
                    3 => (0_u8..4).prop_map(Step::Song),
                    3 => (0_u8..6, any::<bool>()).prop_map(|(title, begins)| Step::Named(title, begins)),
                    1 => Just(Step::Silence),
                    2 => Just(Step::Wait),
                ],
                0..60,
            ),
        ) {
            let clock = Clock::new();
            let mut follow = Follow::default();
            let (mut told, mut heard) = (0, Vec::new());
            for (step, second) in steps.into_iter().zip((0..).step_by(7)) {
                let now = clock.at(second);
                heard.extend(began(&follow.overdue(now.clock)));
                let changes = match step {
                    Step::Song(title) => {
                        told += 1;
                        follow.song(song(told, &format!("title {title}")), now)
                    }
                    Step::Named(title, begins) => {
                        follow.named(tags(&format!("title {title}")), begins, now)
                    }
                    Step::Silence => follow.silence(),
                    Step::Wait => Vec::new(),
                };
                heard.extend(began(&changes));
                prop_assert!(follow.deadline().is_none_or(|due| due <= now.clock + PATIENCE));
                prop_assert!(follow.waiting.len() <= WAITING && follow.names.len() <= NAMES);
            }
            heard.extend(began(&follow.silence()));
            prop_assert_eq!(heard, (1..=told).collect::<Vec<_>>());
        }
    }
}
