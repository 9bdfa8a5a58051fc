//! Simulated people use commands, buttons and modals; applications answer.
//!
//! | module | subject |
//! | --- | --- |
//! | this one | commands: which one is meant, and who may use it where |
//! | `menus` | commands in the menu of a user or a message |
//! | `components` | buttons and selects |
//! | `modals` | modals |
//! | `sent` | an interaction on its way, and how far its answer is |

mod components;
mod menus;
mod modals;
mod sent;

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::interaction::{Progress, kind};
use super::message::Source;
use super::options::{self, Resolver};
use super::{ChannelKind, Id, Permissions as P, Place, World};

/// The type of commands that are typed.
const SLASH: u64 = 1;

/// What a simulated person does.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The application; any that has such a command when not named.
    pub application: Option<Id>,
    /// Who; the guild's owner when not named.
    pub user: Option<Id>,
    /// Where; the first guild when not named.
    pub guild: Option<Id>,
    /// The channel; the first text channel the user can see when not named.
    pub channel: Option<Id>,
}

/// Why a person cannot do that, as their client would say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The request makes no sense.
    #[error("{0}")]
    Bad(String),
    /// The person may not.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
}

/// An interaction that was sent.
#[derive(Debug)]
pub struct Asked {
    /// The interaction.
    pub id: Id,
    /// The channel.
    pub channel: Id,
    /// The application asked.
    pub application: Id,
    /// Told of all progress.
    pub progress: watch::Receiver<Progress>,
}

/// Who asks what where, all known to exist.
struct Scene {
    user: Id,
    guild: Option<Id>,
    channel: Id,
    /// By whose installation: `authorizing_integration_owners`.
    owners: Value,
    /// The interaction that a modal was shown for.
    trigger: Option<Box<Source>>,
}

impl World {
    /// Invokes a slash command by its full name, or asks for completions of the option `focused`.
    pub fn ask_command(
        &mut self,
        ask: &Ask,
        command: &str,
        given: &Map<String, Value>,
        focused: Option<&str>,
    ) -> Result<Asked, AskError> {
        let mut scene = self.scene(ask)?;
        let mut words = command.trim().trim_start_matches('/').split_whitespace();
        let name = words
            .next()
            .ok_or_else(|| AskError::Bad("no command is named".to_owned()))?;
        let path: Vec<&str> = words.collect();
        let (application, found) = self.find_command(ask.application, &scene, name, &[SLASH])?;
        scene.owners = self.check_caller(application, &scene, &found)?;
        let mut resolver = Resolver::new(self, application, scene.guild, scene.channel, scene.user);
        let options = options::build(&found["options"], &path, given, focused, &mut resolver)
            .map_err(AskError::Bad)?;
        let mut data = json!({
            "id": found["id"],
            "name": found["name"],
            "type": found["type"],
        });
        if !options.is_empty() {
            data["options"] = options.into();
        }
        if let Some(resolved) = resolver.finish() {
            data["resolved"] = resolved;
        }
        if let Some(guild) = found.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        let full_name = std::iter::once(name)
            .chain(path)
            .collect::<Vec<_>>()
            .join(" ");
        let kind = if focused.is_some() {
            kind::AUTOCOMPLETE
        } else {
            kind::COMMAND
        };
        Ok(self.send(application, &scene, kind, full_name, data, None))
    }

    fn scene(&self, ask: &Ask) -> Result<Scene, AskError> {
        if let Some(channel) = ask.channel
            && let Some(found) = self.channels.get(&channel)
            && found.kind == ChannelKind::Dm
        {
            let person = found
                .recipients
                .iter()
                .find(|user| !self.applications.contains_key(user));
            let user = ask.user.or(person.copied()).unwrap_or(Id(1));
            if !found.recipients.contains(&user) {
                return Err(AskError::Forbidden(
                    "those are direct messages of others".to_owned(),
                ));
            }
            return Ok(Scene {
                user,
                guild: None,
                channel,
                owners: Value::Null,
                trigger: None,
            });
        }
        let of_channel = ask
            .channel
            .and_then(|id| self.channels.get(&id))
            .and_then(|c| c.guild);
        let guild_id = ask
            .guild
            .or(of_channel)
            .or_else(|| self.guilds.keys().next().copied());
        let guild = guild_id
            .and_then(|id| self.guilds.get(&id))
            .ok_or_else(|| AskError::Missing("there is no such guild".to_owned()))?;
        if guild.unavailable {
            return Err(AskError::Forbidden("the guild is unavailable".to_owned()));
        }
        let user = ask.user.unwrap_or(guild.owner);
        if !guild.members.contains_key(&user) {
            return Err(AskError::Forbidden(format!(
                "user {user} is not a member of {}",
                guild.name
            )));
        }
        let channel = match ask.channel {
            Some(channel) if guild.channels.contains(&channel) => channel,
            Some(channel) => {
                return Err(AskError::Missing(format!(
                    "there is no channel {channel} in {}",
                    guild.name
                )));
            }
            None => self
                .first_text_channel(guild, user)
                .ok_or_else(|| AskError::Forbidden("the user sees no text channel".to_owned()))?,
        };
        if !self.permissions(channel, user).has(P::VIEW_CHANNEL) {
            return Err(AskError::Forbidden(
                "the user cannot see that channel".to_owned(),
            ));
        }
        Ok(Scene {
            user,
            guild: Some(guild.id),
            channel,
            owners: Value::Null,
            trigger: None,
        })
    }

