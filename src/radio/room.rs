//! A voice channel as Discord's gateway describes it: who hears the radio there, and whether the
//! bot can join it. Pure, but for reading serenity's cache.

use std::collections::HashSet;

use serenity::all::{
    Cache, ChannelId, ChannelType, Guild, GuildId, Permissions, UserId, VoiceState,
};

/// People in the bot's channel. Bots do not count: none of them listens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Audience {
    /// All of them.
    pub people: usize,
    /// Those who hear something: whoever is deafened, by themselves or by a moderator, does not.
    pub listeners: usize,
}

impl Audience {
    /// Who is in a channel; `None` when the server is not known.
    pub(super) fn look(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<Self> {
        let guild = cache.guild(guild)?;
        let mut audience = Self::default();
        for state in people_in(&guild, channel) {
            audience.people += 1;
            audience.listeners += usize::from(!state.deaf && !state.self_deaf);
        }
        Some(audience)
    }
}

/// The voice states of people, not bots, in a channel.
pub(crate) fn people_in(guild: &Guild, channel: ChannelId) -> impl Iterator<Item = &VoiceState> {
    guild
        .voice_states
        .values()
        .filter(move |state| state.channel_id == Some(channel))
        .filter(|state| !is_bot(guild, state))
}

/// Everybody in a channel but the bot; `None` when the server is not known.
pub(super) fn others_in(
    cache: &Cache,
    guild: GuildId,
    channel: ChannelId,
) -> Option<HashSet<UserId>> {
    let me = cache.current_user().id;
    let guild = cache.guild(guild)?;
    let states = guild.voice_states.values();
    let there = states.filter(|state| state.channel_id == Some(channel) && state.user_id != me);
    Some(there.map(|state| state.user_id).collect())
}

/// Where somebody is.
pub(crate) fn channel_of(guild: &Guild, user: UserId) -> Option<ChannelId> {
    guild.voice_states.get(&user)?.channel_id
}

/// Whether a user is known to be a bot. Discord tells of the members who are in voice channels.
fn is_bot(guild: &Guild, state: &VoiceState) -> bool {
    guild
        .members
        .get(&state.user_id)
        .or(state.member.as_ref())
        .is_some_and(|member| member.user.bot)
}

/// A voice or stage channel that the bot is asked to join.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    kind: ChannelType,
    /// What the bot may do there; `None` when that is not known.
    permissions: Option<Permissions>,
    /// How many may be in it; 0 is no limit.
    limit: u32,
    /// How many are in it, the bot not counted.
    occupants: usize,
    /// Whether the bot is in it.
    joined: bool,
}

/// Why the bot cannot join a channel. Trying again helps only once somebody has changed something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Obstacle {
    /// It was deleted, or the bot cannot see it.
    Gone,
    /// It is not a channel to speak in.
    NotVoice,
    /// The bot lacks these permissions.
    Missing(Permissions),
    /// Nobody else fits in.
    Full,
}

/// Looks for what is in the way of joining a channel. Nothing, also when the server is not known.
pub(crate) fn obstacle(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<Obstacle> {
    let me = cache.current_user().id;
    let guild = cache.guild(guild)?;
    let Some(room) = Room::look(&guild, channel, me) else {
        return Some(Obstacle::Gone);
    };
    room.obstacle()
}

/// What kind of channel it is, when it is known.
pub(crate) fn kind(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<ChannelType> {
    Some(cache.guild(guild)?.channels.get(&channel)?.kind)
}

/// What the bot may do in a channel, when that is known.
pub(crate) fn permissions(
    cache: &Cache,
    guild: GuildId,
    channel: ChannelId,
) -> Option<Permissions> {
    let me = cache.current_user().id;
    let guild = cache.guild(guild)?;
    held(&guild, channel, me)
}

fn held(guild: &Guild, channel: ChannelId, me: UserId) -> Option<Permissions> {
    let channel = guild.channels.get(&channel)?;
    Some(guild.user_permissions_in(channel, guild.members.get(&me)?))
}

impl Room {
    fn look(guild: &Guild, channel: ChannelId, me: UserId) -> Option<Self> {
        let known = guild.channels.get(&channel)?;
        Some(Self {
            kind: known.kind,
            permissions: held(guild, channel, me),
            limit: known.user_limit.unwrap_or(0),
            occupants: guild
                .voice_states
                .values()
                .filter(|state| state.channel_id == Some(channel) && state.user_id != me)
                .count(),
            joined: channel_of(guild, me) == Some(channel),
        })
    }

    /// What keeps the bot from joining and being heard.
    /// <https://discord.com/developers/docs/topics/permissions>
    fn obstacle(&self) -> Option<Obstacle> {
        let heard = match self.kind {
            ChannelType::Voice => Permissions::SPEAK,
            // In a stage the bot makes itself a speaker, or asks to become one.
            ChannelType::Stage => Permissions::empty(),
            _ => return Some(Obstacle::NotVoice),
        };
        let held = self.permissions?;
        if held.administrator() {
            return None;
        }
        let missing = (Permissions::VIEW_CHANNEL | Permissions::CONNECT | heard) - held;
        let full = self.limit > 0 && self.occupants >= self.limit as usize;
        if !missing.is_empty() {
            Some(Obstacle::Missing(missing))
        } else if full && !self.joined && !held.move_members() {
            Some(Obstacle::Full)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room {
        Room {
            kind: ChannelType::Voice,
            permissions: Some(
                Permissions::VIEW_CHANNEL | Permissions::CONNECT | Permissions::SPEAK,
            ),
            limit: 2,
            occupants: 1,
            joined: false,
        }
    }

    #[test]
    fn a_room_admits_while_there_is_a_place() {
        assert_eq!(room().obstacle(), None);
        let full = Room {
            occupants: 2,
            ..room()
        };
        assert_eq!(full.obstacle(), Some(Obstacle::Full));
        assert_eq!(Room { limit: 0, ..full }.obstacle(), None);
        let inside = Room {
            joined: true,
            ..full
        };
        assert_eq!(inside.obstacle(), None);
        let mover = Room {
            permissions: full
                .permissions
                .map(|held| held | Permissions::MOVE_MEMBERS),
            ..full
        };
        assert_eq!(mover.obstacle(), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let mute = Room {
            permissions: Some(Permissions::VIEW_CHANNEL | Permissions::CONNECT),
            ..room()
        };
        assert_eq!(mute.obstacle(), Some(Obstacle::Missing(Permissions::SPEAK)));
        let stage = Room {
            kind: ChannelType::Stage,
            ..mute
        };
        assert_eq!(stage.obstacle(), None);
        let text = Room {
            kind: ChannelType::Text,
            ..room()
        };
        assert_eq!(text.obstacle(), Some(Obstacle::NotVoice));
        let unknown = Room {
            permissions: None,
            ..room()
        };
        assert_eq!(unknown.obstacle(), None);
    }
}
