//! Simulated people use commands, buttons and modals; applications answer.

use rand::Rng;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::interaction::{Interaction, Progress, kind};
use super::message::Source;
use super::options::{self, Resolver};
use super::{ChannelKind, Id, Permissions as P, World, intents};

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
        let scene = self.scene(ask)?;
        let mut words = command.trim().trim_start_matches('/').split_whitespace();
        let name = words
            .next()
            .ok_or_else(|| AskError::Bad("no command is named".to_owned()))?;
        let path: Vec<&str> = words.collect();
        let (application, found) = self.find_command(ask.application, &scene, name)?;
        self.check_caller(&scene, &found)?;
        let mut resolver = Resolver::new(self, scene.guild, scene.channel, scene.user);
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

    /// Presses a button of a message or chooses in one of its selects.
    pub fn ask_component(
        &mut self,
        user: Option<Id>,
        message: Id,
        custom_id: &str,
        values: &[Value],
    ) -> Result<Asked, AskError> {
        let channel = self
            .channels
            .values()
            .find(|channel| channel.messages.contains_key(&message))
            .map(|channel| (channel.id, channel.guild));
        let Some((channel, guild)) = channel else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let Some(found) = self.message(channel, message).cloned() else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let invoker = found.source.as_ref().map(|source| source.user);
        let user = user.or(invoker.filter(|_| found.is_ephemeral()));
        let scene = self.scene(&Ask {
            application: None,
            user,
            guild,
            channel: Some(channel),
        })?;
        if found.is_ephemeral() && invoker != Some(scene.user) {
            return Err(AskError::Forbidden(
                "only the invoker sees that message".to_owned(),
            ));
        }
        let Some(application) = found.application else {
            return Err(AskError::Bad(
                "the message was not sent by an application".to_owned(),
            ));
        };
        let component = find_component(&found.components, custom_id).ok_or_else(|| {
            AskError::Missing(format!("the message has no component {custom_id:?}"))
        })?;
        if component["disabled"] == true {
            return Err(AskError::Bad(format!(
                "the component {custom_id:?} is disabled"
            )));
        }
        let component_type = component["type"].as_u64().unwrap_or(2);
        let mut data = json!({
            "component_type": component_type,
            "custom_id": custom_id,
            "id": component.get("id").cloned().unwrap_or_else(|| 1.into()),
        });
        if component_type != 2 {
            let values = check_values(component, values).map_err(AskError::Bad)?;
            let mut resolver = Resolver::new(self, scene.guild, scene.channel, scene.user);
            for value in &values {
                if let Some(id) = Id::from_json(value) {
                    resolver.select(component_type, id).map_err(AskError::Bad)?;
                }
            }
            data["values"] = values.into();
            if let Some(resolved) = resolver.finish() {
                data["resolved"] = resolved;
            }
        }
        Ok(self.send(
            application,
            &scene,
            kind::COMPONENT,
            custom_id.to_owned(),
            data,
            Some(message),
        ))
    }

    /// Submits the modal that an interaction was answered with.
    pub fn ask_modal(
        &mut self,
        interaction: Id,
        fields: &Map<String, Value>,
    ) -> Result<Asked, AskError> {
        let missing = || {
            AskError::Missing(format!(
                "interaction {interaction} was not answered with a modal"
            ))
        };
        let asked = self.interactions.get(&interaction).ok_or_else(missing)?;
        let modal = asked.progress.borrow().modal.clone().ok_or_else(missing)?;
        let (application, message) = (asked.application, asked.message);
        let trigger = Source {
            interaction,
            kind: asked.kind,
            user: asked.user,
            name: asked.name.clone(),
            interacted_message: message,
            original: None,
            trigger: None,
        };
        let scene = Scene {
            user: asked.user,
            guild: asked.guild,
            channel: asked.channel,
            trigger: Some(Box::new(trigger)),
        };
        let mut components = modal["components"].clone();
        fill(&mut components, fields).map_err(AskError::Bad)?;
        let custom_id = modal["custom_id"].as_str().unwrap_or_default().to_owned();
        let data = json!({"custom_id": custom_id, "components": components});
        Ok(self.send(application, &scene, kind::MODAL, custom_id, data, message))
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
            return Ok(Scene {
                user,
                guild: None,
                channel,
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
            trigger: None,
        })
    }

    fn find_command(
        &self,
        application: Option<Id>,
        scene: &Scene,
        name: &str,
    ) -> Result<(Id, Value), AskError> {
        let mut apps: Vec<Id> = match (application, scene.guild.and_then(|id| self.guilds.get(&id)))
        {
            (Some(id), _) if !self.applications.contains_key(&id) => {
                return Err(AskError::Missing(format!("there is no application {id}")));
            }
            (Some(id), Some(guild)) if !guild.bots.contains(&id) => {
                return Err(AskError::Bad(
                    "the application is not in that guild".to_owned(),
                ));
            }
            (Some(id), _) => vec![id],
            (None, Some(guild)) => guild.bots.clone(),
            (None, None) => {
                let channel = self.channels.get(&scene.channel);
                channel.map_or_else(Vec::new, |channel| channel.recipients.clone())
            }
        };
        // The bot under test first, should another have a command of the same name.
        apps.sort_by_key(|id| Some(*id) != self.main);
        for app in apps.into_iter().filter_map(|id| self.applications.get(&id)) {
            // A guild's command hides a global one of the same name.
            let found = app
                .commands
                .iter()
                .filter(|c| c.name == name && c.kind == 1)
                .filter(|c| c.guild.is_none() || c.guild == scene.guild)
                .max_by_key(|c| c.guild.is_some());
            if let Some(found) = found {
                return Ok((app.id, found.body.clone()));
            }
        }
        Err(AskError::Bad(format!("there is no command /{name} here")))
    }

    fn check_caller(&self, scene: &Scene, command: &Value) -> Result<(), AskError> {
        let Some(_) = scene.guild else {
            let in_dms = command["dm_permission"] != false
                && command["contexts"]
                    .as_array()
                    .is_none_or(|list| list.contains(&1.into()));
            return if in_dms {
                Ok(())
            } else {
                Err(AskError::Bad(
                    "the command is not for direct messages".to_owned(),
                ))
            };
        };
        if let Some(contexts) = command["contexts"].as_array()
            && !contexts.contains(&0.into())
        {
            return Err(AskError::Bad("the command is not for servers".to_owned()));
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
            Ok(())
        } else {
            Err(AskError::Forbidden(
                "the user lacks the permissions that the command needs".to_owned(),
            ))
        }
    }

    fn send(
        &mut self,
        application: Id,
        scene: &Scene,
        kind: u64,
        name: String,
        data: Value,
        message: Option<Id>,
    ) -> Asked {
        self.forget_old_interactions();
        let id = self.next_id();
        let token = interaction_token(id);
        let mut payload = self.interaction_json(application, scene, id, &token, kind);
        payload["data"] = data;
        if let Some(message) = message
            && let Some(found) = self.message(scene.channel, message)
        {
            payload["message"] = self.message_json(found);
        }
        let (progress, receiver) = watch::channel(Progress::default());
        let told = json!({
            "id": id, "application_id": application, "user_id": scene.user, "guild_id": scene.guild,
            "channel_id": scene.channel, "name": name, "type": kind, "state": "sent",
        });
        self.interaction_tokens.insert(token.clone(), id);
        self.interaction_ages.push_back(id);
        self.interactions.insert(
            id,
            Interaction {
                id,
                token,
                kind,
                application,
                user: scene.user,
                guild: scene.guild,
                channel: scene.channel,
                name,
                created_ms: self.now_ms,
                callback: None,
                message,
                trigger: scene.trigger.clone(),
                original: None,
                progress,
            },
        );
        self.dispatch_to(
            vec![application],
            scene.guild,
            "INTERACTION_CREATE",
            intents::ALWAYS,
            &payload,
        );
        self.tell("interaction", told);
        Asked {
            id,
            channel: scene.channel,
            application,
            progress: receiver,
        }
    }

    fn interaction_json(
        &self,
        application: Id,
        scene: &Scene,
        id: Id,
        token: &str,
        kind: u64,
    ) -> Value {
        let channel = self.channels.get(&scene.channel);
        let mut channel_json = channel.map_or(Value::Null, |channel| self.channel_json(channel));
        if let Some(fields) = channel_json.as_object_mut() {
            fields.remove("permission_overwrites");
            fields.insert(
                "permissions".to_owned(),
                self.permissions(scene.channel, scene.user).json(),
            );
        }
        let locale = self
            .users
            .get(&scene.user)
            .map_or("en-US", |user| user.locale);
        let mut out = json!({
            "id": id,
            "application_id": application,
            "type": kind,
            "token": token,
            "version": 1,
            "channel_id": scene.channel,
            "channel": channel_json,
            "locale": locale,
            "app_permissions": self.permissions(scene.channel, application).json(),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners_json(scene.channel),
            "context": u8::from(scene.guild.is_none()),
            "attachment_size_limit": 10_485_760,
        });
        match scene.guild.and_then(|guild| self.guilds.get(&guild)) {
            Some(guild) => {
                let mut member = self.member_json(guild, scene.user).unwrap_or_default();
                member["permissions"] = self.permissions(scene.channel, scene.user).json();
                out["member"] = member;
                out["guild_id"] = guild.id.json();
                out["guild_locale"] = guild.locale.into();
                out["guild"] = json!({"id": guild.id, "locale": guild.locale, "features": ["COMMUNITY", "NEWS"]});
            }
            None => out["user"] = self.user_json(scene.user),
        }
        out
    }

    fn forget_old_interactions(&mut self) {
        while let Some(oldest) = self.interaction_ages.front() {
            let now = self.now_ms;
            // Kept for a while longer than its token is good for, to tell late answers apart.
            let fresh = self.interactions.get(oldest).is_some_and(|found| {
                now.saturating_sub(found.created_ms) < 2 * super::interaction::TOKEN_MS
            });
            if fresh {
                return;
            }
            if let Some(found) = self
                .interaction_ages
                .pop_front()
                .and_then(|id| self.interactions.remove(&id))
            {
                self.interaction_tokens.remove(&found.token);
            }
        }
    }

    /// An interaction that was sent and is not forgotten.
    pub fn interaction(&self, id: Id) -> Option<&Interaction> {
        self.interactions.get(&id)
    }

    /// The interaction that a token belongs to.
    pub fn interaction_of_token(&self, token: &str) -> Option<&Interaction> {
        self.interactions.get(self.interaction_tokens.get(token)?)
    }

    /// Notes that an application has acknowledged an interaction with a callback of this type.
    pub fn acknowledge(&mut self, id: Id, callback: u64) {
        let now = self.now_ms;
        let Some(found) = self.interactions.get_mut(&id) else {
            return;
        };
        found.callback = Some(callback);
        let after = now.saturating_sub(found.created_ms);
        found
            .progress
            .send_modify(|progress| progress.acknowledged_ms = Some(after));
        let told = json!({
            "id": id, "application_id": found.application, "user_id": found.user, "guild_id": found.guild,
            "channel_id": found.channel, "name": found.name, "state": "acknowledged",
            "acknowledged_ms": after, "type": callback,
        });
        self.tell("interaction", told);
    }

    /// Notes the first answer of an interaction.
    pub fn set_original(&mut self, id: Id, message: Id) {
        if let Some(found) = self.interactions.get_mut(&id) {
            found.original = Some(message);
            found
                .progress
                .send_modify(|progress| progress.messages.push(message));
        }
    }

    /// Notes progress, and tells that there is an answer when there is.
    pub fn progress(&mut self, id: Id, change: impl FnOnce(&mut Progress)) {
        let Some(found) = self.interactions.get(&id) else {
            return;
        };
        let mut answered = false;
        found.progress.send_modify(|progress| {
            let before = progress.answered;
            change(progress);
            answered = progress.answered && !before;
        });
        if answered {
            let told = json!({
                "id": id, "application_id": found.application, "user_id": found.user, "guild_id": found.guild,
                "channel_id": found.channel, "name": found.name, "state": "answered",
            });
            self.tell("interaction", told);
        }
    }
}

