//! The buttons and menus of `/settings`.

use std::{fmt, str::FromStr};

use serenity::all::{
    ChannelId, ComponentInteractionDataKind, CreateInteractionResponseMessage, GuildId,
    Mentionable, RoleId,
};

use super::{Press, outdated};
use crate::{
    discord::{
        CommandError, Data,
        cards::settings::{self, Settings, switch},
        webhooks,
    },
    station::Station,
    store::{RadioSettings, Style, Target},
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "settings";

/// What a button or menu is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    /// The page with everything.
    Home,
    /// Turns a setting of the radio on or off.
    Stay(bool),
    VoiceStatus(bool),
    StageTopic(bool),
    /// Chooses the role of the DJs.
    Dj,
    /// Chooses a channel that gets announcements.
    Pick,
    /// Chooses how that channel gets them.
    Mode(Place),
    Detail(Place),
    Pause(Place),
    Role(Place),
    /// Whether it is posted as the station, through a webhook.
    Webhook(Place, bool),
}

/// A channel that gets the announcements of a station.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    channel: ChannelId,
    station: Station,
}

impl Item {
    /// The id of its button or menu.
    pub(crate) fn id(self) -> String {
        format!("{FAMILY}:{self}")
    }
}

impl Place {
    pub(crate) const fn of(target: &Target) -> Self {
        Self {
            channel: target.channel,
            station: target.station,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.channel, self.station)
    }
}

impl FromStr for Place {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, CommandError> {
        let parse = || {
            let (channel, station) = text.split_once(':')?;
            let channel = channel.parse().ok().filter(|id: &u64| *id != 0)?;
            Some(Self {
                channel: ChannelId::new(channel),
                station: station.parse().ok()?,
            })
        };
        parse().ok_or_else(outdated)
    }
}

/// What comes behind the family in the id.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("home"),
            Self::Stay(on) => write!(f, "stay:{}", switch(*on)),
            Self::VoiceStatus(on) => write!(f, "status:{}", switch(*on)),
            Self::StageTopic(on) => write!(f, "topic:{}", switch(*on)),
            Self::Dj => f.write_str("dj"),
            Self::Pick => f.write_str("pick"),
            Self::Mode(place) => write!(f, "mode:{place}"),
            Self::Detail(place) => write!(f, "card:{place}"),
            Self::Pause(place) => write!(f, "pause:{place}"),
            Self::Role(place) => write!(f, "role:{place}"),
            Self::Webhook(place, on) => write!(f, "webhook:{}:{place}", switch(*on)),
        }
    }
}

impl FromStr for Item {
    type Err = CommandError;

    fn from_str(id: &str) -> Result<Self, CommandError> {
        let (what, rest) = id.split_once(':').unwrap_or((id, ""));
        let switched = |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(outdated()),
        };
        let on = || switched(rest);
        Ok(match what {
            "home" => Self::Home,
            "stay" => Self::Stay(on()?),
            "status" => Self::VoiceStatus(on()?),
            "topic" => Self::StageTopic(on()?),
            "dj" => Self::Dj,
            "pick" => Self::Pick,
            "mode" => Self::Mode(rest.parse()?),
            "card" => Self::Detail(rest.parse()?),
            "pause" => Self::Pause(rest.parse()?),
            "role" => Self::Role(rest.parse()?),
            "webhook" => {
                let (on, place) = rest.split_once(':').ok_or_else(outdated)?;
                Self::Webhook(place.parse()?, switched(on)?)
            }
            _ => return Err(outdated()),
        })
    }
}

/// Everything that a server has set.
pub(in crate::discord) async fn of(data: &Data, guild: GuildId) -> Result<Settings, CommandError> {
    Ok(Settings {
        radio: data.store.radio_settings(guild).await?,
        targets: data.store.targets_of(guild).await?,
    })
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let item: Item = id.parse()?;
    let server = || CommandError::refused("That works in a server only.");
    let guild = press.interaction.guild_id.ok_or_else(server)?;
    let member = press.interaction.member.as_ref().ok_or_else(server)?;
    let held = member.permissions.unwrap_or_default();
    if !held.manage_guild() && !held.administrator() {
        return Err(CommandError::refused(
            "You need the permission **Manage Server** for that.",
        ));
    }
    let message = match item {
        Item::Home => home(press.data, guild, None).await?,
        Item::Stay(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.stay, on);
            toggle(press.data, guild, "Staying around the clock", on, change).await?
        }
        Item::VoiceStatus(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.voice_status, on);
            toggle(press.data, guild, "The song as voice status", on, change).await?
        }
        Item::StageTopic(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.stage_topic, on);
            toggle(press.data, guild, "The song as stage topic", on, change).await?
        }
        Item::Dj => {
            let chosen = role(press, guild)?;
            let mut before = None;
            let change = |radio: &mut RadioSettings| {
                before = std::mem::replace(&mut radio.dj_role, chosen);
            };
            press.data.radio.configure(guild, change).await?;
            let changed = format!("DJs: {}, before: {}", named(chosen), named(before));
            home(press.data, guild, Some(&changed)).await?
        }
        Item::Pick => {
            let place = value(press)?.parse()?;
            page(&target(press.data, guild, place).await?, None)
        }
        Item::Mode(place) => {
            let mode = value(press)?.parse().map_err(|_| outdated())?;
            restyle(press.data, guild, place, |style| style.mode = mode).await?
        }
        Item::Detail(place) => {
            let detail = value(press)?.parse().map_err(|_| outdated())?;
            restyle(press.data, guild, place, |style| style.detail = detail).await?
        }
        Item::Pause(place) => {
            let pause: u16 = value(press)?.parse().map_err(|_| outdated())?;
            let pause = pause.min(Style::LONGEST_PAUSE);
            restyle(press.data, guild, place, |style| {
                style.pause_minutes = pause;
            })
            .await?
        }
        Item::Role(place) => {
            let chosen = role(press, guild)?;
            restyle(press.data, guild, place, |style| style.role = chosen).await?
        }
        Item::Webhook(place, on) => {
            let webhook = if on {
                let cache = &press.ctx.cache;
                Some(webhooks::place(cache, guild, place.channel, None)?)
            } else {
                None
            };
            restyle(press.data, guild, place, |style| style.webhook = webhook).await?
        }
    };
    press.replace(message).await?;
    if matches!(item, Item::Webhook(..)) {
        webhooks::tidy(press.data, guild).await;
    }
    Ok(())
}

