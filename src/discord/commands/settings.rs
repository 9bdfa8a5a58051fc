//! `/settings`: everything that is set for a server, on one page.

use serenity::all::{CreateInteractionResponse, CreateInteractionResponseMessage};

use super::{managed, private};
use crate::discord::{CommandError, Context, cards, components, respond::respond};

/// Show and change everything that is set for this server.
#[poise::command(slash_command, guild_only, category = "Settings")]
pub(super) async fn settings(ctx: Context<'_>) -> Result<(), CommandError> {
    let settings = components::settings::of(ctx.data(), managed(ctx)?).await?;
    let language = private(ctx).language;
    let message = CreateInteractionResponseMessage::new()
        .embed(cards::settings::card(&settings, None, language))
        .components(cards::settings::rows(&settings, language))
        .ephemeral(true);
    let response = CreateInteractionResponse::Message(message);
    let interaction = ctx.interaction;
    respond(ctx.http(), interaction.id, &interaction.token, &response).await?;
    Ok(())
}
