//! The buttons below the answer to `/radio join`.

use std::{fmt, str::FromStr};

use serenity::all::{CreateButton, EditInteractionResponse};

use super::{Press, outdated};
use crate::{
    discord::{CommandError, control::Control, panels},
    language::Text,
    station::Station,
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "radio";
/// How far one press turns the volume, in percent.
pub(crate) const TURN: i16 = 10;

/// A button of the radio.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Button {
    /// Plays this station.
    Station(Station),
    /// Turns the volume by so many percent.
    Volume(i16),
    /// Stops and leaves.
    Stop,
}

impl Button {
    /// A button with the id that says what it does.
    pub(crate) fn create(self) -> CreateButton {
        CreateButton::new(format!("{FAMILY}:{self}"))
    }
}

/// What comes behind the family in the id.
impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Station(station) => write!(f, "station:{station}"),
            Self::Volume(turn) => write!(f, "volume:{turn}"),
            Self::Stop => f.write_str("stop"),
        }
    }
}

impl FromStr for Button {
    type Err = CommandError;

    fn from_str(id: &str) -> Result<Self, CommandError> {
        let button = match id.split_once(':').unwrap_or((id, "")) {
            ("station", key) => key.parse().ok().map(Self::Station),
            ("volume", turn) => turn.parse().ok().map(Self::Volume),
            ("stop", "") => Some(Self::Stop),
            _ => None,
        };
        button.ok_or_else(outdated)
    }
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let button: Button = id.parse()?;
    let (data, interaction) = (press.data, press.interaction);
    let server = || CommandError::refused(Text::ServerOnly);
    let guild = interaction.guild_id.ok_or_else(server)?;
    let member = interaction.member.as_ref().ok_or_else(server)?;
    let control = Control::new(&press.ctx.cache, data, guild, member);
    let found = control.playing().await?;
    if button != Button::Stop {
        control.take_turn()?;
    }
    // Who listens to the same radio sees the message change; nothing is said beside it.
    press.acknowledge().await?;
    match button {
        Button::Station(station) => drop(control.switch(&found, station).await?),
        Button::Volume(turn) => drop(control.turn_volume(turn).await?),
        Button::Stop => drop(control.stop(&found).await?),
    }
    let report = data.radio.report(guild).await?;
    let (card, buttons) = panels::face(data, guild, &report, false, press.wording().language);
    let edit = EditInteractionResponse::new()
        .embed(card)
        .components(buttons);
    press.update(edit).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_its_button_does() {
        let buttons = [
            Button::Station(Station::Jpop),
            Button::Station(Station::Kpop),
            Button::Volume(-TURN),
            Button::Volume(TURN),
            Button::Stop,
        ];
        for button in buttons {
            let parsed: Button = button.to_string().parse().unwrap();
            assert_eq!(parsed, button);
            assert!(button.to_string().len() < 90, "Discord takes 100");
        }
        for id in [
            "",
            "stop:",
            "volume:",
            "volume:loud",
            "station:x",
            "station",
            "play",
        ] {
            let parsed = id.parse::<Button>();
            assert!(parsed.is_err() || id == "stop:", "{id}");
        }
    }
}
