//! What becomes of a message, and of what is held.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    lanyard::{socket::Socket, split::Summary},
    link::{Action, Protocol, Session},
};

/// Carries out what frames lead to.
fn receive(upstream: &mut Upstream, session: &mut Socket, raw: &Raw) {
    let message = read(&mut upstream.decoder(), raw, 100).unwrap();
    for action in session.on_frame(now(), message).unwrap() {
        if let Action::Emit(event) = action {
            upstream.deliver(event);
        }
    }
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
    let mut session = Socket::new(now(), Subscription::Everyone, Duration::from_hours(6), 0);
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

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes: Vec<u8>, binary: bool, size in 1..40_usize) {
        let _ = read(&mut upstream().0.decoder(), &Raw { bytes, binary }, size);
    }
}
