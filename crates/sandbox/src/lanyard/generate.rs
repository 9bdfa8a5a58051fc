//! Made-up users and what they do, by seed: the same seed, the same users.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread::{self, available_parallelism},
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Person;

/// Where generated ids begin: a snowflake of 2016; the bits of the time are the users' number.
const FIRST_ID: u64 = 200_000_000_000_000_000;
/// One millisecond of snowflake time.
const ID_STEP: u64 = 1 << 22;

/// Given names and what people put behind them.
const NAMES: [&str; 24] = [
    "mika", "sora", "haneul", "yuto", "nora", "kaito", "jisoo", "emil", "ayu", "ren", "lena",
    "minho", "tomas", "hina", "oskar", "saki", "bora", "ines", "riku", "zoe", "dae", "ume", "leo",
    "nami",
];
const TAILS: [&str; 8] = ["", "_", ".exe", "chan", "2004", "_x", ".wav", "san"];
/// Display names, among them what breaks naive markdown and layout.
const DISPLAY: [&str; 14] = [
    "ミカ",
    "空 ☁️",
    "하늘",
    "*~Nora~*",
    "[AFK] Kaito",
    "지수",
    "𝓮𝓶𝓲𝓵",
    "@everyone",
    "れん_れん",
    "||spoiler||",
    "Léna",
    "민호 🎧",
    "<@1> hi",
    "ヒナ ꒰ঌ ໒꒱",
];
/// Song, artists, album: all invented.
const TRACKS: [(&str, &str, &str); 10] = [
    ("Lanterns Underwater", "Paper Comet", "Tidal Post"),
    ("夜行バスの窓", "鉛筆とカセット", "夜行バスの窓"),
    ("소나기 예보", "우체국 앞", "소나기 예보 - EP"),
    ("Nothing *But* Static", "VHS_Choir", "Rewind [Deluxe]"),
    ("Kilometre Zero", "Ines Vale; Oskar Lind", "Maps"),
    ("金魚鉢", "水曜日のラジオ体操", "金魚鉢"),
    ("Slow Elevator", "The Lobby Plants", "Floor 7"),
    (
        "It's \"Only\" Rain",
        "Umbrella; Co.",
        "Weather & Other Friends",
    ),
    ("별의 우편번호", "달동네 천문대", "별의 우편번호"),
    ("Café del Norte", "Señor Tostada", "Años"),
];
const GAMES: [(&str, Option<&str>, Option<&str>); 8] = [
    ("Moss Garden Simulator", Some("Watering"), Some("Day 112")),
    (
        "Tetra Cathedral",
        Some("Ranked"),
        Some("In a party (2 of 4)"),
    ),
    ("Fjord Racer '98", None, Some("Time trial")),
    ("星の釣り堀", Some("幻のマス"), None),
    ("고양이 우체부", Some("배달 중"), Some("3번 골목")),
    (
        "Visual Studio Code",
        Some("Editing main.rs"),
        Some("Workspace: uguisu"),
    ),
    ("Untitled Bread Game", None, None),
    (
        "_Dungeon_ **of** `Ticks`",
        Some("[link](https://example.org)"),
        Some("@here"),
    ),
];
const CUSTOM: [&str; 8] = [
    "studying...",
    "ねむい",
    "집 가고 싶다",
    "brb ☕",
    "do **not** disturb @everyone",
    "listening to the radio",
    "¯\\_(ツ)_/¯",
    "https://example.org/look",
];

/// The presences of `people` and of `count` others. The others are made by all cores: there may be
/// a million of them.
pub fn users(seed: u64, people: &[Person], count: usize) -> BTreeMap<u64, Arc<str>> {
    let random = &mut StdRng::seed_from_u64(seed ^ 0x1A17);
    let now = now_ms();
    let mut users = BTreeMap::new();
    for person in people {
        // People who are looked at are awake.
        let status = *["online", "online", "idle", "dnd"]
            .choose(random)
            .unwrap_or(&"online");
        let presence = presence(random, person, Some(&person.name), status, now);
        users.insert(person.id, presence.to_string().into());
    }
    let share = count.div_ceil(available_parallelism().map_or(1, usize::from));
    let others: Vec<(u64, Arc<str>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .step_by(share.max(1))
            .map(|first| {
                let numbers = first..count.min(first + share);
                scope.spawn(move || -> Vec<_> {
                    numbers
                        .map(|number| other(seed, number as u64, now))
                        .collect()
                })
            })
            .collect();
        let made = threads.into_iter().filter_map(|thread| thread.join().ok());
        made.flatten().collect()
    });
    users.extend(others);
    users
}

