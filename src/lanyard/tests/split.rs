//! Any text in any pieces: what is JSON and what is not, and who is in it, judged by `serde_json`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::lanyard::{
    scan::{Place, Scanner, Visit},
    split::{Message, Offer, Sink, Splitter, Summary},
};

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

/// Cuts a text where it is told to.
fn cut<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
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
    assert_eq!(
        taken.users[&7],
        Ok(json!({"discord_user": {"id": "7"}, "a": 1}))
    );
    let (message, taken) = whole(r#"{"d":{},"op":0,"t":"INIT_STATE"}"#);
    assert_eq!(message, Ok(Message::Snapshot(Summary::default())));
    assert_eq!((taken.begun, taken.ended), (1, 1));
}

#[test]
fn an_update_names_its_user_either_way_and_reads_the_same() {
    let (same, user) = (
        json!({"discord_user": {"id": "7"}, "a": 1}),
        r#""discord_user":{"id":"7"}"#,
    );
    for d in [
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

/// Wants to know nothing, or everything.
struct Deep(usize);

impl Visit for Deep {
    fn depth(&self) -> usize {
        self.0
    }
    fn key(&mut self, _: Place<'_>, _: &[u8]) {}
    fn start(&mut self, _: Place<'_>, _: u8) {}
    fn end(&mut self, _: Place<'_>, _: &[u8]) {}
}

fn is_json(pieces: &[&[u8]], depth: usize) -> bool {
    let (mut scanner, mut visit) = (Scanner::new(120), Deep(depth));
    pieces
        .iter()
        .all(|piece| scanner.feed(piece, &mut visit).is_ok())
        && scanner.finish(&mut visit).is_ok()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("(id|kv|uguisu|user_id|[0-9]{1,3}|\\PC{0,6})", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_told_from_what_is_none(text in "[\\[\\]{}\",:0-9eE+\\-. \\\\utrfalsn\\n\u{1}é]{0,24}", cuts: Vec<usize>) {
        let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        for depth in [0, 9] {
            prop_assert_eq!(is_json(&cut(text.as_bytes(), &cuts), depth), expected, "{}", text);
        }
    }

    #[test]
    fn json_with_one_byte_changed_is_judged_alike(json in any_json(), at: usize, byte: u8, cuts: Vec<usize>) {
        let mut text = json.to_string().into_bytes();
        prop_assert!(is_json(&cut(&text, &cuts), 2));
        let at = at % text.len();
        text[at] = byte;
        // Whether the text is UTF-8 is looked at later, presence by presence.
        let expected = serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(is_json(&cut(&text, &cuts), 2), expected, "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn everyone_in_a_snapshot_is_found(mut everyone in prop::collection::btree_map(any::<u64>(), any_json(), 1..8), cuts: Vec<usize>, d_first: bool) {
        for presence in everyone.values_mut().filter_map(Value::as_object_mut).step_by(2) {
            presence.insert("discord_status".to_owned(), json!("idle"));
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
            presence.is_object() && (!d_first || presence.get("discord_status").is_some())
        }).map(|(user, mut presence)| {
            let hidden = presence["kv"]["uguisu"] == "off";
            if let Some(kv) = presence.get_mut("kv") {
                *kv = json!({});
            }
            if let Some(object) = presence.as_object_mut() {
                object.remove("user_id");
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
