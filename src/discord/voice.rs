//! Who may tell the radio what to do. Pure, but for taking the snapshot from serenity's cache.

use serenity::all::{Cache, ChannelId, GuildId, Permissions, RoleId, UserId};

use crate::{radio::room, store::RadioSettings};

/// Who may always control the radio: whoever may put the bot where they like by other means.
const MANAGERS: Permissions = Permissions::ADMINISTRATOR
    .union(Permissions::MANAGE_GUILD)
    .union(Permissions::MANAGE_CHANNELS)
    .union(Permissions::MUTE_MEMBERS)
    .union(Permissions::MOVE_MEMBERS);

/// A server's voice channels as far as one request is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    /// Where the caller is.
    pub(super) caller: Option<ChannelId>,
    /// Where the bot is, or is about to be.
    pub(super) bot: Option<ChannelId>,
    /// People there other than the caller. Bots do not count.
    pub(super) others: usize,
}

/// Who wants to control the radio.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    /// What they may do in the channel they write in, says Discord.
    pub(super) permissions: Permissions,
    /// Their roles.
    pub(super) roles: &'a [RoleId],
}

impl Caller<'_> {
    /// Whether they have the server's DJ role, or a permission that is worth as much.
    pub(super) fn is_in_charge(&self, settings: &RadioSettings) -> bool {
        self.permissions.intersects(MANAGERS)
            || settings.dj_role.is_some_and(|dj| self.roles.contains(&dj))
    }
}

impl Snapshot {
    /// `meant` is the channel that the radio is meant to be in. `None` when the server is not known
    /// yet.
    pub(super) fn take(
        cache: &Cache,
        guild: GuildId,
        caller: UserId,
        meant: Option<ChannelId>,
    ) -> Option<Self> {
        let me = cache.current_user().id;
        let guild = cache.guild(guild)?;
        let bot = room::channel_of(&guild, me).or(meant);
        Some(Self {
            caller: room::channel_of(&guild, caller),
            bot,
            others: bot.map_or(0, |bot| {
                room::people_in(&guild, bot)
                    .filter(|state| state.user_id != caller)
                    .count()
            }),
        })
    }

    /// Whether the caller may control the radio: who is with it, and who is in charge. A bot that
    /// nobody is with may be taken by whoever is in some voice channel, unless it was told to stay.
    pub(super) fn may_direct(&self, caller: Caller<'_>, settings: &RadioSettings) -> bool {
        let together = self.caller.is_some() && self.caller == self.bot;
        let free = self.others == 0 && self.caller.is_some() && !settings.stay;
        together || free || caller.is_in_charge(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ChannelId = ChannelId::new(1);
    const THERE: ChannelId = ChannelId::new(2);
    const DJ: RoleId = RoleId::new(7);

    fn caller(permissions: Permissions, roles: &[RoleId]) -> Caller<'_> {
        Caller { permissions, roles }
    }

    #[test]
    fn listeners_are_not_disturbed_by_strangers() {
        let settings = RadioSettings::default();
        let nobody = caller(Permissions::empty(), &[]);
        let busy = Snapshot {
            caller: Some(THERE),
            bot: Some(HERE),
            others: 2,
        };
        assert!(!busy.may_direct(nobody, &settings));
        for permission in [Permissions::MOVE_MEMBERS, Permissions::MANAGE_CHANNELS] {
            assert!(busy.may_direct(caller(permission, &[]), &settings));
        }
        let listener = Snapshot {
            caller: Some(HERE),
            ..busy.clone()
        };
        assert!(listener.may_direct(nobody, &settings));
    }

    #[test]
    fn djs_may_from_anywhere_where_there_are_any() {
        let busy = Snapshot {
            caller: None,
            bot: Some(HERE),
            others: 2,
        };
        let (roles, others) = ([RoleId::new(1), DJ], [RoleId::new(1)]);
        let dj = caller(Permissions::empty(), &roles);
        let mut settings = RadioSettings::default();
        assert!(!busy.may_direct(dj, &settings), "no role was set");
        settings.dj_role = Some(DJ);
        assert!(busy.may_direct(dj, &settings));
        let other = caller(Permissions::empty(), &others);
        assert!(!busy.may_direct(other, &settings));
    }

    #[test]
    fn a_bot_that_is_alone_may_be_taken_unless_it_was_told_to_stay() {
        let nobody = caller(Permissions::empty(), &[]);
        let mut settings = RadioSettings::default();
        let alone = Snapshot {
            caller: Some(THERE),
            bot: Some(HERE),
            others: 0,
        };
        assert!(alone.may_direct(nobody, &settings));
        let outside = Snapshot {
            caller: None,
            ..alone.clone()
        };
        assert!(!outside.may_direct(nobody, &settings));
        settings.stay = true;
        assert!(!alone.may_direct(nobody, &settings));
        let manager = caller(Permissions::MANAGE_GUILD, &[]);
        assert!(alone.may_direct(manager, &settings));
    }
}
