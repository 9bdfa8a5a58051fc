//! Everything that is set for a server, for `/settings`: one page, and one for each channel that
//! gets announcements.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption, Mentionable,
};

use super::{
    song::colour,
    targets,
    text::{list, minutes},
};
use crate::{
    discord::components::settings::{Item, Place},
    station::Station,
    store::{Detail, Mode, RadioSettings, Target},
};

/// The longest value of a field Discord takes, in UTF-16 code units.
const FIELD: usize = 1024;
/// The most options that a menu takes.
/// <https://discord.com/developers/docs/components/reference#string-select>
const OPTIONS: usize = 25;
/// Minutes between two messages that are offered.
const PAUSES: [u16; 8] = [0, 5, 10, 15, 30, 60, 180, 720];

/// What a server has set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it wants its radio.
    pub radio: RadioSettings,
    /// The channels that get announcements.
    pub targets: Vec<Target>,
}

/// All of it; `changed` says what was just changed.
pub fn card(settings: &Settings, changed: Option<&str>) -> CreateEmbed {
    let radio = &settings.radio;
    let stay = if radio.stay {
        "around the clock".to_owned()
    } else {
        format!("until {} alone", minutes(radio.alone_minutes))
    };
    let dj = radio.dj_role.map(|role| role.mention().to_string());
    let lines = [
        format!("Volume **{}** · stays **{stay}**", radio.volume),
        format!("DJs: {}", dj.unwrap_or_else(|| "nobody".to_owned())),
        format!(
            "Song as voice status **{}**, as stage topic **{}**",
            switch(radio.voice_status),
            switch(radio.stage_topic)
        ),
    ];
    let channels: Vec<String> = settings.targets.iter().map(targets::line).collect();
    let channels = if channels.is_empty() {
        "No channel yet. `/announce set` chooses one.".to_owned()
    } else {
        list(&channels, "\n", FIELD)
    };
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title("Settings of this server")
        .field("Radio", lines.join("\n"), false)
        .field("Announcements", channels, false);
    noted(embed, changed)
}

/// What changes them.
pub fn rows(settings: &Settings) -> Vec<CreateActionRow> {
    let radio = &settings.radio;
    let dj = CreateSelectMenuKind::Role {
        default_roles: radio.dj_role.map(|role| vec![role]),
    };
    let dj = CreateSelectMenu::new(Item::Dj.id(), dj)
        .placeholder("Nobody is a DJ")
        .min_values(0);
    let mut rows = vec![
        CreateActionRow::Buttons(vec![
            toggle("Stay", radio.stay, Item::Stay),
            toggle("Voice status", radio.voice_status, Item::VoiceStatus),
            toggle("Stage topic", radio.stage_topic, Item::StageTopic),
        ]),
        CreateActionRow::SelectMenu(dj),
    ];
    let channels: Vec<CreateSelectMenuOption> = settings
        .targets
        .iter()
        .take(OPTIONS)
        .enumerate()
        .map(|(index, target)| {
            let label = format!("{}. {}", index + 1, target.station.title());
            let value = Place::of(target).to_string();
            CreateSelectMenuOption::new(label, value).description(target.style.mode.title())
        })
        .collect();
    if !channels.is_empty() {
        let menu = CreateSelectMenuKind::String { options: channels };
        let menu = CreateSelectMenu::new(Item::Pick.id(), menu)
            .placeholder("Change how a channel gets its announcements");
        rows.push(CreateActionRow::SelectMenu(menu));
    }
    rows
}

/// How one channel wants its announcements.
pub fn target_card(target: &Target, changed: Option<&str>) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(colour(target.station))
        .title("Announcements")
        .field("Channel", targets::line(target), false)
        .field(
            "Besides",
            "`/announce set` changes the hours in which it is quiet; `/announce off` ends it.",
            false,
        );
    noted(embed, changed)
}

