//! `/settings`: everything that is set for a server, on one page.

use poise::CreateReply;

use super::{managed, private};
use crate::discord::{CommandError, Context, cards, components};

/// Show and change everything that is set for this server.
#[poise::command(slash_command, guild_only, category = "Settings")]
pub(super) async fn settings(ctx: Context<'_>) -> Result<(), CommandError> {
    let settings = components::settings::of(ctx.data(), managed(ctx)?).await?;
    let language = private(ctx).language;
    let reply = CreateReply::default()
        .embed(cards::settings::card(&settings, None, language))
        .components(cards::settings::rows(&settings, language))
        .ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}
