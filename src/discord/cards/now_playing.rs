//! The card of `/nowplaying`.

use serenity::all::{CreateEmbed, CreateEmbedFooter};
use time::{Duration, OffsetDateTime};

use super::{
    song,
    text::{Style, clock, timestamp},
};
use crate::listen_moe::OnAir;

/// A song that ended this long ago, or came this long ago without saying when it ends, is no
/// longer what is on air: the gateway has gone quiet.
const OVERDUE: Duration = Duration::minutes(2);
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
fn time_line(on_air: &OnAir, now: OffsetDateTime) -> Option<String> {
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

fn overdue(since: OffsetDateTime) -> String {
    format!(
        "⚠️ The station has sent nothing newer since {}",
        timestamp(since, Style::Relative)
    )
}
