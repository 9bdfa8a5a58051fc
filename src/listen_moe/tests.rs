//! The rules of the gateway, with frames as they were seen and time that is made up.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{
    frame::{self, Frame, Track},
    gateway::Gateway,
    *,
};
use crate::{
    link::{Action, Fault, Moment, Session},
    station::Station,
};

fn track_of(frame: &Value) -> Track {
    match frame::decode(frame.to_string().as_bytes()).unwrap() {
        Frame::Track(track) => *track,
        other => panic!("{other:?}"),
    }
}

fn decode(frame: &Value) -> Frame {
    frame::decode(frame.to_string().as_bytes()).unwrap()
}

/// A gateway that was just opened, and the made-up time it was opened at.
fn gateway() -> (Gateway, Moment) {
    let now = Moment {
        clock: Instant::now(),
        utc: OffsetDateTime::UNIX_EPOCH,
    };
    (Gateway::new(Station::Jpop, None, None, now), now)
}

fn later(now: Moment, seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        clock: now.clock + elapsed,
        utc: now.utc + elapsed,
    }
}

fn update(id: u64, start: OffsetDateTime) -> Value {
    let start = start
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    json!({"op": 1, "t": "TRACK_UPDATE", "d": {
        "song": {"id": id, "title": "Trust in you", "duration": 200}, "startTime": start,
    }})
}

