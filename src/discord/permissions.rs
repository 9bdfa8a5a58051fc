//! What the bot may do in a channel, and how permissions are called.

use serenity::all::{Cache, ChannelId, ChannelType, Guild, GuildChannel, GuildId, Permissions};

use crate::store::Mode;

/// What announcements need.
const POSTING: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS);

/// The bot's permissions in a channel or thread of a server, from the cache; `None` when the cache
/// does not hold the server, the channel or the bot's own membership.
pub(super) fn of_bot(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<Permissions> {
    let me = cache.current_user().id;
    let guild = cache.guild(guild)?;
    let member = guild.members.get(&me)?;
    Some(guild.user_permissions_in(governing(&guild, channel)?, member))
}

/// The channel that a channel's settings are those of: itself, or the one that a thread is in.
pub(super) fn governing_of(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<ChannelId> {
    let guild = cache.guild(guild)?;
    governing(&guild, channel).map(|governing| governing.id)
}

/// The channel whose overwrites count: a thread has its parent's.
fn governing(guild: &Guild, channel: ChannelId) -> Option<&GuildChannel> {
    match guild.threads.iter().find(|thread| thread.id == channel) {
        Some(thread) => guild.channels.get(&thread.parent_id?),
        None => guild.channels.get(&channel),
    }
}

/// What of the permissions needed for announcements is missing in a channel of this kind.
pub(super) fn missing_for_posting(kind: ChannelType, mode: Mode, held: Permissions) -> Permissions {
    let mut needed = POSTING;
    if mode == Mode::Edit {
        // Without it nobody says whether the message was pushed up.
        needed.insert(Permissions::READ_MESSAGE_HISTORY);
    }
    if matches!(
        kind,
        ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
    ) {
        needed.remove(Permissions::SEND_MESSAGES);
        needed.insert(Permissions::SEND_MESSAGES_IN_THREADS);
    }
    needed - held
}

/// Permissions as Discord's own settings call them, in bold; empty when none of them is one that
/// this bot asks for.
pub(super) fn names(permissions: Permissions) -> String {
    let known = [
        (Permissions::VIEW_CHANNEL, "View Channel"),
        (Permissions::SEND_MESSAGES, "Send Messages"),
        (
            Permissions::SEND_MESSAGES_IN_THREADS,
            "Send Messages in Threads",
        ),
        (Permissions::EMBED_LINKS, "Embed Links"),
        (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
        (Permissions::CONNECT, "Connect"),
        (Permissions::SPEAK, "Speak"),
        (Permissions::REQUEST_TO_SPEAK, "Request to Speak"),
        (Permissions::MANAGE_GUILD, "Manage Server"),
        (Permissions::MANAGE_WEBHOOKS, "Manage Webhooks"),
    ];
    let names: Vec<String> = known
        .into_iter()
        .filter(|(permission, _)| permissions.contains(*permission))
        .map(|(_, name)| format!("**{name}**"))
        .collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_need_their_own_permission() {
        let held = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES;
        assert_eq!(
            missing_for_posting(ChannelType::Text, Mode::Post, held),
            Permissions::EMBED_LINKS
        );
        assert_eq!(
            missing_for_posting(ChannelType::Text, Mode::Edit, held),
            Permissions::EMBED_LINKS | Permissions::READ_MESSAGE_HISTORY
        );
        assert_eq!(
            missing_for_posting(ChannelType::PublicThread, Mode::Post, held),
            Permissions::EMBED_LINKS | Permissions::SEND_MESSAGES_IN_THREADS
        );
    }

    #[test]
    fn permissions_are_named_as_people_know_them() {
        assert_eq!(names(Permissions::CONNECT), "**Connect**");
        assert_eq!(
            names(Permissions::VIEW_CHANNEL | Permissions::SPEAK | Permissions::CONNECT),
            "**View Channel**, **Connect** and **Speak**"
        );
    }
}
