//! Any text in any pieces: who is in it, judged by `serde_json`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::scan::{any_json, cut};
use crate::lanyard::split::{Message, Offer, Sink, Splitter, Summary};

/// Remembers what it is offered.
#[derive(Debug, Default)]
struct Taken {
    users: BTreeMap<u64, Result<Value, &'static str>>,
    begun: usize,
    ended: usize,
}

impl Sink for Taken {
    fn begin(&mut self) {
        self.begun += 1;
    }

    fn offer(&mut self, user: u64, offer: Offer<'_>) -> bool {
        let what = match offer {
            Offer::Presence(json) => match serde_json::from_slice(json) {
                Ok(presence) => Ok(presence),
                Err(_) => return false,
            },
            Offer::Hidden => Err("hidden"),
            Offer::TooLarge => Err("too large"),
        };
        self.users.insert(user, what);
        true
    }

    fn end(&mut self) -> usize {
        self.ended += 1;
        0
    }
}

const MAX_PRESENCE: usize = 4096;

fn split(pieces: &[&[u8]]) -> (Result<Message, String>, Taken) {
    let (mut splitter, mut taken) = (Splitter::new(MAX_PRESENCE, 120), Taken::default());
    // What was read before must not show.
    let _ = splitter.feed(
        br#"{"op":0,"t":"INIT_STATE","d":{"1":{"x":["#,
        &mut Taken::default(),
    );
    splitter.reset();
    for piece in pieces {
        if let Err(error) = splitter.feed(piece, &mut taken) {
            return (Err(error.to_string()), taken);
        }
    }
    let message = splitter.finish(&mut taken).map_err(ToOwned::to_owned);
    (message, taken)
}

fn whole(text: &str) -> (Result<Message, String>, Taken) {
    split(&[text.as_bytes()])
}

fn init_state(everyone: &Value) -> String {
    format!(r#"{{"op":0,"t":"INIT_STATE","d":{everyone}}}"#)
}

#[test]
fn a_snapshot_is_handed_out_user_by_user() {
    for text in [
        r#"{"op":0,"t":"INIT_STATE","d":{"7":{"discord_status":1,"a":[1,{"id":"x"}]},"8":{"discord_user":{}}}}"#,
        // As the server's encoder writes it, and as nobody does.
        r#"{"d":{"7":{"a":[1,{"id":"x"}],"discord_status":1},"8":{"discord_user":{}}},"op":0,"t":"INIT_STATE"}"#,
        " {\n\"seq\": 4, \"d\" : { \"7\" : {\"a\":[1, {\"id\":\"x\"}], \"discord_status\" :1} ,\"8\":{\"discord_user\":{}} } ,\t\"op\":0,\r\"t\":\"INIT\\u005fSTATE\"} ",
    ] {
        let (message, taken) = whole(text);
        let summary = Summary {
            taken: 2,
            ..Summary::default()
        };
        assert_eq!(message, Ok(Message::Snapshot(summary)), "{text}");
        let whole = json!({"a": [1, {"id": "x"}], "discord_status": 1});
        assert_eq!(taken.users[&7], Ok(whole));
        assert_eq!(taken.users[&8], Ok(json!({"discord_user": {}})));
        assert_eq!((taken.begun, taken.ended), (1, 1));
    }
}

#[test]
fn what_is_nobodys_presence_is_skipped_and_counted() {
    let text = r#"{"op":0,"t":"INIT_STATE","d":{"me":{"a":1},"7":{},"8":null,"-9":{},"10":[{"1":{}}],
        "99999999999999999999999":{"a":{"b":2}},"11":{"kv":{"uguisu":"off"}},"":{},"12":{}}}"#;
    let (message, taken) = whole(text);
    let summary = Summary {
        taken: 3,
        skipped: 6,
        ..Summary::default()
    };
    assert_eq!(message, Ok(Message::Snapshot(summary)));
    assert_eq!(taken.users.keys().copied().collect::<Vec<_>>(), [7, 11, 12]);
    assert_eq!(taken.users[&11], Err("hidden"));
}

