//! The buttons below the answer to `/history`.

use std::{fmt, str::FromStr};

use serenity::all::{CreateButton, CreateInteractionResponseMessage};
use time::OffsetDateTime;

use super::{Press, outdated};
use crate::{
    discord::{CommandError, cards},
    station::Station,
    store::Page,
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "history";

/// Shows another page of the record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Button {
    pub(crate) station: Station,
    pub(crate) page: Page,
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
        write!(f, "{}:", self.station)?;
        match self.page {
            Page::Newest => f.write_str("newest"),
            Page::Before(id) => write!(f, "before:{id}"),
            Page::After(id) => write!(f, "after:{id}"),
        }
    }
}

impl FromStr for Button {
    type Err = CommandError;

    fn from_str(id: &str) -> Result<Self, CommandError> {
        let parse = || {
            let (station, page) = id.split_once(':')?;
            let page = match page.split_once(':').unwrap_or((page, "")) {
                ("newest", "") => Page::Newest,
                ("before", place) => Page::Before(place.parse().ok()?),
                ("after", place) => Page::After(place.parse().ok()?),
                _ => return None,
            };
            let station = station.parse().ok()?;
            Some(Self { station, page })
        };
        parse().ok_or_else(outdated)
    }
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let Button { station, page } = id.parse()?;
    let data = press.data;
    data.cooldowns.take(press.interaction.user.id)?;
    let page = data
        .store
        .past_plays(station, page, cards::history::SONGS)
        .await?;
    let (now, wording) = (OffsetDateTime::now_utc(), press.wording());
    let message = CreateInteractionResponseMessage::new()
        .embed(cards::history::card(station, &page, now, wording))
        .components(cards::history::buttons(station, &page, wording.language));
    press.replace(message).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_which_page_is_meant() {
        for page in [Page::Newest, Page::Before(i64::MAX), Page::After(0)] {
            let station = Station::Kpop;
            let button = Button { station, page };
            let parsed: Button = button.to_string().parse().unwrap();
            assert_eq!(parsed, button);
            assert!(button.to_string().len() < 90, "Discord takes 100");
        }
        for id in [
            "",
            "jpop",
            "jpop:newest:1",
            "jpop:before:",
            "x:newest",
            "jpop:after:x",
        ] {
            assert!(id.parse::<Button>().is_err(), "{id}");
        }
    }
}
