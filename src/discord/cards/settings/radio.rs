//! The page with what of the radio is chosen from a list.

use serenity::all::{
    CreateActionRow, CreateEmbed, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::{Settings, back, menu, noted, radio_lines, stays_for, with};
use crate::{
    discord::{cards::song::colour, components::settings::Item},
    language::{Language, Text},
    radio::Volume,
    station::Station,
};

/// Levels that are offered, in percent; the one that is set is always among them.
const LEVELS: [u8; 14] = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 125, 150, 200];
/// Minutes alone that are offered.
const ALONE: [u16; 10] = [1, 2, 5, 10, 15, 30, 60, 180, 720, 1440];

/// The value of the menu that lets it stay for ever.
pub(in crate::discord) const ALWAYS: &str = "always";

/// How the server wants its radio.
pub fn card(settings: &Settings, changed: Option<&str>, language: Language) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(language.say(Text::Settings))
        .field(
            language.say(Text::Radio),
            radio_lines(&settings.radio, language),
            false,
        );
    noted(embed, changed)
}

/// What changes that.
pub fn rows(settings: &Settings, language: Language) -> Vec<CreateActionRow> {
    let radio = &settings.radio;
    let (volume, alone) = (radio.volume.percent(), radio.alone_minutes);
    let levels = with(LEVELS, volume).into_iter().map(|level| {
        let label = Volume::nearest(level.into()).to_string();
        CreateSelectMenuOption::new(label, level.to_string())
            .description(language.say(Text::Volume))
            .default_selection(level == volume)
    });
    let always = CreateSelectMenuOption::new(stays_for(None, language), ALWAYS);
    let waits = with(ALONE, alone).into_iter().map(|wait| {
        CreateSelectMenuOption::new(stays_for(Some(wait), language), wait.to_string())
            .default_selection(!radio.stay && wait == alone)
    });
    let stays = std::iter::once(always.default_selection(radio.stay)).chain(waits);
    let dj = CreateSelectMenuKind::Role {
        default_roles: radio.dj_role.map(|role| vec![role]),
    };
    let dj = CreateSelectMenu::new(Item::Dj.id(), dj)
        .placeholder(language.say(Text::NobodyIsDj))
        .min_values(0);
    vec![
        menu(Item::Volume, levels.collect()),
        menu(Item::Alone, stays.collect()),
        CreateActionRow::SelectMenu(dj),
        CreateActionRow::Buttons(vec![back(language)]),
    ]
}
