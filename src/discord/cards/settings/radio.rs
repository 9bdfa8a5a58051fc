//! The page with what of the radio is chosen from a list.

use serenity::all::{CreateActionRow, CreateEmbed, CreateSelectMenuOption};

use super::{Settings, back, menu, noted, radio_lines, with};
use crate::{
    discord::{
        cards::{song::colour, text::minutes},
        components::settings::Item,
    },
    language::{Language, Text},
    radio::Volume,
    station::Station,
};

/// Levels that are offered, in percent; the one that is set is always among them.
const LEVELS: [u8; 14] = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 125, 150, 200];
/// Minutes alone that are offered.
const ALONE: [u16; 10] = [1, 2, 5, 10, 15, 30, 60, 180, 720, 1440];

/// How the server wants its radio.
pub fn card(settings: &Settings, changed: Option<&str>, language: Language) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(language.say(Text::Radio))
        .field(
            language.say(Text::Settings),
            radio_lines(settings, language),
            false,
        );
    noted(embed, changed)
}

/// What changes that.
pub fn rows(settings: &Settings, language: Language) -> Vec<CreateActionRow> {
    let (volume, alone) = (
        settings.radio.volume.percent(),
        settings.radio.alone_minutes,
    );
    let levels = with(LEVELS, volume).into_iter().map(|level| {
        let label = Volume::nearest(level.into()).to_string();
        CreateSelectMenuOption::new(label, level.to_string())
            .description(language.say(Text::Volume))
            .default_selection(level == volume)
    });
    let waits = with(ALONE, alone).into_iter().map(|wait| {
        let minutes = minutes(wait, language).into();
        CreateSelectMenuOption::new(language.say(Text::UntilAlone { minutes }), wait.to_string())
            .default_selection(wait == alone)
    });
    vec![
        menu(Item::Volume, levels.collect()),
        menu(Item::Alone, waits.collect()),
        CreateActionRow::Buttons(vec![back(language)]),
    ]
}
