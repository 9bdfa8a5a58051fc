//! When a card is edited, and how many there are.

use std::time::Duration;

use serenity::all::{GuildId, UserId};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{
    subject::Subject,
    table::{APART, Change, Due, Full, Order, RETRY, Table, Whose, Why},
};
use crate::{
    language::{Language, Wording},
    station::Station,
};

const LIFE: Duration = Duration::from_mins(15);
const ASKER: UserId = UserId::new(1);
const SHOWN: UserId = UserId::new(2);
const STRANGER: UserId = UserId::new(3);

/// What is known of a card is the number of the version that it shows.
type Cards = Table<&'static str, u32>;

fn order(number: u64, place: u64, asker: u64) -> Order {
    Order {
        number,
        place,
        guild: Some(GuildId::new(place)),
        asker: UserId::new(asker),
        subject: Subject::Person(SHOWN),
        wording: Wording::default(),
    }
}

/// A table with one card, number 1, as it was sent.
fn one(now: Instant) -> Cards {
    let mut cards = Cards::default();
    cards.reserve(order(1, 1, 1), now + LIFE).unwrap();
    cards.start(1, "token", 0, OffsetDateTime::UNIX_EPOCH, now);
    cards
}

/// What is due while a presence has this version.
fn due(cards: &mut Cards, now: Instant, version: u32) -> Vec<Why> {
    let due = cards.due(now, 8, |_, drawn| {
        if *drawn == version {
            Change::No
        } else {
            Change::Maybe
        }
    });
    due.into_iter().map(|Due { why, .. }| why).collect()
}

#[test]
fn a_change_is_shown_once_and_not_at_once() {
    let now = Instant::now();
    let mut cards = one(now);
    assert_eq!(due(&mut cards, now + APART, 0), []);
    assert_eq!(due(&mut cards, now + APART / 2, 1), []);
    assert_eq!(due(&mut cards, now + APART, 1), [Why::Changed]);
    // Under way.
    assert_eq!(due(&mut cards, now + 2 * APART, 2), []);
    cards.edited(1, 1, now + 2 * APART);
    assert_eq!(due(&mut cards, now + 2 * APART, 2), []);
    assert_eq!(due(&mut cards, now + 3 * APART, 2), [Why::Changed]);
    // What looked the same need not wait.
    cards.unchanged(1, 2);
    assert_eq!(due(&mut cards, now + 3 * APART, 2), []);
    assert_eq!(due(&mut cards, now + 3 * APART, 3), [Why::Changed]);
}

/// Of the server that it is in, and not at once either.
#[test]
fn a_card_follows_what_its_server_reads() {
    let now = Instant::now();
    let mut cards = one(now);
    cards.reserve(order(2, 2, 2), now + LIFE).unwrap();
    cards.start(2, "token", 0, OffsetDateTime::UNIX_EPOCH, now);
    let french = Wording {
        language: Language::French,
        ..Wording::default()
    };
    cards.reword(GuildId::new(1), french);
    let reworded = |order: &Order, _: &u32| {
        if order.wording == french {
            Change::Maybe
        } else {
            Change::No
        }
    };
    assert!(cards.due(now, 8, reworded).is_empty());
    let due = cards.due(now + APART, 8, reworded);
    let drawn: Vec<_> = due
        .iter()
        .map(|due| (due.order.number, due.order.wording))
        .collect();
    assert_eq!(drawn, [(1, french)]);
}

#[test]
fn what_is_not_to_be_shown_any_more_does_not_wait() {
    let now = Instant::now();
    let mut cards = one(now);
    let due = cards.due(now, 8, |_, _| Change::Withdrawn);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].why, Why::Changed);
    // Under way.
    assert!(cards.due(now, 8, |_, _| Change::Withdrawn).is_empty());
}

#[test]
fn only_others_have_to_be_members() {
    assert_eq!(order(1, 7, 1).member(), Some((GuildId::new(7), SHOWN)));
    assert_eq!(order(1, 7, SHOWN.get()).member(), None);
    let station = Order {
        subject: Subject::Station(Station::Jpop),
        ..order(1, 7, 1)
    };
    assert_eq!(station.member(), None);
}

#[test]
fn what_is_wanted_is_drawn_although_nothing_has_changed() {
    let now = Instant::now();
    let mut cards = one(now);
    assert!(cards.wish(1, Why::Asked, "newer") && !cards.wish(2, Why::Asked, "newer"));
    assert_eq!(due(&mut cards, now, 0), []);
    assert_eq!(due(&mut cards, now + APART, 0), [Why::Asked]);
    cards.edited(1, 0, now + APART);
    assert_eq!(due(&mut cards, now + 3 * APART, 0), []);
}

