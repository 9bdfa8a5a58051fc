//! `/radio join`, `/radio leave`, `/radio station`.

use poise::{CreateReply, serenity_prelude::PartialChannel};
use tracing::warn;

use super::{answer_tuned, control};
use crate::{
    discord::{CommandError, Context, cards, commands::public, control::explain, panels},
    language::Text,
    radio::{Joined, room},
    station::Station,
    store::Panel,
};

/// Play the radio in your voice channel, or in the one you name.
#[poise::command(slash_command, guild_only)]
pub(super) async fn join(
    ctx: Context<'_>,
    #[description = "Where to play; by default the voice channel you are in"]
    #[channel_types("Voice", "Stage")]
    channel: Option<PartialChannel>,
    #[description = "What to play; by default what played last, or J-pop"] station: Option<Station>,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    let found = control.find().await?;
    let channel = channel
        .map(|channel| channel.id)
        .or(found.voice.caller)
        .ok_or_else(|| CommandError::refused(Text::JoinWhere))?;
    if let Some(obstacle) = room::obstacle(control.cache, control.guild, channel) {
        return Err(CommandError::explained(move |language| {
            explain(obstacle, channel, language)
        }));
    }
    let station = station
        .or_else(|| found.current.map(|(_, station)| station))
        .unwrap_or(found.settings.station);
    let unchanged = found.current == Some((channel, station));
    if !unchanged && found.voice.bot.is_some() {
        control.check(&found)?;
    }

    control.take_turn()?;
    // Connecting takes longer than the 3 s that Discord gives an answer.
    ctx.defer().await?;
    let (joined, _) = control.join(&found, channel, station).await?;
    answer(ctx, joined).await
}

/// The public answer: what plays, with the buttons.
async fn answer(ctx: Context<'_>, joined: Joined) -> Result<(), CommandError> {
    let control = control(ctx)?;
    let report = ctx.data().radio.report(control.guild).await?;
    let language = public(ctx).language;
    let (card, buttons) =
        panels::face(ctx.data(), control.guild, &report, joined.already, language);
    let reply = CreateReply::default().embed(card).components(buttons);
    let message = ctx.send(reply).await?.into_message().await?;
    let panel = Panel {
        channel: message.channel_id,
        message: message.id,
    };
    // Without a place in the store the buttons work all the same; the message grows old.
    if let Err(error) = panels::adopt(ctx.data(), control.guild, panel).await {
        warn!(guild = %control.guild, "the message with the buttons will not be kept up to date: {error}");
    }
    Ok(())
}

/// Stop the radio and leave the voice channel.
#[poise::command(slash_command, guild_only)]
pub(super) async fn leave(ctx: Context<'_>) -> Result<(), CommandError> {
    let control = control(ctx)?;
    let found = control.playing().await?;
    ctx.defer().await?;
    let (left, tuned) = control.stop(&found).await?;
    let text = if left { Text::Left } else { Text::LeftAlready };
    answer_tuned(ctx, public(ctx).say(text), tuned).await
}

/// Switch to the other station, without leaving the voice channel.
#[poise::command(slash_command, guild_only)]
pub(super) async fn station(
    ctx: Context<'_>,
    #[description = "What to play"] station: Station,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    let found = control.playing().await?;
    control.take_turn()?;
    ctx.defer().await?;
    let (joined, tuned) = control.switch(&found, station).await?;
    let language = public(ctx).language;
    let text = cards::panel::playing(joined.channel, joined.station, joined.already, language);
    answer_tuned(ctx, text, tuned).await
}
