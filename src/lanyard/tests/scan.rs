//! Any text in any pieces: what is JSON and what is not, judged by `serde_json`, and what is told of it.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::lanyard::scan::{Place, Scanner, Visit};

/// Cuts a text where it is told to.
pub(super) fn cut<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
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
            prop::collection::btree_map(
                "(id|kv|uguisu|user_id|discord_user|[0-9]{1,3}|\\PC{0,6})",
                inner,
                0..6
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What is told of: a key, a start or an end, at which depth, where in the whole text, and what it
/// says.
type Report = (char, usize, usize, Vec<u8>);

/// Remembers all it is told.
struct Told {
    depth: usize,
    before: usize,
    reports: Vec<Report>,
}

impl Told {
    fn note(&mut self, what: char, at: Place<'_>, text: &[u8]) {
        let report = (what, at.depth, self.before + at.at, text.to_vec());
        self.reports.push(report);
    }
}

impl Visit for Told {
    fn depth(&self) -> usize {
        self.depth
    }
    fn key(&mut self, at: Place<'_>, key: &[u8]) {
        self.note('k', at, key);
    }
    fn start(&mut self, at: Place<'_>, first: u8) {
        self.note('s', at, &[first]);
    }
    fn end(&mut self, at: Place<'_>, text: &[u8]) {
        self.note('e', at, text);
    }
}

/// All that is told of a text; `None` when it is no JSON.
fn told(pieces: &[&[u8]], depth: usize) -> Option<Vec<Report>> {
    let mut scanner = Scanner::new(120);
    let (before, reports) = (0, vec![]);
    let mut visit = Told {
        depth,
        before,
        reports,
    };
    for piece in pieces {
        scanner.feed(piece, &mut visit).ok()?;
        visit.before += piece.len();
    }
    scanner.finish(&mut visit).ok()?;
    Some(visit.reports)
}

fn is_json(pieces: &[&[u8]], depth: usize) -> bool {
    told(pieces, depth).is_some()
}

#[test]
fn every_byte_at_every_place_of_a_string_is_judged_and_told_alike_however_it_is_cut() {
    let specials = (0..=u8::MAX)
        .filter(u8::is_ascii)
        .map(|byte| char::from(byte).to_string());
    let escapes = [
        "\\n", "\\\"", "\\u00e9", "\\x", "\\u00g0", "\\\\", "é", "音",
    ];
    for special in specials.chain(escapes.map(str::to_owned)) {
        for pad in 0..17 {
            let pad = "a".repeat(pad);
            let text = format!(r#"{{"{pad}{special}b":["{pad}{special}{pad}",12]}}"#);
            let text = text.as_bytes();
            let whole = told(&[text], 9);
            let json: Option<IgnoredAny> = serde_json::from_slice(text).ok();
            assert_eq!(whole.is_some(), json.is_some(), "{text:?}");
            for at in 1..text.len() {
                assert_eq!(told(&cut(text, &[at]), 9), whole, "{text:?} at {at}");
            }
            assert_eq!(
                told(&text.chunks(1).collect::<Vec<_>>(), 9),
                whole,
                "{text:?}"
            );
        }
    }
}

#[test]
fn what_a_key_and_a_scalar_say_is_told() {
    let text = r#"{"a\u0062":[12,"c\"d",true,null,-1.5e3,{}]}"#;
    for pieces in [
        vec![text.as_bytes()],
        text.as_bytes().chunks(1).collect(),
        text.as_bytes().chunks(3).collect(),
    ] {
        let told = told(&pieces, 9).unwrap();
        let said: Vec<_> = told
            .iter()
            .filter(|(what, ..)| *what != 's')
            .map(|(.., text)| String::from_utf8_lossy(text))
            .collect();
        assert_eq!(
            said,
            ["ab", "12", "c\"d", "true", "null", "-1.5e3", "", "", ""]
        );
    }
}

proptest! {
    #[test]
    fn the_same_is_told_however_it_is_cut(json in any_json(), depth in 0..4_usize, cuts: Vec<usize>, pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        let whole = told(&[text.as_bytes()], depth);
        prop_assert!(whole.is_some());
        prop_assert_eq!(told(&cut(text.as_bytes(), &cuts), depth), whole.clone());
        let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        prop_assert_eq!(told(&single, depth), whole);
    }

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
}
