//! The webhooks that post announcements as the station: where one may be had.

use serenity::all::{Cache, ChannelId, GuildId, Mentionable, Permissions};

use super::{CommandError, permissions};
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
