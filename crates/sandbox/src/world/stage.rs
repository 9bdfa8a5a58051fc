//! Stages go live and end.

use serde_json::Value;

use super::render::stage_json;
use super::{Id, StageInstance, World, intents};

impl World {
    /// The live stage of a channel.
    pub fn stage(&self, channel: Id) -> Option<Value> {
        let guild = self.guilds.get(&self.channels.get(&channel)?.guild?)?;
        let stage = guild.stages.iter().find(|stage| stage.channel == channel)?;
        Some(stage_json(guild.id, stage))
    }

    /// A stage goes live; none when it is already.
    pub fn start_stage(&mut self, guild_id: Id, channel: Id, topic: String) -> Option<Value> {
        let id = self.next_id();
        let guild = self.guilds.get_mut(&guild_id)?;
        if guild.stages.iter().any(|stage| stage.channel == channel) {
            return None;
        }
        guild.stages.push(StageInstance { id, channel, topic });
        let data = self.stage(channel)?;
        self.dispatch(guild_id, "STAGE_INSTANCE_CREATE", intents::GUILDS, &data);
        self.changed("stage_started", guild_id, Some(channel));
        Some(data)
    }

    /// Changes the topic; none when the stage is not live.
    pub fn edit_stage(&mut self, channel: Id, topic: Option<String>) -> Option<Value> {
        let guild_id = self.channels.get(&channel)?.guild?;
        let guild = self.guilds.get_mut(&guild_id)?;
        let stage = guild
            .stages
            .iter_mut()
            .find(|stage| stage.channel == channel)?;
        if let Some(topic) = topic {
            stage.topic = topic;
        }
        let data = self.stage(channel)?;
        self.dispatch(guild_id, "STAGE_INSTANCE_UPDATE", intents::GUILDS, &data);
        self.changed("stage_updated", guild_id, Some(channel));
        Some(data)
    }

    /// Ends a stage; false when it was not live.
    pub fn end_stage(&mut self, channel: Id) -> bool {
        let Some(data) = self.stage(channel) else {
            return false;
        };
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let Some(guild_id) = guild else {
            return false;
        };
        if let Some(guild) = self.guilds.get_mut(&guild_id) {
            guild.stages.retain(|stage| stage.channel != channel);
        }
        self.dispatch(guild_id, "STAGE_INSTANCE_DELETE", intents::GUILDS, &data);
        self.changed("stage_ended", guild_id, Some(channel));
        true
    }
}
