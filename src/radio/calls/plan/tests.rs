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
    plan.connection(now, Connection::Down);
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
    plan.connection(now, Connection::Down);
    assert_eq!(plan.voice_state(Some(ChannelId::new(2))), Verdict::Moved);
    assert_eq!(plan.next(now), Step::Store(Some(target(2))));
    plan.stored(Some(target(2)));
    plan.connection(now, Connection::Up);
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
fn a_disconnect_that_nothing_follows_is_not_borne() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.connection(now, Connection::Over);
    assert_eq!(plan.standing(), None);
    is_rebuilt(&mut plan, &mut now);
}

#[test]
fn a_short_disconnect_is_borne_and_a_long_one_is_not() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.connection(now, Connection::Down);
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
    Connection(Connection),
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
        prop::sample::select(&[Connection::Up, Connection::Down, Connection::Over])
            .prop_map(Fact::Connection),
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
        plan.connection(*now, Connection::Up);
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
                Fact::Connection(connection) => plan.connection(now, connection),
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
