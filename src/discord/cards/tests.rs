//! What the cards say, and that no text breaks them.

mod every;

use serde_json::{Value, json};
use serenity::all::CreateEmbed;
use time::{Duration, OffsetDateTime};

use super::{announcement, hostile, now_playing};
use crate::{
    language::{Language, Titles, Wording},
    listen_moe::{Event, Named, OnAir, Requester, Song, Timing},
    station::Station,
};

const ENGLISH: Wording = Wording {
    language: Language::English,
    titles: Titles::Native,
};

/// Some moment: the cards are told the time.
const NOW: OffsetDateTime = match OffsetDateTime::from_unix_timestamp(1_795_291_200) {
    Ok(now) => now,
    Err(_) => OffsetDateTime::UNIX_EPOCH,
};

fn named(id: u64, name: &str) -> Named {
    Named {
        id: Some(id),
        name: Some(name.to_owned()),
        ..Named::default()
    }
}

fn on_air() -> OnAir {
    OnAir {
        station: Station::Jpop,
        song: Song {
            id: 450,
            title: Some("おつかれサマー!".to_owned()),
            title_romaji: Some("Otsukare Summer!".to_owned()),
            artists: vec![named(186, "sweet ARMS"), named(1589, "でんぱ組.inc")],
            albums: vec![Named {
                image: Some("cover 1.jpg".to_owned()),
                ..named(272, "Trust in you")
            }],
            sources: vec![named(7, "Date A Live II")],
            duration: Some(std::time::Duration::from_secs(273)),
            ..Song::default()
        },
        requester: Some(Requester {
            username: Some("kana".to_owned()),
            display_name: "Kana*".to_owned(),
        }),
        event: None,
        timing: Timing {
            start: Some(NOW - Duration::seconds(60)),
            end: Some(NOW + Duration::seconds(213)),
        },
        last_played: vec![
            Song {
                id: 1,
                title: Some("One".to_owned()),
                artists: vec![named(2, "A")],
                ..Song::default()
            },
            Song {
                id: 2,
                title_romaji: Some("Two".to_owned()),
                ..Song::default()
            },
            Song {
                id: 3,
                title: Some("Three".to_owned()),
                ..Song::default()
            },
        ],
        listeners: Some(1087),
        queue: None,
        start_time: None,
        received_at: NOW - Duration::seconds(60),
    }
}

fn json(embed: &CreateEmbed) -> Value {
    hostile::assert_valid(embed);
    serde_json::to_value(embed).unwrap()
}

fn unix(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp()
}

#[test]
fn now_playing_tells_all_there_is() {
    let card = json(&now_playing::card(&on_air(), NOW, ENGLISH));
    assert_eq!(card["color"], 0x00ff_015b);
    assert_eq!(
        card["author"],
        json!({"name": "LISTEN.moe · J-pop", "url": "https://listen.moe"})
    );
    assert_eq!(card["title"], "おつかれサマー!");
    assert_eq!(card["url"], "https://listen.moe/songs/450");
    assert_eq!(
        card["description"],
        format!(
            "*Otsukare Summer!*\n\
             by [sweet ARMS](https://listen.moe/artists/186) · [でんぱ組.inc](https://listen.moe/artists/1589)\n\
             ▶ Started <t:{}:R> · ends <t:{}:R> · `4:33`",
            unix(NOW) - 60,
            unix(NOW) + 213
        )
    );
    assert_eq!(
        card["fields"],
        json!([
            {"name": "Album", "value": "[Trust in you](https://listen.moe/albums/272)", "inline": true},
            {"name": "From", "value": "[Date A Live II](https://listen.moe/sources/7)", "inline": true},
            {"name": "Requested by", "value": "[Kana\\*](https://listen.moe/u/kana)", "inline": true},
            {"name": "Before this", "value": "[One](https://listen.moe/songs/1) · A\n[Two](https://listen.moe/songs/2)", "inline": false},
        ])
    );
    assert_eq!(
        card["thumbnail"]["url"],
        "https://cdn.listen.moe/covers/cover%201.jpg"
    );
    assert_eq!(card["footer"]["text"], "1,087 listeners");
}

#[test]
fn each_reads_their_own_language() {
    let wording = Wording {
        language: Language::Japanese,
        titles: Titles::Native,
    };
    let card = json(&now_playing::card(&on_air(), NOW, wording));
    let description = card["description"].as_str().unwrap();
    assert!(description.contains("歌：[sweet ARMS]"), "{description}");
    let started = format!("▶ <t:{}:R>に開始 · ", unix(NOW) - 60);
    assert!(description.contains(&started), "{description}");
    assert_eq!(card["fields"][0]["name"], "アルバム");
    assert_eq!(card["footer"]["text"], "リスナー 1,087 人");
    let german = Wording::from(Language::German);
    let card = json(&announcement::card(&on_air(), german));
    assert_eq!(card["footer"]["text"], "4:33 · 1.087 Hörer");
}

