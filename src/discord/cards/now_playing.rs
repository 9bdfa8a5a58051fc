//! The card of `/nowplaying`, and its buttons.

use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateEmbedFooter};
use time::{Duration, OffsetDateTime};

use super::{
    song,
    text::{Style, clock, timestamp},
};
use crate::{
    discord::components::song::Button,
    language::{Language, Text, Wording},
    listen_moe::{OnAir, cover_url, song_url},
    station::Station,
};

/// A song that ended this long ago, or came this long ago without saying when it ends, is no
/// longer what is on air: the gateway has gone quiet.
const OVERDUE: Duration = Duration::minutes(2);
/// The longest address of a button, in characters.
/// <https://discord.com/developers/docs/components/reference#button-button-structure>
const BUTTON_ADDRESS: usize = 512;
/// Longer than nearly every song.
const LONG: Duration = Duration::minutes(20);

/// What is on air: the song, how far it is, who listens and the two songs before.
pub fn card(on_air: &OnAir, now: OffsetDateTime, wording: Wording) -> CreateEmbed {
    let language = wording.language;
    let lines: Vec<String> = time_line(on_air, now, language).into_iter().collect();
    let mut embed = song::embed(on_air, &lines, wording);
    let before = on_air.last_played.iter().take(2);
    let before: Vec<String> = before.map(|song| song::line(song, wording)).collect();
    if !before.is_empty() {
        embed = embed.field(language.say(Text::BeforeThis), before.join("\n"), false);
    }
    if let Some(count) = on_air.listeners {
        embed = embed.footer(CreateEmbedFooter::new(song::listeners(count, language)));
    }
    embed
}

/// Where the song is, in times that the reader's client keeps current. No bar: it would be wrong a
/// second later.
pub(super) fn time_line(on_air: &OnAir, now: OffsetDateTime, language: Language) -> Option<String> {
    let length = on_air.song.duration.map(clock);
    let line = match (on_air.timing.start, on_air.timing.end) {
        (_, Some(end)) if end + OVERDUE < now => overdue(end, language),
        (None, None) if on_air.received_at + LONG < now => overdue(on_air.received_at, language),
        (Some(start), end) => {
            let mut parts = vec![started(start, language)];
            parts.extend(end.map(|end| ends(end, now, language)));
            parts.extend(length.map(|length| format!("`{length}`")));
            parts.join(" · ")
        }
        _ => format!("`{}`", length?),
    };
    Some(line)
}

/// When the card says something else although nothing has changed: what is on air is over then, and
/// nothing newer has come.
pub fn next_change(on_air: &OnAir, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let timing = on_air.timing;
    let overdue = match (timing.start, timing.end) {
        (_, Some(end)) => end + OVERDUE,
        (None, None) => on_air.received_at + LONG,
        (Some(_), None) => return None,
    };
    // The card turns just after that moment.
    let change = overdue + Duration::SECOND;
    (change > now).then_some(change)
}

/// When something began.
pub(super) fn started(start: OffsetDateTime, language: Language) -> String {
    let when = timestamp(start, Style::Relative).into();
    format!("▶ {}", language.say(Text::Started { when }))
}

/// When something ends, or ended.
pub(super) fn ends(end: OffsetDateTime, now: OffsetDateTime, language: Language) -> String {
    let when = timestamp(end, Style::Relative).into();
    language.say(if end > now {
        Text::Ends { when }
    } else {
        Text::Ended { when }
    })
}

fn overdue(since: OffsetDateTime, language: Language) -> String {
    let when = timestamp(since, Style::Relative).into();
    format!("⚠️ {}", language.say(Text::NothingNewer { when }))
}

/// When nothing is known of a station.
pub(in crate::discord) fn unknown(station: Station) -> Text<'static> {
    let station = station.title().into();
    Text::StationUnknown { station }
}

/// Above an answer that is kept current.
pub fn live_until(until: OffsetDateTime, language: Language) -> String {
    let when = timestamp(until, Style::Time).into();
    format!("-# 🔴 {}", language.say(Text::LiveUntil { when }))
}

/// What can be done with the answer: the same again, the other station, the song's page and cover.
pub fn buttons(on_air: &OnAir, language: Language) -> Vec<CreateActionRow> {
    let other = on_air.station.other();
    let refresh = Button::Now(on_air.station).create();
    let switch = Button::Now(other).create();
    let mut row: Vec<CreateButton> = [
        refresh.map(|button| button.emoji('🔄').label(language.say(Text::Refresh))),
        switch.map(|button| button.label(other.title())),
    ]
    .into_iter()
    .flatten()
    .map(|button| button.style(ButtonStyle::Secondary))
    .collect();
    row.extend(pages(on_air, language));
    vec![CreateActionRow::Buttons(row)]
}

/// The same below an answer that is kept current: nobody needs to refresh it, and it stays with its
/// station.
pub fn live_buttons(on_air: &OnAir, language: Language) -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(pages(on_air, language))]
}

/// The song's page, and its cover in full.
fn pages(on_air: &OnAir, language: Language) -> Vec<CreateButton> {
    let page = CreateButton::new_link(song_url(on_air.song.id)).label(language.say(Text::SongPage));
    let cover = song::cover_file(&on_air.song).and_then(|file| {
        let in_full = Button::Cover(file.to_owned())
            .create()
            .map(|button| button.style(ButtonStyle::Secondary));
        let linked = || {
            let address = cover_url(file);
            (address.len() <= BUTTON_ADDRESS).then(|| CreateButton::new_link(address))
        };
        Some(in_full.or_else(linked)?.label(language.say(Text::Cover)))
    });
    [Some(page), cover].into_iter().flatten().collect()
}
