//! `/radio dj`, `/radio settings`: for those who manage the server.

use serenity::all::{Mentionable, Role};

use super::control;
use crate::{
    discord::{
        CommandError, Context,
        cards::{self, settings::named, text},
        commands::{choice::Switch, private, whisper, whisper_card},
    },
    language::Text,
    store::RadioSettings,
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
    let mut before = dj_role;
    let change = |settings: &mut RadioSettings| {
        before = std::mem::replace(&mut settings.dj_role, dj_role);
    };
    ctx.data().radio.configure(control.guild, change).await?;
    let language = private(ctx).language;
    let said = language.say(match dj_role {
        Some(role) => Text::DjSet {
            role: role.mention().to_string().into(),
        },
        None => Text::DjNone,
    });
    let before = (before != dj_role).then(|| named(before, language));
    whisper(ctx, text::with_before(said, before, language)).await
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
    let mut before = None;
    let settings = if voice_status.is_some() || stage_topic.is_some() {
        let change = |settings: &mut RadioSettings| {
            before = Some(*settings);
            settings.voice_status = voice_status.map_or(settings.voice_status, Switch::is_on);
            settings.stage_topic = stage_topic.map_or(settings.stage_topic, Switch::is_on);
        };
        ctx.data().radio.configure(control.guild, change).await?
    } else {
        ctx.data().store.radio_settings(control.guild).await?
    };
    let language = private(ctx).language;
    let card = cards::radio_settings::card(&settings, before.as_ref(), language);
    whisper_card(ctx, card).await
}
