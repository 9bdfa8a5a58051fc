//! Who may do what: <https://discord.com/developers/docs/topics/permissions>.

use std::ops::{BitAnd, BitOr, Not};

/// A set of permission bits; in JSON a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(pub u64);

macro_rules! bits {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        impl Permissions {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*
            /// Every permission known here.
            pub const ALL: Self = Self($(1 << $bit)|*);
        }
    };
}

bits! {
    /// Create invites.
    CREATE_INSTANT_INVITE = 0;
    /// Kick members.
    KICK_MEMBERS = 1;
    /// Ban members.
    BAN_MEMBERS = 2;
    /// All permissions, past every overwrite.
    ADMINISTRATOR = 3;
    /// Manage and edit channels.
    MANAGE_CHANNELS = 4;
    /// Manage the server.
    MANAGE_GUILD = 5;
    /// Add reactions.
    ADD_REACTIONS = 6;
    /// See the audit log.
    VIEW_AUDIT_LOG = 7;
    /// Priority speaker.
    PRIORITY_SPEAKER = 8;
    /// Go live.
    STREAM = 9;
    /// See a channel.
    VIEW_CHANNEL = 10;
    /// Send messages (not in threads).
    SEND_MESSAGES = 11;
    /// Send text-to-speech messages.
    SEND_TTS_MESSAGES = 12;
    /// Delete and pin others' messages.
    MANAGE_MESSAGES = 13;
    /// Links are shown with a preview, embeds are kept.
    EMBED_LINKS = 14;
    /// Attach files.
    ATTACH_FILES = 15;
    /// Read earlier messages.
    READ_MESSAGE_HISTORY = 16;
    /// Mention everyone and all roles.
    MENTION_EVERYONE = 17;
    /// Use emojis of other servers.
    USE_EXTERNAL_EMOJIS = 18;
    /// See insights.
    VIEW_GUILD_INSIGHTS = 19;
    /// Join voice channels.
    CONNECT = 20;
    /// Speak in voice channels.
    SPEAK = 21;
    /// Mute members, also in stages: a stage moderator.
    MUTE_MEMBERS = 22;
    /// Deafen members.
    DEAFEN_MEMBERS = 23;
    /// Move members between voice channels, and join full ones.
    MOVE_MEMBERS = 24;
    /// Use voice activity.
    USE_VAD = 25;
    /// Change the own nickname.
    CHANGE_NICKNAME = 26;
    /// Change nicknames.
    MANAGE_NICKNAMES = 27;
    /// Manage roles and overwrites.
    MANAGE_ROLES = 28;
    /// Manage webhooks.
    MANAGE_WEBHOOKS = 29;
    /// Manage emojis, stickers and sounds.
    MANAGE_GUILD_EXPRESSIONS = 30;
    /// Use application commands.
    USE_APPLICATION_COMMANDS = 31;
    /// Ask to speak in a stage.
    REQUEST_TO_SPEAK = 32;
    /// Manage events.
    MANAGE_EVENTS = 33;
    /// Manage threads.
    MANAGE_THREADS = 34;
    /// Create public threads.
    CREATE_PUBLIC_THREADS = 35;
    /// Create private threads.
    CREATE_PRIVATE_THREADS = 36;
    /// Use stickers of other servers.
    USE_EXTERNAL_STICKERS = 37;
    /// Send messages in threads.
    SEND_MESSAGES_IN_THREADS = 38;
    /// Use activities.
    USE_EMBEDDED_ACTIVITIES = 39;
    /// Time members out.
    MODERATE_MEMBERS = 40;
    /// Use the soundboard.
    USE_SOUNDBOARD = 42;
    /// Create emojis, stickers and sounds.
    CREATE_GUILD_EXPRESSIONS = 43;
    /// Create events.
    CREATE_EVENTS = 44;
    /// Use sounds of other servers.
    USE_EXTERNAL_SOUNDS = 45;
    /// Send voice messages.
    SEND_VOICE_MESSAGES = 46;
    /// Set the status of voice channels.
    SET_VOICE_CHANNEL_STATUS = 48;
    /// Send polls.
    SEND_POLLS = 49;
    /// Use applications installed by the user, visibly.
    USE_EXTERNAL_APPS = 50;
    /// Pin and unpin messages.
    PIN_MESSAGES = 51;
    /// Speak past slow mode.
    BYPASS_SLOWMODE = 52;
}

impl Permissions {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Whether all of `other` are in here.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// As Discord's JSON has it.
    pub fn json(self) -> serde_json::Value {
        serde_json::Value::String(self.0.to_string())
    }
}

