//! `/announce`: the channels that get new songs and live events.
//!
//! - `quiet`: the hours in which they want none.

mod quiet;

pub(in crate::discord) use quiet::{NIGHTS, OFF, ZONES, chosen as quiet_hours};

use poise::serenity_prelude::PartialChannel;
use serenity::all::{ChannelId, ChannelType, GuildId, Mentionable, Role, RoleId};
use tracing::info;

use super::{choice::Tongue, managed, private, whisper, whisper_card};
use crate::{
    announcer,
    discord::{CommandError, Context, cards, permissions, webhooks},
    language::Text,
    station::Station,
    store::{Detail, Mode, Style},
};

/// Post each new song to a channel.
#[poise::command(
    slash_command,
    guild_only,
    category = "Announcements",
    subcommand_required,
    subcommands("set", "off", "show")
)]
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn announce(_: Context<'_>) -> Result<(), CommandError> {
    Ok(())
}

/// Post each new song of a station, or its live events, to a channel.
#[poise::command(slash_command, guild_only)]
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
    #[description = "In which language to post; at first the server's"] language: Option<Tongue>,
) -> Result<(), CommandError> {
    let guild = managed(ctx)?;
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
    style.language = language.map_or(style.language, |Tongue(language)| language);
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
    let language = private(ctx).language;
    let place = channel.id;
    let (station, channel) = (
        station.title().into(),
        channel.id.mention().to_string().into(),
    );
    let what = language.say(match style.mode {
        Mode::Events => Text::AnnouncedEvents { station, channel },
        Mode::Post | Mode::Edit | Mode::Replace => Text::AnnouncedSongs { station, channel },
    });
    let silent = permissions::silent_role(ctx.cache(), guild, place, &style);
    let said = cards::targets::with_silent_role(what, silent, language);
    let said = format!("{said}\n-# {}", cards::targets::style(&style, language));
    let before = before.filter(|before| *before != style);
    let before = before.map(|before| cards::targets::style(&before, language));
    whisper(ctx, cards::text::with_before(said, before, language)).await?;
    ctx.data().restyled(guild).await;
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
        return Err(CommandError::refused(Text::NeverEveryone));
    }
    Ok(role.id)
}

/// Stop posting songs to a channel, or to every channel of this server.
#[poise::command(slash_command, guild_only)]
async fn off(
    ctx: Context<'_>,
    #[description = "Which channel; by default all of them"]
    #[channel_types("Text", "News", "PublicThread", "PrivateThread", "NewsThread")]
    channel: Option<PartialChannel>,
) -> Result<(), CommandError> {
    let guild = managed(ctx)?;
    let store = &ctx.data().store;
    let mut before = store.targets_of(guild).await?;
    let removed = match &channel {
        Some(channel) => {
            before.retain(|target| target.channel == channel.id);
            store.remove_target(guild, channel.id).await?
        }
        None => store.remove_targets_of(guild).await? > 0,
    };
    let place = channel.map(|channel| channel.id.mention().to_string());
    if removed {
        info!(%guild, place, "announcements off");
    }
    let text = match (place, removed) {
        (Some(place), true) => Text::AnnounceOff {
            channel: place.into(),
        },
        (Some(place), false) => Text::AnnounceOffAlready {
            channel: place.into(),
        },
        (None, true) => Text::AnnounceOffAll,
        (None, false) => Text::AnnounceOffAllAlready,
    };
    let language = private(ctx).language;
    let before = cards::targets::as_they_were(&before, language);
    let said = cards::text::with_before(language.say(text), before, language);
    whisper(ctx, said).await?;
    ctx.data().restyled(guild).await;
    Ok(())
}

/// Show which channels of this server get each new song.
#[poise::command(slash_command, guild_only)]
async fn show(ctx: Context<'_>) -> Result<(), CommandError> {
    let guild = managed(ctx)?;
    let targets = ctx.data().store.targets_of(guild).await?;
    whisper_card(ctx, cards::targets::card(&targets, private(ctx).language)).await
}

/// Refuses a channel that the bot could not post to, and says what is missing.
fn check_posting(
    ctx: Context<'_>,
    guild: GuildId,
    channel: &PartialChannel,
    mode: Mode,
) -> Result<(), CommandError> {
    let place = channel.id;
    let held = held(ctx, guild, place).ok_or_else(|| {
        CommandError::explained(move |language| {
            language.say(Text::ObstacleGone {
                channel: place.mention().to_string().into(),
                permissions: permissions::names(permissions::POSTING, language).into(),
            })
        })
    })?;
    let missing = permissions::missing_for_posting(channel.kind, mode, held);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CommandError::explained(move |language| {
            language.say(Text::MayNotPost {
                channel: place.mention().to_string().into(),
                permissions: permissions::names(missing, language).into(),
            })
        }))
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