async fn home(
    data: &Data,
    guild: GuildId,
    changed: Option<&str>,
) -> Result<CreateInteractionResponseMessage, CommandError> {
    let settings = of(data, guild).await?;
    Ok(CreateInteractionResponseMessage::new()
        .embed(settings::card(&settings, changed))
        .components(settings::rows(&settings)))
}

fn page(target: &Target, changed: Option<&str>) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new()
        .embed(settings::target_card(target, changed))
        .components(settings::target_rows(target))
}

/// `change` gives what was set before.
async fn toggle(
    data: &Data,
    guild: GuildId,
    what: &str,
    on: bool,
    change: impl FnOnce(&mut RadioSettings) -> bool + Send,
) -> Result<CreateInteractionResponseMessage, CommandError> {
    let mut before = on;
    data.radio
        .configure(guild, |radio| before = change(radio))
        .await?;
    let changed = format!("{what}: {}, before: {}", switch(on), switch(before));
    home(data, guild, Some(&changed)).await
}

async fn restyle(
    data: &Data,
    guild: GuildId,
    place: Place,
    change: impl FnOnce(&mut Style) + Send,
) -> Result<CreateInteractionResponseMessage, CommandError> {
    let before = target(data, guild, place).await?;
    let mut style = before.style;
    change(&mut style);
    data.store
        .set_target(guild, place.channel, place.station, &style)
        .await?;
    let after = target(data, guild, place).await?;
    let changed = format!(
        "Changed. Before: {}",
        crate::discord::cards::targets::style(&before.style)
    );
    Ok(page(&after, Some(&changed)))
}

async fn target(data: &Data, guild: GuildId, place: Place) -> Result<Target, CommandError> {
    let targets = data.store.targets_of(guild).await?;
    targets
        .into_iter()
        .find(|target| Place::of(target) == place)
        .ok_or_else(|| {
            CommandError::refused("That channel gets no announcements any more. `/announce set`")
        })
}

/// What was chosen in a menu of texts.
fn value<'a>(press: &'a Press<'_>) -> Result<&'a str, CommandError> {
    match &press.interaction.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => {
            values.first().map(String::as_str).ok_or_else(outdated)
        }
        _ => Err(outdated()),
    }
}

/// What was chosen in a menu of roles; everybody's is nobody's.
fn role(press: &Press<'_>, guild: GuildId) -> Result<Option<RoleId>, CommandError> {
    let ComponentInteractionDataKind::RoleSelect { values } = &press.interaction.data.kind else {
        return Err(outdated());
    };
    let chosen = values.first().copied();
    if chosen.is_some_and(|role| role.get() == guild.get()) {
        return Err(CommandError::refused(
            "That would be everybody. Please choose a role that only some have.",
        ));
    }
    Ok(chosen)
}

fn named(role: Option<RoleId>) -> String {
    role.map_or_else(|| "nobody".to_owned(), |role| role.mention().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_it_is_about() {
        let place = Place {
            channel: ChannelId::new(u64::MAX - 1),
            station: Station::Kpop,
        };
        for item in [
            Item::Home,
            Item::Stay(true),
            Item::VoiceStatus(false),
            Item::StageTopic(true),
            Item::Dj,
            Item::Pick,
            Item::Mode(place),
            Item::Detail(place),
            Item::Pause(place),
            Item::Role(place),
            Item::Webhook(place, true),
            Item::Webhook(place, false),
        ] {
            assert_eq!(item.to_string().parse::<Item>().unwrap(), item);
            assert!(item.id().len() <= 100, "Discord takes no more");
        }
        for id in [
            "",
            "stay",
            "stay:maybe",
            "mode",
            "mode:0:jpop",
            "mode:1:x",
            "webhook:on",
            "webhook:maybe:1:jpop",
            "x",
        ] {
            assert!(id.parse::<Item>().is_err(), "{id}");
        }
    }
}
