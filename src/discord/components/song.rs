//! The buttons below the answer to `/nowplaying`.

use std::{fmt, str::FromStr};

use serenity::all::{
    CreateButton, CreateEmbed, CreateInteractionResponse, CreateInteractionResponseMessage,
};
use time::OffsetDateTime;

use super::{Press, outdated};
use crate::{
    discord::{CommandError, cards, escape},
    listen_moe,
    station::Station,
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "song";
/// The longest id Discord takes; in UTF-16 code units, which are never fewer than characters.
/// <https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id>
const ID: usize = 100;

/// A button of a song.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Button {
    /// Shows what is on air on this station now.
    Now(Station),
    /// Shows the cover with this file name in full.
    Cover(String),
}

impl Button {
    /// A button with the id that says what it does; `None` when that does not fit into an id.
    pub(crate) fn create(&self) -> Option<CreateButton> {
        let id = format!("{FAMILY}:{self}");
        (escape::length(&id) <= ID).then(|| CreateButton::new(id))
    }
}

/// What comes behind the family in the id.
impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(station) => write!(f, "now:{station}"),
            Self::Cover(file) => write!(f, "cover:{file}"),
        }
    }
}

impl FromStr for Button {
    type Err = CommandError;

    fn from_str(id: &str) -> Result<Self, CommandError> {
        let button = match id.split_once(':').unwrap_or((id, "")) {
            ("now", key) => key.parse().ok().map(Self::Now),
            ("cover", file) if !file.is_empty() => Some(Self::Cover(file.to_owned())),
            _ => None,
        };
        button.ok_or_else(outdated)
    }
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let button: Button = id.parse()?;
    match button {
        Button::Now(station) => {
            press.data.cooldowns.take(press.interaction.user.id)?;
            let on_air = press.data.stations.get(station).borrow().clone();
            let on_air = on_air
                .ok_or_else(|| CommandError::refused(cards::now_playing::unknown(station)))?;
            let wording = press.wording();
            let card = cards::now_playing::card(&on_air, OffsetDateTime::now_utc(), wording);
            let message = CreateInteractionResponseMessage::new()
                .embed(card)
                .components(cards::now_playing::buttons(&on_air, wording.language));
            press.replace(message).await
        }
        Button::Cover(file) => {
            let card = CreateEmbed::new().image(listen_moe::cover_url(&file));
            let message = CreateInteractionResponseMessage::new()
                .embed(card)
                .ephemeral(true);
            press
                .answer(CreateInteractionResponse::Message(message))
                .await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_its_button_does() {
        let buttons = [
            Button::Now(Station::Jpop),
            Button::Now(Station::Kpop),
            Button::Cover("a:b c.jpg".to_owned()),
        ];
        for button in buttons {
            let parsed: Button = button.to_string().parse().unwrap();
            assert_eq!(parsed, button);
            assert!(button.create().is_some());
        }
        for id in ["", "now", "now:x", "cover", "cover:", "play"] {
            assert!(id.parse::<Button>().is_err(), "{id}");
        }
        for long in ["x".repeat(100), "👩".repeat(45)] {
            assert!(Button::Cover(long).create().is_none());
        }
    }
}
