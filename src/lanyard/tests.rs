//! The rules of the socket, with frames as they were seen and time that is made up.

use std::{io::Write, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{
    decoder::Decoder,
    socket::{Event, Socket},
    split::{Message, Summary},
    *,
};
use crate::link::{Action, Decoder as _, Fault, Moment, Piece, Protocol, Session, Undecodable};

const ANA: u64 = 94_490_510_688_792_576;

/// A message as it comes over the wire.
#[derive(Clone, Debug)]
struct Raw {
    bytes: Vec<u8>,
    binary: bool,
}

fn text(message: &str) -> Raw {
    Raw {
        bytes: message.into(),
        binary: false,
    }
}

fn zlib(message: &str) -> Raw {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(message.as_bytes()).unwrap();
    Raw {
        bytes: encoder.finish().unwrap(),
        binary: true,
    }
}

/// Reads a message in pieces of that size.
fn read(decoder: &mut Decoder, raw: &Raw, size: usize) -> Result<Message, Undecodable> {
    let count = raw.bytes.len().div_ceil(size).max(1);
    let read = (0..count).find_map(|number| {
        decoder.read(Piece {
            bytes: &raw.bytes[number * size..raw.bytes.len().min((number + 1) * size)],
            binary: raw.binary,
            first: number == 0,
            last: number + 1 == count,
        })
    });
    read.expect("a frame or an error at the end of a message")
}

fn found(presences: &Presences, user: u64) -> Option<Presence> {
    match presences.find(user) {
        Found::Shown(presence) => Some(*presence),
        _ => None,
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
    with_limits(Limits::default())
}

fn with_limits(limits: Limits) -> (Upstream, Presences) {
    let address = crate::config::Address::web_socket("ws://localhost/socket").unwrap();
    Upstream::new(address, Subscription::Everyone, limits)
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
fn receive(upstream: &mut Upstream, session: &mut Socket, raw: &Raw) {
    let message = read(&mut upstream.decoder(), raw, 100).unwrap();
    for action in session.on_frame(now(), message).unwrap() {
        if let Action::Emit(event) = action {
            upstream.deliver(event);
        }
    }
}

fn init_state(presences: &Value) -> String {
    // As the server's encoder writes it: `d` comes first.
    format!(r#"{{"d":{presences},"op":0,"t":"INIT_STATE"}}"#)
}

fn init_state_of(entries: &str) -> String {
    format!(r#"{{"op":0,"t":"INIT_STATE","d":{{{entries}}}}}"#)
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
        assert_eq!(found(&presences, ANA).unwrap().status, Status::Idle);

        let update = json!({"op": 0, "t": "PRESENCE_UPDATE", "d": presence("dnd")});
        receive(&mut upstream, &mut session, &wrap(&update.to_string()));
        assert_eq!(found(&presences, ANA).unwrap().status, Status::DoNotDisturb);
        assert!(found(&presences, 7).is_none());
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
    assert_eq!(found(&presences, 5).unwrap().status, Status::Online);
    let of_nobody = text(r#"{"op":0,"t":"PRESENCE_UPDATE","d":{"discord_status":"online"}}"#);
    assert!(read(&mut upstream.decoder(), &of_nobody, 9).is_err());
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
        &text(&init_state(&json!({"2": {"discord_status": "idle"}}))),
    );
    assert_eq!(
        (presences.len(), presences.freshness()),
        (1, Freshness::Live)
    );
    assert!(found(&presences, 1).is_none());
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

fn sent(op: &str) -> Action<Event> {
    Action::Send(op.to_owned())
}

const HELLO: Message = Message::Hello {
    heartbeat: Some(30_000),
};

#[tokio::test(start_paused = true)]
async fn it_initialises_at_once_after_hello_and_keeps_the_heartbeat() {
    let now = now();
    let mut session = Socket::new(now, Subscription::Everyone, u32::MAX / 2);
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
        let mut session = Socket::new(now, Subscription::Users(users), 0);
        assert_eq!(session.on_frame(now, HELLO).unwrap(), [sent(op)]);
        assert_eq!(session.on_stop(), [goodbye]);
    }
}

#[tokio::test(start_paused = true)]
async fn not_all_bots_ask_anew_at_the_same_time() {
    let now = now();
    let asks = |jitter: u32, hours: f64| {
        let mut session = Socket::new(now, Subscription::Everyone, jitter);
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
    let fault = Socket::new(now, Subscription::Everyone, 0)
        .on_deadline(later(now, 5))
        .unwrap_err();
    assert!(matches!(fault, Fault::Late("hello")), "{fault}");
    let mut session = Socket::new(now, Subscription::Everyone, 0);
    let hello = Message::Hello { heartbeat: None };
    session.on_frame(now, hello).unwrap();
    let fault = session.on_deadline(later(now, 300)).unwrap_err();
    assert!(matches!(fault, Fault::Late("INIT_STATE")), "{fault}");
}

/// What a decoder makes of a message, in words.
fn outcome(decoder: &mut Decoder, raw: &Raw) -> String {
    match read(decoder, raw, 4096) {
        Ok(message) => format!("{message:?}"),
        Err(Undecodable::Message(why)) => format!("dropped: {why}"),
        Err(Undecodable::Connection(why)) => format!("fatal: {why}"),
    }
}

#[test]
fn what_is_unknown_is_passed_over_and_what_is_broken_is_refused() {
    let (mut upstream, presences) = upstream();
    let mut decoder = upstream.decoder();
    for wrap in [text, zlib] {
        for message in [r#"{"op":9}"#, r#"{"op":0,"t":"NEW","d":[1,{"a":2}]}"#] {
            assert_eq!(outcome(&mut decoder, &wrap(message)), "Unknown");
        }
        for (message, why) in [
            ("", "dropped: it ends too soon"),
            ("{", "dropped: it ends too soon"),
            ("<html>", "dropped: it is not JSON"),
            ("[]", "dropped: no op"),
            (r#"{"op":null}"#, "dropped: no op"),
            // Taken for a snapshot of nobody, it would forget everyone.
            (
                r#"{"op":0,"t":"INIT_STATE","d":null}"#,
                "dropped: presences that are no object",
            ),
            (
                r#"{"op":0,"t":"INIT_STATE","d":{"1":{"a":1},"2":{"b""#,
                "fatal: it ends too soon",
            ),
        ] {
            assert_eq!(outcome(&mut decoder, &wrap(message)), why, "{message}");
        }
    }
    // What was whole before a message broke off is true.
    assert!(found(&presences, 1).is_some() && found(&presences, 2).is_none());
}

#[test]
fn compressed_data_that_is_broken_costs_one_message_or_the_connection() {
    let (mut upstream, presences) = upstream();
    let mut decoder = upstream.decoder();
    let good = zlib(r#"{"op":0,"t":"PRESENCE_UPDATE","d":{"user_id":"1"}}"#);
    let mut trailing = good.clone();
    trailing.bytes.extend(b"more");
    assert_eq!(
        outcome(&mut decoder, &trailing),
        "dropped: it is not over where its compressed data is"
    );
    let mut cut = good.clone();
    cut.bytes.truncate(cut.bytes.len() / 2);
    assert_eq!(
        outcome(&mut decoder, &cut),
        "dropped: its compressed data ends too soon"
    );
    let garbage = Raw {
        bytes: b"no zlib".to_vec(),
        binary: true,
    };
    assert_eq!(
        outcome(&mut decoder, &garbage),
        "dropped: it does not decompress"
    );
    assert_eq!(outcome(&mut decoder, &good), "Update");

    let everyone: Vec<String> = (1..9000)
        .map(|user| {
            format!(
                r#""{user}":{{"discord_status":"idle","n":{}}}"#,
                user * 7919
            )
        })
        .collect();
    let mut broken = zlib(&init_state_of(&everyone.join(",")));
    let middle = broken.bytes.len() / 2;
    for byte in &mut broken.bytes[middle..middle + 64] {
        *byte ^= 0x5A;
    }
    let outcome = outcome(&mut decoder, &broken);
    assert!(outcome.starts_with("fatal: "), "{outcome}");
    // Nobody is taken for gone.
    assert!(found(&presences, 1).is_some());
    assert_eq!(presences.freshness(), Freshness::Empty);
}

#[test]
fn limits_end_a_bomb_and_refuse_one_presence() {
    let limits = Limits {
        inflated: 3_000_000,
        presence: 1000,
        ..Limits::default()
    };
    let (mut upstream, presences) = with_limits(limits);
    let mut decoder = upstream.decoder();
    let bomb = zlib(&init_state_of(&format!(
        r#""1":{{"a":"{}"}}"#,
        " ".repeat(100_000_000)
    )));
    assert!(bomb.bytes.len() < 1_000_000);
    assert_eq!(
        outcome(&mut decoder, &bomb),
        "fatal: it unfolds to more than 3000000 bytes"
    );
    let large = "x".repeat(2_000_000);
    let everyone = zlib(&init_state_of(&format!(
        r#""1":{{"discord_status":"idle"}},"2":{{"a":"{large}"}},"x":{{}},"3":{{}}"#
    )));
    let summary = Summary {
        taken: 2,
        skipped: 1,
        refused: 1,
        gone: 0,
    };
    assert_eq!(
        read(&mut decoder, &everyone, 4096),
        Ok(Message::Snapshot(summary))
    );
    assert_eq!(presences.len(), 2);
    assert_eq!(found(&presences, 1).unwrap().status, Status::Idle);
    let update = format!(r#"{{"op":0,"t":"PRESENCE_UPDATE","d":{{"user_id":"1","a":"{large}"}}}}"#);
    let outcome = outcome(&mut decoder, &text(&update));
    assert!(outcome.contains("too large"), "{outcome}");
    // What was known of them is not true any more.
    assert_eq!(presences.find(1), Found::Nobody);
}

#[test]
fn who_says_so_is_hidden_at_once_and_shown_again() {
    let (mut upstream, presences) = upstream();
    let mut decoder = upstream.decoder();
    let update = |kv: Value| {
        let mut ana = presence("online");
        ana["kv"] = kv;
        zlib(&json!({"op": 0, "t": "PRESENCE_UPDATE", "d": ana}).to_string())
    };
    assert_eq!(outcome(&mut decoder, &update(json!({}))), "Update");
    assert!(found(&presences, ANA).is_some());
    let off = update(json!({"uguisu": "off"}));
    assert_eq!(outcome(&mut decoder, &off), "Update");
    assert_eq!(presences.find(ANA), Found::Hidden);
    assert_eq!(outcome(&mut decoder, &update(json!({}))), "Update");
    assert_eq!(found(&presences, ANA).unwrap().username, "ana");
}

#[test]
fn a_repeat_word_for_word_changes_what_is_held_only_where_it_is_news() {
    let (mut upstream, presences) = upstream();
    let mut decoder = upstream.decoder();
    let mut session = Socket::new(now(), Subscription::Everyone, 0);
    let update = |change: Value| {
        let mut ana = presence("idle");
        let change = change.as_object().unwrap().clone();
        ana.as_object_mut().unwrap().extend(change);
        zlib(&json!({"op": 0, "t": "PRESENCE_UPDATE", "d": ana}).to_string())
    };
    let idle = update(json!({}));
    let online = update(json!({"discord_status": "online"}));
    let off = update(json!({"kv": {"uguisu": "off"}}));
    let (idle, online) = ((idle, Some(Status::Idle)), (online, Some(Status::Online)));
    let off = (off, None);
    for (raw, expected) in [
        &idle, &idle, &online, &online, &idle, &off, &off, &idle, &off, &online, &online,
    ] {
        // In one piece, as updates come.
        assert_eq!(read(&mut decoder, raw, 4096), Ok(Message::Update));
        assert_eq!(found(&presences, ANA).map(|ana| ana.status), *expected);
        assert_eq!(presences.find(ANA) == Found::Hidden, expected.is_none());
    }
    // Who has left and says the same again is back.
    receive(&mut upstream, &mut session, &text(&init_state(&json!({}))));
    assert!(presences.is_empty());
    assert_eq!(read(&mut decoder, &online.0, 4096), Ok(Message::Update));
    assert!(found(&presences, ANA).is_some());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_fatal_only_in_the_place_of_a_snapshot() {
    let now = now();
    let mut session = Socket::new(now, Subscription::Everyone, 0);
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

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes: Vec<u8>, binary: bool, size in 1..40_usize) {
        let _ = read(&mut upstream().0.decoder(), &Raw { bytes, binary }, size);
    }

    #[test]
    fn any_text_in_the_place_of_a_presence_is_understood_or_refused(d in "[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let _ = parse::presence(1, d.as_bytes());
    }
}
