//! `/announce`: the channels that get each new song.

use poise::serenity_prelude::PartialChannel;
use serenity::all::{ChannelId, GuildId, Mentionable};
use tracing::info;

use super::{server, whisper, whisper_card};
use crate::{
    discord::{CommandError, Context, cards, permissions},
    station::Station,
};

/// Post each new song to a channel.
#[poise::command(
    slash_command,
    guild_only,
    default_member_permissions = "MANAGE_GUILD",
    required_permissions = "MANAGE_GUILD",
    subcommand_required,
    subcommands("set", "off", "show")
)]
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn announce(_: Context<'_>) -> Result<(), CommandError> {
    Ok(())
}

/// Post each new song of a station to a channel.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
async fn set(
    ctx: Context<'_>,
    #[description = "Where to post"]
    #[channel_types("Text", "News", "PublicThread", "PrivateThread", "NewsThread")]
    channel: PartialChannel,
    #[description = "Whose songs; by default J-pop"] station: Option<Station>,
) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let station = station.unwrap_or_default();
    check_posting(ctx, guild, &channel)?;

    let (store, stations) = (&ctx.data().store, &ctx.data().stations);
    store.set_target(guild, channel.id, station).await?;
    // The song that is on now counts as known: the first to be posted is the next.
    let on_air = stations.get(station).borrow().clone();
    if let Some(on_air) = on_air {
        store.claim(channel.id, station, &on_air.play_id()).await?;
    }
    info!(%guild, channel = %channel.id, %station, "announcements on");
    let text = format!(
        "Each new **{}** song will be posted in {}, beginning with the next one.",
        station.title(),
        channel.id.mention()
    );
    whisper(ctx, text).await
}

/// Stop posting songs to a channel, or to every channel of this server.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
async fn off(
    ctx: Context<'_>,
    #[description = "Which channel; by default all of them"]
    #[channel_types("Text", "News", "PublicThread", "PrivateThread", "NewsThread")]
    channel: Option<PartialChannel>,
) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let store = &ctx.data().store;
    let (place, removed) = match channel.map(|channel| channel.id) {
        Some(channel) => (
            channel.mention().to_string(),
            store.remove_target(guild, channel).await?,
        ),
        None => (
            "this server".to_owned(),
            store.remove_targets_of(guild).await? > 0,
        ),
    };
    let text = if removed {
        info!(%guild, place, "announcements off");
        format!("No more songs will be posted in {place}.")
    } else {
        format!("No songs were posted in {place} anyway.")
    };
    whisper(ctx, text).await
}

/// Show which channels of this server get each new song.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
async fn show(ctx: Context<'_>) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let targets = ctx.data().store.targets_of(guild).await?;
    whisper_card(ctx, cards::targets::card(&targets)).await
}

/// Refuses a channel that the bot could not post to, and says what is missing.
fn check_posting(
    ctx: Context<'_>,
    guild: GuildId,
    channel: &PartialChannel,
) -> Result<(), CommandError> {
    let held = held(ctx, guild, channel.id).ok_or_else(|| {
        CommandError::refused(format!(
            "I cannot see {}. Please give me **View Channel**, **Send Messages** and **Embed \
             Links** there.",
            channel.id.mention()
        ))
    })?;
    let missing = permissions::missing_for_posting(channel.kind, held);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CommandError::refused(format!(
            "I may not post in {}. Please give me {} there.",
            channel.id.mention(),
            permissions::names(missing)
        )))
    }
}

/// What the bot may do in a channel: for the one the command was used in Discord says so itself.
fn held(
    ctx: Context<'_>,
    guild: GuildId,
    channel: ChannelId,
) -> Option<serenity::all::Permissions> {
    if channel == ctx.interaction.channel_id
        && let Some(held) = ctx.interaction.app_permissions
    {
        return Some(held);
    }
    permissions::of_bot(ctx.cache(), guild, channel)
}
