//! `/radio`: the radio in a voice channel.

use poise::serenity_prelude::PartialChannel;
use serenity::all::{ChannelId, GuildId, Mentionable};

use super::{caller_permissions, say, server};
use crate::{
    discord::{
        CommandError, Context, permissions,
        voice::{Obstacle, Room, Snapshot},
    },
    radio::Joined,
    station::Station,
};

/// Listen to LISTEN.moe in a voice channel.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("join", "leave", "station")
)]
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn radio(_: Context<'_>) -> Result<(), CommandError> {
    Ok(())
}

/// Play the radio in your voice channel, or in the one you name.
#[poise::command(slash_command, guild_only)]
async fn join(
    ctx: Context<'_>,
    #[description = "Where to play; by default the voice channel you are in"]
    #[channel_types("Voice", "Stage")]
    channel: Option<PartialChannel>,
    #[description = "What to play; by default what played last, or J-pop"] station: Option<Station>,
) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let voice = snapshot(ctx, guild)?;
    let channel = channel
        .map(|channel| channel.id)
        .or(voice.caller)
        .ok_or_else(|| {
            CommandError::refused(
                "Join a voice channel first, or name one: `/radio join channel:`.",
            )
        })?;
    let room = Room::look(ctx.cache(), guild, channel).ok_or_else(|| unseen(channel))?;
    room.admits()
        .map_err(|obstacle| explain(obstacle, channel))?;

    let current = ctx.data().radio.current(guild);
    let station = station
        .or_else(|| current.map(|(_, station)| station))
        .unwrap_or_default();
    let unchanged = current == Some((channel, station));
    if !unchanged && voice.bot.is_some() && !voice.may_direct(caller_permissions(ctx)) {
        return Err(in_use(voice.bot));
    }

    // Connecting takes longer than the 3 s that Discord gives an answer.
    ctx.defer().await?;
    let joined = ctx.data().radio.join(guild, channel, station).await?;
    say(ctx, playing(joined)).await
}

/// Stop the radio and leave the voice channel.
#[poise::command(slash_command, guild_only)]
async fn leave(ctx: Context<'_>) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let voice = snapshot(ctx, guild)?;
    if ctx.data().radio.current(guild).is_none() && voice.bot.is_none() {
        return Err(silent());
    }
    if !voice.may_direct(caller_permissions(ctx)) {
        return Err(in_use(voice.bot));
    }
    ctx.defer().await?;
    let text = if ctx.data().radio.leave(guild).await? {
        "The radio is off. Goodbye!"
    } else {
        "The radio was off already."
    };
    say(ctx, text.to_owned()).await
}

/// Switch to the other station, without leaving the voice channel.
#[poise::command(slash_command, guild_only)]
async fn station(
    ctx: Context<'_>,
    #[description = "What to play"] station: Station,
) -> Result<(), CommandError> {
    let guild = server(ctx)?;
    let voice = snapshot(ctx, guild)?;
    if ctx.data().radio.current(guild).is_none() {
        return Err(silent());
    }
    if !voice.may_direct(caller_permissions(ctx)) {
        return Err(in_use(voice.bot));
    }
    ctx.defer().await?;
    let joined = ctx.data().radio.switch(guild, station).await?;
    say(ctx, playing(joined)).await
}

fn snapshot(ctx: Context<'_>, guild: GuildId) -> Result<Snapshot, CommandError> {
    Snapshot::take(ctx.cache(), guild, ctx.author().id).ok_or_else(|| {
        CommandError::refused(
            "I am still getting to know this server. Please try again in a moment.",
        )
    })
}

fn playing(joined: Joined) -> String {
    let (channel, station) = (joined.channel.mention(), joined.station.title());
    if joined.already {
        format!("I am already playing **{station}** in {channel}.")
    } else {
        format!("Playing **{station}** in {channel}. Enjoy!")
    }
}

fn unseen(channel: ChannelId) -> CommandError {
    CommandError::refused(format!(
        "I cannot see {}. Please give me **View Channel**, **Connect** and **Speak** there.",
        channel.mention()
    ))
}

fn explain(obstacle: Obstacle, channel: ChannelId) -> CommandError {
    let channel = channel.mention();
    CommandError::refused(match obstacle {
        Obstacle::NotVoice => format!("{channel} is not a voice channel."),
        Obstacle::Missing(missing) => format!(
            "I may not play in {channel}. Please give me {} there.",
            permissions::names(missing)
        ),
        Obstacle::Full => format!(
            "{channel} is full. I need a free place there, or the permission **Move Members**."
        ),
    })
}

fn silent() -> CommandError {
    CommandError::refused("The radio is not playing in this server. `/radio join` starts it.")
}

fn in_use(channel: Option<ChannelId>) -> CommandError {
    let place = channel.map_or_else(
        || "another channel".to_owned(),
        |channel| channel.mention().to_string(),
    );
    CommandError::refused(format!(
        "People are listening in {place}. Join them there to change the radio, or ask a moderator."
    ))
}
