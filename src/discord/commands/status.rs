//! `/status`, and "Live status" in the menu of a user: what someone is doing right now.

use serenity::all::User;

use super::{private, show, whisper};
use crate::{
    discord::{
        CommandError, Context, escape,
        live::Subject,
        sight::{self, Whom},
    },
    language::Text,
};

/// Show what a member of this server, or you, are doing right now.
#[poise::command(
    slash_command,
    category = "People",
    install_context = "Guild|User",
    interaction_context = "Guild|BotDm|PrivateChannel"
)]
pub(super) async fn status(
    ctx: Context<'_>,
    #[description = "Whom to show; by default you"] user: Option<User>,
    #[description = "Keep the card up to date for 15 minutes"] live: Option<bool>,
) -> Result<(), CommandError> {
    let user = user.as_ref().unwrap_or_else(|| ctx.author());
    answer(ctx, user, live.unwrap_or(false)).await
}

/// The same for whom one points at, kept up to date.
#[poise::command(
    context_menu_command = "Live status",
    install_context = "Guild|User",
    interaction_context = "Guild|BotDm|PrivateChannel"
)]
pub(super) async fn live_status(ctx: Context<'_>, user: User) -> Result<(), CommandError> {
    answer(ctx, &user, true).await
}

async fn answer(ctx: Context<'_>, user: &User, live: bool) -> Result<(), CommandError> {
    ctx.data().cooldowns.take(ctx.author().id)?;
    let oneself = user.id == ctx.author().id;
    let name = escape::markdown(user.display_name(), 64);
    if user.bot {
        let name = name.into();
        return whisper(ctx, private(ctx).say(Text::IsBot { name })).await;
    }
    if !oneself && let Some(why) = withheld(ctx, user, &name) {
        return whisper(ctx, private(ctx).say(why)).await;
    }
    let whom = Whom {
        name: user.display_name(),
        oneself,
    };
    show(ctx, Subject::Person(user.id), &whom, live).await
}

/// Why somebody other than the caller is not shown here.
fn withheld<'a>(ctx: Context<'_>, user: &User, name: &'a str) -> Option<Text<'a>> {
    let interaction = ctx.interaction;
    let owners = &interaction.authorizing_integration_owners;
    if !sight::in_server(interaction.guild_id, owners) {
        return Some(Text::OnlyYourOwn);
    }
    // Discord sends membership along with a user only when there is one.
    let is_member = interaction.data.resolved.members.contains_key(&user.id);
    let name = name.into();
    (!is_member).then_some(Text::NotAMember { name })
}
