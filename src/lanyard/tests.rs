//! The rules of the socket, with frames as they were seen and time that is made up.

use std::{io::Write, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{
    frame::{self, Frame},
    socket::{Event, Socket},
    *,
};
use crate::link::{Action, Fault, Moment, Protocol, RawFrame, Session};

const ANA: u64 = 94_490_510_688_792_576;

fn text(frame: &str) -> RawFrame {
    RawFrame {
        payload: frame.to_owned().into(),
        binary: false,
    }
}

fn zlib(frame: &str) -> RawFrame {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(frame.as_bytes()).unwrap();
    RawFrame {
        payload: encoder.finish().unwrap().into(),
        binary: true,
    }
}

fn presence(status: &str) -> Value {
    json!({
        "discord_user": {"id": ANA.to_string(), "username": "ana", "global_name": "Ana", "avatar": "a_0f"},
        "discord_status": status, "active_on_discord_mobile": true, "listening_to_spotify": true,
        "spotify": {
            "track_id": "6zYkFw", "song": "Let It Go", "artist": "Frozen; Choir", "album": "Frozen",
            "album_art_url": "https://i.scdn.co/image/ab", "timestamps": {"start": 1_700_000_000_000_u64, "end": 1_700_000_200_000_u64},
        },
        "activities": [
            {"type": 4, "name": "Custom Status", "state": "be right back", "emoji": {"name": "wave", "id": "123", "animated": true}},
            {"type": 2, "id": "spotify:1", "name": "Spotify", "details": "Let It Go"},
            {"type": 0, "name": "Visual Studio Code", "application_id": "383226320970055681",
             "details": "Editing", "assets": {"large_image": "565945350645481492"}, "timestamps": {"start": 1_700_000_000_000_u64}},
        ],
        "kv": {"location": "Lisbon"},
    })
}

fn upstream() -> (Upstream, Presences) {
    Upstream::new(crate::config::Address::web_socket("ws://localhost/socket").unwrap())
}

fn now() -> Moment {
    Moment {
        clock: Instant::now(),
        utc: OffsetDateTime::UNIX_EPOCH,
    }
}

fn later(now: Moment, seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        clock: now.clock + elapsed,
        utc: now.utc + elapsed,
    }
}

/// Carries out what frames lead to.
fn receive(upstream: &mut Upstream, session: &mut Socket, frame: &RawFrame) {
    let frame = Upstream::decode(frame).unwrap();
    for action in session.on_frame(now(), frame).unwrap() {
        if let Action::Emit(event) = action {
            upstream.deliver(event);
        }
    }
}

