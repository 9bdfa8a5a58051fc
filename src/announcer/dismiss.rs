//! The end of webhooks that nobody uses any more.

use serenity::all::GuildId;
use tracing::{debug, info, warn};

use crate::{
    discord::{Rest, RestError},
    store::Store,
};

/// Deletes the webhooks of a server, or of all, that have nothing to do any more. What Discord does
/// not answer is tried again when this is done the next time.
pub(crate) async fn dismiss_unused(store: &Store, rest: &Rest, guild: Option<GuildId>) {
    let unused = match store.take_unused_webhooks(guild).await {
        Ok(unused) => unused,
        Err(error) => {
            warn!(
                guild = guild.map(GuildId::get),
                "webhooks that nobody uses cannot be looked for: {error}"
            );
            return;
        }
    };
    for (guild, station, webhook) in unused {
        let channel = webhook.channel;
        match rest.delete_webhook(&webhook).await {
            Ok(()) => info!(%guild, %channel, "deleted a webhook that nobody uses"),
            // It went with its channel.
            Err(RestError::Refused { status, code, .. }) => {
                debug!(%guild, %channel, status, code, "an unused webhook is gone already");
            }
            Err(error) => {
                debug!(%guild, %channel, "an unused webhook stays for now: {error}");
                if let Err(error) = store.set_webhook(guild, station, &webhook).await {
                    warn!(%guild, %channel, "an unused webhook stays: {error}");
                }
            }
        }
    }
}
