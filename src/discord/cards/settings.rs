//! Everything that is set for a server, for `/settings`: one page, and one for each channel that
//! gets announcements.
//!
//! - [`channel`]: the page of a channel.
//! - [`radio`]: what of the radio is chosen from a list.
//! - [`quiet`]: the hours in which a channel wants nothing new.

pub mod channel;
pub mod quiet;
pub mod radio;

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption, Mentionable, RoleId,
};

use super::{
    song::colour,
    targets,
    text::{list, minutes},
};
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
            radio_lines(settings, language),
            false,
        )
        .field(language.say(Text::Announcements), channels, false)
        .field(
            language.say(Text::Managers),
            language.say(Text::ManagersLine {
                role: named(settings.texts.managers, language).into(),
            }),
            false,
        );
    noted(embed, changed)
}

/// How it wants its radio, and what it reads.
fn radio_lines(settings: &Settings, language: Language) -> String {
    let (radio, texts) = (&settings.radio, &settings.texts);
    let stay = if radio.stay {
        language.say(Text::StaysAlways)
    } else {
        let minutes = minutes(radio.alone_minutes, language).into();
        language.say(Text::UntilAlone { minutes })
    };
    let lines = [
        Text::RadioLine {
            volume: radio.volume.to_string().into(),
            stays: stay.into(),
        },
        Text::DjsLine {
            role: named(radio.dj_role, language).into(),
        },
        Text::CaptionsLine {
            voice: switch(radio.voice_status, language).into(),
            stage: switch(radio.stage_topic, language).into(),
        },
        Text::TextsLine {
            language: spoken(texts.language, settings.on_discord, language).into(),
            titles: language.say(titles(texts.titles)).into(),
        },
    ];
    lines.map(|line| language.say(line)).join("\n")
}

/// What changes them.
pub fn rows(settings: &Settings, language: Language) -> Vec<CreateActionRow> {
    let (radio, texts) = (&settings.radio, &settings.texts);
    let say = |text: Text<'_>| language.say(text);
    let dj = CreateSelectMenuKind::Role {
        default_roles: radio.dj_role.map(|role| vec![role]),
    };
    let dj = CreateSelectMenu::new(Item::Dj.id(), dj)
        .placeholder(say(Text::NobodyIsDj))
        .min_values(0);
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
            CreateButton::new(Item::Radio.id())
                .label(format!("{} ▶", say(Text::Radio)))
                .style(ButtonStyle::Secondary),
        ]),
        CreateActionRow::SelectMenu(dj),
        CreateActionRow::SelectMenu(managers),
        CreateActionRow::SelectMenu(languages(settings, language)),
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
fn languages(settings: &Settings, language: Language) -> CreateSelectMenu {
    let chosen = settings.texts.language;
    let label = spoken(None, settings.on_discord, language);
    let first = CreateSelectMenuOption::new(label, OF_DISCORD).default_selection(chosen.is_none());
    let all = Language::ALL.map(|each| {
        CreateSelectMenuOption::new(each.title(), each.key())
            .default_selection(chosen == Some(each))
    });
    let options = std::iter::once(first).chain(all).collect();
    CreateSelectMenu::new(
        Item::Language.id(),
        CreateSelectMenuKind::String { options },
    )
}

/// The value of the menu of languages that chooses none.
pub(in crate::discord) const OF_DISCORD: &str = "discord";

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

