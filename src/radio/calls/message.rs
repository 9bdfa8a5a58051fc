//! What the owner of a call is told.

use serenity::all::{ChannelId, UserId};
use tokio::sync::oneshot;

use super::Target;
use crate::{
    radio::{Joined, RadioError, Report},
    station::Station,
};

/// A message to the owner of a call.
pub(super) enum Message {
    /// Somebody wants the radio there.
    Join {
        channel: ChannelId,
        station: Station,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    /// Somebody wants another station.
    Switch {
        station: Station,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    /// Somebody wants it gone.
    Leave(oneshot::Sender<Result<bool, RadioError>>),
    /// Somebody wants to know what really happens.
    Report(oneshot::Sender<Report>),
    /// How the server wants its radio has changed in the store.
    Settings,
    /// The store says that it should be there.
    Restore(Target),
    /// Discord says that the bot is in a channel that nobody knows of.
    Vacate,
    /// Discord says where the bot is.
    VoiceState(VoiceState),
    /// Somebody came, went, or was deafened: the cache knows more.
    Audience,
    /// Discord says which voice server is responsible.
    VoiceServer { endpoint: String, token: String },
    /// A new session with Discord's gateway took the place of the old one.
    SessionReplaced,
    /// Discord has an outage that concerns the server.
    Outage,
    /// It is over, and Discord says where the bot is.
    OutageOver { channel: Option<ChannelId> },
    /// A channel of the server was deleted.
    Deleted(ChannelId),
    /// Songbird reports what became of the voice connection.
    Driver { number: u64, connection: Connection },
    /// The voice server says that somebody has left the channel.
    Left { number: u64, user: UserId },
}

/// The bot's own voice state.
pub(super) struct VoiceState {
    pub(super) channel: Option<ChannelId>,
    pub(super) session: String,
    /// In the audience of a stage, or without the permission to speak.
    pub(super) suppressed: bool,
    /// Muted by a moderator.
    pub(super) muted: bool,
}

/// A voice connection, as songbird reports it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Connection {
    /// It stands.
    Up,
    /// It was lost, and stands again.
    Restored,
    /// It is down; another follows, as when the call moves, or the bot was disconnected.
    Down,
    /// It is down, and songbird does nothing about it.
    Over,
}
