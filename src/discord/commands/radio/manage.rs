//! `/radio dj`, `/radio settings`: for those who manage the server.

use serenity::all::{Mentionable, Role};

use super::control;
use crate::{
    discord::{
        CommandError, Context, cards,
        commands::{choice::Switch, private, whisper, whisper_card},
    },
    language::Text,
};

/// Choose whose members may control the radio from anywhere.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
pub(super) async fn dj(
    ctx: Context<'_>,
    #[description = "The role; without one nobody has it any more"] role: Option<Role>,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    // Everybody's role has the server's id.
    if role
        .as_ref()
        .is_some_and(|role| role.id.get() == control.guild.get())
    {
        return Err(CommandError::refused(Text::DjEverybody));
    }
    let dj_role = role.map(|role| role.id);
    ctx.data()
        .radio
        .configure(control.guild, |settings| settings.dj_role = dj_role)
        .await?;
    let text = match dj_role {
        Some(role) => Text::DjSet {
            role: role.mention().to_string().into(),
        },
        None => Text::DjNone,
    };
    whisper(ctx, private(ctx).say(text)).await
}

/// Show how this server wants its radio, or change what it shows while it plays.
#[poise::command(slash_command, guild_only, required_permissions = "MANAGE_GUILD")]
pub(super) async fn settings(
    ctx: Context<'_>,
    #[description = "Show the song as the voice channel's status"] voice_status: Option<Switch>,
    #[description = "Show the song as the topic of a stage that is live"] stage_topic: Option<
        Switch,
    >,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    let settings = if voice_status.is_some() || stage_topic.is_some() {
        ctx.data()
            .radio
            .configure(control.guild, |settings| {
                settings.voice_status = voice_status.map_or(settings.voice_status, Switch::is_on);
                settings.stage_topic = stage_topic.map_or(settings.stage_topic, Switch::is_on);
            })
            .await?
    } else {
        ctx.data().store.radio_settings(control.guild).await?
    };
    whisper_card(
        ctx,
        cards::radio_settings::card(&settings, private(ctx).language),
    )
    .await
}
