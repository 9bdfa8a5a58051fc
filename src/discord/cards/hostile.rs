//! Hostile text and values full of it, and the rules that whatever is made of them must obey.

use proptest::{collection::vec, option, prelude::*};
use serenity::all::{CreateActionRow, CreateEmbed};
use time::OffsetDateTime;

use crate::{
    discord::escape,
    language::{Language, Titles, Wording},
    lanyard::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status},
    listen_moe::{Event, Named, OnAir, Requester, Song, Timing},
    station::Station,
};

/// Pieces that do harm, alone or when they meet.
const PIECES: &[&str] = &[
    "@everyone",
    "@here",
    "<@1>",
    "<@!1>",
    "<@&1>",
    "<#1>",
    "</radio join:1>",
    "<:a:1>",
    "<a:a:1>",
    "<t:1:R>",
    "<id:browse>",
    "@",
    "<",
    ">",
    ">>> ",
    "# ",
    "-# ",
    "- ",
    "+ ",
    "1. ",
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "||",
    "`",
    "```",
    "\\",
    "\\\\",
    "[",
    "]",
    "(",
    ")",
    "[a](https://x.example)",
    "](https://x.example)",
    "https://x.example/a_b_",
    "discord.gg/a",
    "discord.com/invite/a",
    ":smile:",
    ":",
    "//",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\u{2028}",
    "\u{0}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200d}",
    "\u{200f}",
    "\u{feff}",
    "\u{3164}",
    "\u{301}",
    "👩‍🎤",
    "🏴\u{e0067}\u{e007f}",
    "𝄞",
    "あ",
    "사랑",
    "שלום",
    "a",
    "everyone",
    "here",
];

/// Any text: hostile pieces, arbitrary characters, empty, very long.
pub(in crate::discord) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop_oneof![
        8 => vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
        1 => (proptest::sample::select(PIECES), 0_usize..3000).prop_map(|(piece, n)| piece.repeat(n)),
    ]
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("https://cdn.example/a.png".to_owned()),
        text().prop_map(|text| format!("https://cdn.example/{text}")),
        text(),
    ]
}

fn moment() -> impl Strategy<Value = OffsetDateTime> {
    (0_i64..253_402_300_799)
        .prop_map(|seconds| OffsetDateTime::from_unix_timestamp(seconds).expect("in range"))
}