fn init_state(presences: &Value) -> String {
    // As the server's encoder writes it: `d` comes first.
    format!(r#"{{"d":{presences},"op":0,"t":"INIT_STATE"}}"#)
}

#[tokio::test]
async fn a_snapshot_an_update_and_a_lookup() {
    for wrap in [text, zlib] {
        let (mut upstream, presences) = upstream();
        let mut session = upstream.session(now());
        assert_eq!(presences.freshness(), Freshness::Empty);
        let everyone =
            json!({ANA.to_string(): presence("idle"), "nobody": presence("idle"), "7": null});
        receive(&mut upstream, &mut session, &wrap(&init_state(&everyone)));
        assert_eq!(
            (presences.len(), presences.freshness()),
            (1, Freshness::Live)
        );
        assert_eq!(presences.get(ANA).unwrap().status, Status::Idle);

        let update = json!({"op": 0, "t": "PRESENCE_UPDATE", "d": presence("dnd")});
        receive(&mut upstream, &mut session, &wrap(&update.to_string()));
        assert_eq!(presences.get(ANA).unwrap().status, Status::DoNotDisturb);
        assert!(presences.get(7).is_none());
    }
}

#[tokio::test]
async fn updates_before_the_snapshot_count_and_its_user_may_be_named_either_way() {
    let (mut upstream, presences) = upstream();
    let mut session = upstream.session(now());
    for d in [
        json!({"user_id": "5", "discord_status": "online"}),
        json!({"discord_user": {"id": "6"}, "discord_status": "online"}),
    ] {
        let update = json!({"op": 0, "t": "PRESENCE_UPDATE", "d": d});
        receive(&mut upstream, &mut session, &text(&update.to_string()));
    }
    assert_eq!(
        (presences.len(), presences.freshness()),
        (2, Freshness::Empty)
    );
    assert_eq!(presences.get(5).unwrap().status, Status::Online);
    let of_nobody = text(r#"{"op":0,"t":"PRESENCE_UPDATE","d":{"discord_status":"online"}}"#);
    assert!(Upstream::decode(&of_nobody).is_err());
}

#[tokio::test]
async fn after_a_loss_the_old_state_answers_until_a_new_one_replaces_all_of_it() {
    let (mut upstream, presences) = upstream();
    let mut session = upstream.session(now());
    let everyone = json!({"1": {"discord_status": "online"}, "2": {"discord_status": "online"}});
    receive(&mut upstream, &mut session, &text(&init_state(&everyone)));
    upstream.lost(now());
    let stale = Freshness::Stale { since: now().utc };
    assert_eq!((presences.len(), presences.freshness()), (2, stale));

    // A second loss does not make it younger.
    upstream.lost(later(now(), 60));
    let mut session = upstream.session(now());
    assert_eq!((presences.len(), presences.freshness()), (2, stale));
    receive(
        &mut upstream,
        &mut session,
        &text(&init_state(&json!({"2": {}}))),
    );
    assert_eq!(
        (presences.len(), presences.freshness()),
        (1, Freshness::Live)
    );
    assert!(presences.get(1).is_none());
}

#[test]
fn a_presence_is_parsed_whole() {
    let ana = parse::presence(ANA, presence("online").to_string().as_bytes()).unwrap();
    assert_eq!(
        (ana.username.as_str(), ana.display_name.as_deref()),
        ("ana", Some("Ana"))
    );
    assert_eq!(
        ana.avatar_url.unwrap(),
        format!("https://cdn.discordapp.com/avatars/{ANA}/a_0f.gif")
    );
    assert_eq!(ana.platforms, [Platform::Mobile]);
    let custom = ana.custom.unwrap();
    assert_eq!(custom.text.as_deref(), Some("be right back"));
    assert_eq!(custom.emoji.unwrap().id, Some(123));
    let spotify = ana.spotify.unwrap();
    assert_eq!(
        (spotify.song.as_str(), spotify.track_id.as_deref()),
        ("Let It Go", Some("6zYkFw"))
    );
    assert_eq!(
        (spotify.end.unwrap() - spotify.start.unwrap()).whole_seconds(),
        200
    );
    // Neither the custom status nor Spotify again.
    let [code] = ana.activities.as_slice() else {
        panic!("{:?}", ana.activities)
    };
    assert_eq!(
        code.image_url.as_deref(),
        Some("https://cdn.discordapp.com/app-assets/383226320970055681/565945350645481492.png")
    );
}

#[test]
fn fields_of_a_wrong_type_cost_only_themselves() {
    for wrong in [
        Value::Null,
        json!(5),
        json!("text"),
        json!([1, "x", null, {}]),
        json!({"a": {}}),
    ] {
        let json = json!({
            "discord_user": wrong, "discord_status": wrong, "active_on_discord_web": wrong,
            "spotify": wrong, "activities": wrong,
        });
        let parsed = parse::presence(1, json.to_string().as_bytes()).unwrap();
        assert_eq!((parsed.user_id, parsed.status), (1, Status::Offline));
    }
    assert!(parse::presence(1, b"[]").is_none());
    assert!(parse::presence(1, b"{").is_none());
}

#[test]
fn a_megabyte_of_key_values_is_not_kept() {
    let mut large = presence("online");
    large["kv"] = json!({"diary": "x".repeat(1_000_000)});
    let Frame::Snapshot(everyone) =
        frame::decode(&zlib(&init_state(&json!({"1": large})))).unwrap()
    else {
        panic!("not a snapshot")
    };
    assert!(everyone[&1].len() < 4096);
    assert_eq!(parse::presence(1, &everyone[&1]).unwrap().username, "ana");
    let update = json!({"op": 0, "t": "PRESENCE_UPDATE", "d": large}).to_string();
    let Frame::Update(user, kept) = frame::decode(&text(&update)).unwrap() else {
        panic!("not an update")
    };
    assert_eq!((user, kept.len() < 4096), (ANA, true));
}

#[tokio::test(start_paused = true)]
async fn it_initialises_at_once_after_hello_and_keeps_the_heartbeat() {
    let now = now();
    let mut session = Socket::new(now);
    assert_eq!(session.on_open(now), []);
    let hello = frame::decode(&text(r#"{"op":1,"d":{"heartbeat_interval":30000}}"#)).unwrap();
    let initialise = || Action::Send(r#"{"d":{"subscribe_to_all":true},"op":2}"#.into());
    assert_eq!(session.on_frame(now, hello).unwrap(), [initialise()]);
    let heartbeat = || Action::Send(r#"{"op":3}"#.into());
    for beat in 1..4 {
        let due = later(now, 30 * beat);
        assert_eq!(session.next_deadline(), Some(due.clock));
        assert_eq!(session.on_deadline(due).unwrap(), [heartbeat()]);
    }
    let everyone = frame::decode(&text(&init_state(&json!({})))).unwrap();
    let actions = session.on_frame(now, everyone).unwrap();
    assert_eq!(
        actions,
        [Action::Emit(Event::Snapshot([].into())), Action::Up]
    );

    // Hours later it asks again, to forget who has left.
    let hours = later(now, 6 * 3600);
    assert_eq!(
        session.on_deadline(hours).unwrap(),
        [heartbeat(), initialise()]
    );
}

#[tokio::test(start_paused = true)]
async fn without_hello_or_snapshot_it_gives_up() {
    let now = now();
    let fault = Socket::new(now).on_deadline(later(now, 5)).unwrap_err();
    assert!(matches!(fault, Fault::Late("hello")), "{fault}");
    let mut session = Socket::new(now);
    session
        .on_frame(now, Frame::Hello { heartbeat: None })
        .unwrap();
    let fault = session.on_deadline(later(now, 300)).unwrap_err();
    assert!(matches!(fault, Fault::Late("INIT_STATE")), "{fault}");
}

#[test]
fn what_is_unknown_is_counted_and_what_is_broken_is_refused() {
    for frame in [
        r#"{"op":9}"#,
        r#"{"op":0,"t":"NEW","d":[1,{"a":2}]}"#,
        r#"{"op":0,"t":null,"d":"x"}"#,
    ] {
        assert_eq!(
            frame::decode(&text(frame)).unwrap(),
            Frame::Unknown,
            "{frame}"
        );
    }
    for frame in [
        "",
        "{",
        "[]",
        "7",
        r#"{"op":null}"#,
        r#"{"op":0,"t":"INIT_STATE","d":{}} trailing"#,
        // Taken for an empty snapshot, these would forget everyone.
        r#"{"op":0,"t":"INIT_STATE"}"#,
        r#"{"op":0,"t":"INIT_STATE","d":null}"#,
        r#"{"op":0,"t":"INIT_STATE","d":[]}"#,
        r#"{"op":0,"t":"INIT_STATE","d":{"someone":{},"5":null}}"#,
    ] {
        assert!(frame::decode(&text(frame)).is_err(), "{frame}");
        assert!(frame::decode(&zlib(frame)).is_err(), "{frame}");
    }
    let mut cut = zlib(&init_state(&json!({"1": presence("online")})));
    cut.payload.truncate(cut.payload.len() / 2);
    assert!(frame::decode(&cut).is_err());
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

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes: Vec<u8>, binary: bool) {
        let _ = frame::decode(&RawFrame { payload: bytes.into(), binary });
    }

    #[test]
    fn any_text_in_the_place_of_a_presence_is_understood_or_refused(d in "[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let _ = parse::presence(1, d.as_bytes());
        let _ = frame::decode(&text(&format!(r#"{{"op":0,"t":"INIT_STATE","d":{{"1":{d}}}}}"#)));
        let _ = frame::decode(&text(&format!(r#"{{"op":0,"t":"PRESENCE_UPDATE","d":{d}}}"#)));
    }
}
