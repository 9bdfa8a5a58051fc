//! `/radio status`: what really happens.

use time::OffsetDateTime;

use super::control;
use crate::discord::{CommandError, Context, cards, commands::whisper_card};

/// Show what the radio really does in this server right now.
#[poise::command(slash_command, guild_only)]
pub(super) async fn status(ctx: Context<'_>) -> Result<(), CommandError> {
    let control = control(ctx)?;
    ctx.defer_ephemeral().await?;
    let report = ctx.data().radio.report(control.guild).await?;
    let stream = report.target.map(|(_, station)| {
        let radio = &ctx.data().radio;
        (radio.stream(station).state(), radio.stream_report(station))
    });
    let card = cards::radio_status::card(&report, stream.as_ref(), OffsetDateTime::now_utc());
    whisper_card(ctx, card).await
}
