//! What leaves the world.

use std::sync::Arc;

use serde_json::Value;

use super::Id;

/// Gateway intents: <https://discord.com/developers/docs/events/gateway#gateway-intents>.
pub mod intents {
    /// Guilds, roles, channels, threads, stages.
    pub const GUILDS: u64 = 1;
    /// Members come, go and change. Privileged.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Voice states and channel effects.
    pub const GUILD_VOICE_STATES: u64 = 1 << 7;
    /// Presences. Privileged.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// Messages in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// Invites of guilds.
    pub const GUILD_INVITES: u64 = 1 << 6;
    /// Bans.
    pub const GUILD_MODERATION: u64 = 1 << 2;
    /// Reactions in guilds.
    pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
    /// Reactions in direct messages.
    pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
    /// Typing in guilds.
    pub const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
    /// Messages in direct messages.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// Typing in direct messages.
    pub const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
    /// What messages say. Privileged.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    /// Webhooks.
    pub const GUILD_WEBHOOKS: u64 = 1 << 5;
    /// Votes in polls of guilds.
    pub const GUILD_MESSAGE_POLLS: u64 = 1 << 24;
    /// Votes in polls of direct messages.
    pub const DIRECT_MESSAGE_POLLS: u64 = 1 << 25;
    /// Those that need a setting in the developer portal.
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
    /// Every intent there is: bits 0 to 16, 20, 21, 24 and 25.
    pub const ALL: u64 = 0x1_FFFF | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25;
    /// The event is sent whatever the intents are.
    pub const ALWAYS: u64 = 0;
}

/// An event for the sessions of some applications.
#[derive(Debug, Clone)]
pub struct Dispatch {
    /// Discord's name for it.
    pub name: &'static str,
    /// Its `d`, serialised once for all sessions.
    pub data: Arc<str>,
    /// The guild, which decides the shard; direct messages go to shard 0.
    pub guild: Option<Id>,
    /// Whom it concerns.
    pub applications: Vec<Id>,
    /// Sent to sessions with any of these, or to all for [`intents::ALWAYS`].
    pub intents: u64,
    /// For messages: what sessions without the message content intent get instead.
    pub redacted: Option<Arc<str>>,
}

/// What the voice server is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceOrder {
    /// A bot may connect to the channel of its voice state.
    Connect {
        /// The guild.
        guild: Id,
        /// The bot.
        user: Id,
    },
    /// A bot's call ends: it left, was kicked, or the channel is gone.
    Revoke {
        /// The guild.
        guild: Id,
        /// The bot.
        user: Id,
    },
    /// A moderator moved a bot to another channel.
    Move {
        /// The guild.
        guild: Id,
        /// The bot.
        user: Id,
        /// Where to.
        channel: Id,
    },
    /// The guild's call moves to another voice server.
    MoveServer {
        /// The guild.
        guild: Id,
        /// The bot.
        user: Id,
    },
    /// Whether a bot may be heard changed, or may have.
    Hush {
        /// The guild.
        guild: Id,
        /// The bot.
        user: Id,
        /// Suppressed (a stage's audience, or no Speak permission) or muted by the guild.
        hushed: bool,
    },
    /// The people in a channel are others now.
    Roster {
        /// The channel.
        channel: Id,
    },
}

/// Something to be done outside of the world.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Send to gateway sessions.
    Dispatch(Dispatch),
    /// Tell whoever watches the sandbox: the kind and the data.
    Tell(&'static str, Value),
    /// Tell the voice server.
    Voice(VoiceOrder),
}