/// One of the others, by seed and number alone, whoever makes it.
fn other(seed: u64, number: u64, now: i64) -> (u64, Arc<str>) {
    let random = &mut StdRng::seed_from_u64(seed.rotate_left(32) ^ number);
    let id = FIRST_ID + number * ID_STEP + random.random_range(0..4096);
    let person = Person {
        id,
        username: format!("{}{}{number}", pick(random, &NAMES), pick(random, &TAILS)),
        name: pick(random, &DISPLAY).to_owned(),
    };
    let display = random.random_bool(0.6).then_some(person.name.as_str());
    let status = match random.random_range(0..100) {
        0..50 => "offline",
        50..75 => "online",
        75..90 => "idle",
        _ => "dnd",
    };
    let presence = presence(random, &person, display, status, now);
    (id, presence.to_string().into())
}

/// The presence of somebody who has just joined Lanyard: offline.
pub fn newcomer(user: u64) -> Value {
    let random = &mut StdRng::seed_from_u64(user);
    let person = Person {
        id: user,
        username: format!("user{}", user % 10_000),
        name: String::new(),
    };
    presence(random, &person, None, "offline", now_ms())
}

/// A presence as Lanyard has it, oddities included.
fn presence(
    random: &mut StdRng,
    person: &Person,
    display: Option<&str>,
    status: &str,
    now: i64,
) -> Value {
    let awake = status != "offline";
    let spotify = (awake && random.random_bool(0.35)).then(|| spotify(random, now));
    let mut activities = Vec::new();
    if awake && random.random_bool(0.4) {
        activities.push(custom_status(random));
    }
    if let Some(spotify) = &spotify {
        activities.push(spotify_activity(spotify));
    }
    if awake && random.random_bool(0.45) {
        activities.push(activity(random, now));
    }
    let mut presence = json!({
        "discord_user": discord_user(random, person, display),
        "discord_status": status,
        "active_on_discord_web": awake && random.random_bool(0.2),
        "active_on_discord_desktop": awake && random.random_bool(0.7),
        "active_on_discord_mobile": awake && random.random_bool(0.3),
        "active_on_discord_embedded": false,
        "listening_to_spotify": spotify.is_some(),
        "spotify": spotify,
        "activities": activities,
        "kv": {},
    });
    // Fields come and go.
    if random.random_bool(0.7) {
        presence["active_on_discord_vr"] = false.into();
    }
    if random.random_bool(0.05) {
        presence["kv"] = json!({"location": "東京", "motto": "slow is smooth"});
    }
    if random.random_bool(0.02) {
        presence["a_field_of_tomorrow"] = json!({"nested": [1, null, "?"]});
    }
    presence
}

fn discord_user(random: &mut StdRng, person: &Person, display: Option<&str>) -> Value {
    let avatar = match random.random_range(0..10) {
        0..2 => Value::Null,
        2 => format!("a_{}", hash(random)).into(),
        _ => hash(random).into(),
    };
    json!({
        "id": person.id.to_string(),
        "username": person.username,
        "global_name": display,
        "display_name": display,
        "avatar": avatar,
        "avatar_decoration_data": null,
        "discriminator": "0",
        "bot": false,
        "public_flags": if random.random_bool(0.3) { 64 } else { 0 },
        "primary_guild": if random.random_bool(0.1) {
            json!({"tag": "ｳｸﾞ", "badge": hash(random), "identity_enabled": true, "identity_guild_id": "200000000000000001"})
        } else {
            Value::Null
        },
    })
}

/// What Lanyard has as `spotify`.
pub fn spotify(random: &mut StdRng, now: i64) -> Value {
    let (song, artist, album) = *TRACKS.choose(random).unwrap_or(&TRACKS[0]);
    let length = random.random_range(90_000..320_000);
    let start = now - random.random_range(0..length / 2);
    json!({
        "track_id": track_id(random),
        "timestamps": {"start": start, "end": start + length},
        "song": song,
        "artist": artist,
        "album_art_url": format!("https://i.scdn.co/image/ab67616d0000b273{}", hash(random)),
        "album": album,
    })
}

/// The same as the activity that Discord sends for it.
pub fn spotify_activity(spotify: &Value) -> Value {
    let art = spotify["album_art_url"]
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .unwrap_or_default();
    json!({
        "id": "spotify:1",
        "name": "Spotify",
        "type": 2,
        "flags": 48,
        "state": spotify["artist"],
        "details": spotify["song"],
        "assets": {"large_image": format!("spotify:{art}"), "large_text": spotify["album"]},
        "party": {"id": "spotify:0"},
        "session_id": "0",
        "sync_id": spotify["track_id"],
        "timestamps": spotify["timestamps"],
        "created_at": spotify["timestamps"]["start"],
    })
}

