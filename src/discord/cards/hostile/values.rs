//! Hostile text, and values full of it.

use proptest::{collection::vec, option, prelude::*};
use time::OffsetDateTime;

use crate::{
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
