//! What somebody is doing, each with what can be shown of it.

use super::*;

#[test]
fn spotify_has_an_embed_with_cover_artists_and_times() {
    let presence = Presence {
        spotify: Some(spotify()),
        ..kana()
    };
    let embeds = drawn(&view(&presence));
    assert_eq!(
        embeds[1],
        json!({
            "color": 0x001d_b954,
            "author": {"name": "🎧 Listening on Spotify"},
            "title": "Song\\*",
            "url": "https://open.spotify.com/track/abc123",
            "description": format!(
                "by A, B\non Album\n▶ Started <t:{}:R> · ends <t:{}:R> · `3:20`",
                unix(-30),
                unix(170)
            ),
            "thumbnail": {"url": "https://i.scdn.co/image/x"},
            "footer": {"text": "From Lanyard"},
        })
    );
    assert!(embeds[0]["footer"].is_null(), "only below the last one");
}

#[test]
fn what_has_a_picture_has_an_embed_and_what_has_none_a_field() {
    use ActivityKind::{Competing, Listening, Playing, Streaming, Watching};
    let presence = Presence {
        activities: vec![
            Activity {
                details: Some("In a match".to_owned()),
                state: Some("Ranked".to_owned()),
                party: Some((2, 4)),
                start: ago(3600),
                image_url: Some("https://media.discordapp.net/external/a/b.png".to_owned()),
                small_image_url: Some("https://cdn.discordapp.com/app-assets/1/2.png".to_owned()),
                image_text: Some("A remark".to_owned()),
                ..doing(Playing, "Some [Game]")
            },
            Activity {
                details: Some("Live coding".to_owned()),
                url: Some("https://twitch.tv/kana".to_owned()),
                state: Some("Software".to_owned()),
                ..doing(Streaming, "Twitch*")
            },
            Activity {
                details: Some("Song".to_owned()),
                state: Some("Singer".to_owned()),
                image_text: Some("Album".to_owned()),
                ..doing(Listening, "Apple Music")
            },
            Activity {
                details: Some("Episode 7".to_owned()),
                end: ago(5),
                ..doing(Watching, "Crunchyroll")
            },
            doing(Competing, "A Cup"),
        ],
        ..kana()
    };
    let [person, game] = &drawn(&view(&presence))[..] else {
        panic!("two embeds")
    };
    assert_eq!(
        person["fields"],
        json!([
            {
                "name": "📺 Streaming on Twitch\\*",
                "value": "**[Live coding](https://twitch.tv/kana)**\nSoftware",
                "inline": false,
            },
            {
                "name": "🎧 Listening to Apple Music",
                "value": "**Song**\nSinger\non Album",
                "inline": false,
            },
            {
                "name": "🍿 Watching on Crunchyroll",
                "value": format!("**Episode 7**\nended <t:{}:R>", unix(-5)),
                "inline": false,
            },
            {"name": "🏆 Competing in", "value": "**A Cup**", "inline": false},
        ])
    );
    assert_eq!(
        *game,
        json!({
            "color": 0x00f2_3f43,
            "author": {
                "name": "🎮 Playing",
                "icon_url": "https://cdn.discordapp.com/app-assets/1/2.png",
            },
            "title": "Some \\[Game\\]",
            "description": format!("In a match\nRanked (2 of 4)\n▶ Started <t:{}:R>", unix(-3600)),
            "thumbnail": {"url": "https://media.discordapp.net/external/a/b.png"},
            "footer": {"text": "From Lanyard"},
        })
    );
}

#[test]
fn who_listens_to_the_radio_elsewhere_is_shown_with_its_song() {
    use ActivityKind::{Listening, Playing};
    let with = |kind, name: &str, details: &str, url: &str| Presence {
        activities: vec![Activity {
            details: (!details.is_empty()).then(|| details.to_owned()),
            url: (!url.is_empty()).then(|| url.to_owned()),
            ..doing(kind, name)
        }],
        ..kana()
    };
    let kpop = on_air(Station::Kpop);
    for (presence, station) in [
        (
            with(Listening, "LISTEN.moe", "J-POP", ""),
            Some(Station::Jpop),
        ),
        (
            with(Playing, "listen.moe KPOP", "Song", ""),
            Some(Station::Kpop),
        ),
        (
            with(Listening, "LISTEN.moe", "K-POP radio", ""),
            Some(Station::Kpop),
        ),
        (
            with(Listening, "foobar2000", "Listen.Moe (opus)", ""),
            Some(Station::Jpop),
        ),
        (
            with(Listening, "mpv", "", "https://listen.moe/kpop/opus"),
            Some(Station::Kpop),
        ),
        (
            with(Playing, "Firefox", "", "https://www.listen.moe"),
            Some(Station::Jpop),
        ),
        (
            with(Playing, "Visual Studio Code", "Editing listen.moe.ts", ""),
            None,
        ),
        (
            with(Playing, "Firefox", "", "https://x.example/listen.moe"),
            None,
        ),
        (with(Playing, "Firefox", "", "https://unlisten.moe"), None),
    ] {
        assert_eq!(super::super::listens_to(&presence), station, "{presence:?}");
        let view = View {
            on_air: Some(&kpop),
            ..view(&presence)
        };
        let embeds = drawn(&view);
        let text = json!(embeds).to_string();
        let named = station.map_or("nowhere", Station::title);
        assert_eq!(
            text.contains("📻 Listening to LISTEN.moe"),
            station.is_some(),
            "{text}"
        );
        assert!(station.is_none() || text.contains(named), "{text}");
        // What is on the other station is not what they hear.
        let heard = station == Some(Station::Kpop);
        assert_eq!(text.contains("On air: おつかれ"), heard, "{text}");
        if heard {
            let radio = &embeds[1];
            assert_eq!(radio["url"], "https://listen.moe/songs/450");
            assert_eq!(
                radio["thumbnail"]["url"],
                "https://cdn.listen.moe/covers/cover%201.jpg"
            );
            let says = radio["description"].as_str().unwrap();
            assert!(says.starts_with("by [sweet ARMS]"), "{says}");
            assert!(
                says.contains(&format!("ends <t:{}:R>", unix(213))),
                "{says}"
            );
        }
    }
}
