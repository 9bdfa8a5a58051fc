//! Messages that are pinned to their channel.

use serde_json::json;

use super::message::{Reference, kinds};
use super::{Author, Draft, Id, Message, World, intents};

/// Pins that a channel may have.
pub const PINS: usize = 250;

impl World {
    /// The pinned messages of a channel, the last one first.
    pub fn pins(&self, channel: Id) -> Vec<&Message> {
        let Some(channel) = self.channels.get(&channel) else {
            return Vec::new();
        };
        let messages = channel.messages.values();
        let mut pins: Vec<&Message> = messages.filter(|m| m.pinned_ms.is_some()).collect();
        pins.sort_by_key(|message| std::cmp::Reverse((message.pinned_ms, message.id)));
        pins
    }

    /// Pins a message, or takes the pin away; whoever pins is named in a message of the system.
    pub fn pin(&mut self, channel_id: Id, message: Id, by: Id, pinned: bool) {
        let now = self.now_ms;
        let Some(found) = self.message_mut(channel_id, message) else {
            return;
        };
        if found.pinned_ms.is_some() == pinned {
            return;
        }
        found.pinned_ms = pinned.then_some(now);
        let found = found.clone();
        let latest = self.pins(channel_id).first().and_then(|m| m.pinned_ms);
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return;
        };
        channel.last_pin_ms = latest;
        let guild = channel.guild;
        let mut data = json!({
            "channel_id": channel_id,
            "last_pin_timestamp": latest.map(super::iso),
        });
        let wanted = match guild {
            Some(guild) => {
                data["guild_id"] = guild.json();
                intents::GUILDS
            }
            None => intents::DIRECT_MESSAGES,
        };
        self.message_event("MESSAGE_UPDATE", "message_update", &found);
        self.dispatch_in(channel_id, "CHANNEL_PINS_UPDATE", wanted, &data);
        if pinned {
            let draft = Draft {
                kind: kinds::PINNED,
                reference: Some(Reference {
                    channel: channel_id,
                    message,
                }),
                ..Draft::default()
            };
            self.create_message(channel_id, Author::User(by), draft);
        }
    }
}