#[test]
fn one_presence_as_a_snapshot_and_none() {
    let (message, taken) =
        whole(r#"{"op":0,"t":"INIT_STATE","d":{"discord_user":{"id":"7"},"a":1}}"#);
    assert_eq!(
        message,
        Ok(Message::Snapshot(Summary {
            taken: 1,
            ..Summary::default()
        }))
    );
    assert_eq!(taken.users[&7], Ok(json!({"discord_user": {}, "a": 1})));
    let (message, taken) = whole(r#"{"d":{},"op":0,"t":"INIT_STATE"}"#);
    assert_eq!(message, Ok(Message::Snapshot(Summary::default())));
    assert_eq!((taken.begun, taken.ended), (1, 1));
}

#[test]
fn an_update_names_its_user_either_way_and_reads_the_same() {
    let (same, user) = (
        json!({"discord_user": {"tag": {"id": "7"}}, "a": 1}),
        r#""discord_user":{"id":"7","tag":{"id":"7"}}"#,
    );
    for d in [
        r#"{"discord_user":{"tag":{"id":"7"},"id":"7"},"a":1}"#.to_owned(),
        r#"{"user_id":"7","discord_user": { "id" : "7" , "tag":{"id":"7"}},"a":1}"#.to_owned(),
        format!(r#"{{{user},"a":1}}"#),
        format!(r#"{{"user_id":"7",{user},"a":1}}"#),
        format!(r#"{{{user},"a":1,"user_id":"7"}}"#),
        format!(r#"{{{user}, "user_id" : 7 , "a":1}}"#),
        format!(r#"{{ "user_id":"7" , {user},"a":1}}"#),
    ] {
        for text in [
            format!(r#"{{"op":0,"t":"PRESENCE_UPDATE","d":{d}}}"#),
            format!(r#"{{"d":{d},"t":"PRESENCE_UPDATE","op":0,"seq":9}}"#),
        ] {
            for at in 0..text.len() {
                let (message, taken) = split(&cut(text.as_bytes(), &[at]));
                assert_eq!(message, Ok(Message::Update), "{text}");
                assert_eq!(taken.users[&7], Ok(same.clone()), "{text}");
                assert_eq!((taken.begun, taken.ended), (0, 0));
            }
        }
    }
    let (_, taken) = whole(r#"{"op":0,"t":"PRESENCE_UPDATE","d":{"user_id":"7"}}"#);
    assert_eq!(taken.users[&7], Ok(json!({})));
    assert!(
        whole(r#"{"op":0,"t":"PRESENCE_UPDATE","d":{"a":{"id":"7"}}}"#)
            .0
            .is_err()
    );
}

#[test]
fn another_id_stays_where_it_is() {
    let everyone = json!({
        "1": {"discord_user": {"id": "2", "a": 1}},
        "3": {"discord_user": {"id": 3}},
        "4": {"discord_user": {"id": "04"}, "spotify": {"id": "4"}},
        "5": {"discord_user": {"id": {"id": "5"}}, "id": "5"},
    });
    let text = init_state(&everyone);
    for at in 0..text.len() {
        let (_, taken) = split(&cut(text.as_bytes(), &[at]));
        for (user, presence) in &taken.users {
            assert_eq!(presence.as_ref().ok(), everyone.get(user.to_string()));
        }
        assert_eq!(taken.users.len(), 4);
    }
}

#[test]
fn key_values_are_not_held_however_large_and_say_who_is_hidden() {
    let large = "x".repeat(1_000_000);
    let everyone = json!({
        "1": {"a": 1, "kv": {"diary": large, "b": {"uguisu": "off"}}, "z": 2},
        "2": {"kv": {"diary": large, "uguisu": "off"}, "a": 1},
        "3": {"kv": {"uguisu": "on"}},
        "4": {"uguisu": "off", "other": {"uguisu": "off"}},
        "5": {"kv": null},
        "6": {"kv": {"uguisu": "OFF"}},
    });
    let (message, taken) = whole(&init_state(&everyone));
    assert_eq!(
        message,
        Ok(Message::Snapshot(Summary {
            taken: 6,
            ..Summary::default()
        }))
    );
    assert_eq!(taken.users[&1], Ok(json!({"a": 1, "kv": {}, "z": 2})));
    assert_eq!(taken.users[&2], Err("hidden"));
    assert_eq!(taken.users[&6], Err("hidden"));
    assert_eq!(taken.users[&3], Ok(json!({"kv": {}})));
    assert_eq!(
        taken.users[&4],
        Ok(json!({"uguisu": "off", "other": {"uguisu": "off"}}))
    );
}

#[test]
fn a_presence_over_the_limit_costs_only_itself() {
    let large = "x".repeat(15_000_000);
    let text = init_state(&json!({"1": {"a": 1}, "2": {"a": large}, "3": {"a": 3}}));
    for cuts in [vec![], vec![100, 5000, 9_000_000]] {
        let (message, taken) = split(&cut(text.as_bytes(), &cuts));
        assert_eq!(
            message,
            Ok(Message::Snapshot(Summary {
                taken: 2,
                refused: 1,
                ..Summary::default()
            }))
        );
        assert_eq!(taken.users[&2], Err("too large"));
        assert_eq!(taken.users[&3], Ok(json!({"a": 3})));
    }
    let update = json!({"op": 0, "t": "PRESENCE_UPDATE", "d": {"user_id": "1", "a": large}});
    assert!(whole(&update.to_string()).0.is_err());
    // Where it is the only one, everyone else is gone nevertheless.
    let (message, taken) = whole(&init_state(&json!({"2": {"a": large}})));
    assert_eq!(
        message,
        Ok(Message::Snapshot(Summary {
            refused: 1,
            ..Summary::default()
        }))
    );
    assert_eq!(taken.ended, 1);
}

#[test]
fn a_map_by_user_that_is_no_list_of_presences_is_told_by_what_is_in_it() {
    // What it is stands behind it.
    for d in [
        r#"{"1":{"since":5},"2":{}}"#,
        r#"{"1":{"a":{"discord_user":{}}}}"#,
    ] {
        let (message, taken) = whole(&format!(r#"{{"d":{d},"op":0,"t":"FRIENDS"}}"#));
        assert_eq!(message, Ok(Message::Unknown), "{d}");
        assert!(taken.users.is_empty(), "{d}");
        let (message, taken) = whole(&format!(r#"{{"d":{d},"op":0,"t":"INIT_STATE"}}"#));
        assert!(message.is_err(), "{d}");
        assert_eq!(taken.ended, 0, "{d}");
    }
}

#[test]
fn what_is_no_snapshot_never_ends_as_one() {
    for text in [
        r#"{"op":0,"t":"INIT_STATE"}"#,
        r#"{"op":0,"t":"INIT_STATE","d":null}"#,
        r#"{"op":0,"t":"INIT_STATE","d":[]}"#,
        r#"{"op":0,"t":"INIT_STATE","d":{"someone":{},"5":null}}"#,
        r#"{"op":0,"t":"INIT_STATE","d":{"5":{"a":1},"6":{"a""#,
        r#"{"op":0,"t":"INIT_STATE","d":{"5":{}}} trailing"#,
        r#"{"d":{"5":{}},"t":"INIT_STATE"}"#,
    ] {
        let (message, taken) = whole(text);
        assert!(message.is_err(), "{text}");
        assert_eq!(taken.ended, 0, "{text}");
    }
    for text in [
        r#"{"op":9}"#,
        r#"{"op":0,"t":"NEW","d":[1,{"a":2}]}"#,
        r#"{"op":0,"t":null,"d":"x"}"#,
    ] {
        assert_eq!(whole(text).0, Ok(Message::Unknown), "{text}");
    }
    let hello = r#"{"op":1,"d":{"heartbeat_interval":30000}}"#;
    assert_eq!(
        whole(hello).0,
        Ok(Message::Hello {
            heartbeat: Some(30_000)
        })
    );
}

#[test]
fn nesting_has_a_limit() {
    let deep = |levels: usize| {
        format!(
            r#"{{"op":0,"t":"X","d":{}{}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert_eq!(whole(&deep(119)).0, Ok(Message::Unknown));
    assert_eq!(whole(&deep(120)).0, Err("it is nested too deeply".into()));
}

proptest! {
    #[test]
    fn everyone_in_a_snapshot_is_found(mut everyone in prop::collection::btree_map(1..=u64::MAX, any_json(), 1..8), cuts: Vec<usize>, d_first: bool) {
        for (user, presence) in everyone.iter_mut().step_by(2) {
            if let Some(presence) = presence.as_object_mut() {
                presence.insert("discord_status".to_owned(), json!("idle"));
                let same = presence.insert("discord_user".to_owned(), json!({"id": user.to_string()}));
                // Between others, as it happens.
                if let (Some(Value::Object(more)), Some(own)) = (same, presence["discord_user"].as_object_mut()) {
                    own.extend(more.into_iter().filter(|(key, _)| key != "id"));
                }
            }
        }
        let d = serde_json::to_string(&everyone).unwrap();
        let text = if d_first {
            format!(r#"{{"d":{d},"op":0,"t":"INIT_STATE"}}"#)
        } else {
            format!(r#"{{"op":0,"t":"INIT_STATE","d":{d}}}"#)
        };
        let (_, taken) = split(&cut(text.as_bytes(), &cuts));
        // As it reads: some numbers do not survive being written.
        let everyone: BTreeMap<u64, Value> = serde_json::from_str(&d).unwrap();
        let expected: BTreeMap<u64, Result<Value, &str>> = everyone.into_iter().filter(|(_, presence)| {
            presence.is_object() && (!d_first || ["discord_status", "discord_user"].iter().any(|key| presence.get(key).is_some()))
        }).map(|(user, mut presence)| {
            let hidden = presence["kv"]["uguisu"] == "off";
            if let Some(kv) = presence.get_mut("kv") {
                *kv = json!({});
            }
            if let Some(object) = presence.as_object_mut() {
                object.remove("user_id");
                if let Some(discord_user) = object.get_mut("discord_user").and_then(Value::as_object_mut)
                    && discord_user.get("id") == Some(&json!(user.to_string()))
                {
                    discord_user.remove("id");
                }
            }
            (user, if hidden { Err("hidden") } else { Ok(presence) })
        }).collect();
        prop_assert_eq!(taken.users, expected);
    }

    #[test]
    fn any_bytes_are_understood_or_refused(bytes: Vec<u8>, cuts: Vec<usize>) {
        let _ = split(&cut(&bytes, &cuts));
    }

    #[test]
    fn any_text_in_the_place_of_a_presence_is_understood_or_refused(d in "[\\[\\]{}\",:0-9a-z ]{0,60}", cuts: Vec<usize>) {
        for text in [
            format!(r#"{{"op":0,"t":"INIT_STATE","d":{{"1":{d}}}}}"#),
            format!(r#"{{"op":0,"t":"PRESENCE_UPDATE","d":{d}}}"#),
            format!(r#"{{"op":0,"d":{d},"t":"INIT_STATE"}}"#),
        ] {
            let pieces = split(&cut(text.as_bytes(), &cuts));
            prop_assert_eq!(pieces.0, whole(&text).0);
        }
    }
}
