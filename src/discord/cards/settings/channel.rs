//! The page of a channel that gets announcements.

use serenity::all::{
    ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::{back as home, leading, menu, noted, toggle, with};
use crate::{
    discord::{
        cards::{song::colour, targets, text::minutes},
        components::settings::{Item, Place},
    },
    language::{Language, Text},
    store::{Detail, Mode, Target},
};

/// Minutes between two messages that are offered; those that are set are always among them.
const PAUSES: [u16; 8] = [0, 5, 10, 15, 30, 60, 180, 720];

/// How one channel wants its announcements.
pub fn card(target: &Target, changed: Option<&str>, language: Language) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(colour(target.station))
        .title(language.say(Text::Announcements))
        .field(
            language.say(Text::Channel),
            targets::line(target, language),
            false,
        );
    noted(embed, changed)
}

/// What changes that.
pub fn rows(target: &Target, language: Language) -> Vec<CreateActionRow> {
    let (place, style) = (Place::of(target), &target.style);
    let modes = Mode::ALL.map(|mode| {
        CreateSelectMenuOption::new(language.say(targets::mode(mode)), mode.key())
            .default_selection(mode == style.mode)
    });
    let details = Detail::ALL.map(|detail| {
        CreateSelectMenuOption::new(language.say(targets::detail(detail)), detail.key())
            .default_selection(detail == style.detail)
    });
    let pauses = with(PAUSES, style.pause_minutes).into_iter().map(|pause| {
        let label = match pause {
            0 => language.say(Text::NoPause),
            pause => language.say(Text::AtMostEvery {
                minutes: minutes(pause, language).into(),
            }),
        };
        CreateSelectMenuOption::new(label, pause.to_string())
            .default_selection(pause == style.pause_minutes)
    });
    let role = CreateSelectMenuKind::Role {
        default_roles: style.role.map(|role| vec![role]),
    };
    let role = CreateSelectMenu::new(Item::Role(place).id(), role)
        .placeholder(language.say(Text::NobodyIsTold))
        .min_values(0);
    vec![
        menu(Item::Mode(place), modes.to_vec()),
        menu(Item::Detail(place), details.to_vec()),
        menu(Item::Pause(place), pauses.collect()),
        CreateActionRow::SelectMenu(role),
        CreateActionRow::Buttons(vec![
            home(language),
            toggle(
                Text::AsTheStationButton,
                style.webhook.is_some(),
                language,
                |on| Item::Webhook(place, on),
            ),
            leading(Item::Night(place), Text::QuietHours, language),
            leading(Item::Tongues(place), Text::ChangedLanguage, language),
            CreateButton::new(Item::Remove(place).id())
                .label(language.say(Text::RemoveButton))
                .style(ButtonStyle::Danger),
        ]),
    ]
}

/// Leads to this page.
pub(super) fn back(place: Place, language: Language) -> CreateButton {
    CreateButton::new(Item::Target(place).id())
        .label(format!("◀ {}", language.say(Text::Channel)))
        .style(ButtonStyle::Secondary)
}
