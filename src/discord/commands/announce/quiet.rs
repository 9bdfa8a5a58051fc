//! The options about quiet hours.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use crate::{
    discord::{CommandError, Context},
    language::Text,
    store::{Quiet, Zone},
};

/// How many choices Discord shows.
const CHOICES: usize = 25;
/// What is asked for most.
pub(in crate::discord) const NIGHTS: [&str; 4] =
    ["22:00-07:00", "23:00-07:00", "23:00-08:00", "00:00-08:00"];
/// No hours at all.
pub(in crate::discord) const OFF: &str = "off";
/// Where many people are; a name says it for the others.
pub(in crate::discord) const ZONES: [&str; 12] = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Australia/Sydney",
];

/// What the two options make of the hours before.
pub(in crate::discord) fn chosen(
    before: Option<Quiet>,
    hours: Option<&str>,
    zone: Option<&str>,
) -> Result<Option<Quiet>, CommandError> {
    let zone = match zone {
        Some(name) => name
            .parse()
            .map_err(|_| CommandError::refused(Text::TimeZoneUnknown))?,
        None => before.map_or(Zone::UTC, |quiet| quiet.zone()),
    };
    match hours.map(str::trim) {
        None => Ok(before.and_then(|quiet| Quiet::new(quiet.from(), quiet.to(), zone))),
        Some(off) if off.eq_ignore_ascii_case(OFF) => Ok(None),
        Some(hours) => Quiet::read(hours, zone)
            .map(Some)
            .ok_or_else(|| CommandError::refused(Text::HoursUnclear)),
    }
}

/// Hours that begin as what was typed does.
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn nights(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.trim();
    let mut hours: Vec<String> = NIGHTS
        .into_iter()
        .chain([OFF])
        .filter(|night| night.starts_with(&typed.to_lowercase()))
        .map(str::to_owned)
        .collect();
    if hours.is_empty() && Quiet::read(typed, Zone::UTC).is_some() {
        hours.push(typed.to_owned());
    }
    choices(hours.into_iter())
}

/// Zones whose names contain what was typed.
#[allow(clippy::unused_async, reason = "poise wants it so")]
pub(super) async fn zones(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(matching(typed).into_iter().map(str::to_owned))
}

fn matching(typed: &str) -> Vec<&'static str> {
    let typed = typed.trim().to_lowercase().replace(' ', "_");
    if typed.is_empty() {
        return ZONES.to_vec();
    }
    let mut found: Vec<&str> = Zone::all()
        .map(Zone::name)
        .filter(|name| name.to_lowercase().contains(&typed))
        .collect();
    // A city before a region that happens to contain its letters.
    found.sort_by_key(|name| {
        let city = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        (!city.starts_with(&typed), *name)
    });
    found.truncate(CHOICES);
    found
}

fn choices(names: impl Iterator<Item = String>) -> CreateAutocompleteResponse {
    let choices = names.map(|name| AutocompleteChoice::new(name.clone(), name));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let night = Quiet::read("22-7", berlin);
        assert_eq!(chosen(night, None, None).unwrap(), night);
        assert_eq!(chosen(None, None, None).unwrap(), None);
        assert_eq!(chosen(night, Some("OFF"), None).unwrap(), None);
        let other = chosen(night, Some("1:30-5"), None).unwrap();
        assert_eq!(other, Quiet::read("1:30-5", berlin));
        let tokyo = chosen(night, None, Some("asia/tokyo")).unwrap().unwrap();
        assert_eq!((tokyo.zone().name(), tokyo.from()), ("Asia/Tokyo", 22 * 60));
        assert!(chosen(night, Some("late"), None).is_err());
        assert!(chosen(night, None, Some("Mars")).is_err());
    }

    #[test]
    fn cities_are_found_by_their_names() {
        assert_eq!(matching("berl")[0], "Europe/Berlin");
        assert_eq!(matching("new york")[0], "America/New_York");
        assert!(matching("a").len() <= CHOICES);
        assert!(matching("nowhere").is_empty());
        let known: Vec<&str> = Zone::all().map(Zone::name).collect();
        assert!(ZONES.iter().all(|name| known.contains(name)));
    }
}
