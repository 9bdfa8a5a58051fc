//! What the menus hold is what Discord takes, and what was chosen.

use serde_json::Value;
use serenity::all::{ChannelId, GuildId, RoleId};

use super::*;
use crate::{discord::cards::settings::tongue::OF_SERVER, store::Style};

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
    assert!(options.contains(&"always".to_owned()) && options.contains(&"settings:dj".to_owned()));

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

#[test]
fn a_channels_language_is_the_servers_or_one_that_is_spoken() {
    let mut target = target(7);
    for chosen in std::iter::once(None).chain(Language::ALL.map(Some)) {
        target.style.language = chosen;
        let rows = tongue::rows(&target, Language::English);
        assert_eq!(ids(&rows).len(), 1 + 1 + Language::ALL.len() + 1);
        let rows = serde_json::to_value(rows).unwrap();
        let options = rows[0]["components"][0]["options"].as_array().unwrap();
        let default = options.iter().find(|option| option["default"] == true);
        let key = chosen.map_or(OF_SERVER, Language::key);
        assert_eq!(default.unwrap()["value"], key);
    }
}

#[test]
fn a_pause_that_is_not_offered_is_shown_as_chosen() {
    let mut target = target(7);
    target.style.pause_minutes = 7;
    let rows = serde_json::to_value(channel::rows(&target, Language::English)).unwrap();
    let pauses = rows[2]["components"][0]["options"].as_array().unwrap();
    let chosen = pauses.iter().find(|option| option["default"] == true);
    assert_eq!(chosen.unwrap()["value"], "7");
}
