//! Outages, and voice servers that move.

use serde_json::{Value, json};

use super::effect::VoiceOrder;
use super::{Effect, Id, World, intents};

impl World {
    /// An outage begins or ends; false without the guild.
    pub fn set_unavailable(&mut self, guild_id: Id, unavailable: bool) -> bool {
        let Some(guild) = self.guilds.get_mut(&guild_id) else {
            return false;
        };
        if guild.unavailable == unavailable {
            return true;
        }
        let bots = guild.bots.clone();
        if unavailable {
            // Calls of the guild end with its servers; nobody is told of each.
            guild.unavailable = true;
            let states = std::mem::take(&mut guild.voice_states);
            for channel in states.values().map(|state| state.channel) {
                if let Some(channel) = self.channels.get_mut(&channel) {
                    channel.voice_since_ms = None;
                    channel.status = None;
                }
            }
            for user in states.into_keys().filter(|user| bots.contains(user)) {
                self.effects.push(Effect::Voice(VoiceOrder::Revoke {
                    guild: guild_id,
                    user,
                }));
            }
            let data = json!({"id": guild_id, "unavailable": true});
            self.dispatch_to(bots, Some(guild_id), "GUILD_DELETE", intents::GUILDS, &data);
        } else {
            guild.unavailable = false;
            for bot in bots {
                let Some(guild) = self.guilds.get(&guild_id) else {
                    continue;
                };
                let data = self.guild_create_json(guild, bot, 0);
                self.dispatch_to(
                    vec![bot],
                    Some(guild_id),
                    "GUILD_CREATE",
                    intents::GUILDS,
                    &data,
                );
            }
        }
        self.changed(
            if unavailable {
                "guild_unavailable"
            } else {
                "guild_available"
            },
            guild_id,
            None,
        );
        true
    }

    /// Moves every bot's call in the guild to another voice server. False when there is none.
    pub fn move_voice_server(&mut self, guild_id: Id) -> bool {
        let bots: Vec<Id> = self.guilds.get(&guild_id).map_or_else(Vec::new, |guild| {
            let talking = guild.bots.iter().copied();
            talking
                .filter(|bot| guild.voice_states.contains_key(bot))
                .collect()
        });
        for user in &bots {
            self.effects.push(Effect::Voice(VoiceOrder::MoveServer {
                guild: guild_id,
                user: *user,
            }));
        }
        !bots.is_empty()
    }

    /// Tells the watchers that something in a guild is not what it was.
    pub(super) fn changed(&mut self, what: &str, guild: Id, channel: Option<Id>) {
        let mut data = json!({"what": what, "guild_id": guild});
        if let Some(channel) = channel {
            data["channel_id"] = Value::from(channel);
        }
        self.tell("world", data);
    }
}
