//! The buttons and menus of `/settings`.

use std::{fmt, str::FromStr};

use serenity::all::{
    ChannelId, ComponentInteractionDataKind, CreateInteractionResponseMessage, GuildId,
    Permissions, RoleId,
};

use super::{Press, outdated};
use crate::{
    discord::{
        CommandError, Data,
        cards::{
            settings::{self, OF_DISCORD, Settings, named, spoken, switch, titles},
            targets,
        },
        permissions, webhooks,
    },
    language::{Language, Text, Titles},
    station::Station,
    store::{RadioSettings, ServerSettings, Style, Target},
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
    /// Whether songs are called by their names in Latin letters.
    Romaji(bool),
    /// Chooses the language of what is public.
    Language,
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
            Self::Pick => f.write_str("pick"),
            Self::Mode(place) => write!(f, "mode:{place}"),
            Self::Detail(place) => write!(f, "card:{place}"),
            Self::Pause(place) => write!(f, "pause:{place}"),
            Self::Role(place) => write!(f, "role:{place}"),
            Self::Webhook(place, on) => write!(f, "webhook:{}:{place}", key(*on)),
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
        texts: data.servers.chosen(guild),
        on_discord: data.servers.on_discord(guild),
    })
}

pub(super) async fn press(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    let item: Item = id.parse()?;
    let server = || CommandError::refused(Text::ServerOnly);
    let guild = press.interaction.guild_id.ok_or_else(server)?;
    let member = press.interaction.member.as_ref().ok_or_else(server)?;
    let held = member.permissions.unwrap_or_default();
    if !held.manage_guild() && !held.administrator() {
        return Err(CommandError::explained(|language| {
            permissions::needed(Permissions::MANAGE_GUILD, language)
        }));
    }
    let page = Page {
        data: press.data,
        guild,
        language: press.wording().language,
    };
    let message = match item {
        Item::Home => page.home(None).await?,
        Item::Stay(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.stay, on);
            page.toggle(Text::ChangedStay, on, change).await?
        }
        Item::VoiceStatus(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.voice_status, on);
            page.toggle(Text::ChangedVoiceStatus, on, change).await?
        }
        Item::StageTopic(on) => {
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.stage_topic, on);
            page.toggle(Text::ChangedStageTopic, on, change).await?
        }
        Item::Romaji(on) => {
            let chosen = if on { Titles::Romaji } else { Titles::Native };
            let change = |texts: &mut ServerSettings| texts.titles = chosen;
            page.reword(Text::ChangedTitles, change, |texts, page| {
                page.language.say(titles(texts.titles))
            })
            .await?
        }
        Item::Language => {
            let chosen = match value(press)? {
                OF_DISCORD => None,
                key => Some(key.parse().map_err(|_| outdated())?),
            };
            let change = |texts: &mut ServerSettings| texts.language = chosen;
            page.reword(Text::ChangedLanguage, change, |texts, page| {
                let on_discord = page.data.servers.on_discord(page.guild);
                spoken(texts.language, on_discord, page.language)
            })
            .await?
        }
        Item::Dj => {
            let chosen = role(press, guild)?;
            let mut before = None;
            let change = |radio: &mut RadioSettings| {
                before = std::mem::replace(&mut radio.dj_role, chosen);
            };
            press.data.radio.configure(guild, change).await?;
            let named = |role| named(role, page.language);
            page.changed(Text::Djs, named(chosen), named(before))
                .await?
        }
        Item::Pick => {
            let place = value(press)?.parse()?;
            page.target(&page.find(place).await?, None)
        }
        Item::Mode(place) => {
            let mode = value(press)?.parse().map_err(|_| outdated())?;
            page.restyle(place, |style| style.mode = mode).await?
        }
        Item::Detail(place) => {
            let detail = value(press)?.parse().map_err(|_| outdated())?;
            page.restyle(place, |style| style.detail = detail).await?
        }
        Item::Pause(place) => {
            let pause: u16 = value(press)?.parse().map_err(|_| outdated())?;
            let pause = pause.min(Style::LONGEST_PAUSE);
            page.restyle(place, |style| style.pause_minutes = pause)
                .await?
        }
        Item::Role(place) => {
            let chosen = role(press, guild)?;
            page.restyle(place, |style| style.role = chosen).await?
        }
        Item::Webhook(place, on) => {
            let webhook = if on {
                let cache = &press.ctx.cache;
                Some(webhooks::place(cache, guild, place.channel, None)?)
            } else {
                None
            };
            page.restyle(place, |style| style.webhook = webhook).await?
        }
    };
    press.replace(message).await?;
    if matches!(item, Item::Webhook(..)) {
        webhooks::tidy(press.data, guild).await;
    }
    Ok(())
}

/// Somebody's page with the settings of a server.
struct Page<'a> {
    data: &'a Data,
    guild: GuildId,
    language: Language,
}

type Message = CreateInteractionResponseMessage;

impl Page<'_> {
    async fn home(&self, changed: Option<&str>) -> Result<Message, CommandError> {
        let settings = of(self.data, self.guild).await?;
        Ok(Message::new()
            .embed(settings::card(&settings, changed, self.language))
            .components(settings::rows(&settings, self.language)))
    }

    fn target(&self, target: &Target, changed: Option<&str>) -> Message {
        Message::new()
            .embed(settings::target_card(target, changed, self.language))
            .components(settings::target_rows(target, self.language))
    }

    /// Everything, and what of it was changed.
    async fn changed(
        &self,
        what: Text<'static>,
        now: String,
        before: String,
    ) -> Result<Message, CommandError> {
        let changed = self.language.say(Text::Changed {
            what: self.language.say(what).into(),
            now: now.into(),
            before: before.into(),
        });
        self.home(Some(&changed)).await
    }

    /// `change` gives what was set before.
    async fn toggle(
        &self,
        what: Text<'static>,
        on: bool,
        change: impl FnOnce(&mut RadioSettings) -> bool + Send,
    ) -> Result<Message, CommandError> {
        let mut before = on;
        let radio = &self.data.radio;
        radio
            .configure(self.guild, |radio| before = change(radio))
            .await?;
        let (now, before) = (switch(on, self.language), switch(before, self.language));
        self.changed(what, now, before).await
    }

    async fn reword(
        &self,
        what: Text<'static>,
        change: impl FnOnce(&mut ServerSettings) + Send,
        name: impl Fn(ServerSettings, &Self) -> String,
    ) -> Result<Message, CommandError> {
        let (servers, store) = (&self.data.servers, &self.data.store);
        let (before, now) = servers.choose(store, self.guild, change).await?;
        self.changed(what, name(now, self), name(before, self))
            .await
    }

    async fn restyle(
        &self,
        place: Place,
        change: impl FnOnce(&mut Style) + Send,
    ) -> Result<Message, CommandError> {
        let before = self.find(place).await?;
        let mut style = before.style;
        change(&mut style);
        let store = &self.data.store;
        store
            .set_target(self.guild, place.channel, place.station, &style)
            .await?;
        let after = self.find(place).await?;
        let style = targets::style(&before.style, self.language).into();
        let changed = self.language.say(Text::ChangedBefore { style });
        Ok(self.target(&after, Some(&changed)))
    }

    async fn find(&self, place: Place) -> Result<Target, CommandError> {
        let targets = self.data.store.targets_of(self.guild).await?;
        targets
            .into_iter()
            .find(|target| Place::of(target) == place)
            .ok_or_else(|| CommandError::refused(Text::NoSuchTarget))
    }
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
        return Err(CommandError::refused(Text::DjEverybody));
    }
    Ok(chosen)
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