#[test]
fn only_those_whom_it_concerns_stop_it() {
    let now = Instant::now();
    let cards = one(now);
    for (who, moderator, whose) in [
        (ASKER, false, Whose::Theirs),
        (SHOWN, false, Whose::Theirs),
        (STRANGER, true, Whose::Theirs),
        (STRANGER, false, Whose::Others),
    ] {
        assert_eq!(cards.whose(1, who, moderator), whose);
    }
    assert_eq!(cards.whose(9, ASKER, true), Whose::Nobodys);
}

#[test]
fn who_stops_it_sees_that_at_once_through_their_own_token() {
    let now = Instant::now();
    let mut cards = one(now);
    assert!(cards.wish(1, Why::End, "newer"));
    // Nothing else is wished of it any more.
    assert!(cards.wish(1, Why::Asked, "newest"));
    let due = cards.due(now, 8, |_, _| Change::No);
    assert_eq!((due[0].why, due[0].letter), (Why::End, "newest"));
}

#[test]
fn what_ends_during_an_edit_ends_after_it() {
    let now = Instant::now();
    let mut cards = one(now);
    assert_eq!(due(&mut cards, now + APART, 1), [Why::Changed]);
    cards.wish(1, Why::End, "newer");
    assert_eq!(due(&mut cards, now + APART, 1), []);
    cards.edited(1, 1, now + APART);
    assert_eq!(due(&mut cards, now + APART, 1), [Why::End]);
}

#[test]
fn each_ends_by_itself_and_is_gone() {
    let now = Instant::now();
    let mut cards = one(now);
    assert_eq!(due(&mut cards, now + LIFE, 0), [Why::End]);
    cards.remove(1);
    assert_eq!(cards.len(), 0);
    // One that cannot be told is gone as well.
    let mut cards = one(now);
    assert_eq!(due(&mut cards, now + LIFE, 0), [Why::End]);
    cards.failed(1, now + LIFE);
    assert_eq!(cards.len(), 0);
}

#[test]
fn a_failed_edit_is_tried_again_later() {
    let now = Instant::now();
    let mut cards = one(now);
    cards.wish(1, Why::End, "newer");
    assert_eq!(due(&mut cards, now, 0), [Why::End]);
    cards.failed(1, now);
    assert_eq!(due(&mut cards, now + RETRY / 2, 0), []);
    assert_eq!(due(&mut cards, now + RETRY, 0), [Why::End]);

    let mut cards = one(now);
    assert_eq!(due(&mut cards, now + APART, 1), [Why::Changed]);
    cards.failed(1, now + APART);
    assert_eq!(due(&mut cards, now + RETRY, 1), []);
    assert_eq!(due(&mut cards, now + APART + RETRY, 1), [Why::Changed]);
}

#[test]
fn there_are_only_so_many() {
    let ends = Instant::now() + LIFE;
    let mut cards = Cards::default();
    for number in 1..=3 {
        cards.reserve(order(number, number, 1), ends).unwrap();
    }
    assert_eq!(cards.reserve(order(4, 4, 1), ends), Err(Full::Person));
    for number in 5..=12 {
        cards.reserve(order(number, 99, number), ends).unwrap();
    }
    assert_eq!(cards.reserve(order(13, 99, 13), ends), Err(Full::Place));
    // A place that was given back.
    cards.remove(5);
    cards.reserve(order(13, 99, 13), ends).unwrap();
    for number in 100.. {
        match cards.reserve(order(number, number, number), ends) {
            Ok(()) => {}
            full => {
                assert_eq!((full, cards.len()), (Err(Full::All), 200));
                break;
            }
        }
    }
    cards.forget(99);
    assert_eq!(cards.len(), 192);
}

#[test]
fn those_that_have_waited_longest_are_first_and_no_more_than_there_is_room_for() {
    let now = Instant::now();
    let mut cards = Cards::default();
    for number in 1..=4 {
        cards
            .reserve(order(number, number, number), now + LIFE)
            .unwrap();
        let sent = now - Duration::from_secs(number);
        cards.start(number, "token", 0, OffsetDateTime::UNIX_EPOCH, sent);
    }
    let first = cards.due(now + APART, 3, |_, _| Change::Maybe);
    let numbers: Vec<u64> = first.iter().map(|due| due.order.number).collect();
    assert_eq!(numbers, [4, 3, 2]);
    let rest = cards.all(8);
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].why, Why::End);
}

#[test]
fn one_that_was_forgotten_while_it_was_sent_stays_forgotten() {
    let now = Instant::now();
    let mut cards = Cards::default();
    cards.reserve(order(1, 1, 1), now + LIFE).unwrap();
    assert_eq!(due(&mut cards, now + LIFE, 1), []);
    cards.forget(1);
    cards.start(1, "token", 0, OffsetDateTime::UNIX_EPOCH, now);
    assert_eq!(cards.len(), 0);
}
