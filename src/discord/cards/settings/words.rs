//! What settings are called, where they are shown and where they are changed.

use serenity::all::{CreateEmbed, Mentionable, RoleId};

use crate::{
    discord::cards::text::minutes,
    language::{Language, Text, Titles},
    store::RadioSettings,
};

/// How a server's language is called, or that Discord says it.
pub(in crate::discord) fn spoken(
    chosen: Option<Language>,
    on_discord: Language,
    language: Language,
) -> String {
    chosen.map_or_else(
        || {
            let there = on_discord.title().into();
            language.say(Text::LanguageOfDiscord { language: there })
        },
        |chosen| chosen.title().to_owned(),
    )
}

/// How a script is called.
pub(in crate::discord) const fn titles(titles: Titles) -> Text<'static> {
    match titles {
        Titles::Native => Text::TitlesNative,
        Titles::Romaji => Text::TitlesRomaji,
    }
}

/// `on` or `off`.
pub(in crate::discord) fn switch(on: bool, language: Language) -> String {
    language.say(if on { Text::On } else { Text::Off })
}

/// A role, or that nobody has it.
pub(in crate::discord) fn named(role: Option<RoleId>, language: Language) -> String {
    role.map_or_else(
        || language.say(Text::Nobody),
        |role| role.mention().to_string(),
    )
}

/// How long the radio stays when everybody has gone.
pub(in crate::discord) fn stays(radio: &RadioSettings, language: Language) -> String {
    stays_for((!radio.stay).then_some(radio.alone_minutes), language)
}

/// The same in minutes; `None` for always.
pub(in crate::discord) fn stays_for(alone_minutes: Option<u16>, language: Language) -> String {
    let Some(alone) = alone_minutes else {
        return language.say(Text::StaysAlways);
    };
    let minutes = minutes(alone, language).into();
    language.say(Text::UntilAlone { minutes })
}

/// A setting as it is now and as it was before.
pub(in crate::discord) fn changed(
    what: Text<'_>,
    now: String,
    before: String,
    language: Language,
) -> String {
    language.say(Text::Changed {
        what: language.say(what).into(),
        now: now.into(),
        before: before.into(),
    })
}

/// A card that says what was just changed.
pub(in crate::discord) fn noted(embed: CreateEmbed, changed: Option<&str>) -> CreateEmbed {
    match changed {
        Some(changed) => embed.description(format!("✅ {changed}")),
        None => embed,
    }
}
