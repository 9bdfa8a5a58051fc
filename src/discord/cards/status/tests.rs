//! What the cards of `/status` say, and that no presence breaks them.

mod doing;

use proptest::prelude::*;
use serde_json::{Value, json};
use serenity::all::CreateEmbed;
use time::{Duration, OffsetDateTime};

use super::{super::hostile, View};
use crate::{
    language::{Language, Wording},
    lanyard::{
        Activity, ActivityKind, CustomStatus, Emoji, Freshness, Platform, Presence, Spotify, Status,
    },
    listen_moe::{Named, OnAir, Song, Timing},
    station::Station,
};

const ENGLISH: Language = Language::English;

/// Some moment: the cards are told the time.
const NOW: OffsetDateTime = match OffsetDateTime::from_unix_timestamp(1_795_291_200) {
    Ok(now) => now,
    Err(_) => OffsetDateTime::UNIX_EPOCH,
};

fn unix(seconds: i64) -> i64 {
    NOW.unix_timestamp() + seconds
}

#[allow(clippy::unnecessary_wraps, reason = "what it is for is optional")]
fn ago(seconds: i64) -> Option<OffsetDateTime> {
    Some(NOW - Duration::seconds(seconds))
}

fn view(presence: &Presence) -> View<'_> {
    View {
        presence,
        freshness: Freshness::Live,
        on_air: None,
        live_until: None,
        now: NOW,
        wording: Wording::default(),
    }
}

/// The embeds of a card, valid by Discord's rules.
fn drawn(view: &View<'_>) -> Vec<Value> {
    let embeds = super::card(view);
    hostile::assert_all_valid(&embeds);
    embeds.iter().map(json_of).collect()
}

/// What is said, without what every embed has and Discord does not ask for.
fn json_of(embed: &CreateEmbed) -> Value {
    let mut json = serde_json::to_value(embed).unwrap();
    let prune = |part: Option<&mut Value>| {
        if let Some(fields) = part.and_then(Value::as_object_mut) {
            fields.retain(|key, value| key != "type" && !value.is_null());
        }
    };
    prune(json.get_mut("thumbnail"));
    prune(Some(&mut json));
    json
}

fn kana() -> Presence {
    Presence {
        user_id: 94_490_510_688_792_576,
        username: "kana".to_owned(),
        display_name: Some("Kana_".to_owned()),
        avatar_url: Some("https://cdn.discordapp.com/avatars/1/a.png".to_owned()),
        status: Status::DoNotDisturb,
        platforms: vec![Platform::Desktop, Platform::Mobile],
        ..Presence::default()
    }
}

fn spotify() -> Spotify {
    Spotify {
        track_id: Some("abc123".to_owned()),
        song: "Song*".to_owned(),
        artist: Some("A; B".to_owned()),
        album: Some("Album".to_owned()),
        album_art_url: Some("https://i.scdn.co/image/x".to_owned()),
        start: ago(30),
        end: ago(-170),
    }
}

fn doing(kind: ActivityKind, name: &str) -> Activity {
    Activity {
        kind,
        name: name.to_owned(),
        ..Activity::default()
    }
}

fn on_air(station: Station) -> OnAir {
    OnAir {
        station,
        song: Song {
            id: 450,
            title: Some("おつかれ*サマー*".to_owned()),
            artists: vec![Named {
                id: Some(186),
                name: Some("sweet ARMS".to_owned()),
                ..Named::default()
            }],
            albums: vec![Named {
                image: Some("cover 1.jpg".to_owned()),
                ..Named::default()
            }],
            duration: Some(std::time::Duration::from_secs(273)),
            ..Song::default()
        },
        requester: None,
        event: None,
        timing: Timing {
            start: ago(60),
            end: ago(-213),
        },
        last_played: Vec::new(),
        listeners: None,
        queue: None,
        start_time: None,
        received_at: NOW,
    }
}

#[test]
fn the_person_has_a_name_a_face_a_status_and_devices() {
    let [embed] = &drawn(&view(&kana()))[..] else {
        panic!("one embed")
    };
    assert_eq!(
        *embed,
        json!({
            "color": 0x00f2_3f43,
            "title": "Kana\\_ (kana)",
            "url": "https://discord.com/users/94490510688792576",
            "thumbnail": {"url": "https://cdn.discordapp.com/avatars/1/a.png"},
            "description": "⛔ **Do Not Disturb** · 🖥️ Desktop · 📱 Mobile",
            "footer": {"text": "From Lanyard"},
        })
    );
}

#[test]
fn who_is_offline_without_a_picture_has_discords_own_and_nothing_else() {
    let nobody = Presence {
        user_id: 3 << 22,
        ..Presence::default()
    };
    let [embed] = &drawn(&view(&nobody))[..] else {
        panic!("one embed")
    };
    assert_eq!(embed["title"], "Someone");
    assert_eq!(embed["description"], "⚫ **Offline**");
    assert_eq!(
        embed["thumbnail"]["url"],
        "https://cdn.discordapp.com/embed/avatars/3.png"
    );
    assert!(embed["author"].is_null());
}

