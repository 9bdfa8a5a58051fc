//! The card of `/radio settings`.

use serenity::all::CreateEmbed;

use super::{
    settings::{named, switch},
    text::minutes,
};
use crate::{
    language::{Language, Text, key_of},
    store::RadioSettings,
};

/// How a server wants its radio, and which command changes what.
pub fn card(settings: &RadioSettings, language: Language) -> CreateEmbed {
    let stay = if settings.stay {
        language.say(Text::StaysAlways)
    } else {
        let minutes = minutes(settings.alone_minutes, language).into();
        language.say(Text::StaysAlone { minutes })
    };
    let dj = named(settings.dj_role, language);
    CreateEmbed::new()
        .colour(0x00ff_015b)
        .title(language.say(Text::RadioSettings))
        .field(
            language.say(Text::Volume),
            with_command(&settings.volume.to_string(), &["radio", "volume"], language),
            true,
        )
        .field(
            language.say(Text::Stays),
            with_command(&stay, &["radio", "stay"], language),
            true,
        )
        .field(
            language.say(Text::Djs),
            with_command(&dj, &["radio", "dj"], language),
            true,
        )
        .field(
            language.say(Text::VoiceStatus),
            with_command(
                &switch(settings.voice_status, language),
                &["radio", "settings", "voice_status"],
                language,
            ),
            true,
        )
        .field(
            language.say(Text::StageTopic),
            with_command(
                &switch(settings.stage_topic, language),
                &["radio", "settings", "stage_topic"],
                language,
            ),
            true,
        )
}

/// A value above the command that changes it, of which the third name is an option.
fn with_command(value: &str, names: &[&str], language: Language) -> String {
    let called: Vec<String> = (1..=names.len())
        .filter_map(|depth| language.command(&key_of(names[..depth].iter().copied())))
        .map(|(name, _)| name)
        .collect();
    let option = if names.len() > 2 { ":" } else { "" };
    format!("{value}\n-# `/{}{option}`", called.join(" "))
}
