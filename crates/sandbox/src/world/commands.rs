//! Registered application commands.

use serde_json::{Value, json};

use super::model::{Command, Creates};
use super::{Id, World};

/// How many slash commands an application may have, globally and in each guild.
pub(super) const MAX_SLASH: usize = 100;
/// How many commands on users, and how many on messages.
pub(super) const MAX_CONTEXT: usize = 15;
/// How many commands can be made new within a [`DAY_MS`], globally and in each guild.
const MAX_CREATES: usize = 200;
/// From the first of them on.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Why commands are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unstored {
    /// There are as many as there can be.
    TooMany,
    /// As many as can be were made new today.
    TooManyToday,
}

impl World {
    /// The commands of an application, global ones or those of one guild.
    pub fn commands(&self, application: Id, guild: Option<Id>) -> Vec<Value> {
        let commands = self.applications.get(&application).map(|app| &app.commands);
        commands
            .into_iter()
            .flatten()
            .filter(|command| command.guild == guild)
            .map(|command| command.body.clone())
            .collect()
    }

    /// Stores a command (checked already), over one of the same name and type when there is
    /// one. Answers the command and whether it is new.
    pub fn store_command(
        &mut self,
        application: Id,
        guild: Option<Id>,
        body: Value,
    ) -> Result<(Value, bool), Unstored> {
        let fresh = self.fresh(application, guild, std::slice::from_ref(&body));
        if fresh > self.creates_left(application, guild) {
            return Err(Unstored::TooManyToday);
        }
        let stored = self
            .insert_command(application, guild, body)
            .ok_or(Unstored::TooMany)?;
        self.count_creates(application, guild, fresh);
        self.commands_changed(application, guild);
        Ok(stored)
    }

    /// Replaces all commands of a scope; the ones that keep their name and type keep their id.
    pub fn overwrite_commands(
        &mut self,
        application: Id,
        guild: Option<Id>,
        bodies: Vec<Value>,
    ) -> Result<Vec<Value>, Unstored> {
        let fresh = self.fresh(application, guild, &bodies);
        if fresh > self.creates_left(application, guild) {
            return Err(Unstored::TooManyToday);
        }
        self.count_creates(application, guild, fresh);
        let kept: Vec<(u64, String)> = bodies.iter().map(key).collect();
        if let Some(app) = self.applications.get_mut(&application) {
            app.commands.retain(|command| {
                command.guild != guild || kept.contains(&(command.kind, command.name.clone()))
            });
        }
        let stored = bodies
            .into_iter()
            .filter_map(|body| self.insert_command(application, guild, body))
            .map(|(body, _)| body)
            .collect();
        self.commands_changed(application, guild);
        Ok(stored)
    }

    /// How many of these are not there yet.
    fn fresh(&self, application: Id, guild: Option<Id>, bodies: &[Value]) -> usize {
        let known: Vec<(u64, &str)> = self
            .applications
            .get(&application)
            .into_iter()
            .flat_map(|app| &app.commands)
            .filter(|command| command.guild == guild)
            .map(|command| (command.kind, command.name.as_str()))
            .collect();
        let keys = bodies.iter().map(key);
        keys.filter(|(kind, name)| !known.contains(&(*kind, name.as_str())))
            .count()
    }

    fn creates_left(&self, application: Id, guild: Option<Id>) -> usize {
        let app = self.applications.get(&application);
        let creates = app.and_then(|app| app.creates.get(&guild));
        let today = creates.filter(|creates| self.now_ms < creates.since_ms + DAY_MS);
        MAX_CREATES.saturating_sub(today.map_or(0, |creates| creates.count))
    }

    fn count_creates(&mut self, application: Id, guild: Option<Id>, fresh: usize) {
        let now = self.now_ms;
        let Some(app) = self.applications.get_mut(&application) else {
            return;
        };
        let creates = app.creates.entry(guild).or_default();
        if now >= creates.since_ms + DAY_MS {
            *creates = Creates {
                since_ms: now,
                count: 0,
            };
        }
        creates.count += fresh;
    }

    /// Replaces the command of an id; none when there is none.
    pub fn edit_command(
        &mut self,
        application: Id,
        guild: Option<Id>,
        id: Id,
        mut body: Value,
    ) -> Option<Value> {
        let version = self.next_id();
        let app = self.applications.get_mut(&application)?;
        let command = app
            .commands
            .iter_mut()
            .find(|command| command.id == id && command.guild == guild)?;
        finish(&mut body, application, guild, id, version);
        body["name"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut command.name);
        command.body = body.clone();
        self.commands_changed(application, guild);
        Some(body)
    }

    /// Removes a command; false when there is none.
    pub fn delete_command(&mut self, application: Id, guild: Option<Id>, id: Id) -> bool {
        let Some(app) = self.applications.get_mut(&application) else {
            return false;
        };
        let before = app.commands.len();
        app.commands
            .retain(|command| command.id != id || command.guild != guild);
        let removed = app.commands.len() < before;
        if removed {
            self.commands_changed(application, guild);
        }
        removed
    }

    fn insert_command(
        &mut self,
        application: Id,
        guild: Option<Id>,
        mut body: Value,
    ) -> Option<(Value, bool)> {
        let (kind, name) = key(&body);
        let fresh = self.next_id();
        let app = self.applications.get_mut(&application)?;
        let same = app
            .commands
            .iter_mut()
            .find(|command| command.guild == guild && command.kind == kind && command.name == name);
        if let Some(command) = same {
            finish(&mut body, application, guild, command.id, fresh);
            command.body = body.clone();
            return Some((body, false));
        }
        let siblings = app
            .commands
            .iter()
            .filter(|c| c.guild == guild && c.kind == kind);
        let limit = if kind == 1 { MAX_SLASH } else { MAX_CONTEXT };
        if siblings.count() >= limit {
            return None;
        }
        finish(&mut body, application, guild, fresh, fresh);
        app.commands.push(Command {
            id: fresh,
            guild,
            kind,
            name,
            body: body.clone(),
        });
        Some((body, true))
    }

    fn commands_changed(&mut self, application: Id, guild: Option<Id>) {
        let names: Vec<Value> = self
            .commands(application, guild)
            .iter()
            .map(|command| command["name"].clone())
            .collect();
        self.tell(
            "command_registration",
            json!({"application_id": application, "guild_id": guild, "names": names}),
        );
    }
}

fn key(body: &Value) -> (u64, String) {
    (
        body["type"].as_u64().unwrap_or(1),
        body["name"].as_str().unwrap_or_default().to_owned(),
    )
}

fn finish(body: &mut Value, application: Id, guild: Option<Id>, id: Id, version: Id) {
    body["id"] = id.json();
    body["application_id"] = application.json();
    body["version"] = version.json();
    if let Some(guild) = guild {
        body["guild_id"] = guild.json();
    }
}
