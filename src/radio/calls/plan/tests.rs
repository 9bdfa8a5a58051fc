mod any_order;

use rand::{SeedableRng, rngs::SmallRng};

use super::{
    super::message::Connection,
    facts::{HOPELESS, LEAVING, STORE_RETRY, UNCONFIRMED, UNSETTLED},
    link::{GRACE, LOOK, STUCK},
    *,
};

const BACKOFF_AT_MOST: Duration = Duration::from_secs(10);

fn target(channel: u64) -> Target {
    Target {
        channel: ChannelId::new(channel),
        station: Station::Jpop,
    }
}

fn sound(station: Station) -> Sound {
    Sound {
        station,
        volume: Volume::UNTOUCHED,
        silent: false,
    }
}

const fn people(people: usize, listeners: usize) -> Audience {
    Audience { people, listeners }
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
    plan.joined(now, sound(Station::Jpop));
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
fn a_late_answer_to_our_own_leaving_is_no_kick() {
    let mut now = Instant::now();
    let mut plan = Plan::new(Some(target(1)), None);
    plan.want(Some(target(1)));
    // Discord takes longer than we wait: three times.
    for _ in 0..3 {
        assert_eq!(plan.next(now), Step::Join(target(1)));
        now += Duration::from_secs(8);
        plan.join_failed();
        assert_eq!(plan.next(now), Step::Leave);
        plan.left(now, &mut random());
        now += BACKOFF_AT_MOST;
    }
    assert_eq!(plan.next(now), Step::Join(target(1)));
    // Then all its answers come at once, in their order, and the last call stands.
    for _ in 0..3 {
        assert_eq!(plan.voice_state(Some(ChannelId::new(1))), Verdict::Expected);
        assert_eq!(plan.voice_state(None), Verdict::Stale);
        assert_eq!(plan.next(now), Step::Wait(None));
    }
    assert_eq!(plan.voice_state(Some(ChannelId::new(1))), Verdict::Expected);
    plan.joined(now, sound(Station::Jpop));
    assert_eq!(plan.wanted(), Some(target(1)));
    assert_eq!(plan.voice_state(None), Verdict::Kicked);
}

#[test]
fn a_leaving_that_is_never_confirmed_hides_no_kick_for_long() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.connection(now, Connection::Over);
    assert_eq!(plan.next(now), Step::Leave);
    plan.left(now, &mut random());
    now += BACKOFF_AT_MOST;
    assert_eq!(plan.next(now), Step::Join(target(1)));
    assert_eq!(plan.voice_state(Some(ChannelId::new(1))), Verdict::Expected);
    plan.joined(now, sound(Station::Jpop));
    play_on(&mut plan, &mut now, UNCONFIRMED.as_secs());
    assert!(matches!(plan.next(now), Step::Wait(_)));
    assert_eq!(plan.voice_state(None), Verdict::Kicked);
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
    plan.joined(now, sound(Station::Jpop));
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
    assert_eq!(plan.next(now), Step::Play(sound(Station::Kpop)));
    plan.plays(now, sound(Station::Kpop));
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

#[test]
fn where_nobody_hears_it_nothing_is_played_until_somebody_does() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    let silent = Sound {
        silent: true,
        ..sound(Station::Jpop)
    };
    // Somebody is there, and deafened.
    plan.audience(now, Some(people(1, 0)));
    assert_eq!(plan.next(now), Step::Play(silent));
    plan.plays(now, silent);
    assert_eq!(plan.standing(), Some(target(1)));
    // A reader that is not there is not asked for packets: that is no evidence.
    now += STUCK * 10;
    assert!(matches!(plan.next(now), Step::Wait(_)));
    plan.audience(now, Some(people(1, 1)));
    assert_eq!(plan.next(now), Step::Play(sound(Station::Jpop)));
    plan.plays(now, sound(Station::Jpop));
    assert!(matches!(plan.next(now), Step::Wait(_)));
    // Not known, as during an outage: rather played for nobody than withheld from somebody.
    plan.audience(now, None);
    assert!(matches!(plan.next(now), Step::Wait(_)));
}

#[test]
fn alone_for_long_enough_it_leaves_for_good() {
    let patience = Duration::from_mins(5);
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.settings(Volume::UNTOUCHED, Some(patience));
    plan.audience(now, Some(people(0, 0)));
    plan.plays(now, plan.sound(Station::Jpop));
    let second = Duration::from_secs(1);
    now += patience;
    now -= second;
    plan.audience(now, Some(people(0, 0)));
    assert_eq!(plan.leaves_at(), Some(now + second));
    assert_eq!(plan.next(now), Step::Wait(Some(now + second)));
    // Somebody came by: it begins anew.
    plan.audience(now, Some(people(1, 0)));
    plan.audience(now, Some(people(0, 0)));
    now += patience;
    assert_eq!(plan.next(now), Step::Leave);
    assert_eq!(plan.take_ending(), Some(Ending::Alone(patience)));
    plan.left(now, &mut random());
    plan.voice_state(None);
    assert_eq!(plan.next(now), Step::Store(None));
}

