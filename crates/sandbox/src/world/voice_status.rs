//! What is shown of a voice channel beside who is in it: its status, and since when somebody is.
//!
//! Neither is part of the channel object: bots are told when it changes, or ask with op 43:
//! <https://discord.com/developers/docs/events/gateway-events#request-channel-info>.

use serde_json::{Value, json};

use super::{Guild, Id, World, intents};

impl World {
    /// Sets what is shown under a voice channel's name.
    pub fn set_voice_status(&mut self, channel_id: Id, status: Option<&str>) {
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return;
        };
        channel.status = status.map(str::to_owned);
        let Some(guild) = channel.guild else {
            return;
        };
        let mut data = json!({"id": channel_id, "guild_id": guild, "status": status});
        self.dispatch_in(
            channel_id,
            "VOICE_CHANNEL_STATUS_UPDATE",
            intents::GUILDS,
            &data,
        );
        data["what"] = "voice_status".into();
        data["channel_id"] = channel_id.json();
        self.tell("world", data);
    }

    /// Someone came into a voice channel, or left it: with the last one its status goes.
    pub(super) fn occupancy_changed(&mut self, channel_id: Id) {
        let now = self.now_ms;
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return;
        };
        let guild = channel.guild.and_then(|id| self.guilds.get(&id));
        let Some(guild) = guild else {
            return;
        };
        let mut states = guild.voice_states.values();
        let occupied = states.any(|state| state.channel == channel_id);
        if occupied == channel.voice_since_ms.is_some() {
            return;
        }
        channel.voice_since_ms = occupied.then_some(now);
        let had_status = channel.status.is_some();
        let data = json!({
            "id": channel_id,
            "guild_id": guild.id,
            "voice_start_time": channel.voice_since_ms.map(|since| since / 1000),
        });
        self.dispatch_in(
            channel_id,
            "VOICE_CHANNEL_START_TIME_UPDATE",
            intents::GUILDS,
            &data,
        );
        if !occupied && had_status {
            self.set_voice_status(channel_id, None);
        }
    }

    /// The `d` of `CHANNEL_INFO`: what the voice channels of a guild, those that a bot sees, have
    /// of the fields asked for (`status`, `voice_start_time`).
    pub fn channel_info_json(&self, guild: &Guild, bot: Id, fields: &[String]) -> Value {
        let wants = |name: &str| fields.iter().any(|field| field == name);
        let channels: Vec<Value> = guild
            .channels
            .iter()
            .filter_map(|id| self.channels.get(id))
            .filter(|channel| channel.status.is_some() || channel.voice_since_ms.is_some())
            .filter(|channel| {
                let has = self.permissions(channel.id, bot);
                has.has(super::Permissions::VIEW_CHANNEL)
            })
            .map(|channel| {
                let mut out = json!({"id": channel.id});
                if wants("status") {
                    out["status"] = json!(channel.status);
                }
                if wants("voice_start_time") {
                    out["voice_start_time"] =
                        json!(channel.voice_since_ms.map(|since| since / 1000));
                }
                out
            })
            .collect();
        json!({"guild_id": guild.id, "channels": channels})
    }
}
