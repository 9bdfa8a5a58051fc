//! Webhooks of channels are made, changed and deleted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use serde_json::json;

use super::{ChannelKind, Id, Webhook, World, intents};

/// Webhooks that a channel may have.
const PER_CHANNEL: usize = 15;

impl ChannelKind {
    /// Voice channels and stages have a chat too.
    pub fn takes_webhooks(self) -> bool {
        self != Self::Category && !self.is_thread()
    }
}

/// A token of 68 characters, as Discord's are.
fn secret() -> String {
    let mut bytes = [0_u8; 51];
    rand::rng().fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

impl World {
    /// Makes a webhook; none in a channel that has as many as it may have.
    pub fn make_webhook(
        &mut self,
        guild: Id,
        channel: Id,
        name: String,
        creator: Id,
        application: Option<Id>,
    ) -> Option<Webhook> {
        let there = self.webhooks.values();
        if there.filter(|hook| hook.channel == channel).count() >= PER_CHANNEL {
            return None;
        }
        let webhook = Webhook {
            id: self.next_id(),
            token: secret(),
            name,
            channel,
            guild,
            creator,
            application,
        };
        self.webhooks.insert(webhook.id, webhook.clone());
        self.webhooks_changed(guild, channel);
        Some(webhook)
    }

    /// Gives a webhook another name or another channel.
    pub fn edit_webhook(&mut self, id: Id, name: Option<String>, channel: Option<Id>) {
        let Some(webhook) = self.webhooks.get_mut(&id) else {
            return;
        };
        let before = webhook.channel;
        webhook.name = name.unwrap_or_else(|| std::mem::take(&mut webhook.name));
        webhook.channel = channel.unwrap_or(before);
        let (guild, after) = (webhook.guild, webhook.channel);
        self.webhooks_changed(guild, before);
        if after != before {
            self.webhooks_changed(guild, after);
        }
    }

    /// Deletes a webhook.
    pub fn remove_webhook(&mut self, id: Id) {
        if let Some(webhook) = self.webhooks.remove(&id) {
            self.webhooks_changed(webhook.guild, webhook.channel);
        }
    }

    /// Bots learn that something is different, and not what.
    fn webhooks_changed(&mut self, guild: Id, channel: Id) {
        let data = json!({"guild_id": guild, "channel_id": channel});
        self.dispatch(guild, "WEBHOOKS_UPDATE", intents::GUILD_WEBHOOKS, &data);
    }
}