/// A custom status: with text, with an emoji of one kind or the other, or both.
pub fn custom_status(random: &mut StdRng) -> Value {
    let text = *CUSTOM.choose(random).unwrap_or(&CUSTOM[0]);
    let (state, emoji) = match random.random_range(0..4) {
        0 => (json!(text), Value::Null),
        1 => (json!(text), json!({"name": "🌸"})),
        2 => (Value::Null, json!({"name": "🎧"})),
        _ => (
            json!(text),
            json!({"name": "catjam", "id": "300000000000000042", "animated": true}),
        ),
    };
    let mut status = json!({
        "id": "custom",
        "name": "Custom Status",
        "type": 4,
        "state": state,
        "created_at": now_ms(),
    });
    if !emoji.is_null() {
        status["emoji"] = emoji;
    }
    status
}

/// Any other activity.
pub fn activity(random: &mut StdRng, now: i64) -> Value {
    let (name, details, state) = *GAMES.choose(random).unwrap_or(&GAMES[0]);
    let start = now - random.random_range(0..10_000_000);
    match random.random_range(0..10) {
        0 => json!({
            "id": "stream", "name": "Twitch", "type": 1, "details": "Building a radio bot, live",
            "state": "Software and Game Development", "url": "https://www.twitch.tv/uguisu_example",
            "created_at": start, "timestamps": {"start": start},
        }),
        1 => json!({
            "id": "watch", "name": "Crunchyroll", "type": 3, "details": "放課後天文台",
            "state": "Episode 7: 曇り", "created_at": start,
            "timestamps": {"start": start, "end": start + 14_400_000},
        }),
        2 => json!({
            "id": "compete", "name": "Tetra Cathedral Open", "type": 5, "created_at": start,
        }),
        _ => {
            let mut game = json!({
                "id": hash(random), "name": name, "type": 0,
                "application_id": "383226320970055681", "created_at": start,
                "timestamps": {"start": start}, "flags": 0,
                "assets": {"large_image": "565945770067623946", "large_text": name},
            });
            // Absent rather than null: Discord does not send what is not set.
            if let Some(details) = details {
                game["details"] = details.into();
            }
            if let Some(state) = state {
                game["state"] = state.into();
            }
            game
        }
    }
}

/// Now, in milliseconds since 1970, as Discord counts.
pub fn now_ms() -> i64 {
    let now = OffsetDateTime::now_utc() - OffsetDateTime::UNIX_EPOCH;
    i64::try_from(now.whole_milliseconds()).unwrap_or_default()
}

fn pick<'a>(random: &mut StdRng, from: &[&'a str]) -> &'a str {
    from.choose(random).copied().unwrap_or_default()
}

fn hash(random: &mut StdRng) -> String {
    format!("{:032x}", random.random::<u128>())
}

fn track_id(random: &mut StdRng) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..22)
        .map(|_| char::from(*LETTERS.choose(random).unwrap_or(&b'0')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(seed: u64) -> Vec<Value> {
        let people = [Person {
            id: 42,
            username: "kana".into(),
            name: "Kana".into(),
        }];
        users(seed, &people, 500)
            .values()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect()
    }

    #[test]
    fn users_are_as_many_as_ordered_and_by_seed() {
        let users = all(1);
        assert_eq!(users.len(), 501);
        assert_eq!(users[0]["discord_user"]["username"], "kana");
        assert_ne!(users[0]["discord_status"], "offline");
        let ids = |seed| {
            let ids = all(seed).into_iter();
            ids.map(|user| user["discord_user"]["id"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn users_differ_as_real_ones_do() {
        let users = all(1);
        let any = |what: &str, holds: &dyn Fn(&Value) -> bool| {
            assert!(users.iter().any(holds), "nobody with {what}");
        };
        for status in ["online", "idle", "dnd", "offline"] {
            any(status, &|user| user["discord_status"] == status);
        }
        for kind in 0..=5 {
            any(&format!("activity {kind}"), &|user| {
                let activities = user["activities"].as_array().unwrap();
                activities.iter().any(|activity| activity["type"] == kind)
            });
        }
        any("no avatar", &|user| {
            user["discord_user"]["avatar"].is_null()
        });
        any("no display name", &|user| {
            user["discord_user"]["global_name"].is_null()
        });
        any("spotify", &|user| user["spotify"].is_object());
        for user in &users {
            assert_eq!(user["listening_to_spotify"], user["spotify"].is_object());
            let asleep = user["discord_status"] == "offline";
            assert!(!asleep || user["activities"].as_array().unwrap().is_empty());
        }
    }
}
