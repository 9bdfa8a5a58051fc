//! Everything that is set for a server, for `/settings`: one page, and one for each channel that
//! gets announcements.
//!
//! - [`channel`]: the page of a channel.
//! - [`radio`]: what of the radio is chosen from a list.
//! - [`quiet`]: the hours in which a channel wants nothing new.
//! - [`tongue`]: the language of a channel.
//! - `words`: what settings are called.

pub mod channel;
pub mod quiet;
pub mod radio;
#[cfg(test)]
mod tests;
pub mod tongue;
mod words;

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption, Mentionable,
};

pub(in crate::discord) use self::words::{
    changed, named, noted, spoken, stays, stays_for, switch, titles,
};
use super::{song::colour, targets, text::list};
use crate::{
    discord::components::settings::{Item, Place},
    language::{Language, Text, Titles},
    station::Station,
    store::{RadioSettings, ServerSettings, Target},
};

/// The longest value of a field Discord takes, in UTF-16 code units.
const FIELD: usize = 1024;
/// The most options that a menu takes.
/// <https://discord.com/developers/docs/components/reference#string-select>
const OPTIONS: usize = 25;

/// What a server has set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it wants its radio.
    pub radio: RadioSettings,
    /// The channels that get announcements.
    pub targets: Vec<Target>,
    /// What it reads.
    pub texts: ServerSettings,
    /// Its language on Discord.
    pub on_discord: Language,
}

/// All of it; `changed` says what was just changed.
pub fn card(settings: &Settings, changed: Option<&str>, language: Language) -> CreateEmbed {
    let channels = settings.targets.iter();
    let channels: Vec<String> = channels.map(|it| targets::line(it, language)).collect();
    let channels = if channels.is_empty() {
        language.say(Text::NoChannelYet)
    } else {
        list(&channels, "\n", FIELD, language)
    };
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(language.say(Text::Settings))
        .field(
            language.say(Text::Radio),
            radio_lines(&settings.radio, language),
            false,
        )
        .field(language.say(Text::Announcements), channels, false)
        .field(
            language.say(Text::ChangedLanguage),
            spoken(settings.texts.language, settings.on_discord, language),
            true,
        )
        .field(
            language.say(Text::ChangedTitles),
            language.say(titles(settings.texts.titles)),
            true,
        )
        .field(
            language.say(Text::Managers),
            language.say(match settings.texts.managers {
                Some(role) => Text::ManagersLine {
                    role: role.mention().to_string().into(),
                },
                None => Text::ManagersAlone,
            }),
            false,
        );
    noted(embed, changed)
}

/// How it wants its radio.
fn radio_lines(radio: &RadioSettings, language: Language) -> String {
    let lines = [
        Text::RadioLine {
            volume: radio.volume.to_string().into(),
            stays: stays(radio, language).into(),
        },
        Text::DjsLine {
            role: named(radio.dj_role, language).into(),
        },
        Text::CaptionsLine {
            voice: switch(radio.voice_status, language).into(),
            stage: switch(radio.stage_topic, language).into(),
        },
    ];
    lines.map(|line| language.say(line)).join("\n")
}

/// What changes them.
pub fn rows(settings: &Settings, language: Language) -> Vec<CreateActionRow> {
    let (radio, texts) = (&settings.radio, &settings.texts);
    let say = |text: Text<'_>| language.say(text);
    let managers = CreateSelectMenuKind::Role {
        default_roles: texts.managers.map(|role| vec![role]),
    };
    let managers = CreateSelectMenu::new(Item::Managers.id(), managers)
        .placeholder(say(Text::NobodyManages))
        .min_values(0);
    let mut rows = vec![
        CreateActionRow::Buttons(vec![
            toggle(Text::StayButton, radio.stay, language, Item::Stay),
            toggle(
                Text::VoiceStatusButton,
                radio.voice_status,
                language,
                Item::VoiceStatus,
            ),
            toggle(
                Text::StageTopicButton,
                radio.stage_topic,
                language,
                Item::StageTopic,
            ),
            toggle(
                Text::RomajiButton,
                texts.titles == Titles::Romaji,
                language,
                Item::Romaji,
            ),
            leading(Item::Radio, Text::Radio, language),
        ]),
        CreateActionRow::SelectMenu(managers),
        languages(settings, language),
    ];
    let channels: Vec<CreateSelectMenuOption> = settings
        .targets
        .iter()
        .take(OPTIONS)
        .enumerate()
        .map(|(index, target)| {
            let label = format!("{}. {}", index + 1, target.station.title());
            let value = Place::of(target).to_string();
            let mode = say(targets::mode(target.style.mode));
            CreateSelectMenuOption::new(label, value).description(mode)
        })
        .collect();
    if !channels.is_empty() {
        let menu = CreateSelectMenuKind::String { options: channels };
        let menu =
            CreateSelectMenu::new(Item::Pick.id(), menu).placeholder(say(Text::ChangeAChannel));
        rows.push(CreateActionRow::SelectMenu(menu));
    }
    rows
}

/// The languages that can be chosen: what Discord says of the server, and each that the bot speaks.
fn languages(settings: &Settings, language: Language) -> CreateActionRow {
    let none = spoken(None, settings.on_discord, language);
    tongues(Item::Language, none, OF_DISCORD, settings.texts.language)
}

/// A menu of no language of one's own, and of each that the bot speaks.
fn tongues(
    item: Item,
    none: String,
    key_of_none: &str,
    chosen: Option<Language>,
) -> CreateActionRow {
    let none = CreateSelectMenuOption::new(none, key_of_none).default_selection(chosen.is_none());
    let all = Language::ALL.map(|each| {
        CreateSelectMenuOption::new(each.title(), each.key())
            .default_selection(chosen == Some(each))
    });
    menu(item, std::iter::once(none).chain(all).collect())
}

/// The value of the menu of languages that chooses none.
pub(in crate::discord) const OF_DISCORD: &str = "discord";

/// Leads to the page with everything.
fn back(language: Language) -> CreateButton {
    CreateButton::new(Item::Home.id())
        .label(format!("◀ {}", language.say(Text::AllSettings)))
        .style(ButtonStyle::Secondary)
}

/// Leads to a page of its own.
fn leading(item: Item, to: Text<'_>, language: Language) -> CreateButton {
    CreateButton::new(item.id())
        .label(format!("{} ▶", language.say(to)))
        .style(ButtonStyle::Secondary)
}

fn menu(item: Item, options: Vec<CreateSelectMenuOption>) -> CreateActionRow {
    let menu = CreateSelectMenuKind::String { options };
    CreateActionRow::SelectMenu(CreateSelectMenu::new(item.id(), menu))
}

/// A button that turns something on or off, and says which it is.
fn toggle(
    name: Text<'_>,
    on: bool,
    language: Language,
    item: impl Fn(bool) -> Item,
) -> CreateButton {
    let style = if on {
        ButtonStyle::Success
    } else {
        ButtonStyle::Secondary
    };
    let (name, state) = (language.say(name).into(), switch(on, language).into());
    CreateButton::new(item(!on).id())
        .label(language.say(Text::SwitchButton { name, state }))
        .style(style)
}

/// What is offered and what is set, each once, in order.
fn with<T: Ord>(offered: impl IntoIterator<Item = T>, set: T) -> Vec<T> {
    let mut all: Vec<T> = offered.into_iter().chain([set]).collect();
    all.sort_unstable();
    all.dedup();
    all
}