fn named() -> impl Strategy<Value = Named> {
    (
        option::of(any::<u64>()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
    )
        .prop_map(|(id, name, name_romaji, image)| Named {
            id,
            name,
            name_romaji,
            image,
        })
}

fn song() -> impl Strategy<Value = Song> {
    (
        any::<u64>(),
        option::of(text()),
        option::of(text()),
        vec(named(), 0..30),
        vec(named(), 0..10),
        vec(named(), 0..10),
        vec(named(), 0..10),
        option::of(any::<u64>().prop_map(std::time::Duration::from_secs)),
    )
        .prop_map(
            |(id, title, title_romaji, artists, albums, sources, characters, duration)| Song {
                id,
                title,
                title_romaji,
                artists,
                albums,
                sources,
                characters,
                duration,
                favorite: false,
            },
        )
}

/// Any language, and either script.
pub(in crate::discord) fn wording() -> impl Strategy<Value = Wording> {
    let (languages, titles) = (&Language::ALL[..], &Titles::ALL[..]);
    (
        proptest::sample::select(languages),
        proptest::sample::select(titles),
    )
        .prop_map(|(language, titles)| Wording { language, titles })
}

/// Any song on air.
pub(in crate::discord) fn on_air() -> impl Strategy<Value = OnAir> {
    let requester = (option::of(text()), text()).prop_map(|(username, display_name)| Requester {
        username,
        display_name,
    });
    let event = (option::of(any::<u64>()), text(), option::of(address()))
        .prop_map(|(id, name, image)| Event { id, name, image });
    (
        proptest::sample::select(&Station::ALL[..]),
        song(),
        option::of(requester),
        option::of(event),
        (option::of(moment()), option::of(moment())),
        vec(song(), 0..3),
        option::of(any::<u64>()),
        option::of(moment()),
        moment(),
    )
        .prop_map(
            |(
                station,
                song,
                requester,
                event,
                timing,
                last_played,
                listeners,
                start_time,
                received_at,
            )| OnAir {
                station,
                song,
                requester,
                event,
                timing: Timing {
                    start: timing.0,
                    end: timing.1,
                },
                last_played,
                listeners,
                queue: None,
                start_time,
                received_at,
            },
        )
}

fn activity() -> impl Strategy<Value = Activity> {
    use ActivityKind::{Competing, Listening, Playing, Streaming, Watching};
    (
        proptest::sample::select(&[Playing, Streaming, Listening, Watching, Competing][..]),
        prop_oneof![
            4 => text(),
            1 => text().prop_map(|text| format!("LISTEN.moe {text}")),
        ],
        option::of(text()),
        option::of(text()),
        option::of(address()),
        (
            option::of(address()),
            option::of(text()),
            option::of(address()),
        ),
        option::of((any::<u64>(), any::<u64>())),
        option::of(moment()),
        option::of(moment()),
    )
        .prop_map(
            |(kind, name, details, state, url, images, party, start, end)| Activity {
                kind,
                name,
                details,
                state,
                url,
                image_url: images.0,
                image_text: images.1,
                small_image_url: images.2,
                party,
                start,
                end,
            },
        )
}

/// Any presence.
pub(in crate::discord) fn presence() -> impl Strategy<Value = Presence> {
    use Status::{DoNotDisturb, Idle, Offline, Online};
    let emoji = (text(), option::of(any::<u64>()), any::<bool>())
        .prop_map(|(name, id, animated)| Emoji { name, id, animated });
    let custom = (option::of(text()), option::of(emoji))
        .prop_map(|(text, emoji)| CustomStatus { text, emoji });
    let spotify = (
        option::of("[a-zA-Z0-9]{22}"),
        text(),
        option::of(text()),
        option::of(text()),
        option::of(address()),
        option::of(moment()),
        option::of(moment()),
    )
        .prop_map(
            |(track_id, song, artist, album, album_art_url, start, end)| Spotify {
                track_id,
                song,
                artist,
                album,
                album_art_url,
                start,
                end,
            },
        );
    (
        any::<u64>(),
        text(),
        option::of(text()),
        option::of(address()),
        proptest::sample::select(&[Online, Idle, DoNotDisturb, Offline][..]),
        proptest::sample::subsequence(
            vec![
                Platform::Desktop,
                Platform::Mobile,
                Platform::Web,
                Platform::Embedded,
                Platform::Vr,
            ],
            0..=5,
        ),
        option::of(custom),
        option::of(spotify),
        vec(activity(), 0..12),
    )
        .prop_map(
            |(
                user_id,
                username,
                display_name,
                avatar_url,
                status,
                platforms,
                custom,
                spotify,
                activities,
            )| Presence {
                user_id,
                username,
                display_name,
                avatar_url,
                status,
                platforms,
                custom,
                spotify,
                activities,
            },
        )
}

/// Nothing in `text` can be read as a mention, an emoji, a command or a time, by anyone.
pub(in crate::discord) fn assert_mentions_nobody(text: &str) {
    let lower = text.to_lowercase();
    for live in [
        "<@",
        "<#",
        "</",
        "<:",
        "<a:",
        "<t:",
        "<id:",
        "@everyone",
        "@here",
    ] {
        assert!(!lower.contains(live), "{live} in {text:?}");
    }
}

/// `text` formats nothing when Discord renders it at the start of a line.
pub(in crate::discord) fn assert_inert_markdown(text: &str) {
    let mut rest = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let escaped = chars.next();
            assert!(
                escaped.is_some_and(|c| c.is_ascii_punctuation()),
                "dangling escape in {text:?}"
            );
            rest.push('\u{1}');
        } else {
            rest.push(c);
        }
    }
    assert!(
        !rest.contains(['*', '_', '~', '`', '|', '[', ']', '<']),
        "live markdown in {text:?}"
    );
    assert!(!rest.contains("://"), "a link in {text:?}");
    assert!(
        !rest.starts_with(['#', '>']) && !rest.starts_with("- "),
        "a block in {text:?}"
    );
}

/// `embed` is one that Discord takes, and mentions nobody.
/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
pub(in crate::discord) fn assert_valid(embed: &CreateEmbed) {
    assert!(length_of_valid(embed) <= 6000, "too much in all");
}

