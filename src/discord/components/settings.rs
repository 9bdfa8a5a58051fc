//! The buttons and menus of `/settings`.
//!
//! - `item`: what they are about.
//! - `page`: what they lead to.

mod item;
mod page;

use serenity::all::{ComponentInteractionDataKind, GuildId, Mentionable, RoleId};
use tracing::info;

pub(crate) use self::item::{Item, Place};
use self::page::Page;
use super::{Press, outdated};
use crate::{
    discord::{
        CommandError, Data,
        cards::{
            settings::{
                OF_DISCORD, Settings, named, radio::ALWAYS, spoken, stays_for, titles,
                tongue::OF_SERVER,
            },
            targets, text,
        },
        managers, webhooks,
    },
    language::{Text, Titles},
    radio::Volume,
    store::{RadioSettings, ServerSettings, Style},
};

/// What the ids begin with.
pub(super) const FAMILY: &str = "settings";

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
    managers::check(&press.data.servers, guild, member)?;
    let page = Page {
        data: press.data,
        cache: &press.ctx.cache,
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
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.dj_role, chosen);
            page.choose(Text::Djs, chosen, change, named).await?
        }
        Item::Managers => {
            if !managers::manages_server(member) {
                return Err(managers::manage_server_needed());
            }
            let chosen = role(press, guild)?;
            let change = |texts: &mut ServerSettings| texts.managers = chosen;
            page.reword(Text::Managers, change, |texts, page| {
                named(texts.managers, page.language)
            })
            .await?
        }
        Item::Radio => page.radio(None).await?,
        Item::Volume => {
            let percent: u8 = value(press)?.parse().map_err(|_| outdated())?;
            let volume = Volume::try_from(percent).map_err(|_| outdated())?;
            let change = |radio: &mut RadioSettings| std::mem::replace(&mut radio.volume, volume);
            page.choose(Text::Volume, volume, change, |volume, _| volume.to_string())
                .await?
        }
        Item::Alone => {
            let chosen = match value(press)? {
                ALWAYS => None,
                minutes => {
                    let minutes: u16 = minutes.parse().map_err(|_| outdated())?;
                    Some(minutes.clamp(1, 24 * 60))
                }
            };
            let change = |radio: &mut RadioSettings| {
                let before = (!radio.stay).then_some(radio.alone_minutes);
                radio.stay = chosen.is_none();
                radio.alone_minutes = chosen.unwrap_or(radio.alone_minutes);
                before
            };
            page.choose(Text::Stays, chosen, change, stays_for).await?
        }
        Item::Pick => {
            let place = value(press)?.parse()?;
            page.target(&page.find(place).await?, None)
        }
        Item::Target(place) => page.target(&page.find(place).await?, None),
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
        Item::Night(place) => page.night(&page.find(place).await?, None),
        Item::Quiet(place) => {
            let hours = value(press)?;
            page.requiet(place, Some(hours), None).await?
        }
        Item::Zone(place) => {
            let zone = value(press)?;
            page.requiet(place, None, Some(zone)).await?
        }
        Item::Tongues(place) => page.tongue(&page.find(place).await?, None),
        Item::Tongue(place) => {
            let chosen = match value(press)? {
                OF_SERVER => None,
                key => Some(key.parse().map_err(|_| outdated())?),
            };
            page.retongue(place, chosen).await?
        }
        Item::Remove(place) => {
            let before = page.find(place).await?;
            let store = &press.data.store;
            let (channel, station) = (place.channel, place.station);
            store.remove_target_of(guild, channel, station).await?;
            info!(%guild, %channel, %station, "announcements off");
            let channel = channel.mention().to_string().into();
            let removed = page.language.say(Text::AnnounceOff { channel });
            let before = targets::as_they_were(&[before], page.language);
            let removed = text::with_before(removed, before, page.language);
            page.home(Some(&removed)).await?
        }
    };
    press.replace(message).await?;
    if item.restyles() {
        press.data.restyled(guild).await;
    } else if matches!(item, Item::Romaji(_) | Item::Language) {
        press.data.reworded(guild);
    }
    Ok(())
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
