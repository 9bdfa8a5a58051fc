//! `/nowplaying`: what is on air.

use time::OffsetDateTime;

use super::{server, show, whisper};
use crate::{
    discord::{CommandError, Context, cards},
    station::Station,
};

/// Show the song that LISTEN.moe is playing right now.
#[poise::command(slash_command, guild_only)]
pub(super) async fn nowplaying(
    ctx: Context<'_>,
    #[description = "Which station; by default the one that plays in this server, or J-pop"]
    station: Option<Station>,
) -> Result<(), CommandError> {
    let data = ctx.data();
    let station = station.or_else(|| playing_here(ctx)).unwrap_or_default();
    let on_air = data.stations.get(station).borrow().clone();
    if let Some(on_air) = on_air {
        let card = cards::now_playing::card(&on_air, OffsetDateTime::now_utc());
        return show(ctx, card).await;
    }
    let text = format!(
        "I have not heard from the {} station yet. Please try again in a moment.",
        station.title()
    );
    whisper(ctx, text).await
}

fn playing_here(ctx: Context<'_>) -> Option<Station> {
    let guild = server(ctx).ok()?;
    ctx.data().radio.current(guild).map(|(_, station)| station)
}
