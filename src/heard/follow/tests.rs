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
