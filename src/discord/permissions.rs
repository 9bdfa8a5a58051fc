//! What the bot may do in a channel, and how permissions are called.

use serenity::all::{
    Cache, ChannelId, ChannelType, Guild, GuildChannel, GuildId, Permissions, RoleId,
};

use crate::{
    language::{Language, Text},
    store::{Mode, Style},
};

/// What announcements need.
pub(super) const POSTING: Permissions = Permissions::VIEW_CHANNEL
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

/// The role that announcements of this style name in vain: those who have it are told only when
/// anyone may mention it, or the bot may mention all. None where the cache cannot say.
/// <https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>
pub(super) fn silent_role(
    cache: &Cache,
    guild: GuildId,
    channel: ChannelId,
    style: &Style,
) -> Option<RoleId> {
    // What a webhook writes may mention any role.
    let role = style
        .role
        .filter(|_| style.mode == Mode::Events && style.webhook.is_none())?;
    let is_mentionable = cache.guild(guild)?.roles.get(&role)?.mentionable;
    let held = of_bot(cache, guild, channel)?;
    let is_silent = !is_mentionable && !held.mention_everyone() && !held.administrator();
    is_silent.then_some(role)
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

/// What somebody is told who may not do something.
pub(super) fn needed(permissions: Permissions, language: Language) -> String {
    let permissions = names(permissions, language).into();
    language.say(Text::PermissionNeeded { permissions })
}

/// Permissions as Discord's own settings call them, in bold; empty when none of them is one that
/// this bot asks for.
pub(super) fn names(permissions: Permissions, language: Language) -> String {
    let known = [
        (Permissions::VIEW_CHANNEL, Text::PermissionViewChannel),
        (Permissions::SEND_MESSAGES, Text::PermissionSendMessages),
        (
            Permissions::SEND_MESSAGES_IN_THREADS,
            Text::PermissionSendMessagesInThreads,
        ),
        (Permissions::EMBED_LINKS, Text::PermissionEmbedLinks),
        (
            Permissions::READ_MESSAGE_HISTORY,
            Text::PermissionReadMessageHistory,
        ),
        (Permissions::CONNECT, Text::PermissionConnect),
        (Permissions::SPEAK, Text::PermissionSpeak),
        (
            Permissions::REQUEST_TO_SPEAK,
            Text::PermissionRequestToSpeak,
        ),
        (Permissions::MOVE_MEMBERS, Text::PermissionMoveMembers),
        (Permissions::MANAGE_GUILD, Text::PermissionManageGuild),
        (Permissions::MANAGE_WEBHOOKS, Text::PermissionManageWebhooks),
    ];
    let names: Vec<String> = known
        .into_iter()
        .filter(|(permission, _)| permissions.contains(*permission))
        .map(|(_, name)| format!("**{}**", language.say(name)))
        .collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            let rest = rest.join(&language.say(Text::ListSeparator)).into();
            let last = last.into();
            language.say(Text::ListEnd { rest, last })
        }
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
        assert_eq!(
            names(Permissions::CONNECT, Language::English),
            "**Connect**"
        );
        let three = Permissions::VIEW_CHANNEL | Permissions::SPEAK | Permissions::CONNECT;
        assert_eq!(
            names(three, Language::English),
            "**View Channel**, **Connect** and **Speak**"
        );
        assert_eq!(
            names(three, Language::German),
            "**Kanal ansehen**, **Verbinden** und **Sprechen**"
        );
    }
}