impl BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Permissions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Permissions {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// What a channel allows and denies one role or member.
#[derive(Debug, Clone, Copy)]
pub struct Overwrite {
    /// The role's or member's id; the guild's own id means everyone.
    pub id: super::Id,
    /// Whether `id` is a member's.
    pub is_member: bool,
    /// Given here.
    pub allow: Permissions,
    /// Taken here.
    pub deny: Permissions,
}

/// The permissions of a member in the guild as a whole: those of @everyone and of the own
/// roles together; everything for the owner and for administrators.
pub fn in_guild(is_owner: bool, roles: impl Iterator<Item = Permissions>) -> Permissions {
    let together = roles.fold(Permissions::NONE, |all, role| all | role);
    if is_owner || together.has(Permissions::ADMINISTRATOR) {
        Permissions::ALL
    } else {
        together
    }
}

/// The permissions in a channel: the overwrites of @everyone, then of the roles (all denials,
/// then all allowances), then of the member, and what follows from what is missing.
pub fn in_channel(
    base: Permissions,
    guild: super::Id,
    member: super::Id,
    roles: &[super::Id],
    overwrites: &[Overwrite],
    kind: super::ChannelKind,
) -> Permissions {
    if base.has(Permissions::ADMINISTRATOR) {
        return Permissions::ALL;
    }
    let mut result = base;
    if let Some(everyone) = overwrites.iter().find(|o| !o.is_member && o.id == guild) {
        result = result & !everyone.deny | everyone.allow;
    }
    let (mut allow, mut deny) = (Permissions::NONE, Permissions::NONE);
    for overwrite in overwrites {
        if !overwrite.is_member && overwrite.id != guild && roles.contains(&overwrite.id) {
            allow = allow | overwrite.allow;
            deny = deny | overwrite.deny;
        }
    }
    result = result & !deny | allow;
    if let Some(own) = overwrites.iter().find(|o| o.is_member && o.id == member) {
        result = result & !own.deny | own.allow;
    }
    implied(result, kind)
}

/// "Implicit permissions": who cannot see a channel can do nothing in it, who cannot send
/// cannot attach or embed, who cannot connect cannot speak.
fn implied(mut permissions: Permissions, kind: super::ChannelKind) -> Permissions {
    use Permissions as P;
    if !permissions.has(P::VIEW_CHANNEL) {
        return P::NONE;
    }
    let send = if kind.is_thread() {
        P::SEND_MESSAGES_IN_THREADS
    } else {
        P::SEND_MESSAGES
    };
    if !permissions.has(send) {
        permissions = permissions
            & !(P::MENTION_EVERYONE | P::SEND_TTS_MESSAGES | P::ATTACH_FILES | P::EMBED_LINKS);
    }
    if kind.is_voice() && !permissions.has(P::CONNECT) {
        permissions = permissions
            & !(P::SPEAK
                | P::STREAM
                | P::MUTE_MEMBERS
                | P::DEAFEN_MEMBERS
                | P::MOVE_MEMBERS
                | P::USE_VAD
                | P::PRIORITY_SPEAKER
                | P::REQUEST_TO_SPEAK);
    }
    permissions
}

#[cfg(test)]
mod tests {
    use super::super::{ChannelKind, Id};
    use super::{Overwrite, Permissions as P, in_channel, in_guild};

    const GUILD: Id = Id(1);
    const MEMBER: Id = Id(2);
    const ROLE_A: Id = Id(10);
    const ROLE_B: Id = Id(11);

    fn role(id: Id, allow: P, deny: P) -> Overwrite {
        Overwrite {
            id,
            is_member: false,
            allow,
            deny,
        }
    }

    fn own(allow: P, deny: P) -> Overwrite {
        Overwrite {
            id: MEMBER,
            is_member: true,
            allow,
            deny,
        }
    }

    #[test]
    fn guild_permissions_add_up_and_owners_and_administrators_have_all() {
        let roles = || [P::VIEW_CHANNEL, P::CONNECT].into_iter();
        assert_eq!(in_guild(false, roles()), P::VIEW_CHANNEL | P::CONNECT);
        assert_eq!(in_guild(true, roles()), P::ALL);
        assert_eq!(in_guild(false, [P::ADMINISTRATOR].into_iter()), P::ALL);
    }

    #[test]
    fn overwrites_apply_in_discords_order() {
        let base = P::VIEW_CHANNEL | P::SEND_MESSAGES | P::EMBED_LINKS;
        let table: &[(&str, Vec<Overwrite>, P)] = &[
            ("none", vec![], base),
            (
                "everyone denied",
                vec![role(GUILD, P::NONE, P::SEND_MESSAGES)],
                P::VIEW_CHANNEL,
            ),
            (
                "a role allows again",
                vec![
                    role(GUILD, P::NONE, P::SEND_MESSAGES),
                    role(ROLE_A, P::SEND_MESSAGES, P::NONE),
                ],
                base,
            ),
            (
                "allowances of roles win over denials of roles",
                vec![
                    role(ROLE_A, P::NONE, P::EMBED_LINKS),
                    role(ROLE_B, P::EMBED_LINKS, P::NONE),
                ],
                base,
            ),
            (
                "the member's own overwrite is last",
                vec![
                    role(ROLE_A, P::ADD_REACTIONS, P::NONE),
                    own(P::NONE, P::ADD_REACTIONS),
                ],
                base,
            ),
            (
                "roles that the member has not do not matter",
                vec![role(Id(99), P::NONE, P::VIEW_CHANNEL)],
                base,
            ),
            (
                "hidden means nothing at all",
                vec![own(P::ADD_REACTIONS, P::VIEW_CHANNEL)],
                P::NONE,
            ),
        ];
        for (what, overwrites, expected) in table {
            let got = in_channel(
                base,
                GUILD,
                MEMBER,
                &[ROLE_A, ROLE_B],
                overwrites,
                ChannelKind::Text,
            );
            assert_eq!(got, *expected, "{what}");
        }
    }

    #[test]
    fn who_cannot_connect_cannot_speak() {
        let base = P::VIEW_CHANNEL | P::CONNECT | P::SPEAK;
        let denied = [role(GUILD, P::NONE, P::CONNECT)];
        let got = in_channel(base, GUILD, MEMBER, &[], &denied, ChannelKind::Voice);
        assert_eq!(got, P::VIEW_CHANNEL);
    }

    #[test]
    fn administrators_pass_every_overwrite() {
        let denied = [own(P::NONE, P::VIEW_CHANNEL)];
        let got = in_channel(
            P::ADMINISTRATOR,
            GUILD,
            MEMBER,
            &[],
            &denied,
            ChannelKind::Text,
        );
        assert_eq!(got, P::ALL);
    }
}