#[test]
fn told_to_stay_it_stays_alone() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.settings(Volume::UNTOUCHED, None);
    plan.audience(now, Some(people(0, 0)));
    plan.plays(now, plan.sound(Station::Jpop));
    now += Duration::from_hours(100);
    assert!(matches!(plan.next(now), Step::Wait(_)));
    // Until it is told otherwise.
    plan.settings(Volume::UNTOUCHED, Some(Duration::from_mins(5)));
    assert_eq!(plan.next(now), Step::Leave);
}

#[test]
fn another_volume_is_another_sound_in_the_same_call() {
    let now = Instant::now();
    let mut plan = standing(now);
    plan.settings(Volume::MIN, None);
    let quiet = Sound {
        volume: Volume::MIN,
        ..sound(Station::Jpop)
    };
    assert_eq!(plan.next(now), Step::Play(quiet));
    plan.plays(now, quiet);
    assert!(matches!(plan.next(now), Step::Wait(_)));
}

#[test]
fn what_is_in_the_way_for_long_enough_is_given_up() {
    let begin = Instant::now();
    let mut now = begin;
    let mut plan = Plan::new(Some(target(1)), None);
    plan.want(Some(target(1)));
    while now < begin + HOPELESS {
        assert_eq!(plan.next(now), Step::Join(target(1)));
        plan.obstructed(now, Obstacle::Full);
        let Step::Wait(Some(until)) = plan.next(now) else {
            panic!("Discord is not asked");
        };
        now = until;
    }
    assert_eq!(plan.obstacle(), Some(Obstacle::Full));
    assert_eq!(plan.take_ending(), None);
    assert_eq!(plan.next(now), Step::Join(target(1)));
    plan.obstructed(now, Obstacle::Full);
    assert_eq!(plan.take_ending(), Some(Ending::Hopeless(Obstacle::Full)));
    assert_eq!(plan.next(now), Step::Store(None));
}

#[test]
fn a_channel_that_is_gone_is_given_up_at_once() {
    let now = Instant::now();
    let mut plan = standing(now);
    plan.deleted(ChannelId::new(9));
    assert_eq!(plan.wanted(), Some(target(1)));
    plan.deleted(ChannelId::new(1));
    assert_eq!(plan.next(now), Step::Leave);
    assert_eq!(plan.take_ending(), Some(Ending::Hopeless(Obstacle::Gone)));
}

#[test]
fn an_outage_of_the_server_is_borne_and_is_no_kick() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    plan.outage();
    // Voice goes on as long as it does.
    play_on(&mut plan, &mut now, 10);
    assert!(matches!(plan.next(now), Step::Wait(_)));
    plan.connection(now, Connection::Over);
    assert_eq!(plan.voice_state(None), Verdict::Expected);
    assert_eq!(plan.next(now), Step::Leave);
    plan.left(now, &mut random());
    now += Duration::from_hours(1);
    assert_eq!(plan.next(now), Step::Wait(None), "nobody could answer");
    plan.outage_over(None);
    assert_eq!(plan.next(now), Step::Join(target(1)));

    // A voice connection that seems to stand, in a channel that Discord has forgotten.
    let mut plan = standing(now);
    plan.outage();
    plan.outage_over(None);
    is_rebuilt(&mut plan, &mut now);
    let mut plan = standing(now);
    plan.outage();
    plan.outage_over(Some(ChannelId::new(1)));
    assert!(matches!(plan.next(now), Step::Wait(_)));
}

#[test]
fn a_connection_that_was_resumed_is_trusted_unless_somebody_came_or_went_lately() {
    let mut now = Instant::now();
    let mut plan = standing(now);
    play_on(&mut plan, &mut now, 9);
    plan.connection(now, Connection::Restored);
    is_rebuilt(&mut plan, &mut now);

    let mut plan = standing(now);
    plan.audience(now, Some(people(2, 2)));
    play_on(&mut plan, &mut now, UNSETTLED.as_secs());
    // Who is deafened stays.
    plan.audience(now, Some(people(2, 1)));
    plan.connection(now, Connection::Restored);
    assert!(matches!(plan.next(now), Step::Wait(_)));
    plan.audience(now, Some(people(1, 1)));
    play_on(&mut plan, &mut now, 9);
    plan.connection(now, Connection::Restored);
    is_rebuilt(&mut plan, &mut now);
}
