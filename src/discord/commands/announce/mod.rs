//! `/announce`: the channels that get new songs and live events.
//!
//! - `quiet`: the hours in which they want none.

mod quiet;

use poise::serenity_prelude::PartialChannel;
use serenity::all::{ChannelId, ChannelType, GuildId, Mentionable, Role, RoleId};
use tracing::info;

use super::{server, whisper, whisper_card};
use crate::{
    announcer,
    discord::{CommandError, Context, cards, permissions, webhooks},
    station::Station,
    store::{Detail, Mode, Style},
};

/// Post each new song to a channel.
#[poise::command(
    slash_command,
    guild_only,
    category = "Announcements",
    default_member_permissions = "MANAGE_GUILD",
    required_permissions = "MANAGE_GUILD",
    subcommand_required,
    subcommands("set", "off", "show")
)]
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn announce(_: Context<'_>) -> Result<(), CommandError> {
    Ok(())
}

/// Post each new song of a station, or its live events, to a channel.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
#[allow(clippy::too_many_arguments, reason = "an option each")]
async fn set(
    ctx: Context<'_>,
    #[description = "Where to post"]
    #[channel_types("Text", "News", "PublicThread", "PrivateThread", "NewsThread")]
    channel: PartialChannel,
    #[description = "Whose songs; by default J-pop"] station: Option<Station>,
    #[description = "When there is a message; at first one for each song"] mode: Option<Mode>,
    #[description = "How much of a song to show; at first everything"] card: Option<Detail>,
    #[description = "Who is mentioned when a live event begins; at first nobody"] role: Option<
        Role,
    >,
    #[description = "Minutes between two messages at least; at first none"]
    #[min = 0]
    #[max = 1440]
    pause: Option<u16>,
    #[description = "Hours without new messages, like 22:00-07:00, or off"]
    #[autocomplete = "quiet::nights"]
    #[max_length = 20]
    quiet: Option<String>,
    #[description = "Where these hours are, like Europe/Berlin; at first UTC"]
    #[autocomplete = "quiet::zones"]
    #[max_length = 50]
    time_zone: Option<String>,
    #[description = "Post as the station, through a webhook; at first as myself"] webhook: Option<
        bool,
    >,
) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let station = station.unwrap_or_default();
    let (store, stations) = (&ctx.data().store, &ctx.data().stations);
    let targets = store.targets_of(guild).await?;
    // What is not said stays as it is.
    let mut style = targets
        .into_iter()
        .find(|target| target.channel == channel.id && target.station == station)
        .map_or_else(Style::default, |target| target.style);
    style.mode = mode.unwrap_or(style.mode);
    style.detail = card.unwrap_or(style.detail);
    if let Some(role) = role {
        style.role = Some(mentionable(&role, guild)?);
    }
    style.pause_minutes = pause
        .unwrap_or(style.pause_minutes)
        .min(Style::LONGEST_PAUSE);
    style.quiet = quiet::chosen(style.quiet, quiet.as_deref(), time_zone.as_deref())?;
    check_posting(ctx, guild, &channel, style.mode)?;
    if let Some(wanted) = webhook {
        style.webhook = if wanted {
            let parent = channel.parent_id.filter(|_| is_thread(channel.kind));
            let place = webhooks::place(ctx.cache(), guild, channel.id, parent)?;
            Some(place)
        } else {
            None
        };
    }

    let before = store.set_target(guild, channel.id, station, &style).await?;
    // What is on now counts as known: the first to be posted is the next.
    let on_air = stations.get(station).borrow().clone();
    let known = on_air.and_then(|on_air| announcer::occasion(style.mode, &on_air));
    if let Some(known) = known {
        store.claim(channel.id, station, &known).await?;
    }
    info!(%guild, channel = %channel.id, %station, mode = %style.mode, "announcements on");
    let what = match style.mode {
        Mode::Events => "live events",
        Mode::Post | Mode::Edit | Mode::Replace => "songs",
    };
    let mut text = format!(
        "**{}** {what} will be announced in {}, beginning with the next one.\n-# {}",
        station.title(),
        channel.id.mention(),
        cards::targets::style(&style)
    );
    if let Some(before) = before.filter(|before| *before != style) {
        text.push_str("\n-# Before: ");
        text.push_str(&cards::targets::style(&before));
    }
    whisper(ctx, text).await?;
    webhooks::tidy(ctx.data(), guild).await;
    Ok(())
}

const fn is_thread(kind: ChannelType) -> bool {
    matches!(
        kind,
        ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
    )
}

/// `@everyone` is a role too, and is nobody's to be mentioned by a radio.
fn mentionable(role: &Role, guild: GuildId) -> Result<RoleId, CommandError> {
    if role.id.get() == guild.get() {
        return Err(CommandError::refused(
            "I never mention everyone. Choose a role that people take because they want to be told.",
        ));
    }
    Ok(role.id)
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
    whisper(ctx, text).await?;
    webhooks::tidy(ctx.data(), guild).await;
    Ok(())
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
    mode: Mode,
) -> Result<(), CommandError> {
    let held = held(ctx, guild, channel.id).ok_or_else(|| {
        CommandError::refused(format!(
            "I cannot see {}. Please give me **View Channel**, **Send Messages** and **Embed \
             Links** there.",
            channel.id.mention()
        ))
    })?;
    let missing = permissions::missing_for_posting(channel.kind, mode, held);
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
