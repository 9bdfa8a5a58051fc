use proptest::prelude::*;
use reqwest::header::HeaderValue;
use serenity::all::{ChannelId, WebhookId};

use super::*;

const ONE: Route = Route::Create(ChannelId::new(1));
const TWO: Route = Route::Create(ChannelId::new(2));

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect()
}

#[test]
fn no_second_has_more_messages_than_allowed() {
    let start = Instant::now();
    let mut limiter = Limiter::new(start);
    let mut now = start;
    let mut turns = Vec::new();
    while turns.len() < 500 {
        match limiter.try_turn(now, Lane::Bot) {
            Ok(()) => {
                limiter.end_turn(now, Lane::Bot);
                turns.push(now);
            }
            Err(at) => now = at,
        }
    }
    for turn in &turns {
        let second = turns
            .iter()
            .filter(|other| *other >= turn && **other < *turn + Duration::from_secs(1))
            .count();
        assert!(second <= 46, "{second}");
    }
    let all = *turns.last().unwrap() - start;
    assert!(all < Duration::from_secs(13), "{all:?}");
}

/// All requests of more than a second arrive together with the last of them.
#[test]
fn what_was_held_up_on_its_way_counts_when_it_arrives() {
    let mut now = Instant::now();
    let mut limiter = Limiter::new(now);
    // One that has its turn and its answer at once, and then only such as wait for theirs.
    assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
    limiter.end_turn(now, Lane::Bot);
    let mut held_up = 0;
    while held_up < PLACES {
        match limiter.try_turn(now, Lane::Bot) {
            Ok(()) => held_up += 1,
            Err(at) => now = at,
        }
    }
    now += Duration::from_mins(1);
    assert!(limiter.try_turn(now, Lane::Bot).is_err());
    assert_eq!(limiter.try_turn(now, Lane::Webhooks), Ok(()));
    for _ in 0..held_up {
        limiter.end_turn(now, Lane::Bot);
    }
    let again = now + SECOND;
    assert_eq!(limiter.try_turn(now, Lane::Bot), Err(again));
    let almost = again.checked_sub(Duration::from_millis(1)).unwrap();
    assert!(limiter.try_turn(almost, Lane::Bot).is_err());
    assert_eq!(limiter.try_turn(again, Lane::Bot), Ok(()));
}

proptest! {
    /// However long requests are on their way, and whenever Discord counts them.
    #[test]
    fn no_second_counts_more_requests_than_allowed(
        ways in proptest::collection::vec((0_u64..3000, 0.0..=1.0), 100..400),
        share in 1_u64..=30,
    ) {
        let start = Instant::now();
        let (mut now, mut limiter) = (start, Limiter::new(start));
        let (mut under_way, mut counted) = (Vec::new(), Vec::new());
        for (way, when) in ways {
            // Most answers come soon.
            let way = Duration::from_millis(if way % 30 < share { way } else { way / 30 });
            loop {
                let turn = limiter.try_turn(now, Lane::Bot);
                let Err(at) = turn else { break };
                let next = under_way.iter().min().copied().filter(|over| *over <= at);
                now = next.unwrap_or(at).max(now);
                for _ in under_way.extract_if(.., |over| *over <= now) {
                    limiter.end_turn(now, Lane::Bot);
                }
            }
            under_way.push(now + way);
            counted.push(now + way.mul_f64(when));
        }
        counted.sort_unstable();
        for (index, first) in counted.iter().enumerate() {
            let within = counted[index..].iter();
            let second = within.take_while(|at| **at - *first < SECOND).count();
            prop_assert!(second <= PLACES, "{second}");
        }
    }
}

#[test]
fn a_turn_from_before_a_global_limit_is_not_used() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
    let wait = Duration::from_secs(2);
    let limits = Limits::default().with_body(Some(wait.as_secs_f64()), true);
    limiter.learn(now, ONE, &limits);
    assert!(!limiter.take(now, TWO));
    assert!(limiter.take(now + wait, TWO));
}

#[test]
fn who_waits_for_a_route_takes_no_turns() {
    let start = Instant::now();
    let mut limiter = Limiter::new(start);
    let mut now = start;
    while limiter.take(now, ONE) {}
    let until = start + UNTOLD_WINDOW;
    for _ in 0..PLACES {
        assert_eq!(limiter.try_turn_for(now, ONE), Err(until));
    }
    assert_eq!(limiter.under_way(Lane::Bot), 0);
    assert_eq!(limiter.try_turn_for(now, TWO), Ok(()));
    now = until;
    assert_eq!(limiter.try_turn_for(now, ONE), Ok(()));
    assert_eq!(limiter.under_way(Lane::Bot), 2);
}

