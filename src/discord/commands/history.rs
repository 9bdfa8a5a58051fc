//! `/history`: what played.

use poise::CreateReply;
use time::OffsetDateTime;

use super::{private, station_asked};
use crate::{
    discord::{CommandError, Context, cards},
    station::Station,
    store::Page,
};

/// Show what played on LISTEN.moe, and when.
#[poise::command(
    slash_command,
    category = "Listen",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn history(
    ctx: Context<'_>,
    #[description = "Which station; by default the one that plays in this server, or J-pop"]
    station: Option<Station>,
) -> Result<(), CommandError> {
    let (data, station) = (ctx.data(), station_asked(ctx, station)?);
    let page = data
        .store
        .past_plays(station, Page::Newest, cards::history::SONGS)
        .await?;
    let (now, wording) = (OffsetDateTime::now_utc(), private(ctx));
    let reply = CreateReply::default()
        .embed(cards::history::card(station, &page, now, wording))
        .components(cards::history::buttons(station, &page, wording.language))
        .ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}