#[test]
fn titles_are_in_the_script_that_was_chosen_where_there_is_one() {
    let romaji = Wording {
        titles: Titles::Romaji,
        ..ENGLISH
    };
    let mut on_air = on_air();
    on_air.song.artists[1].name_romaji = Some("Dempagumi.inc".to_owned());
    let card = json(&announcement::card(&on_air, romaji));
    assert_eq!(card["title"], "Otsukare Summer!");
    let description = card["description"].as_str().unwrap();
    assert!(
        description.starts_with("*おつかれサマー!*\n"),
        "{description}"
    );
    assert!(description.contains("[Dempagumi.inc]"), "{description}");
    assert!(description.contains("[sweet ARMS]"), "{description}");
    on_air.song.title_romaji = None;
    let card = json(&announcement::card(&on_air, romaji));
    assert_eq!(card["title"], "おつかれサマー!");
    assert!(!card["description"].as_str().unwrap().starts_with('*'));
}

#[test]
fn an_event_is_shown_with_its_picture() {
    let mut on_air = on_air();
    on_air.event = Some(Event {
        id: Some(1),
        name: "Request Night".to_owned(),
        image: Some("https://cdn.listen.moe/events/1.png".to_owned()),
    });
    let card = json(&now_playing::card(&on_air, NOW, ENGLISH));
    assert_eq!(
        card["fields"][0],
        json!({"name": "📡 Live event", "value": "**Request Night**", "inline": false})
    );
    assert_eq!(card["image"]["url"], "https://cdn.listen.moe/events/1.png");
}

#[test]
fn an_unknown_time_is_not_invented() {
    let mut on_air = on_air();
    on_air.timing = Timing::default();
    let card = json(&now_playing::card(&on_air, NOW, ENGLISH));
    assert!(card["description"].as_str().unwrap().ends_with("\n`4:33`"));
    on_air.song.duration = None;
    let card = json(&now_playing::card(&on_air, NOW, ENGLISH));
    assert!(!card["description"].as_str().unwrap().contains("<t:"));
}

#[test]
fn a_song_that_ended_long_ago_is_called_so() {
    let late = NOW + Duration::hours(3);
    let card = json(&now_playing::card(&on_air(), late, ENGLISH));
    let description = card["description"].as_str().unwrap();
    assert!(
        description.contains(&format!("nothing newer since <t:{}:R>", unix(NOW) + 213)),
        "{description}"
    );
}

#[test]
fn the_next_change_is_the_one_that_the_card_shows() {
    let mut song = on_air();
    for (start, end) in [
        (song.timing.start, song.timing.end),
        (None, song.timing.end),
        (None, None),
    ] {
        song.timing = Timing { start, end };
        let says = |now| json(&now_playing::card(&song, now, ENGLISH)).to_string();
        let change = now_playing::next_change(&song, NOW).unwrap();
        assert!(says(change).contains("nothing newer"));
        assert!(!says(change - Duration::seconds(2)).contains("nothing newer"));
        assert_eq!(now_playing::next_change(&song, change), None);
    }
    song.timing.start = Some(NOW);
    assert_eq!(now_playing::next_change(&song, NOW), None);
}

#[test]
fn a_bare_song_still_makes_a_card() {
    let bare = OnAir {
        song: Song {
            id: 9,
            ..Song::default()
        },
        requester: None,
        timing: Timing::default(),
        last_played: Vec::new(),
        listeners: None,
        ..on_air()
    };
    let card = json(&announcement::card(&bare, ENGLISH));
    assert_eq!(card["title"], "Untitled");
    json(&now_playing::card(&bare, NOW, ENGLISH));
}

#[test]
fn a_compact_announcement_is_a_line_and_the_station() {
    let card = json(&announcement::compact(&on_air(), ENGLISH));
    let text = card["description"].as_str().unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.contains("/songs/") && text.ends_with("-# J-pop"),
        "{text}"
    );
    assert!(card["fields"].as_array().is_none_or(Vec::is_empty));
    assert!(card["thumbnail"].is_null());
}

#[test]
fn an_event_is_announced_with_its_name_host_and_image() {
    let mut on_air = on_air();
    on_air.event = Some(Event {
        id: Some(1),
        name: "Night of *Idols*".into(),
        image: Some("https://cdn.listen.moe/event.png".into()),
    });
    let card = json(&announcement::event(&on_air, ENGLISH));
    assert_eq!(card["title"], r"📡 Night of \*Idols\*");
    assert!(card["description"].as_str().unwrap().contains("hosted by"));
    assert_eq!(card["image"]["url"], "https://cdn.listen.moe/event.png");
}

#[test]
fn an_announcement_does_not_age() {
    let card = json(&announcement::card(&on_air(), ENGLISH));
    assert!(!card.to_string().contains("<t:"));
    assert_eq!(card["footer"]["text"], "4:33 · 1,087 listeners");
}
