//! The rules of the socket.

use super::*;
use crate::{
    lanyard::{
        socket::{Event, Socket},
        split::Summary,
    },
    link::{Action, Fault, Protocol, Session},
};

const EVERY: Duration = Duration::from_hours(6);

fn socket(now: Moment, subscription: Subscription, jitter: u32) -> Socket {
    Socket::new(now, subscription, EVERY, jitter)
}

fn sent(op: &str) -> Action<Event> {
    Action::Send(op.to_owned())
}

const HELLO: Message = Message::Hello {
    heartbeat: Some(30_000),
};

#[tokio::test(start_paused = true)]
async fn it_initialises_at_once_after_hello_and_keeps_the_heartbeat() {
    let now = now();
    let mut session = socket(now, Subscription::Everyone, u32::MAX / 2);
    assert_eq!(session.on_open(now), []);
    assert_eq!(session.on_stop(), [""; 0]);
    let initialise = || sent(r#"{"d":{"subscribe_to_all":true},"op":2}"#);
    assert_eq!(session.on_frame(now, HELLO).unwrap(), [initialise()]);
    let heartbeat = || sent(r#"{"op":3}"#);
    for beat in 1..4 {
        let due = later(now, 30 * beat);
        assert_eq!(session.next_deadline(), Some(due.clock));
        assert_eq!(session.on_deadline(due).unwrap(), [heartbeat()]);
    }
    let summary = Summary::default();
    let actions = session.on_frame(now, Message::Snapshot(summary)).unwrap();
    assert_eq!(
        actions,
        [Action::Emit(Event::Snapshot(summary)), Action::Up]
    );

    // Hours later it asks again, to forget who has left.
    let hours = later(now, 6 * 3600);
    assert_eq!(
        session.on_deadline(hours).unwrap(),
        [heartbeat(), initialise()]
    );
    let goodbye = r#"{"d":{"unsubscribe_from_all":true},"op":4}"#;
    assert_eq!(session.on_stop(), [goodbye]);
}

#[tokio::test(start_paused = true)]
async fn some_users_are_asked_for_by_name_and_let_go_by_name() {
    let now = now();
    for (users, op, goodbye) in [
        (
            vec![5, 7],
            r#"{"d":{"subscribe_to_ids":["5","7"]},"op":2}"#,
            r#"{"d":{"unsubscribe_from_ids":["5","7"]},"op":4}"#,
        ),
        (
            vec![7],
            r#"{"d":{"subscribe_to_id":"7"},"op":2}"#,
            r#"{"d":{"unsubscribe_from_id":"7"},"op":4}"#,
        ),
    ] {
        let mut session = socket(now, Subscription::Users(users), 0);
        assert_eq!(session.on_frame(now, HELLO).unwrap(), [sent(op)]);
        assert_eq!(session.on_stop(), [goodbye]);
    }
}

#[tokio::test(start_paused = true)]
async fn not_all_bots_ask_anew_at_the_same_time() {
    let now = now();
    let asks = |jitter: u32, hours: f64| {
        let mut session = socket(now, Subscription::Everyone, jitter);
        session.on_frame(now, HELLO).unwrap();
        let held = Message::Snapshot(Summary::default());
        session.on_frame(now, held).unwrap();
        let seconds = Duration::from_secs_f64(hours * 3600.0).as_secs();
        session.on_deadline(later(now, seconds)).unwrap().len() == 2
    };
    assert!(!asks(0, 4.49) && asks(0, 4.51));
    assert!(!asks(u32::MAX, 7.49) && asks(u32::MAX, 7.51));
}

#[tokio::test(start_paused = true)]
async fn without_hello_or_snapshot_it_gives_up() {
    let now = now();
    let fault = socket(now, Subscription::Everyone, 0)
        .on_deadline(later(now, 5))
        .unwrap_err();
    assert!(matches!(fault, Fault::Late("hello")), "{fault}");
    let mut session = socket(now, Subscription::Everyone, 0);
    let hello = Message::Hello { heartbeat: None };
    session.on_frame(now, hello).unwrap();
    let fault = session.on_deadline(later(now, 300)).unwrap_err();
    assert!(matches!(fault, Fault::Late("INIT_STATE")), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_fatal_only_in_the_place_of_a_snapshot() {
    let now = now();
    let mut session = socket(now, Subscription::Everyone, 0);
    assert!(session.on_malformed().is_ok());
    session.on_frame(now, HELLO).unwrap();
    let fault = session.on_malformed().unwrap_err();
    assert!(matches!(fault, Fault::Undecodable(_)), "{fault}");
    let held = Message::Snapshot(Summary::default());
    session.on_frame(now, held).unwrap();
    assert!(session.on_malformed().is_ok());
}

#[test]
fn close_codes_that_speak_of_our_mistake_are_rejections() {
    let (upstream, _) = upstream();
    for (code, rejects) in [
        (4004, true),
        (4005, true),
        (4006, true),
        (1000, false),
        (1006, false),
        (4000, false),
    ] {
        assert_eq!(upstream.rejects(code), rejects, "{code}");
    }
}
