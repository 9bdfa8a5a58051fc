//! `/queue`: the songs that wait. LISTEN.moe tells of them only who shows an account's token.

use poise::CreateReply;

use super::{public, station_asked};
use crate::{
    discord::{CommandError, Context, cards},
    language::Text,
    station::Station,
};

/// Show how many songs wait on LISTEN.moe.
#[poise::command(
    slash_command,
    category = "Listen",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn queue(
    ctx: Context<'_>,
    #[description = "Which station; by default the one that plays in this server, or J-pop"]
    station: Option<Station>,
) -> Result<(), CommandError> {
    let (data, station) = (ctx.data(), station_asked(ctx, station)?);
    let on_air = data.stations.get(station).borrow().clone();
    let on_air = on_air.ok_or_else(|| {
        let station = station.title().into();
        CommandError::refused(Text::StationUnknown { station })
    })?;
    let reply = CreateReply::default().embed(cards::queue::card(&on_air, public(ctx).language));
    ctx.send(reply).await?;
    Ok(())
}
