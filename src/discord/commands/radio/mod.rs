//! `/radio`: the radio in a voice channel.
//!
//! - `play`: join, leave, station.
//! - `sound`: volume, stay.
//! - `manage`: dj, settings.
//! - `status`: what really happens.

mod manage;
mod play;
mod sound;
mod status;

use super::{public, say, server};
use crate::{
    discord::{
        CommandError, Context,
        cards::{panel, text},
        control::{Control, Tuned},
    },
    language::Text,
};

use self::{
    manage::{dj, settings},
    play::{join, leave, station},
    sound::{stay, volume},
    status::status,
};

/// Listen to LISTEN.moe in a voice channel.
#[poise::command(
    slash_command,
    guild_only,
    category = "Listen",
    subcommand_required,
    subcommands(
        "join", "leave", "station", "volume", "stay", "status", "dj", "settings"
    )
)]
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn radio(_: Context<'_>) -> Result<(), CommandError> {
    Ok(())
}

/// Says to everyone what was done to the radio, and how it was before.
async fn answer_tuned(ctx: Context<'_>, said: String, tuned: Tuned) -> Result<(), CommandError> {
    let language = public(ctx).language;
    let before = panel::before(tuned.before, tuned.after);
    say(ctx, text::with_before(said, before, language)).await
}

/// The caller's hand on this server's radio.
fn control(ctx: Context<'_>) -> Result<Control<'_>, CommandError> {
    let guild = server(ctx)?;
    let member = ctx
        .interaction
        .member
        .as_deref()
        .ok_or_else(|| CommandError::refused(Text::ServerOnly))?;
    Ok(Control::new(
        &ctx.serenity_context().cache,
        ctx.data(),
        guild,
        member,
    ))
}
