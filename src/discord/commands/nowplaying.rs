//! `/nowplaying`: what is on air.

use std::sync::Arc;

use poise::CreateReply;
use serenity::all::EditInteractionResponse;
use time::OffsetDateTime;

use super::playing_here;
use crate::{
    discord::{CommandError, Context, cards, live_songs},
    listen_moe::OnAir,
    station::Station,
};

/// Show the song that LISTEN.moe is playing right now.
#[poise::command(
    slash_command,
    category = "Listen",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn nowplaying(
    ctx: Context<'_>,
    #[description = "Which station; by default the one that plays in this server, or J-pop"]
    station: Option<Station>,
    #[description = "Keep the answer current for 15 minutes"] live: Option<bool>,
) -> Result<(), CommandError> {
    let data = ctx.data();
    data.cooldowns.take(ctx.author().id)?;
    let station = station.or_else(|| playing_here(ctx)).unwrap_or_default();
    let changes = data.stations.get(station).clone();
    let on_air = changes.borrow().clone();
    let Some(on_air) = on_air else {
        return Err(CommandError::refused(cards::now_playing::unknown(station)));
    };
    let now = OffsetDateTime::now_utc();
    if live != Some(true) {
        let reply = CreateReply::default()
            .embed(cards::now_playing::card(&on_air, now))
            .components(cards::now_playing::buttons(&on_air));
        ctx.send(reply).await?;
        return Ok(());
    }

    let place = data.live_songs.place().ok_or_else(|| {
        CommandError::refused("Too many answers are live just now. Try again without `live`.")
    })?;
    let until = now + live_songs::LIFE;
    let reply = CreateReply::default()
        .content(cards::now_playing::live_until(until))
        .embed(cards::now_playing::card(&on_air, now))
        .components(cards::now_playing::live_buttons(&on_air));
    ctx.send(reply).await?;
    let (newest, http) = (changes.clone(), Arc::clone(&ctx.serenity_context().http));
    let render = move |live: bool| {
        let on_air = newest
            .borrow()
            .clone()
            .unwrap_or_else(|| Arc::clone(&on_air));
        edit(&on_air, live.then_some(until))
    };
    data.live_songs
        .keep(place, http, ctx.interaction.clone(), changes, render);
    Ok(())
}

/// The answer as it is now: kept current until some time, or not any more.
fn edit(on_air: &OnAir, until: Option<OffsetDateTime>) -> EditInteractionResponse {
    let card = cards::now_playing::card(on_air, OffsetDateTime::now_utc());
    let edit = EditInteractionResponse::new().embed(card);
    match until {
        Some(until) => edit
            .content(cards::now_playing::live_until(until))
            .components(cards::now_playing::live_buttons(on_air)),
        None => edit
            .content("")
            .components(cards::now_playing::buttons(on_air)),
    }
}
