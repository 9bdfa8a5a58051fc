//! The buttons below the card of `/status`.

use std::{fmt, str::FromStr};

use serenity::all::{CreateButton, EditInteractionResponse, GuildId, Permissions, UserId};
use time::OffsetDateTime;

use super::{Press, outdated};
use crate::{
    discord::{
        CommandError,
        live::{Basis, Letter, Order, Subject, Whose},
        sight::{self, Whom},
    },
    language::Text,
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "status";

/// A button of a status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Button {
    /// Draws the card anew.
    Refresh {
        /// Whose it is.
        user: UserId,
        /// The number under which it is kept up to date, if it is.
        live: Option<u64>,
    },
    /// Keeps the card up to date from now on.
    Live {
        /// Whose it is.
        user: UserId,
    },
    /// Stops that.
    Stop {
        /// Whose it is.
        user: UserId,
        /// The number under which it is kept up to date.
        live: u64,
    },
}

impl Button {
    /// A button with the id that says what it does.
    pub(crate) fn create(self) -> CreateButton {
        CreateButton::new(format!("{FAMILY}:{self}"))
    }

    const fn user(self) -> UserId {
        match self {
            Self::Refresh { user, .. } | Self::Live { user } | Self::Stop { user, .. } => user,
        }
    }

    const fn live(self) -> Option<u64> {
        match self {
            Self::Refresh { live, .. } => live,
            Self::Live { .. } => None,
            Self::Stop { live, .. } => Some(live),
        }
    }
}

/// What comes behind the family in the id.
impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refresh { user, live: None } => write!(f, "refresh:{user}"),
            Self::Refresh {
                user,
                live: Some(live),
            } => write!(f, "refresh:{user}:{live}"),
            Self::Live { user } => write!(f, "live:{user}"),
            Self::Stop { user, live } => write!(f, "stop:{user}:{live}"),
        }
    }
}

impl FromStr for Button {
    type Err = CommandError;

    fn from_str(id: &str) -> Result<Self, CommandError> {
        let parts: Vec<&str> = id.split(':').collect();
        let user = |text: &str| match text.parse() {
            Ok(0) | Err(_) => Err(outdated()),
            Ok(id) => Ok(UserId::new(id)),
        };
        let number = |text: &str| text.parse().map_err(|_| outdated());
        Ok(match parts[..] {
            ["refresh", of] => Self::Refresh {
                user: user(of)?,
                live: None,
            },
            ["refresh", of, live] => Self::Refresh {
                user: user(of)?,
                live: Some(number(live)?),
            },
            ["live", of] => Self::Live { user: user(of)? },
            ["stop", of, live] => Self::Stop {
                user: user(of)?,
                live: number(live)?,
            },
            _ => return Err(outdated()),
        })
    }
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let button: Button = id.parse()?;
    let (data, interaction) = (press.data, press.interaction);
    let (user, presser) = (button.user(), interaction.user.id);
    if let Button::Stop { live, .. } = button
        && data.live.whose(live, presser, is_moderator(press)) == Whose::Others
    {
        return Err(CommandError::refused(Text::NotYours));
    }
    // Stopping costs nothing.
    if !matches!(button, Button::Stop { .. }) {
        data.cooldowns.take(presser)?;
    }
    // Asking Discord may take longer than the 3 s there are.
    press.acknowledge().await?;
    let letter = Letter::new(&press.ctx.http, &interaction.token);
    if let Button::Stop { live, .. } = button
        && data.live.stop(live, letter.clone())
    {
        return Ok(());
    }
    if !may_see(press, user).await? {
        if let Some(live) = button.live() {
            data.live.abandon(live);
        }
        let gone = EditInteractionResponse::new()
            .content(press.wording().say(Text::MemberGone))
            .embeds(Vec::new())
            .components(Vec::new());
        return press.update(gone).await;
    }
    match button {
        Button::Refresh {
            live: Some(live), ..
        } if data.live.refresh(live, letter.clone()) => Ok(()),
        // It was live before a restart, if it was: all that is left is to draw it.
        Button::Refresh { .. } | Button::Stop { .. } => {
            show(press, user, None).await?;
            Ok(())
        }
        Button::Live { .. } => {
            let order = Order {
                number: interaction.id.get(),
                place: interaction
                    .guild_id
                    .map_or(interaction.channel_id.get(), GuildId::get),
                guild: interaction.guild_id,
                asker: presser,
                subject: Subject::Person(user),
                wording: press.wording(),
            };
            let ticket = data
                .live
                .reserve(order)
                .map_err(|full| CommandError::refused(full.text()))?;
            let until = Some((order.number, ticket.until()));
            let print = show(press, user, until).await?;
            if let Some((print, basis)) = print {
                ticket.start(letter, print, basis);
            }
            Ok(())
        }
    }
}

/// Draws the card into the message. Gives what was drawn when it is one that can be kept up to date.
async fn show(
    press: &Press<'_>,
    user: UserId,
    live: Option<(u64, OffsetDateTime)>,
) -> Result<Option<(u64, Basis)>, CommandError> {
    let view = Subject::Person(user).look(press.data);
    let whom = Whom {
        name: "",
        oneself: press.interaction.user.id == user,
    };
    let face = view.face(&whom, live, press.wording());
    let print = face.print();
    press.update(face.into_edit()).await?;
    Ok(view.basis().map(|basis| (print, basis)))
}

/// The rule of the command, for who presses a button of its answer, now: false when the one whom it
/// shows is in this server no more.
async fn may_see(press: &Press<'_>, user: UserId) -> Result<bool, CommandError> {
    let interaction = press.interaction;
    if interaction.user.id == user {
        return Ok(true);
    }
    let guild = interaction
        .guild_id
        .filter(|_| {
            sight::in_server(
                interaction.guild_id,
                &interaction.authorizing_integration_owners,
            )
        })
        .ok_or_else(|| CommandError::refused(Text::OnlyThemselves))?;
    Ok(press.data.rest.is_member(guild, user).await?)
}

fn is_moderator(press: &Press<'_>) -> bool {
    let member = press.interaction.member.as_ref();
    member
        .and_then(|member| member.permissions)
        .is_some_and(|may| {
            may.intersects(Permissions::MANAGE_MESSAGES | Permissions::ADMINISTRATOR)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_its_button_does() {
        let user = UserId::new(u64::MAX);
        let buttons = [
            Button::Refresh { user, live: None },
            Button::Refresh {
                user,
                live: Some(u64::MAX),
            },
            Button::Live { user },
            Button::Stop {
                user,
                live: u64::MAX,
            },
        ];
        for button in buttons {
            let parsed: Button = button.to_string().parse().unwrap();
            assert_eq!(parsed, button);
            assert!(button.to_string().len() < 90, "Discord takes 100");
        }
        for id in [
            "",
            "refresh",
            "refresh:",
            "refresh:0",
            "refresh:ana",
            "refresh:1:x",
            "live:1:2",
            "stop:1",
            "stop:1:2:3",
        ] {
            assert!(id.parse::<Button>().is_err(), "{id}");
        }
    }
}
