//! What is made of a presence, whatever is in it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::lanyard::parse;

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
fn what_is_written_in_an_unusual_way_is_read_all_the_same() {
    let json = r#" {"discord_status": "dnd", "discord_status": "idle", "kv": {"a": [{}]},
        "discord\u005fuser": {"username": "a\u006ea \"x\"", "global_name": 7},
        "activities": [3, {"type": "4", "state": "\ud83c\udfa7", "emoji": []}]}"#;
    let parsed = parse::presence(1, json.as_bytes()).unwrap();
    assert_eq!(parsed.status, Status::Idle);
    assert_eq!(parsed.username, "ana \"x\"");
    assert_eq!(parsed.display_name, None);
    let custom = parsed.custom.unwrap();
    assert_eq!((custom.text.as_deref(), custom.emoji), (Some("🎧"), None));
    assert!(parsed.activities.is_empty());
}

proptest! {
    #[test]
    fn any_text_in_the_place_of_a_presence_is_understood_or_refused(d in "[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let _ = parse::presence(1, d.as_bytes());
    }
}
