//! `/status`: what someone is doing right now.

use serenity::all::User;
use time::OffsetDateTime;

use super::{show, whisper, whisper_card};
use crate::{
    discord::{CommandError, Context, cards, escape},
    lanyard::{Found, Freshness},
};

/// Show what a member of this server is doing right now.
#[poise::command(slash_command, guild_only, category = "People")]
pub(super) async fn status(
    ctx: Context<'_>,
    #[description = "Whom to show; by default you"] user: Option<User>,
) -> Result<(), CommandError> {
    let user = user.as_ref().unwrap_or_else(|| ctx.author());
    let oneself = user.id == ctx.author().id;
    if !oneself && !is_member(ctx, user) {
        return whisper(
            ctx,
            "I show the status of members of this server only.".to_owned(),
        )
        .await;
    }
    if user.bot {
        let name = escape::markdown(user.display_name(), 64);
        return whisper(ctx, format!("{name} is a bot, always at work.")).await;
    }
    let presences = &ctx.data().presences;
    match (presences.find(user.id.get()), presences.freshness()) {
        (Found::Shown(presence), freshness) => {
            let card = cards::status::card(&presence, freshness, OffsetDateTime::now_utc());
            show(ctx, card).await
        }
        (Found::Hidden, _) => whisper_card(ctx, cards::status::hidden(oneself)).await,
        (Found::Nobody, Freshness::Empty) => {
            whisper_card(ctx, cards::status::nothing_known()).await
        }
        (Found::Nobody, _) => {
            let card = cards::status::not_on_lanyard(user.display_name(), oneself);
            whisper_card(ctx, card).await
        }
    }
}

/// Discord sends membership along with a user only when there is one.
fn is_member(ctx: Context<'_>, user: &User) -> bool {
    ctx.interaction.data.resolved.members.contains_key(&user.id)
}
