//! The cards that are posted to a channel when a song or a live event begins.

use serenity::all::{CreateEmbed, CreateEmbedFooter};

use super::{
    song,
    text::{address_of, clock},
};
use crate::{
    discord::escape,
    language::{Text, Wording},
    listen_moe::OnAir,
};

/// The longest name of an event, in UTF-16 code units: a title holds 256.
const NAME: usize = 240;

/// A song that has just begun. Unlike `/nowplaying` it stays in the channel for years, so it holds
/// nothing that ages: when it was played is the time of the message.
pub fn card(on_air: &OnAir, wording: Wording) -> CreateEmbed {
    let embed = song::embed(on_air, &[], wording);
    let footer: Vec<String> = [
        on_air.song.duration.map(clock),
        on_air
            .listeners
            .map(|count| song::listeners(count, wording.language)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if footer.is_empty() {
        embed
    } else {
        embed.footer(CreateEmbedFooter::new(footer.join(" · ")))
    }
}

/// The same in one line.
pub fn compact(on_air: &OnAir, wording: Wording) -> CreateEmbed {
    let mut line = song::line(&on_air.song, wording);
    if let Some(length) = on_air.song.duration.map(clock) {
        line = format!("{line} · `{length}`");
    }
    CreateEmbed::new()
        .colour(song::colour(on_air.station))
        .description(format!("{line}\n-# {}", on_air.station.title()))
}

/// A live event that has just begun: its name, its host and its image.
pub fn event(on_air: &OnAir, wording: Wording) -> CreateEmbed {
    let event = on_air.event.as_ref();
    let name = event.map(|event| escape::markdown(&event.name, NAME));
    let name = name.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| wording.say(Text::LiveNow));
    let mut lines = Vec::new();
    // During an event, who asks for the songs is who plays them.
    let host = song::requester(on_air).map(Into::into);
    lines.extend(host.map(|host| wording.say(Text::HostedBy { host })));
    lines.push(format!("▶ {}", song::line(&on_air.song, wording)));
    let mut embed = CreateEmbed::new()
        .colour(song::colour(on_air.station))
        .author(song::station_line(on_air.station))
        .title(format!("📡 {name}"))
        .description(lines.join("\n"));
    if let Some(image) = event.and_then(|event| address_of(event.image.as_deref()?)) {
        embed = embed.image(image);
    }
    embed
}