    fn find_command(
        &self,
        application: Option<Id>,
        scene: &Scene,
        name: &str,
        kinds: &[u64],
    ) -> Result<(Id, Value), AskError> {
        let brought = |app: &Id| {
            let app = self.applications.get(app);
            app.is_some_and(|app| app.installed_by.contains(&scene.user))
        };
        let here = if let Some(guild) = scene.guild.and_then(|id| self.guilds.get(&id)) {
            guild.bots.clone()
        } else {
            let channel = self.channels.get(&scene.channel);
            channel.map_or_else(Vec::new, |channel| channel.recipients.clone())
        };
        let mut apps: Vec<Id> = match application {
            Some(id) if !self.applications.contains_key(&id) => {
                return Err(AskError::Missing(format!("there is no application {id}")));
            }
            Some(id) if !here.contains(&id) && !brought(&id) => {
                return Err(AskError::Bad(
                    "the application is not in that place, and the user has not installed it"
                        .to_owned(),
                ));
            }
            Some(id) => vec![id],
            None => {
                let known = self.applications.keys().copied();
                known
                    .filter(|app| here.contains(app) || brought(app))
                    .collect()
            }
        };
        // The bot under test first, should another have a command of the same name.
        apps.sort_by_key(|id| Some(*id) != self.main);
        for app in apps.into_iter().filter_map(|id| self.applications.get(&id)) {
            // A guild's command hides a global one of the same name.
            let found = app
                .commands
                .iter()
                .filter(|c| c.name == name && kinds.contains(&c.kind))
                .filter(|c| c.guild.is_none() || c.guild == scene.guild)
                .max_by_key(|c| c.guild.is_some());
            if let Some(found) = found {
                return Ok((app.id, found.body.clone()));
            }
        }
        Err(AskError::Bad(format!("there is no command {name:?} here")))
    }

    /// By whose installation the caller can use a command there, if they may.
    fn check_caller(
        &self,
        application: Id,
        scene: &Scene,
        command: &Value,
    ) -> Result<Value, AskError> {
        let place = self.place(scene.channel, application);
        let fits = match command["contexts"].as_array() {
            Some(contexts) => contexts.contains(&(place as u8).into()),
            None => place == Place::Guild || command["dm_permission"] != false,
        };
        if !fits {
            let place = match place {
                Place::Guild => "servers",
                Place::BotDm => "direct messages",
                Place::Private => "direct messages of other people",
            };
            return Err(AskError::Bad(format!("the command is not for {place}")));
        }
        let owners = self.owners(application, scene.user, scene.channel, command);
        if owners.is_empty() {
            return Err(AskError::Bad(
                "nobody has installed the application for that: it is in neither the server nor \
                 the user's account, or the command is for the other"
                    .to_owned(),
            ));
        }
        if place != Place::Guild {
            return Ok(owners.into());
        }
        let has = self.permissions(scene.channel, scene.user);
        if !has.has(P::USE_APPLICATION_COMMANDS) {
            return Err(AskError::Forbidden(
                "the user may not use commands there".to_owned(),
            ));
        }
        let needed = command["default_member_permissions"]
            .as_str()
            .and_then(|text| text.parse().ok());
        // "0" keeps the command to administrators.
        let allowed = match needed {
            None => true,
            Some(0) => has == P::ALL,
            Some(bits) => has.has(P(bits)),
        };
        if allowed {
            Ok(owners.into())
        } else {
            Err(AskError::Forbidden(
                "the user lacks the permissions that the command needs".to_owned(),
            ))
        }
    }
}