fn emitted(actions: &[Action<Arc<OnAir>>]) -> Arc<OnAir> {
    match actions {
        [Action::Emit(on_air)] => Arc::clone(on_air),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_documented_frame_is_understood() {
    let track = track_of(&json!({"op": 1, "t": "TRACK_UPDATE", "d": {
        "song": {
            "id": 450, "title": "Trust in you", "titleRomaji": null, "sources": [{"id": 3, "name": null, "nameRomaji": "Date"}],
            "artists": [{"id": 186, "name": "sweet ARMS", "nameRomaji": null, "image": "sweet-ARMS_image.jpg", "characters": []}],
            "albums": [], "duration": 273, "favorite": false,
        },
        "requester": {"uuid": "x", "username": "kana", "displayName": " Kana "},
        "event": {"id": 1, "name": "Anime night", "image": "https://cdn.listen.moe/e.png"},
        "startTime": "2018-03-28T21:39:24.431Z",
        "lastPlayed": [{"id": 5918, "title": "おつかれサマー!", "duration": 0}, {"title": "no id"}],
        "listeners": 92,
    }}));
    assert!(track.unasked);
    assert_eq!(track.song.artists[0].name.as_deref(), Some("sweet ARMS"));
    assert_eq!(track.song.sources[0].name_romaji.as_deref(), Some("Date"));
    assert_eq!(track.song.duration, Some(Duration::from_secs(273)));
    let requester = track.requester.unwrap();
    assert_eq!(
        (
            requester.username.as_deref(),
            requester.display_name.as_str()
        ),
        (Some("kana"), "Kana")
    );
    assert_eq!(track.event.unwrap().name, "Anime night");
    assert_eq!(track.start_time.unwrap().millisecond(), 431);
    assert_eq!(
        (track.last_played.len(), track.last_played[0].duration),
        (1, None)
    );
    assert_eq!(track.listeners, Some(92));
}

#[test]
fn only_the_song_id_is_needed_and_a_wrong_type_costs_only_its_field() {
    for wrong in [
        Value::Null,
        json!(5),
        json!("text"),
        json!([1, "x", null]),
        json!({"a": {}}),
        json!(-1.5),
    ] {
        let track = track_of(&json!({"op": 1, "t": "TRACK_UPDATE", "d": {
            "song": {
                "id": 7, "title": wrong, "titleRomaji": wrong, "artists": wrong, "albums": wrong,
                "sources": wrong, "characters": wrong, "duration": wrong, "favorite": wrong,
            },
            "requester": wrong, "event": wrong, "startTime": wrong, "lastPlayed": wrong, "listeners": wrong,
            "queue": {"inQueue": wrong, "userSongsInQueue": wrong},
        }}));
        assert_eq!(track.song.id, 7);
    }
    track_of(&json!({"op": 1, "t": "TRACK_UPDATE_REQUEST", "d": {"song": {"id": "7"}}}));
    for without in [
        json!({"song": {"title": "x"}}),
        json!({"song": null}),
        json!({}),
        Value::Null,
    ] {
        let frame = json!({"op": 1, "t": "TRACK_UPDATE", "d": without});
        assert!(frame::decode(frame.to_string().as_bytes()).is_err());
    }
}

#[test]
fn an_account_is_told_of_the_queue_in_either_form() {
    let queue_of = |queue: Value| {
        let d = json!({"song": {"id": 1}, "queue": queue});
        track_of(&json!({"op": 1, "t": "TRACK_UPDATE", "d": d})).queue
    };
    let told = Some(Queue {
        songs: Some(9),
        own: Some(2),
        before_own: Some(4),
    });
    let new = json!({"inQueue": 9, "inQueueByUser": 2, "inQueueBeforeUser": 4});
    assert_eq!(queue_of(new), told);
    let old = json!({
        "songsInQueue": 9, "hasSongInQueue": true, "inQueueBeforeUserSong": 4, "userSongsInQueue": 2,
    });
    assert_eq!(queue_of(old), told);
    assert_eq!(queue_of(Value::Null), None);
    assert_eq!(queue_of(json!({})), None);
}

#[test]
fn the_oldest_requester_has_only_a_name() {
    let track = track_of(&json!({"op": 1, "t": "TRACK_UPDATE", "d": {
        "song": {"id": 1}, "requester": {"name": "kana"},
    }}));
    assert_eq!(track.requester.unwrap().display_name, "kana");
}

#[test]
fn the_queue_and_notifications_carry_no_song_and_overwrite_none() {
    let (mut gateway, now) = gateway();
    for t in ["QUEUE_UPDATE", "NOTIFICATION"] {
        let frame = decode(&json!({"op": 1, "t": t, "d": {"type": "EVENT", "song": {"id": 9}}}));
        assert_eq!(gateway.on_frame(now, frame).unwrap(), []);
    }
}

#[test]
fn what_is_unknown_is_counted_and_does_no_harm() {
    let (mut gateway, now) = gateway();
    for frame in [
        json!({"op": 77}),
        json!({"op": 1, "t": "NEW_THING", "d": {}}),
        json!({"op": 1}),
    ] {
        assert_eq!(
            gateway.on_frame(now, decode(&frame)).unwrap(),
            [Action::Ignored]
        );
    }
    assert_eq!(
        gateway.on_frame(now, decode(&json!({"op": 10}))).unwrap(),
        []
    );
}

#[tokio::test(start_paused = true)]
async fn it_authenticates_on_open_with_and_without_a_token() {
    let (mut anonymous, now) = gateway();
    let auth = |text: &str| {
        vec![Action::Send(format!(
            r#"{{"d":{{"auth":"{text}"}},"op":0}}"#
        ))]
    };
    assert_eq!(anonymous.on_open(now), auth(""));
    let token = Some("abc".into());
    let mut known = Gateway::new(Station::Kpop, token, None, now);
    assert_eq!(known.on_open(now), auth("Bearer abc"));
}

#[tokio::test(start_paused = true)]
async fn without_a_welcome_it_gives_up() {
    let (mut gateway, now) = gateway();
    assert_eq!(gateway.next_deadline(), Some(later(now, 5).clock));
    let fault = gateway.on_deadline(later(now, 5)).unwrap_err();
    assert!(matches!(fault, Fault::Late("welcome")), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_go_out_at_the_given_interval() {
    let (mut gateway, now) = gateway();
    let welcome = decode(&json!({"op": 0, "d": {"heartbeat": 35000}}));
    assert_eq!(gateway.on_frame(now, welcome).unwrap(), [Action::Up]);
    gateway.on_frame(now, decode(&update(1, now.utc))).unwrap();
    let heartbeat = Action::Send(r#"{"op":9}"#.into());
    for beat in 1..4 {
        let due = later(now, 35 * beat);
        assert_eq!(gateway.next_deadline(), Some(due.clock));
        assert_eq!(
            gateway.on_deadline(due).unwrap(),
            std::slice::from_ref(&heartbeat)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_absurd_heartbeat_interval_is_clamped() {
    for (sent, seconds) in [
        (json!(0), 1),
        (json!(u64::MAX), 120),
        (json!(null), 35),
        (json!("soon"), 35),
        (json!(-5), 35),
    ] {
        let (mut gateway, now) = gateway();
        gateway.on_frame(now, decode(&update(1, now.utc))).unwrap();
        let welcome = decode(&json!({"op": 0, "d": {"heartbeat": sent}}));
        gateway.on_frame(now, welcome).unwrap();
        assert_eq!(
            gateway.next_deadline(),
            Some(later(now, seconds).clock),
            "{sent}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_song_that_does_not_come_is_asked_for() {
    let (mut gateway, now) = gateway();
    gateway
        .on_frame(now, Frame::Welcome { heartbeat: None })
        .unwrap();
    let ask = Action::Send(r#"{"op":2}"#.into());
    assert_eq!(
        gateway.on_deadline(later(now, 3)).unwrap(),
        std::slice::from_ref(&ask)
    );
    assert_eq!(
        gateway.on_deadline(later(now, 33)).unwrap(),
        std::slice::from_ref(&ask)
    );
    gateway
        .on_frame(later(now, 34), decode(&update(1, now.utc)))
        .unwrap();
    // From here on only the heartbeat is due.
    assert_eq!(gateway.next_deadline(), Some(later(now, 35).clock));
}

#[tokio::test(start_paused = true)]
async fn a_song_change_tells_start_from_end_and_later_frames_about_it_keep_that() {
    let (mut gateway, now) = gateway();
    // Connected in the middle of a song whose start is in the past.
    let frame = decode(&update(1, now.utc - Duration::from_secs(100)));
    let first = emitted(&gateway.on_frame(now, frame).unwrap());
    assert_eq!(first.timing.start, Some(now.utc - Duration::from_secs(100)));

    // A change; this server means the end.
    let now = later(now, 100);
    let end = now.utc + Duration::from_secs(201);
    let second = emitted(&gateway.on_frame(now, decode(&update(2, end))).unwrap());
    assert_eq!(second.timing.end, Some(end));

    // The same play again, much later: read anew it would fit neither reading of a change.
    let now = later(now, 90);
    let again = emitted(&gateway.on_frame(now, decode(&update(2, end))).unwrap());
    assert_eq!(
        (again.play_id(), again.timing),
        (second.play_id(), second.timing)
    );
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_in_the_middle_of_a_play_keeps_its_timing() {
    let (mut before, now) = gateway();
    before.on_frame(now, decode(&update(1, now.utc))).unwrap();
    let play = emitted(&before.on_frame(now, decode(&update(2, now.utc))).unwrap());
    let now = later(now, 120);
    let mut after = Gateway::new(Station::Jpop, None, Some(Arc::clone(&play)), now);
    let again = emitted(
        &after
            .on_frame(now, decode(&update(2, play.start_time.unwrap())))
            .unwrap(),
    );
    assert_eq!(
        (again.play_id(), again.timing),
        (play.play_id(), play.timing)
    );
}

/// Any JSON, with the gateway's own keys among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(TRACK_UPDATE|QUEUE_UPDATE|2026-11-21T20:00:00Z|.{0,8})".prop_map(Value::from),
        (0_u64..3).prop_map(Value::from),
    ];
    let key =
        "(op|t|d|song|id|title|artists|duration|startTime|lastPlayed|requester|heartbeat|.{0,3})";
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes: Vec<u8>) {
        let _ = frame::decode(&bytes);
    }

    #[test]
    fn any_json_is_understood_or_refused(op in 0_u8..12, t in "(TRACK_UPDATE|TRACK_UPDATE_REQUEST|X)", d in any_json()) {
        let frame = json!({"op": op, "t": t, "d": d});
        if let Ok(frame) = frame::decode(frame.to_string().as_bytes()) {
            let now = Moment { clock: Instant::now(), utc: OffsetDateTime::now_utc() };
            let mut gateway = Gateway::new(Station::Jpop, None, None, now);
            let _ = gateway.on_frame(now, frame);
            let _ = gateway.on_deadline(now);
        }
    }
}