/// A token as Discord's look: long, opaque, fit for a URL.
fn interaction_token(id: Id) -> String {
    use base64::Engine;
    let mut secret = [0_u8; 96];
    rand::rng().fill(&mut secret[..]);
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("interaction:{id}:{secret}"))
}

/// The component of a custom id, wherever it is nested.
fn find_component<'a>(components: &'a [Value], custom_id: &str) -> Option<&'a Value> {
    components.iter().find_map(|component| {
        if component["custom_id"] == custom_id {
            return Some(component);
        }
        let children = component["components"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        find_component(children, custom_id).or_else(|| {
            component
                .get("accessory")
                .filter(|accessory| accessory["custom_id"] == custom_id)
        })
    })
}

fn check_values(component: &Value, values: &[Value]) -> Result<Vec<Value>, String> {
    let at_least = usize::try_from(component["min_values"].as_u64().unwrap_or(1)).unwrap_or(1);
    let at_most = usize::try_from(component["max_values"].as_u64().unwrap_or(1)).unwrap_or(1);
    if values.len() < at_least || values.len() > at_most {
        return Err(format!(
            "choose {at_least} to {at_most} values, not {}",
            values.len()
        ));
    }
    if component["type"] == 3 {
        let options = component["options"].as_array();
        for value in values {
            let known = options
                .into_iter()
                .flatten()
                .any(|option| option["value"] == *value);
            if !known {
                return Err(format!("{value} is not an option of the select"));
            }
        }
    }
    Ok(values.to_vec())
}

