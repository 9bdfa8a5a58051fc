//! The requests about the messages of a channel that the bot makes by itself.

use reqwest::Method;
use serenity::all::{ChannelId, MessageId};

/// A request: what is done to which message of which channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// Posts a message.
    Create(ChannelId),
    /// Changes a message of the bot's own.
    Edit(ChannelId, MessageId),
    /// Deletes a message of the bot's own.
    Delete(ChannelId, MessageId),
    /// Reads which messages came after one.
    After(ChannelId, MessageId),
}

/// What Discord counts requests by: the method and the channel.
/// <https://discord.com/developers/docs/topics/rate-limits#rate-limits>
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Bucket(u8, ChannelId);

/// Messages that are read at once to see whether one is still among the newest.
pub const NEWEST: usize = 5;

impl Route {
    pub(super) const fn bucket(self) -> Bucket {
        match self {
            Self::Create(channel) => Bucket(0, channel),
            Self::Edit(channel, _) => Bucket(1, channel),
            Self::Delete(channel, _) => Bucket(2, channel),
            Self::After(channel, _) => Bucket(3, channel),
        }
    }

    pub(super) const fn method(self) -> Method {
        match self {
            Self::Create(_) => Method::POST,
            Self::Edit(..) => Method::PATCH,
            Self::Delete(..) => Method::DELETE,
            Self::After(..) => Method::GET,
        }
    }

    /// Behind `/api/v10`.
    pub(super) fn path(self) -> String {
        match self {
            Self::Create(channel) => format!("/channels/{channel}/messages"),
            Self::Edit(channel, message) | Self::Delete(channel, message) => {
                format!("/channels/{channel}/messages/{message}")
            }
            Self::After(channel, message) => {
                format!("/channels/{channel}/messages?after={message}&limit={NEWEST}")
            }
        }
    }
}
