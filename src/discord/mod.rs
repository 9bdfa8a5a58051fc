//! Discord: what people see and say.
//!
//! - [`commands`]: the slash commands, a file each.
//! - [`cards`]: values of the model become embeds.
//! - [`escape`]: text from outside, made safe to show.
//! - `bot`: the session with Discord, from login to logout.
//! - `readers`: how an answer is written for those who read it.
//! - `registration`: the commands as Discord has them.
//! - `presence`: what the bot itself is seen doing.
//! - `cooldowns`: how often one person may ask.
//! - `relay`: keeps serenity's gateway client away from connections that fail.
//! - `respond`: answers to interactions as Discord describes them.
//! - `events`: what the gateway tells besides commands.
//! - `farewell`: servers that were left while the bot was away.
//! - `error`: what people are told when something fails.
//! - `managers`: who may change what is set for a server.
//! - `permissions`: what the bot may do in a channel.
//! - `components`: buttons, a file for each family.
//! - `control`: what people do to the radio, by a command or a button.
//! - `changes`: how it was before they did.
//! - `voice`: who may do that.
//! - `panels`: keeps the message with the radio's buttons true.
//! - `sight`: what may be seen of somebody's presence, where, and what is.
//! - `face`: a card with its buttons, to be sent, edited or compared.
//! - [`live`]: keeps answers up to date that somebody wants to be.
//! - `webhooks`: where announcements may be posted as the station.
//! - `rest`: Discord's REST API and its limits.

mod bot;
pub mod cards;
mod changes;
pub mod commands;
mod components;
mod control;
mod cooldowns;
mod error;
pub mod escape;
mod events;
mod face;
mod farewell;
pub mod live;
mod managers;
pub mod panels;
mod permissions;
mod presence;
mod readers;
mod registration;
mod relay;
mod respond;
mod rest;
mod sight;
mod voice;
mod webhooks;

pub use self::{
    bot::{BotError, run},
    changes::Changes,
    cooldowns::Cooldowns,
    error::CommandError,
    live::Live,
    registration::Registered,
    rest::{Lane, NEWEST, Rest, RestError, Route, Turn},
};
use serenity::all::GuildId;
use time::OffsetDateTime;

use crate::{
    announcer::{Redraws, dismiss_unused},
    language::Servers,
    lanyard::Presences,
    listen_moe::Stations,
    radio::Radio,
    store::Store,
    telemetry::Metrics,
};

/// What commands work with: cheap handles to the rest of the bot. Built before the session with
/// Discord begins, so that no command can come too early.
#[derive(Clone)]
pub struct Data {
    /// What is on air, in time with what is heard.
    pub stations: Stations,
    /// Presences of people on Lanyard.
    pub presences: Presences,
    /// What servers have chosen.
    pub store: Store,
    /// What servers read.
    pub servers: Servers,
    /// The radio in voice channels.
    pub radio: Radio,
    /// Numbers and states for the operator.
    pub metrics: Metrics,
    /// Discord's REST API, for what is not an answer to somebody.
    pub rest: Rest,
    /// Who asked how much.
    pub cooldowns: Cooldowns,
    /// The commands' ids.
    pub registered: Registered,
    /// When the process began.
    pub started: OffsetDateTime,
    /// Answers that are kept up to date.
    pub live: Live,
    /// Where to say that announcements are to look otherwise.
    pub redraws: Redraws,
    /// How servers' radios were before somebody tuned them.
    pub changes: Changes,
    /// Whether LISTEN.moe is shown an account's token, and tells of the queue.
    pub has_account: bool,
}

impl Data {
    /// Something is otherwise in how a server's channels want their announcements: what they show is
    /// drawn anew, and webhooks that none of them wants are deleted.
    pub(crate) async fn restyled(&self, guild: GuildId) {
        self.redraws.mark(guild);
        dismiss_unused(&self.store, &self.rest, Some(guild)).await;
    }

    /// A server reads another language, or titles in another script: what is written for it and
    /// stays is written anew.
    pub(crate) fn reworded(&self, guild: GuildId) {
        self.redraws.mark(guild);
        self.radio.reword(guild);
        self.live.reword(guild, self.servers.wording(guild));
    }
}

/// What a command is given. Commands are slash commands only.
pub(crate) type Context<'a> = poise::ApplicationContext<'a, Data, CommandError>;