/// Leads to the page with everything.
fn back(language: Language) -> CreateButton {
    CreateButton::new(Item::Home.id())
        .label(format!("◀ {}", language.say(Text::AllSettings)))
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

fn noted(embed: CreateEmbed, changed: Option<&str>) -> CreateEmbed {
    match changed {
        Some(changed) => embed.description(format!("✅ {changed}")),
        None => embed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serenity::all::{ChannelId, GuildId};

    use super::*;
    use crate::store::Style;

    fn target(channel: u64) -> Target {
        Target {
            guild: GuildId::new(1),
            channel: ChannelId::new(channel),
            station: Station::Kpop,
            style: Style {
                role: Some(RoleId::new(u64::MAX)),
                pause_minutes: 30,
                ..Style::default()
            },
            last: None,
            message: None,
            author: None,
            webhook: None,
            no_webhook: None,
            trouble: None,
        }
    }

    /// Every id and value of the rows.
    fn ids(rows: &[CreateActionRow]) -> Vec<String> {
        let rows = serde_json::to_value(rows).unwrap();
        let rows = rows.as_array().unwrap();
        assert!(rows.len() <= 5, "as many as Discord takes");
        let parts = rows
            .iter()
            .flat_map(|row| row["components"].as_array().unwrap());
        let mut ids = Vec::new();
        for part in parts {
            ids.push(part["custom_id"].as_str().unwrap().to_owned());
            let options = part["options"].as_array().cloned().unwrap_or_default();
            assert!(options.len() <= OPTIONS);
            let chosen = |option: &&Value| option["default"] == true;
            assert!(options.iter().filter(chosen).count() <= 1);
            ids.extend(
                options
                    .iter()
                    .map(|it| it["value"].as_str().unwrap().to_owned()),
            );
        }
        assert!(ids.iter().all(|id| id.len() <= 100));
        ids
    }

    #[test]
    fn a_toggle_leads_to_its_opposite() {
        let mut settings = Settings {
            radio: RadioSettings::default(),
            targets: Vec::new(),
            texts: ServerSettings::default(),
            on_discord: Language::German,
        };
        let ids_of = |settings: &Settings| ids(&rows(settings, Language::English));
        assert_eq!(
            ids_of(&settings),
            [
                "settings:stay:on",
                "settings:status:off",
                "settings:topic:on",
                "settings:romaji:on",
                "settings:radio",
                "settings:dj",
                "settings:managers",
                "settings:language",
                "discord",
                "en",
                "ja",
                "ko",
                "es",
                "pt-BR",
                "de",
                "fr",
                "zh-CN"
            ]
        );
        settings.radio.stay = true;
        settings.targets = vec![target(7)];
        let ids = ids_of(&settings);
        assert_eq!(ids[0], "settings:stay:off");
        assert_eq!(ids[ids.len() - 2..], ["settings:pick", "7:kpop"]);
        let changed = Some("Stay: on, before: off");
        let card = serde_json::to_value(card(&settings, changed, Language::English)).unwrap();
        assert_eq!(card["description"], "✅ Stay: on, before: off");
    }

    #[test]
    fn hundreds_of_channels_fit() {
        let settings = Settings {
            radio: RadioSettings::default(),
            targets: (1..=300)
                .map(|channel| target(u64::MAX - channel))
                .collect(),
            texts: ServerSettings::default(),
            on_discord: Language::German,
        };
        ids(&rows(&settings, Language::English));
        let card = serde_json::to_value(card(&settings, None, Language::English)).unwrap();
        let field = card["fields"][1]["value"].as_str().unwrap();
        assert!(crate::discord::escape::length(field) <= FIELD && field.contains("more"));
    }

    #[test]
    fn what_is_chosen_from_lists_is_among_what_is_offered() {
        let mut settings = Settings {
            radio: RadioSettings::default(),
            targets: Vec::new(),
            texts: ServerSettings::default(),
            on_discord: Language::English,
        };
        settings.radio.alone_minutes = 7;
        settings.radio.volume = crate::radio::Volume::nearest(45);
        let options = ids(&radio::rows(&settings, Language::English));
        assert!(options.contains(&"7".to_owned()) && options.contains(&"45".to_owned()));

        let mut target = target(7);
        let options = ids(&quiet::rows(&target, Language::English));
        assert!(!options.contains(&"UTC".to_owned()), "{options:?}");
        let zone = "America/Lima".parse().unwrap();
        target.style.quiet = crate::store::Quiet::read("21:30-5", zone);
        let options = ids(&quiet::rows(&target, Language::English));
        for set in [
            "21:30-05:00",
            "America/Lima",
            "off",
            "settings:target:7:kpop",
        ] {
            assert!(options.contains(&set.to_owned()), "{set} in {options:?}");
        }
    }

    #[test]
    fn a_channels_page_shows_what_is_chosen() {
        let target = target(7);
        let ids = ids(&channel::rows(&target, Language::English));
        assert!(ids.contains(&"settings:mode:7:kpop".to_owned()), "{ids:?}");
        assert!(ids.contains(&"settings:home".to_owned()), "{ids:?}");
        assert!(
            ids.contains(&"settings:webhook:on:7:kpop".to_owned()),
            "{ids:?}"
        );
        let rows = serde_json::to_value(channel::rows(&target, Language::English)).unwrap();
        let pauses = rows[2]["components"][0]["options"]
            .as_array()
            .unwrap()
            .clone();
        let chosen = pauses.iter().find(|option| option["default"] == true);
        assert_eq!(chosen.unwrap()["value"], "30");
    }
}
