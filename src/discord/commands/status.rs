//! `/status`, and "Live status" in the menu of a user: what someone is doing right now.

use poise::CreateReply;
use serenity::all::{GuildId, User};

use super::whisper;
use crate::discord::{
    CommandError, Context, escape,
    live::{Letter, Order},
    sight::{self, Sight, Whom},
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
    let (asker, data) = (ctx.author().id, ctx.data());
    let oneself = user.id == asker;
    let name = escape::markdown(user.display_name(), 64);
    if user.bot {
        return whisper(ctx, format!("{name} is a bot, always at work.")).await;
    }
    if !oneself && let Some(why) = withheld(ctx, user, &name) {
        return whisper(ctx, why).await;
    }
    // Before it is read: a change in between is seen as one.
    let version = data.presences.version(user.id.get());
    let seen = Sight::of(user.id, data);
    let order = Order {
        number: ctx.interaction.id.get(),
        place: ctx.guild_id().map_or(ctx.channel_id().get(), GuildId::get),
        asker,
        user: user.id,
    };
    let is_shown = matches!(seen, Sight::Shown(_));
    let (ticket, full) = match (live && is_shown).then(|| data.live.reserve(order)) {
        Some(Ok(ticket)) => (Some(ticket), None),
        // The card is shown all the same; it stands still.
        Some(Err(full)) => (None, Some(full)),
        None => (None, None),
    };
    let until = ticket.as_ref().map(|ticket| (order.number, ticket.until()));
    let whom = Whom {
        name: user.display_name(),
        oneself,
    };
    let face = seen.face(&whom, until);
    let print = face.print();
    let (embeds, buttons) = face.into_parts();
    let reply = embeds
        .into_iter()
        .fold(
            CreateReply::default().ephemeral(!is_shown),
            CreateReply::embed,
        )
        .components(buttons);
    ctx.send(reply).await?;
    if let (Some(ticket), Sight::Shown(shown)) = (ticket, seen) {
        let http = &ctx.serenity_context().http;
        let letter = Letter::new(http, &ctx.interaction.token);
        ticket.start(letter, print, shown.basis(version));
    }
    match full {
        Some(full) => whisper(ctx, full.to_string()).await,
        None => Ok(()),
    }
}

/// Why somebody other than the caller is not shown here.
fn withheld(ctx: Context<'_>, user: &User, name: &str) -> Option<String> {
    let interaction = ctx.interaction;
    let owners = &interaction.authorizing_integration_owners;
    if !sight::in_server(interaction.guild_id, owners) {
        return Some(
            "Here I can show you only your own status: I answer about others in servers that both \
             they and I are in."
                .to_owned(),
        );
    }
    // Discord sends membership along with a user only when there is one.
    let is_member = interaction.data.resolved.members.contains_key(&user.id);
    (!is_member).then(|| {
        format!("{name} is not a member of this server, and I answer only about those who are.")
    })
}
