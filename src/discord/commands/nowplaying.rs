//! `/nowplaying`: what is on air.

use super::{show, station_asked};
use crate::{
    discord::{CommandError, Context, cards, live::Subject, sight::Whom},
    station::Station,
};

/// Show the song that LISTEN.moe is playing right now.
#[poise::command(
    slash_command,
    category = "Listen",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn nowplaying(
    ctx: Context<'_>,
    #[description = "Which station; by default the one that plays in this server, or J-pop"]
    station: Option<Station>,
    #[description = "Keep the answer current for 15 minutes"] live: Option<bool>,
) -> Result<(), CommandError> {
    let (data, station) = (ctx.data(), station_asked(ctx, station)?);
    if data.stations.get(station).borrow().is_none() {
        return Err(CommandError::refused(cards::now_playing::unknown(station)));
    }
    let (subject, nobody) = (Subject::Station(station), Whom::default());
    show(ctx, subject, &nobody, live == Some(true)).await
}