/// Puts what was typed into the text inputs of a modal, and leaves only what a submit carries.
fn fill(components: &mut Value, fields: &Map<String, Value>) -> Result<(), String> {
    for component in components.as_array_mut().into_iter().flatten() {
        if component.get("custom_id").is_some() {
            let id = component["custom_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let typed = fields
                .get(&id)
                .and_then(Value::as_str)
                .or(component["value"].as_str())
                .unwrap_or("")
                .to_owned();
            if typed.is_empty() && component["required"] != false {
                return Err(format!("the field {id:?} is required"));
            }
            let length = typed.chars().count() as u64;
            if length > component["max_length"].as_u64().unwrap_or(4000)
                || length < component["min_length"].as_u64().unwrap_or(0)
            {
                return Err(format!("the text of {id:?} is too long or too short"));
            }
            *component = json!({"type": component["type"], "custom_id": id, "value": typed, "id": component.get("id")});
        } else if component.get("component").is_some() {
            let mut inner = json!([component["component"].take()]);
            fill(&mut inner, fields)?;
            *component = json!({"type": component["type"], "component": inner[0]});
        } else if component.get("components").is_some() {
            let mut inner = component["components"].take();
            fill(&mut inner, fields)?;
            *component = json!({"type": component["type"], "components": inner});
        }
    }
    Ok(())
}
