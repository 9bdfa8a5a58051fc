//! `/radio status`: what really happens.

use time::OffsetDateTime;

use super::control;
use crate::discord::{
    CommandError, Context, cards,
    commands::{private, whisper_card},
};

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
    let (now, language) = (OffsetDateTime::now_utc(), private(ctx).language);
    let card = cards::radio_status::card(&report, stream.as_ref(), now, language);
    whisper_card(ctx, card).await
}
