//! Who is in which voice channel, and who may tell the radio what to do. Pure, but for taking the
//! snapshot from serenity's cache.

use serenity::all::{Cache, ChannelId, ChannelType, Guild, GuildId, Permissions, UserId};

use super::permissions;

/// A server's voice channels as far as one request is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    /// Where the caller is.
    pub(super) caller: Option<ChannelId>,
    /// Where the bot is.
    pub(super) bot: Option<ChannelId>,
    /// People in the bot's channel other than the caller and other bots.
    pub(super) listeners: usize,
}

impl Snapshot {
    /// `None` when the server is not known yet.
    pub(super) fn take(cache: &Cache, guild: GuildId, caller: UserId) -> Option<Self> {
        let me = cache.current_user().id;
        let guild = cache.guild(guild)?;
        let bot = channel_of(&guild, me);
        Some(Self {
            caller: channel_of(&guild, caller),
            bot,
            listeners: guild
                .voice_states
                .values()
                .filter(|state| bot.is_some() && state.channel_id == bot)
                .filter(|state| state.user_id != me && state.user_id != caller)
                .filter(|state| !is_bot(&guild, state.user_id))
                .count(),
        })
    }

    /// Whether the caller may make the radio leave its channel or play another station: whoever
    /// listens in it, whoever moderates, and anybody when no one else listens.
    pub(super) fn may_direct(&self, caller: Permissions) -> bool {
        self.listeners == 0
            || (self.caller.is_some() && self.caller == self.bot)
            || caller.intersects(
                Permissions::ADMINISTRATOR
                    | Permissions::MANAGE_GUILD
                    | Permissions::MUTE_MEMBERS
                    | Permissions::MOVE_MEMBERS,
            )
    }
}

fn channel_of(guild: &Guild, user: UserId) -> Option<ChannelId> {
    guild.voice_states.get(&user)?.channel_id
}

/// Whether a user is known to be a bot. Discord tells of the members who are in voice channels.
fn is_bot(guild: &Guild, user: UserId) -> bool {
    let state = guild.voice_states.get(&user);
    guild
        .members
        .get(&user)
        .or_else(|| state?.member.as_ref())
        .is_some_and(|member| member.user.bot)
}

/// A voice or stage channel that the bot is asked to join.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) kind: ChannelType,
    /// What the bot may do there; `None` when that is not known.
    pub(super) permissions: Option<Permissions>,
    /// How many may be in it; 0 is no limit.
    pub(super) limit: u32,
    /// How many are in it, the bot not counted.
    pub(super) occupants: usize,
    /// Whether the bot is in it.
    pub(super) joined: bool,
}

/// Why the bot cannot join a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Obstacle {
    /// It is not a channel to speak in.
    NotVoice,
    /// The bot lacks these permissions.
    Missing(Permissions),
    /// Nobody else fits in.
    Full,
}

impl Room {
    /// `None` when the server or the channel is not known.
    pub(super) fn look(cache: &Cache, guild: GuildId, channel: ChannelId) -> Option<Self> {
        let permissions = permissions::of_bot(cache, guild, channel);
        let me = cache.current_user().id;
        let guild = cache.guild(guild)?;
        let known = guild.channels.get(&channel)?;
        Some(Self {
            kind: known.kind,
            permissions,
            limit: known.user_limit.unwrap_or(0),
            occupants: guild
                .voice_states
                .values()
                .filter(|state| state.channel_id == Some(channel) && state.user_id != me)
                .count(),
            joined: channel_of(&guild, me) == Some(channel),
        })
    }

    /// Whether the bot can join and be heard.
    /// <https://discord.com/developers/docs/topics/permissions>
    pub(super) fn admits(&self) -> Result<(), Obstacle> {
        let heard = match self.kind {
            ChannelType::Voice => Permissions::SPEAK,
            // In a stage the bot makes itself a speaker, or asks to become one.
            ChannelType::Stage => Permissions::empty(),
            _ => return Err(Obstacle::NotVoice),
        };
        let Some(held) = self.permissions else {
            return Ok(());
        };
        if held.administrator() {
            return Ok(());
        }
        let missing = (Permissions::VIEW_CHANNEL | Permissions::CONNECT | heard) - held;
        let full = self.limit > 0 && self.occupants >= self.limit as usize;
        if !missing.is_empty() {
            Err(Obstacle::Missing(missing))
        } else if full && !self.joined && !held.move_members() {
            Err(Obstacle::Full)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ChannelId = ChannelId::new(1);
    const THERE: ChannelId = ChannelId::new(2);

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
        assert_eq!(room().admits(), Ok(()));
        let full = Room {
            occupants: 2,
            ..room()
        };
        assert_eq!(full.admits(), Err(Obstacle::Full));
        assert_eq!(Room { limit: 0, ..full }.admits(), Ok(()));
        assert_eq!(
            Room {
                joined: true,
                ..full
            }
            .admits(),
            Ok(())
        );
        let mover = full
            .permissions
            .map(|held| held | Permissions::MOVE_MEMBERS);
        assert_eq!(
            Room {
                permissions: mover,
                ..full
            }
            .admits(),
            Ok(())
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let mute = Room {
            permissions: Some(Permissions::VIEW_CHANNEL | Permissions::CONNECT),
            ..room()
        };
        assert_eq!(mute.admits(), Err(Obstacle::Missing(Permissions::SPEAK)));
        let stage = Room {
            kind: ChannelType::Stage,
            ..mute
        };
        assert_eq!(stage.admits(), Ok(()));
        let text = Room {
            kind: ChannelType::Text,
            ..room()
        };
        assert_eq!(text.admits(), Err(Obstacle::NotVoice));
        let unknown = Room {
            permissions: None,
            ..room()
        };
        assert_eq!(unknown.admits(), Ok(()));
    }

    #[test]
    fn listeners_are_not_disturbed_by_strangers() {
        let busy = Snapshot {
            caller: Some(THERE),
            bot: Some(HERE),
            listeners: 2,
        };
        assert!(!busy.may_direct(Permissions::empty()));
        assert!(busy.may_direct(Permissions::MOVE_MEMBERS));
        let listener = Snapshot {
            caller: Some(HERE),
            ..busy.clone()
        };
        assert!(listener.may_direct(Permissions::empty()));
        let alone = Snapshot {
            listeners: 0,
            ..busy
        };
        assert!(alone.may_direct(Permissions::empty()));
    }
}