/// What changes that.
pub fn target_rows(target: &Target) -> Vec<CreateActionRow> {
    let (place, style) = (Place::of(target), &target.style);
    let modes = Mode::ALL.map(|mode| {
        CreateSelectMenuOption::new(mode.title(), mode.key()).default_selection(mode == style.mode)
    });
    let details = Detail::ALL.map(|detail| {
        CreateSelectMenuOption::new(detail.title(), detail.key())
            .default_selection(detail == style.detail)
    });
    let pauses = PAUSES.map(|pause| {
        let label = match pause {
            0 => "no pause between two messages".to_owned(),
            pause => format!("at most every {}", minutes(pause)),
        };
        CreateSelectMenuOption::new(label, pause.to_string())
            .default_selection(pause == style.pause_minutes)
    });
    let menu = |item: Item, options: Vec<CreateSelectMenuOption>| {
        let menu = CreateSelectMenuKind::String { options };
        CreateActionRow::SelectMenu(CreateSelectMenu::new(item.id(), menu))
    };
    let role = CreateSelectMenuKind::Role {
        default_roles: style.role.map(|role| vec![role]),
    };
    let role = CreateSelectMenu::new(Item::Role(place).id(), role)
        .placeholder("Nobody is told of live events")
        .min_values(0);
    vec![
        menu(Item::Mode(place), modes.to_vec()),
        menu(Item::Detail(place), details.to_vec()),
        menu(Item::Pause(place), pauses.to_vec()),
        CreateActionRow::SelectMenu(role),
        CreateActionRow::Buttons(vec![
            CreateButton::new(Item::Home.id())
                .label("◀ All settings")
                .style(ButtonStyle::Secondary),
            toggle("As the station", style.webhook.is_some(), |on| {
                Item::Webhook(place, on)
            }),
        ]),
    ]
}

/// A button that turns something on or off, and says which it is.
fn toggle(name: &str, on: bool, item: impl Fn(bool) -> Item) -> CreateButton {
    let style = if on {
        ButtonStyle::Success
    } else {
        ButtonStyle::Secondary
    };
    CreateButton::new(item(!on).id())
        .label(format!("{name}: {}", switch(on)))
        .style(style)
}

/// `on` or `off`.
pub fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
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
    use serenity::all::{ChannelId, GuildId, RoleId};

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
        };
        let ids_of = |settings: &Settings| ids(&rows(settings));
        assert_eq!(
            ids_of(&settings),
            [
                "settings:stay:on",
                "settings:status:off",
                "settings:topic:on",
                "settings:dj"
            ]
        );
        settings.radio.stay = true;
        settings.targets = vec![target(7)];
        let ids = ids_of(&settings);
        assert_eq!(ids[0], "settings:stay:off");
        assert_eq!(ids[4..], ["settings:pick", "7:kpop"]);
        let card = serde_json::to_value(card(&settings, Some("Stay: on, before: off"))).unwrap();
        assert_eq!(card["description"], "✅ Stay: on, before: off");
    }

    #[test]
    fn hundreds_of_channels_fit() {
        let settings = Settings {
            radio: RadioSettings::default(),
            targets: (1..=300)
                .map(|channel| target(u64::MAX - channel))
                .collect(),
        };
        ids(&rows(&settings));
        let card = serde_json::to_value(card(&settings, None)).unwrap();
        let field = card["fields"][1]["value"].as_str().unwrap();
        assert!(crate::discord::escape::length(field) <= FIELD && field.contains("more"));
    }

    #[test]
    fn a_channels_page_shows_what_is_chosen() {
        let target = target(7);
        let ids = ids(&target_rows(&target));
        assert!(ids.contains(&"settings:mode:7:kpop".to_owned()), "{ids:?}");
        assert!(ids.contains(&"settings:home".to_owned()), "{ids:?}");
        assert!(
            ids.contains(&"settings:webhook:on:7:kpop".to_owned()),
            "{ids:?}"
        );
        let rows = serde_json::to_value(target_rows(&target)).unwrap();
        let pauses = rows[2]["components"][0]["options"]
            .as_array()
            .unwrap()
            .clone();
        let chosen = pauses.iter().find(|option| option["default"] == true);
        assert_eq!(chosen.unwrap()["value"], "30");
    }
}