#[test]
fn a_refusal_that_says_no_time_to_wait_is_waited_after() {
    let now = Instant::now();
    for wait in [None, Some(0.0), Some(-1.0)] {
        let mut limiter = Limiter::new(now);
        let limits = Limits::default().with_body(wait, false);
        limiter.learn(now, ONE, &limits);
        let held = limiter.held_until(now, ONE.bucket());
        assert_eq!(held, Some(now + SHORTEST), "{wait:?}");
    }
}

#[test]
fn an_empty_bucket_holds_itself_only() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    let limits = Limits::of(&headers(&[
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "4.5"),
    ]));
    limiter.learn(now, ONE, &limits);
    let until = now + Duration::from_millis(4500);
    assert_eq!(limiter.held_until(now, ONE.bucket()), Some(until));
    assert_eq!(limiter.held_until(until, ONE.bucket()), None);
    assert_eq!(limiter.held_until(now, TWO.bucket()), None);
    assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
}

#[test]
fn requests_under_way_at_once_do_not_share_the_last_one() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    let one_left = Limits::of(&headers(&[
        ("x-ratelimit-remaining", "1"),
        ("x-ratelimit-reset-after", "3"),
    ]));
    assert!(limiter.take(now, ONE));
    limiter.learn(now, ONE, &one_left);
    assert!(limiter.take(now, ONE));
    assert!(!limiter.take(now, ONE));
    // An answer from before does not bring it back.
    limiter.learn(now, ONE, &one_left);
    assert!(!limiter.take(now, ONE));
    assert!(limiter.take(now + Duration::from_secs(3), ONE));
}

/// The first answer comes after others were sent.
#[test]
fn what_was_sent_before_the_first_answer_counts_as_well() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    for _ in 0..4 {
        assert!(limiter.take(now, ONE));
    }
    let limits = Limits::of(&headers(&[
        ("x-ratelimit-remaining", "9"),
        ("x-ratelimit-reset-after", "10"),
    ]));
    limiter.learn(now, ONE, &limits);
    let taken = (0..20).take_while(|_| limiter.take(now, ONE)).count();
    assert_eq!(taken, 6);
}

#[test]
fn of_a_bucket_that_nothing_is_known_of_five_are_let_out_in_two_seconds() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    let webhook = Route::Execute(WebhookId::new(5), None);
    let times = |limiter: &mut Limiter, now| {
        let taken = |_: &usize| limiter.take(now, webhook);
        (0..20).take_while(taken).count()
    };
    assert_eq!(times(&mut limiter, now), 5);
    let until = now + UNTOLD_WINDOW;
    assert_eq!(limiter.held_until(now, webhook.bucket()), Some(until));
    let other = Route::Execute(WebhookId::new(6), None);
    assert!(limiter.take(now, other));
    let limits = Limits::of(&headers(&[
        ("x-ratelimit-remaining", "2"),
        ("x-ratelimit-reset-after", "1"),
    ]));
    assert!(limiter.take(until, webhook));
    limiter.learn(until, webhook, &limits);
    assert_eq!(times(&mut limiter, until), 2);
}

#[test]
fn a_global_limit_holds_everything() {
    let now = Instant::now();
    let mut limiter = Limiter::new(now);
    let limits = Limits::of(&headers(&[
        ("retry-after", "2"),
        ("x-ratelimit-global", "true"),
    ]));
    limiter.learn(now, ONE, &limits.with_body(Some(1.25), true));
    assert_eq!(limiter.held_until(now, ONE.bucket()), None);
    let paused = now + Duration::from_millis(1250);
    assert_eq!(limiter.try_turn(now, Lane::Bot), Err(paused));
    // What does not bear the bot's token is another's limit.
    assert_eq!(limiter.try_turn(now, Lane::Webhooks), Ok(()));
}

#[test]
fn nonsense_in_headers_is_ignored_or_bounded() {
    let now = Instant::now();
    for value in ["-1", "NaN", "soon", "1e300"] {
        let mut limiter = Limiter::new(now);
        let mut map = HeaderMap::new();
        map.insert("retry-after", HeaderValue::from_str(value).unwrap());
        limiter.learn(now, ONE, &Limits::of(&map));
        assert!(
            limiter
                .held_until(now, ONE.bucket())
                .is_none_or(|until| until <= now + LONGEST)
        );
        assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let start = Instant::now();
    let mut limiter = Limiter::new(start);
    for n in 1..=10_000_u64 {
        let now = start + Duration::from_secs(n);
        let limits = Limits {
            retry_after: Some(Duration::from_secs(1)),
            ..Limits::default()
        };
        limiter.learn(now, Route::Create(ChannelId::new(n)), &limits);
    }
    assert!(limiter.buckets.len() <= REMEMBERED);
}
