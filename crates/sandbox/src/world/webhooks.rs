//! Webhooks of channels are made, changed and deleted.

use serde_json::json;

use super::{Id, Webhook, World, intents};

impl World {
    /// Keeps a new webhook.
    pub fn add_webhook(&mut self, webhook: Webhook) {
        let (guild, channel) = (webhook.guild, webhook.channel);
        self.webhooks.insert(webhook.id, webhook);
        self.webhooks_changed(guild, channel);
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
