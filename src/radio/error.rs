//! What can go wrong when somebody asks for the radio, in kinds a person can act on.

use std::time::Duration;

use super::Obstacle;

/// Why a call could not be joined, changed or left.
///
/// The text of each kind is for the log; what people read is the command's business.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RadioError {
    /// Discord did not put the bot into the channel in time: the channel is full, was deleted, or
    /// the bot may not connect to it (Discord does not answer such a request at all), or Discord is
    /// slow. Retry once the channel was checked.
    #[error("Discord did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// Discord's voice server refused the connection or could not be reached. Retry later.
    #[error("the voice server could not be reached: {0}")]
    Voice(&'static str),
    /// The channel cannot be joined before somebody has changed something.
    #[error("the channel cannot be joined: {0:?}")]
    Obstacle(Obstacle),
    /// Discord's gateway is not connected, so nothing can be asked of it. Retry later.
    #[error("the session with Discord is not up")]
    Discord,
    /// Another request for the same server took its place, or somebody disconnected the bot
    /// meanwhile. Do not retry.
    #[error("a later request took its place")]
    Superseded,
    /// There is no call in that server.
    #[error("no call in this server")]
    NoCall,
    /// More requests for one server than are worth queueing. Retry in a few seconds.
    #[error("too many requests for one server at once")]
    Busy,
    /// The setting could not be read or written, so a restart would not keep it. Retry later.
    #[error("the setting could not be stored")]
    Store,
    /// The bot is shutting down.
    #[error("shutting down")]
    Stopping,
}

impl RadioError {
    /// Whether the same request can succeed later without anybody changing anything.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Timeout(_) | Self::Voice(_) | Self::Discord | Self::Busy | Self::Store
        )
    }
}
