//! Commands in the menu of a user or a message.

use serde_json::json;

use super::{Ask, AskError, Asked};
use crate::world::interaction::kind;
use crate::world::options::Resolver;
use crate::world::{Id, World};

/// The types of commands in menus.
const OF_USERS: u64 = 2;
const OF_MESSAGES: u64 = 3;

impl World {
    /// Chooses a command in the menu of a user or of a message, which `target` names.
    pub fn ask_menu(&mut self, ask: &Ask, command: &str, target: Id) -> Result<Asked, AskError> {
        let place = self
            .channels
            .values()
            .find(|channel| channel.messages.contains_key(&target))
            .map(|channel| channel.id);
        let mut scene = self.scene(&Ask {
            channel: place.or(ask.channel),
            guild: if place.is_some() { None } else { ask.guild },
            ..ask.clone()
        })?;
        let wanted = if place.is_some() {
            OF_MESSAGES
        } else {
            OF_USERS
        };
        let (application, found) =
            self.find_command(ask.application, &scene, command.trim(), &[wanted])?;
        scene.owners = self.check_caller(application, &scene, &found)?;
        let mut resolver = Resolver::new(self, application, scene.guild, scene.channel, scene.user);
        match place {
            Some(_) => resolver.message(target),
            None => resolver.user(target),
        }
        .map_err(AskError::Missing)?;
        let mut data = json!({
            "id": found["id"],
            "name": found["name"],
            "type": found["type"],
            "target_id": target,
            "resolved": resolver.finish(),
        });
        if let Some(guild) = found.get("guild_id") {
            data["guild_id"] = guild.clone();
        }
        let name = found["name"].as_str().map(str::to_owned);
        let name = name.unwrap_or_default();
        Ok(self.send(application, &scene, kind::COMMAND, name, data, None))
    }
}
