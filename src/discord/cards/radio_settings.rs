//! The card of `/radio settings`.

use serenity::all::CreateEmbed;

use super::settings::{changed, named, noted, stays, switch};
use crate::{
    language::{Language, Text, key_of},
    store::RadioSettings,
};

/// How a server wants its radio, and which command changes what; what of it was otherwise `before`
/// it was just changed.
pub fn card(
    settings: &RadioSettings,
    before: Option<&RadioSettings>,
    language: Language,
) -> CreateEmbed {
    let dj = named(settings.dj_role, language);
    let voice_status = switch(settings.voice_status, language);
    let stage_topic = switch(settings.stage_topic, language);
    let embed = CreateEmbed::new()
        .colour(0x00ff_015b)
        .title(language.say(Text::RadioSettings))
        .field(
            language.say(Text::Volume),
            with_command(&settings.volume.to_string(), &["radio", "volume"], language),
            true,
        )
        .field(
            language.say(Text::Stays),
            with_command(&stays(settings, language), &["radio", "stay"], language),
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
                &voice_status,
                &["radio", "settings", "voice_status"],
                language,
            ),
            true,
        )
        .field(
            language.say(Text::StageTopic),
            with_command(
                &stage_topic,
                &["radio", "settings", "stage_topic"],
                language,
            ),
            true,
        );
    let Some(before) = before else {
        return embed;
    };
    let said: Vec<String> = [
        (
            Text::ChangedVoiceStatus,
            voice_status,
            switch(before.voice_status, language),
        ),
        (
            Text::ChangedStageTopic,
            stage_topic,
            switch(before.stage_topic, language),
        ),
    ]
    .into_iter()
    .filter(|(_, now, before)| now != before)
    .map(|(what, now, before)| changed(what, now, before, language))
    .collect();
    let said = (!said.is_empty()).then(|| said.join("\n"));
    noted(embed, said.as_deref())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_was_changed_and_nothing_else() {
        let before = RadioSettings::default();
        let now = RadioSettings {
            stage_topic: !before.stage_topic,
            ..before
        };
        for language in Language::ALL {
            let said = |now| {
                let card = card(now, Some(&before), language);
                serde_json::to_value(card).unwrap()["description"].clone()
            };
            assert!(said(&before).is_null());
            let text = said(&now).as_str().unwrap().to_owned();
            let what = language.say(Text::ChangedStageTopic);
            assert!(text.contains(&what) && text.lines().count() == 1, "{text}");
            for on in [true, false] {
                assert!(text.contains(&switch(on, language)), "{text}");
            }
        }
    }
}
