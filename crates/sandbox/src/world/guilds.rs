//! The settings of guilds are changed.

use serde_json::{Map, Value};

use super::{Id, World, intents};

/// What an edit changes of a guild; what is not named stays.
#[derive(Debug, Clone, Default)]
#[allow(clippy::option_option)] // null takes it away
pub struct GuildEdit {
    /// The name.
    pub name: Option<String>,
    /// What it is about, or nothing.
    pub description: Option<Option<String>>,
    /// The language its people prefer.
    pub locale: Option<&'static str>,
    /// Other settings, by their names in responses, checked already.
    pub settings: Map<String, Value>,
}

impl World {
    /// Changes a guild and tells its bots; none without the guild.
    pub fn edit_guild(&mut self, id: Id, edit: GuildEdit) -> Option<Value> {
        let guild = self.guilds.get_mut(&id)?;
        if let Some(name) = edit.name {
            guild.name = name;
        }
        if let Some(description) = edit.description {
            guild.description = description;
        }
        if let Some(locale) = edit.locale {
            guild.locale = locale;
        }
        guild.settings.extend(edit.settings);
        let data = self.guild_json(self.guilds.get(&id)?, false);
        self.dispatch(id, "GUILD_UPDATE", intents::GUILDS, &data);
        self.changed("guild_updated", id, None);
        Some(data)
    }
}
