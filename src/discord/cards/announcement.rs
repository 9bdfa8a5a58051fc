//! The card that is posted to a channel when a song begins.

use serenity::all::{CreateEmbed, CreateEmbedFooter};

use super::{song, text::clock};
use crate::listen_moe::OnAir;

/// A song that has just begun. Unlike `/nowplaying` it stays in the channel for years, so it holds
/// nothing that ages: when it was played is the time of the message.
pub fn card(on_air: &OnAir) -> CreateEmbed {
    let embed = song::embed(on_air, &[]);
    let footer: Vec<String> = [
        on_air.song.duration.map(clock),
        on_air.listeners.map(song::listeners),
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
