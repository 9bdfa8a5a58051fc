//! Roles of guilds.

use serde_json::json;

use super::render::role_json;
use super::{Id, Permissions, Role, World, intents};

/// What an edit of a role changes; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct RoleEdit {
    /// The name.
    pub name: Option<String>,
    /// What it gives.
    pub permissions: Option<Permissions>,
    /// RGB, 0 for none.
    pub colour: Option<u32>,
    /// Shown apart in the member list.
    pub hoist: Option<bool>,
    /// Whether everybody may mention it.
    pub mentionable: Option<bool>,
    /// Place in the hierarchy, 1 for the lowest that can be given.
    pub position: Option<u32>,
}

impl World {
    /// Makes a role, the lowest of all; none without the guild.
    pub fn create_role(&mut self, guild_id: Id, edit: RoleEdit) -> Option<Id> {
        let id = self.next_id();
        let guild = self.guilds.get_mut(&guild_id)?;
        for role in guild.roles.values_mut().filter(|role| role.position > 0) {
            role.position += 1;
        }
        let everyone = guild.roles.get(&guild_id);
        let mut role = Role {
            id,
            name: "new role".to_owned(),
            permissions: everyone.map_or(Permissions::NONE, |role| role.permissions),
            colour: 0,
            position: 1,
            mentionable: false,
            hoist: false,
            bot: None,
        };
        edit.apply(&mut role);
        let data = json!({"guild_id": guild_id, "role": role_json(&role)});
        guild.roles.insert(id, role);
        self.dispatch(guild_id, "GUILD_ROLE_CREATE", intents::GUILDS, &data);
        self.changed("role_created", guild_id, None);
        Some(id)
    }

    /// Changes a role; false when it is not there.
    pub fn edit_role(&mut self, guild_id: Id, role: Id, edit: RoleEdit) -> bool {
        let guild = self.guilds.get_mut(&guild_id);
        let Some(role) = guild.and_then(|guild| guild.roles.get_mut(&role)) else {
            return false;
        };
        edit.apply(role);
        let data = json!({"guild_id": guild_id, "role": role_json(role)});
        self.dispatch(guild_id, "GUILD_ROLE_UPDATE", intents::GUILDS, &data);
        self.changed("role_updated", guild_id, None);
        true
    }

    /// Deletes a role, which nobody has any more; false when it is not there.
    pub fn delete_role(&mut self, guild_id: Id, role: Id) -> bool {
        let Some(guild) = self.guilds.get_mut(&guild_id) else {
            return false;
        };
        if guild.roles.remove(&role).is_none() {
            return false;
        }
        for member in guild.members.values_mut() {
            member.roles.retain(|other| *other != role);
        }
        let data = json!({"guild_id": guild_id, "role_id": role});
        self.dispatch(guild_id, "GUILD_ROLE_DELETE", intents::GUILDS, &data);
        self.changed("role_deleted", guild_id, None);
        true
    }
}

impl RoleEdit {
    fn apply(self, role: &mut Role) {
        role.name = self.name.unwrap_or_else(|| std::mem::take(&mut role.name));
        role.permissions = self.permissions.unwrap_or(role.permissions);
        role.colour = self.colour.unwrap_or(role.colour);
        role.hoist = self.hoist.unwrap_or(role.hoist);
        role.mentionable = self.mentionable.unwrap_or(role.mentionable);
        role.position = self.position.unwrap_or(role.position);
    }
}