#[test]
fn a_custom_status_is_the_bubble_above_with_its_emoji() {
    let emoji = |name: &str, id, animated| {
        Some(Emoji {
            name: name.to_owned(),
            id,
            animated,
        })
    };
    let picture = "https://cdn.discordapp.com/emojis/42";
    for (text, emoji, author) in [
        (Some("*busy*"), None, json!({"name": "💬 *busy*"})),
        (
            Some("busy"),
            emoji("🌸", None, false),
            json!({"name": "🌸 busy"}),
        ),
        (None, emoji("🎧", None, false), json!({"name": "🎧"})),
        (
            Some("busy"),
            emoji("jam", Some(42), false),
            json!({"name": "busy", "icon_url": format!("{picture}.png")}),
        ),
        (
            None,
            emoji("jam", Some(42), true),
            json!({"name": ":jam:", "icon_url": format!("{picture}.gif")}),
        ),
        // Discord allows no such name, but the presence came through others.
        (
            None,
            emoji("<", Some(42), false),
            json!({"name": ":<\u{200b}:", "icon_url": format!("{picture}.png")}),
        ),
        (Some("\u{200b}"), None, Value::Null),
    ] {
        let presence = Presence {
            custom: Some(CustomStatus {
                text: text.map(str::to_owned),
                emoji,
            }),
            ..kana()
        };
        assert_eq!(drawn(&view(&presence))[0]["author"], author);
    }
}

#[test]
fn an_old_presence_and_a_live_card_say_so() {
    let presence = kana();
    let view = View {
        freshness: Freshness::Stale {
            since: NOW - Duration::minutes(4),
        },
        live_until: ago(-600),
        ..view(&presence)
    };
    let embeds = drawn(&view);
    let says = embeds[0]["description"].as_str().unwrap();
    assert!(says.contains(&format!("this was true <t:{}:R>", unix(-240))));
    assert!(says.contains(&format!("🔴 Live · stops <t:{}:R>", unix(600))));
}

#[test]
fn the_time_of_drawing_is_below_and_apart_from_the_card() {
    let presence = kana();
    let card = super::card(&view(&presence));
    let stamped = super::stamp(card.clone(), NOW);
    let stamp = json_of(&stamped[0])["timestamp"].clone();
    assert!(stamp.as_str().unwrap().starts_with("2026-11-"), "{stamp}");
    assert!(json_of(&card[0])["timestamp"].is_null());
}

#[test]
fn a_card_changes_when_something_on_it_is_over() {
    let mut presence = Presence {
        spotify: Some(spotify()),
        activities: vec![Activity {
            end: ago(-60),
            ..Activity::default()
        }],
        ..kana()
    };
    assert_eq!(super::next_change(&presence, NOW), ago(-60));
    let later = NOW + Duration::seconds(60);
    assert_eq!(super::next_change(&presence, later), ago(-170));
    presence.spotify = None;
    assert_eq!(super::next_change(&presence, later), None);
}

#[test]
fn the_buttons_name_the_person_and_lead_to_the_song() {
    let mut presence = Presence {
        spotify: Some(spotify()),
        ..kana()
    };
    let json = |presence: &Presence, live| {
        serde_json::to_value(super::buttons(presence, live, ENGLISH)).unwrap()
    };
    let row = json(&presence, None)[0]["components"].clone();
    assert_eq!(row[0]["custom_id"], "status:refresh:94490510688792576");
    assert_eq!(row[1]["custom_id"], "status:live:94490510688792576");
    assert_eq!(row[2]["url"], "https://open.spotify.com/track/abc123");
    let row = json(&presence, Some(7))[0]["components"].clone();
    assert_eq!(row[0]["custom_id"], "status:refresh:94490510688792576:7");
    assert_eq!(row[1]["custom_id"], "status:stop:94490510688792576:7");
    // No address that Discord would refuse, which takes 512 characters.
    for track in [None, Some("a".repeat(600))] {
        presence.spotify = Some(Spotify {
            track_id: track,
            ..spotify()
        });
        let row = json(&presence, None)[0]["components"].clone();
        assert_eq!(row.as_array().unwrap().len(), 2);
    }
}

#[test]
fn someone_not_on_lanyard_learns_how_to_join() {
    for card in [
        json_of(&super::not_on_lanyard("Kana*", false, ENGLISH)),
        json_of(&super::not_on_lanyard("", true, ENGLISH)),
    ] {
        let text = card["description"].as_str().unwrap();
        assert!(text.contains("https://discord.gg/lanyard"), "{text}");
    }
    assert_eq!(
        json_of(&super::not_on_lanyard("Kana*", false, ENGLISH))["title"],
        "Kana\\* is not on Lanyard"
    );
    for card in [
        super::nothing_known(ENGLISH),
        super::hidden(true, ENGLISH),
        super::hidden(false, ENGLISH),
    ] {
        hostile::assert_valid(&card);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_presence_breaks_a_card(
        presence in hostile::presence(),
        on_air in hostile::on_air(),
        live in any::<bool>(),
        wording in hostile::wording(),
    ) {
        let view = View {
            freshness: Freshness::Stale { since: NOW },
            on_air: Some(&on_air),
            live_until: live.then_some(NOW),
            wording,
            ..view(&presence)
        };
        let card = super::card(&view);
        hostile::assert_all_valid(&card);
        hostile::assert_all_valid(&super::stamp(card, NOW));
        hostile::assert_valid_buttons(&super::buttons(&presence, live.then_some(u64::MAX), wording.language));
        hostile::assert_valid(&super::not_on_lanyard(&presence.username, false, wording.language));
    }
}
