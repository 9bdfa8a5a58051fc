//! The page with the hours in which a channel wants nothing new.

use serenity::all::{CreateActionRow, CreateSelectMenuOption};

use super::{channel, menu};
use crate::{
    discord::{
        commands::{NIGHTS, OFF, ZONES},
        components::settings::{Item, Place},
    },
    language::{Language, Text},
    store::{Quiet, Target},
};

/// What changes them: the hours, and where they are once there are any.
pub fn rows(target: &Target, language: Language) -> Vec<CreateActionRow> {
    let (place, quiet) = (Place::of(target), target.style.quiet);
    let none = CreateSelectMenuOption::new(language.say(Text::NoQuietHours), OFF)
        .default_selection(quiet.is_none());
    let set = quiet.map(hours);
    let mut nights: Vec<String> = NIGHTS.iter().map(|night| (*night).to_owned()).collect();
    if let Some(set) = set.clone().filter(|set| !nights.contains(set)) {
        nights.push(set);
    }
    let nights = nights.into_iter().map(|night| {
        let is_set = set.as_ref() == Some(&night);
        CreateSelectMenuOption::new(night.clone(), night).default_selection(is_set)
    });
    let mut rows = vec![menu(
        Item::Quiet(place),
        std::iter::once(none).chain(nights).collect(),
    )];
    if let Some(quiet) = quiet {
        let zone = quiet.zone().name();
        let mut zones = ZONES.to_vec();
        if !zones.contains(&zone) {
            zones.push(zone);
        }
        let zones = zones
            .into_iter()
            .map(|name| CreateSelectMenuOption::new(name, name).default_selection(name == zone));
        rows.push(menu(Item::Zone(place), zones.collect()));
    }
    rows.push(CreateActionRow::Buttons(vec![channel::back(
        place, language,
    )]));
    rows
}

/// As people write them, and as they are offered.
fn hours(quiet: Quiet) -> String {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}-{}", clock(quiet.from()), clock(quiet.to()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Zone;

    #[test]
    fn hours_are_written_as_they_are_read() {
        for night in NIGHTS {
            let read = Quiet::read(night, Zone::UTC).unwrap();
            assert_eq!(hours(read), night);
        }
    }
}
