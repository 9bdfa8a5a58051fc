//! The webhooks that post announcements as the station: where one may be had, and the end of those
//! that nobody uses any more.

use serenity::all::{Cache, ChannelId, GuildId, Mentionable, Permissions};
use tracing::{debug, info, warn};

use super::{CommandError, Data, RestError, permissions};
use crate::language::Text;

/// The channel whose webhook is to post to this one: `parent`, when it is known to be a thread of
/// that, or else what the cache says. Refuses when the bot may not make one there.
pub(super) fn place(
    cache: &Cache,
    guild: GuildId,
    channel: ChannelId,
    parent: Option<ChannelId>,
) -> Result<ChannelId, CommandError> {
    let place = parent
        .or_else(|| permissions::governing_of(cache, guild, channel))
        .unwrap_or(channel);
    let held = permissions::of_bot(cache, guild, place);
    if held.is_some_and(|held| held.manage_webhooks() || held.administrator()) {
        return Ok(place);
    }
    Err(CommandError::explained(move |language| {
        language.say(Text::MayNotMakeWebhook {
            channel: place.mention().to_string().into(),
            permissions: permissions::names(Permissions::MANAGE_WEBHOOKS, language).into(),
        })
    }))
}

/// Deletes the webhooks of a server that have nothing to do any more.
pub(super) async fn tidy(data: &Data, guild: GuildId) {
    let unused = match data.store.take_unused_webhooks(guild).await {
        Ok(unused) => unused,
        Err(error) => {
            warn!(%guild, "webhooks that nobody uses cannot be looked for: {error}");
            return;
        }
    };
    for webhook in unused {
        let channel = webhook.channel;
        match data.rest.delete_webhook(&webhook).await {
            Ok(()) => info!(%guild, %channel, "deleted a webhook that nobody uses"),
            // It went with its channel.
            Err(RestError::Refused { status, code, .. }) => {
                debug!(%guild, %channel, status, code, "an unused webhook is gone already");
            }
            Err(error) => warn!(%guild, %channel, "an unused webhook stays: {error}"),
        }
    }
}
