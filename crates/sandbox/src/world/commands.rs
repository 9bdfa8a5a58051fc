//! Registered application commands.

use serde_json::{Value, json};

use super::model::Command;
use super::{Id, World};

/// How many slash commands an application may have, globally and in each guild.
pub(super) const MAX_SLASH: usize = 100;
/// How many commands on users, and how many on messages.
pub(super) const MAX_CONTEXT: usize = 15;

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
    /// one. Answers the command and whether it is new; none when there are too many.
    pub fn store_command(
        &mut self,
        application: Id,
        guild: Option<Id>,
        body: Value,
    ) -> Option<(Value, bool)> {
        let stored = self.insert_command(application, guild, body)?;
        self.commands_changed(application, guild);
        Some(stored)
    }

    /// Replaces all commands of a scope; the ones that keep their name and type keep their id.
    pub fn overwrite_commands(
        &mut self,
        application: Id,
        guild: Option<Id>,
        bodies: Vec<Value>,
    ) -> Vec<Value> {
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
        stored
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
