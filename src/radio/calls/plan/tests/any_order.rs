//! Whatever happens, in whatever order.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Fact {
    Want(Option<u64>),
    Voice(Option<u64>),
    Connection(Connection),
    Polled(u64),
    SessionReplaced,
    JoinEnds(bool),
    StoreEnds(bool),
    Audience(usize),
    Obstructed,
    Outage(bool),
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
        (0_usize..2).prop_map(Fact::Audience),
        Just(Fact::Obstructed),
        any::<bool>().prop_map(Fact::Outage),
        (0_u64..20_000).prop_map(Fact::Time),
    ]
}

/// Does what the plan says in a world where everything works, until it only waits.
fn settle(plan: &mut Plan, now: &mut Instant) {
    for polls in 100..150 {
        match plan.next(*now) {
            Step::Wait(Some(until)) if plan.standing().is_none() => *now = until.max(*now),
            Step::Wait(None) if plan.outage => plan.outage_over(None),
            Step::Wait(None) => plan.joined(*now, plan.sound(Station::Jpop)),
            Step::Wait(Some(_)) | Step::Done => return,
            Step::Leave => {
                plan.left(*now, &mut random());
                plan.voice_state(None);
            }
            Step::Join(target) => {
                plan.voice_state(Some(target.channel));
            }
            Step::Play(sound) => plan.plays(*now, sound),
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
                Fact::JoinEnds(true) => plan.joined(now, plan.sound(Station::Jpop)),
                Fact::Audience(count) => plan.audience(now, Some(people(count, count))),
                Fact::Obstructed => {
                    if matches!(plan.link, Link::Joining { .. }) {
                        plan.obstructed(now, Obstacle::Full);
                    }
                }
                Fact::Outage(true) => plan.outage(),
                Fact::Outage(false) => plan.outage_over(None),
                Fact::JoinEnds(false) => plan.join_failed(),
                Fact::StoreEnds(_) => {}
                Fact::Time(ms) => now += Duration::from_millis(ms),
            }
            match plan.next(now) {
                Step::Leave => plan.left(now, &mut random()),
                Step::Play(sound) => plan.plays(now, sound),
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
        // A drag while the call is being built is followed once it stands.
        let dragged = match (&plan.link, plan.voice) {
            (Link::Joining { seen: true, .. }, channel) if !plan.outage => channel,
            _ => None,
        };
        let wanted = plan.wanted().map(|wanted| Target {
            channel: dragged.unwrap_or(wanted.channel),
            ..wanted
        });
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
