//! The card of `/nowplaying`, and its buttons.

use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateEmbedFooter};
use time::{Duration, OffsetDateTime};

use super::{
    song,
    text::{Style, clock, timestamp},
};
use crate::{
    discord::components::song::Button,
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
pub fn card(on_air: &OnAir, now: OffsetDateTime) -> CreateEmbed {
    let lines: Vec<String> = time_line(on_air, now).into_iter().collect();
    let mut embed = song::embed(on_air, &lines);
    let before: Vec<String> = on_air.last_played.iter().take(2).map(song::line).collect();
    if !before.is_empty() {
        embed = embed.field("Before this", before.join("\n"), false);
    }
    if let Some(listeners) = on_air.listeners {
        embed = embed.footer(CreateEmbedFooter::new(song::listeners(listeners)));
    }
    embed
}

/// Where the song is, in times that the reader's client keeps current. No bar: it would be wrong a
/// second later.
pub(super) fn time_line(on_air: &OnAir, now: OffsetDateTime) -> Option<String> {
    let length = on_air.song.duration.map(clock);
    let line = match (on_air.timing.start, on_air.timing.end) {
        (_, Some(end)) if end + OVERDUE < now => overdue(end),
        (None, None) if on_air.received_at + LONG < now => overdue(on_air.received_at),
        (Some(start), end) => {
            let mut parts = vec![format!("▶ Started {}", timestamp(start, Style::Relative))];
            if let Some(end) = end {
                let verb = if end > now { "ends" } else { "ended" };
                parts.push(format!("{verb} {}", timestamp(end, Style::Relative)));
            }
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

fn overdue(since: OffsetDateTime) -> String {
    format!(
        "⚠️ The station has sent nothing newer since {}",
        timestamp(since, Style::Relative)
    )
}

/// When nothing is known of a station.
pub fn unknown(station: Station) -> String {
    format!(
        "I have not heard from the {} station yet. Please try again in a moment.",
        station.title()
    )
}

/// Above an answer that is kept current.
pub fn live_until(until: OffsetDateTime) -> String {
    format!("-# 🔴 Live until {}", timestamp(until, Style::Time))
}

/// What can be done with the answer: the same again, the other station, the song's page and cover.
pub fn buttons(on_air: &OnAir) -> Vec<CreateActionRow> {
    let other = on_air.station.other();
    let refresh = Button::Now(on_air.station).create();
    let switch = Button::Now(other).create();
    let mut row: Vec<CreateButton> = [
        refresh.map(|button| button.emoji('🔄').label("Refresh")),
        switch.map(|button| button.label(other.title())),
    ]
    .into_iter()
    .flatten()
    .map(|button| button.style(ButtonStyle::Secondary))
    .collect();
    row.extend(pages(on_air));
    vec![CreateActionRow::Buttons(row)]
}

/// The same below an answer that is kept current: nobody needs to refresh it, and it stays with its
/// station.
pub fn live_buttons(on_air: &OnAir) -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(pages(on_air))]
}

/// The song's page, and its cover in full.
fn pages(on_air: &OnAir) -> Vec<CreateButton> {
    let page = CreateButton::new_link(song_url(on_air.song.id)).label("Song page");
    let cover = song::cover_file(&on_air.song).and_then(|file| {
        let in_full = Button::Cover(file.to_owned())
            .create()
            .map(|button| button.style(ButtonStyle::Secondary));
        let linked = || {
            let address = cover_url(file);
            (address.len() <= BUTTON_ADDRESS).then(|| CreateButton::new_link(address))
        };
        Some(in_full.or_else(linked)?.label("Cover"))
    });
    [Some(page), cover].into_iter().flatten().collect()
}