/// The same for all embeds of a message: what they say together is limited as well.
pub(in crate::discord) fn assert_all_valid(embeds: &[CreateEmbed]) {
    assert!((1..=10).contains(&embeds.len()));
    let total: usize = embeds.iter().map(length_of_valid).sum();
    assert!(total <= 6000, "{total} in all");
}

/// `embed` is one that Discord takes; it may mention what the bot itself mentions.
pub(in crate::discord) fn assert_fits(embed: &CreateEmbed) {
    assert!(length_of(embed, |_| ()) <= 6000, "too much in all");
}

fn length_of_valid(embed: &CreateEmbed) -> usize {
    length_of(embed, |text| assert_mentions_nobody(&without_times(text)))
}

fn length_of(embed: &CreateEmbed, look_at: impl Fn(&str)) -> usize {
    let json = serde_json::to_value(embed).expect("serializes");
    let mut total = 0;
    let mut check = |value: &serde_json::Value, max: usize| {
        if let Some(text) = value.as_str() {
            assert!(
                escape::length(text) <= max,
                "{} > {max}: {text:?}",
                escape::length(text)
            );
            assert_eq!(text.trim(), text, "Discord trims, and counts what is left");
            assert!(!text.is_empty());
            total += escape::length(text);
            look_at(text);
        }
    };
    check(&json["title"], 256);
    check(&json["description"], 4096);
    check(&json["author"]["name"], 256);
    check(&json["footer"]["text"], 2048);
    let fields = json["fields"].as_array().cloned().unwrap_or_default();
    assert!(fields.len() <= 25);
    for field in &fields {
        assert!(field["name"].is_string() && field["value"].is_string());
        check(&field["name"], 256);
        check(&field["value"], 1024);
    }
    let seen = ["title", "description", "author", "fields"];
    assert!(
        seen.iter().any(|part| !json[part].is_null()),
        "an empty embed"
    );
    for address in [
        &json["url"],
        &json["thumbnail"]["url"],
        &json["image"]["url"],
        &json["author"]["url"],
        &json["author"]["icon_url"],
        &json["footer"]["icon_url"],
    ] {
        if let Some(address) = address.as_str() {
            assert!(address.starts_with("http://") || address.starts_with("https://"));
            assert!(address.len() <= 2048 && address.is_ascii(), "{address:?}");
        }
    }
    total
}

/// Takes out the times that the cards themselves write, `<t:1:R>`.
fn without_times(text: &str) -> String {
    let mut parts = text.split("<t:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let time = part.split_once('>').and_then(|(time, rest)| {
            let (seconds, style) = time.split_once(':')?;
            let ours = seconds.parse::<i64>().is_ok() && ["R", "t", "f"].contains(&style);
            ours.then_some(rest)
        });
        if let Some(rest) = time {
            out.push_str(rest);
        } else {
            out.push_str("<t:");
            out.push_str(part);
        }
    }
    out
}

/// The rows of buttons are ones that Discord takes.
/// <https://discord.com/developers/docs/components/reference#button-button-structure>
pub(in crate::discord) fn assert_valid_buttons(rows: &[CreateActionRow]) {
    let rows = serde_json::to_value(rows).expect("serializes");
    let mut ids = Vec::new();
    for row in rows.as_array().expect("rows") {
        let buttons = row["components"].as_array().expect("buttons");
        assert!((1..=5).contains(&buttons.len()));
        for button in buttons {
            if let Some(label) = button["label"].as_str() {
                assert!((1..=80).contains(&escape::length(label)), "{label:?}");
            }
            if let Some(text) = button["placeholder"].as_str() {
                assert!((1..=150).contains(&escape::length(text)), "{text:?}");
            }
            for option in button["options"].as_array().into_iter().flatten() {
                for part in [&option["label"], &option["description"]] {
                    let length = part.as_str().map(escape::length);
                    assert!(length.is_none_or(|length| (1..=100).contains(&length)));
                }
            }
            match (button["custom_id"].as_str(), button["url"].as_str()) {
                (Some(id), None) => {
                    assert!((1..=100).contains(&escape::length(id)), "{id:?}");
                    assert!(!ids.contains(&id.to_owned()), "{id:?} twice");
                    ids.push(id.to_owned());
                }
                (None, Some(url)) => {
                    assert!(url.starts_with("https://") && url.is_ascii() && url.len() <= 512);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
