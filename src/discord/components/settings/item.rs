//! What the buttons and menus of `/settings` are about, as their ids say.

use std::{fmt, str::FromStr};

use serenity::all::ChannelId;

use super::{super::outdated, FAMILY};
use crate::{discord::CommandError, station::Station, store::Target};

/// What a button or menu is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    /// The page with everything.
    Home,
    /// Turns a setting of the radio on or off.
    Stay(bool),
    VoiceStatus(bool),
    StageTopic(bool),
    /// Whether songs are called by their names in Latin letters.
    Romaji(bool),
    /// Chooses the language of what is public.
    Language,
    /// Chooses the role of the DJs.
    Dj,
    /// Chooses the role of those who may change settings.
    Managers,
    /// The page with what of the radio is chosen from a list.
    Radio,
    /// Chooses how loud it plays, and how long it stays alone.
    Volume,
    Alone,
    /// Chooses a channel that gets announcements.
    Pick,
    /// The page of that channel.
    Target(Place),
    /// Chooses how that channel gets them.
    Mode(Place),
    Detail(Place),
    Pause(Place),
    Role(Place),
    /// Whether it is posted as the station, through a webhook.
    Webhook(Place, bool),
    /// The page with its quiet hours.
    Night(Place),
    /// Chooses these, and where they are.
    Quiet(Place),
    Zone(Place),
    /// The page with its language.
    Tongues(Place),
    /// Chooses that.
    Tongue(Place),
    /// It gets none any more.
    Remove(Place),
}

/// A channel that gets the announcements of a station.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(super) channel: ChannelId,
    pub(super) station: Station,
}

impl Item {
    /// Whether it changes how a channel gets its announcements.
    pub(super) const fn restyles(self) -> bool {
        matches!(
            self,
            Self::Mode(_) | Self::Detail(_) | Self::Tongue(_) | Self::Webhook(..) | Self::Remove(_)
        )
    }

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

const fn key(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// What comes behind the family in the id.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("home"),
            Self::Stay(on) => write!(f, "stay:{}", key(*on)),
            Self::VoiceStatus(on) => write!(f, "status:{}", key(*on)),
            Self::StageTopic(on) => write!(f, "topic:{}", key(*on)),
            Self::Romaji(on) => write!(f, "romaji:{}", key(*on)),
            Self::Language => f.write_str("language"),
            Self::Dj => f.write_str("dj"),
            Self::Managers => f.write_str("managers"),
            Self::Radio => f.write_str("radio"),
            Self::Volume => f.write_str("volume"),
            Self::Alone => f.write_str("alone"),
            Self::Pick => f.write_str("pick"),
            Self::Target(place) => write!(f, "target:{place}"),
            Self::Mode(place) => write!(f, "mode:{place}"),
            Self::Detail(place) => write!(f, "card:{place}"),
            Self::Pause(place) => write!(f, "pause:{place}"),
            Self::Role(place) => write!(f, "role:{place}"),
            Self::Webhook(place, on) => write!(f, "webhook:{}:{place}", key(*on)),
            Self::Night(place) => write!(f, "night:{place}"),
            Self::Quiet(place) => write!(f, "quiet:{place}"),
            Self::Zone(place) => write!(f, "zone:{place}"),
            Self::Tongues(place) => write!(f, "tongues:{place}"),
            Self::Tongue(place) => write!(f, "tongue:{place}"),
            Self::Remove(place) => write!(f, "remove:{place}"),
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
            "romaji" => Self::Romaji(on()?),
            "language" => Self::Language,
            "dj" => Self::Dj,
            "managers" => Self::Managers,
            "radio" => Self::Radio,
            "volume" => Self::Volume,
            "alone" => Self::Alone,
            "pick" => Self::Pick,
            "target" => Self::Target(rest.parse()?),
            "night" => Self::Night(rest.parse()?),
            "quiet" => Self::Quiet(rest.parse()?),
            "zone" => Self::Zone(rest.parse()?),
            "tongues" => Self::Tongues(rest.parse()?),
            "tongue" => Self::Tongue(rest.parse()?),
            "remove" => Self::Remove(rest.parse()?),
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
            Item::Romaji(false),
            Item::Language,
            Item::Dj,
            Item::Managers,
            Item::Radio,
            Item::Volume,
            Item::Alone,
            Item::Pick,
            Item::Target(place),
            Item::Night(place),
            Item::Quiet(place),
            Item::Zone(place),
            Item::Tongues(place),
            Item::Tongue(place),
            Item::Remove(place),
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
