//! Applications that people have installed for themselves, and where those come along:
//! <https://discord.com/developers/docs/resources/application#installation-context>.

use serde_json::{Map, Value, json};

use super::{ChannelKind, Id, Permissions as P, World};

/// Where an interaction happens, with Discord's numbers:
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-context-types>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// In a server.
    Guild = 0,
    /// In the direct messages with the application's bot.
    BotDm = 1,
    /// In direct messages of other people.
    Private = 2,
}

/// What an application is installed for: keys of `authorizing_integration_owners`.
pub(super) const FOR_GUILD: &str = "0";
const FOR_USER: &str = "1";

/// What an application that is only there with its user may do in direct messages.
const ALONG: P = P(P::ATTACH_FILES.0 | P::EMBED_LINKS.0 | P::MENTION_EVERYONE.0);

impl World {
    /// A person installs an application for themselves; false when they had.
    pub fn install(&mut self, application: Id, user: Id) -> bool {
        self.installing(application, user, true)
    }

    /// They have it no more; false when they had not.
    pub fn uninstall(&mut self, application: Id, user: Id) -> bool {
        self.installing(application, user, false)
    }

    fn installing(&mut self, application: Id, user: Id, installs: bool) -> bool {
        let Some(app) = self.applications.get_mut(&application) else {
            return false;
        };
        let changed = if installs {
            app.installed_by.insert(user)
        } else {
            app.installed_by.remove(&user)
        };
        if changed {
            let what = if installs { "installed" } else { "uninstalled" };
            self.tell("world", json!({"what": what, "user_id": user}));
        }
        changed
    }

    /// What kind of place a channel is to an application.
    pub fn place(&self, channel: Id, application: Id) -> Place {
        let found = self.channels.get(&channel);
        match found {
            Some(found) if found.guild.is_some() => Place::Guild,
            Some(found) if found.recipients.contains(&application) => Place::BotDm,
            _ => Place::Private,
        }
    }

    /// Those by whose installation a command can be used in a channel: the
    /// `authorizing_integration_owners` of the interaction, which are none when it cannot.
    pub(super) fn owners(
        &self,
        application: Id,
        user: Id,
        channel: Id,
        command: &Value,
    ) -> Map<String, Value> {
        let mut owners = Map::new();
        let Some(app) = self.applications.get(&application) else {
            return owners;
        };
        let takes = |kind: u64| {
            let types = command["integration_types"].as_array();
            types.is_none_or(|types| types.contains(&kind.into()))
        };
        let guild = self.channels.get(&channel).and_then(|found| found.guild);
        let is_member = guild
            .and_then(|id| self.guilds.get(&id))
            .is_some_and(|guild| guild.bots.contains(&application));
        match self.place(channel, application) {
            Place::Guild if is_member && takes(0) => {
                owners.insert(FOR_GUILD.to_owned(), json!(guild));
            }
            Place::BotDm if takes(0) => {
                owners.insert(FOR_GUILD.to_owned(), "0".into());
            }
            _ => {}
        }
        let of_guild = command.get("guild_id").is_some();
        if !of_guild && takes(1) && app.installed_by.contains(&user) {
            owners.insert(FOR_USER.to_owned(), user.json());
        }
        owners
    }

    /// What an application may do where it answers, `app_permissions`: its own permissions where
    /// its bot is, what comes along with the user elsewhere.
    pub(super) fn permissions_along(&self, channel: Id, application: Id, user: Id) -> P {
        match self.place(channel, application) {
            Place::BotDm => ALONG | P::USE_EXTERNAL_EMOJIS,
            Place::Private => ALONG,
            Place::Guild => {
                let found = self.channels.get(&channel).and_then(|found| found.guild);
                let guild = found.and_then(|id| self.guilds.get(&id));
                if guild.is_some_and(|guild| guild.members.contains_key(&application)) {
                    self.permissions(channel, application)
                } else {
                    P(self.permissions(channel, user).0 & (ALONG | P::USE_EXTERNAL_EMOJIS).0)
                }
            }
        }
    }

    /// Whether what an application says there is for its user alone: it is not in that server, and
    /// the user may not let it speak to everybody.
    pub fn speaks_to_user_alone(&self, channel: Id, user: Id, owners: &Value) -> bool {
        let Some(found) = self.channels.get(&channel) else {
            return false;
        };
        let speak = if found.kind.is_thread() {
            P::SEND_MESSAGES_IN_THREADS
        } else {
            P::SEND_MESSAGES
        };
        found.guild.is_some()
            && owners.get(FOR_GUILD).is_none()
            && !self
                .permissions(channel, user)
                .has(P::USE_EXTERNAL_APPS | speak)
    }

    /// The direct messages of two people, or of a person and a bot, made when there are none.
    pub fn conversation(&mut self, user: Id, other: Id) -> Id {
        // Two people have one, whoever of them asks.
        let swapped = self.applications.contains_key(&user)
            || (!self.applications.contains_key(&other) && other < user);
        let (one, two) = if swapped {
            (other, user)
        } else {
            (user, other)
        };
        let known = self.direct.contains_key(&(one, two));
        let channel = self.direct_message(one, two);
        if !known {
            self.tell(
                "world",
                json!({"what": "direct_messages", "channel_id": channel}),
            );
        }
        channel
    }

    /// All direct messages: the channel and who is in it.
    pub fn conversations(&self) -> Vec<(Id, &[Id])> {
        let direct = self.channels.values();
        let mut found: Vec<(Id, &[Id])> = direct
            .filter(|channel| channel.kind == ChannelKind::Dm)
            .map(|channel| (channel.id, channel.recipients.as_slice()))
            .collect();
        found.sort_unstable();
        found
    }
}
