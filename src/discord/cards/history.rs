//! What played, for `/history`.

use serenity::all::{ButtonStyle, CreateActionRow, CreateEmbed};
use time::{Duration, OffsetDateTime};

use super::{
    song,
    text::{Style, list, timestamp},
};
use crate::{
    discord::components::history::Button,
    language::{Language, Text, Wording},
    station::Station,
    store::{Page, PastPlay, PastPlays},
};

/// Songs a page.
pub const SONGS: u16 = 10;
/// What is older is shown with its day.
const TODAY: Duration = Duration::hours(18);
/// The longest description Discord takes, in UTF-16 code units.
const DESCRIPTION: usize = 4096;

/// A page of the record, the newest song first.
pub fn card(
    station: Station,
    page: &PastPlays,
    now: OffsetDateTime,
    wording: Wording,
) -> CreateEmbed {
    let language = wording.language;
    let lines = page.plays.iter().map(|play| line(play, now, wording));
    let lines: Vec<String> = lines.collect();
    let text = if lines.is_empty() {
        language.say(Text::NothingPlayed)
    } else {
        list(&lines, "\n", DESCRIPTION, language)
    };
    CreateEmbed::new()
        .colour(song::colour(station))
        .author(song::station_line(station))
        .title(language.say(Text::WhatPlayed))
        .description(text)
}

fn line(play: &PastPlay, now: OffsetDateTime, wording: Wording) -> String {
    let style = if play.at > now.saturating_sub(TODAY) {
        Style::Time
    } else {
        Style::DateTime
    };
    let song = song::past_line(play, wording);
    format!("{} {song}", timestamp(play.at, style))
}

/// The buttons that lead to the other pages.
pub fn buttons(station: Station, page: &PastPlays, language: Language) -> Vec<CreateActionRow> {
    let other = station.other();
    let button = |station, page| {
        Button { station, page }
            .create()
            .style(ButtonStyle::Secondary)
    };
    let mut row = Vec::new();
    // Where nothing is, no two buttons may lead to the same.
    if let (Some(first), Some(last)) = (page.plays.first(), page.plays.last()) {
        let newer = button(station, Page::After(first.id)).disabled(!page.newer);
        let older = button(station, Page::Before(last.id)).disabled(!page.older);
        row.push(newer.label(format!("◀ {}", language.say(Text::Newer))));
        row.push(older.label(format!("{} ▶", language.say(Text::Older))));
    }
    row.push(button(other, Page::Newest).label(other.title()));
    vec![CreateActionRow::Buttons(row)]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::language::Titles;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn play(id: i64, ago: Duration) -> PastPlay {
        PastPlay {
            id,
            station: Station::Jpop,
            song: 7,
            title: Some("*One*".to_owned()),
            title_romaji: Some("Ichi".to_owned()),
            artists: None,
            artists_romaji: Some("Uguisu".to_owned()),
            at: NOW - ago,
        }
    }

    fn enabled(page: &PastPlays) -> Vec<String> {
        let rows = serde_json::to_value(buttons(Station::Jpop, page, Language::English)).unwrap();
        let row = rows[0]["components"].as_array().unwrap();
        row.iter()
            .filter(|button| button.get("disabled").and_then(Value::as_bool) != Some(true))
            .map(|button| button["custom_id"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn what_is_older_than_today_has_a_date() {
        let page = PastPlays {
            plays: vec![play(2, Duration::hours(1)), play(1, Duration::days(2))],
            newer: false,
            older: true,
        };
        let read = |titles| {
            let language = Language::English;
            let card = card(Station::Jpop, &page, NOW, Wording { language, titles });
            serde_json::to_value(card).unwrap()["description"].clone()
        };
        assert_eq!(
            read(Titles::Native),
            "<t:-3600:t> [\\*One\\*](https://listen.moe/songs/7) · Uguisu\n\
             <t:-172800:f> [\\*One\\*](https://listen.moe/songs/7) · Uguisu"
        );
        assert_eq!(
            read(Titles::Romaji),
            "<t:-3600:t> [Ichi](https://listen.moe/songs/7) · Uguisu\n\
             <t:-172800:f> [Ichi](https://listen.moe/songs/7) · Uguisu"
        );
        assert_eq!(
            enabled(&page),
            ["history:jpop:before:1", "history:kpop:newest"]
        );
    }

    #[test]
    fn an_empty_record_leads_to_the_other_station_only() {
        assert_eq!(enabled(&PastPlays::default()), ["history:kpop:newest"]);
        let card = card(
            Station::Jpop,
            &PastPlays::default(),
            NOW,
            Language::English.into(),
        );
        let card = serde_json::to_value(card).unwrap();
        assert!(
            card["description"]
                .as_str()
                .unwrap()
                .contains("Nothing yet")
        );
    }
}
