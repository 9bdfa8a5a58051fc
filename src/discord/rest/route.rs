//! The requests that the bot makes by itself: about the messages of a channel, its webhooks, and the
//! members of a server.

use reqwest::Method;
use serenity::all::{ChannelId, GuildId, MessageId, UserId, WebhookId};

/// A request: most of them do something to a message of a channel.
///
/// The last of those about webhooks is the thread that is meant, if it is not their channel itself.
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
    /// Reads the newest messages.
    Newest(ChannelId),
    /// Asks which application this is.
    Application,
    /// Asks whether somebody is in a server.
    Member(GuildId, UserId),
    /// Reads the webhooks of a channel.
    Webhooks(ChannelId),
    /// Makes a webhook.
    CreateWebhook(ChannelId),
    /// Deletes a webhook.
    DeleteWebhook(WebhookId),
    /// Posts a message through a webhook.
    Execute(WebhookId, Option<ChannelId>),
    /// Changes a message that a webhook wrote.
    EditThrough(WebhookId, Option<ChannelId>, MessageId),
    /// Deletes a message that a webhook wrote.
    DeleteThrough(WebhookId, Option<ChannelId>, MessageId),
}

/// Requests that have one limit together.
///
/// "All bots can make up to 50 requests per second to our API. If no authorization header is
/// provided, then the limit is applied to the IP address."
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// Those that the bot's token authorizes.
    Bot,
    /// Those that a webhook's token authorizes, which is in the path.
    Webhooks,
}

/// What Discord counts requests by: what is done, and to which channel or webhook.
/// <https://discord.com/developers/docs/topics/rate-limits#rate-limits>
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Bucket {
    what: u8,
    whose: u64,
}

/// Messages that are read at once to see whether one is still among the newest.
pub const NEWEST: usize = 5;
/// Messages that are read at once to see whether one has arrived.
const RECENT: usize = 50;

/// Stands for the token in [`Route::path`].
pub(super) const TOKEN: &str = ":token";

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bot, Self::Webhooks];
}

impl Route {
    /// Whose limit of requests a second it counts for.
    pub const fn lane(self) -> Lane {
        match self {
            Self::DeleteWebhook(_)
            | Self::Execute(..)
            | Self::EditThrough(..)
            | Self::DeleteThrough(..) => Lane::Webhooks,
            Self::Create(_)
            | Self::Edit(..)
            | Self::Delete(..)
            | Self::After(..)
            | Self::Newest(_)
            | Self::Application
            | Self::Member(..)
            | Self::Webhooks(_)
            | Self::CreateWebhook(_) => Lane::Bot,
        }
    }

    pub(super) const fn bucket(self) -> Bucket {
        let (what, whose) = match self {
            Self::Create(channel) => (0, channel.get()),
            Self::Edit(channel, _) => (1, channel.get()),
            Self::Delete(channel, _) => (2, channel.get()),
            Self::After(channel, _) | Self::Newest(channel) => (3, channel.get()),
            Self::Application => (4, 0),
            Self::Webhooks(channel) | Self::CreateWebhook(channel) => (5, channel.get()),
            Self::Member(guild, _) => (7, guild.get()),
            // Discord does not say whether they are one bucket: then they are one here.
            Self::DeleteWebhook(webhook)
            | Self::Execute(webhook, _)
            | Self::EditThrough(webhook, ..)
            | Self::DeleteThrough(webhook, ..) => (6, webhook.get()),
        };
        Bucket { what, whose }
    }

    pub(super) const fn method(self) -> Method {
        match self {
            Self::Create(_) | Self::CreateWebhook(_) | Self::Execute(..) => Method::POST,
            Self::Edit(..) | Self::EditThrough(..) => Method::PATCH,
            Self::Delete(..) | Self::DeleteThrough(..) | Self::DeleteWebhook(_) => Method::DELETE,
            Self::After(..)
            | Self::Newest(_)
            | Self::Application
            | Self::Member(..)
            | Self::Webhooks(_) => Method::GET,
        }
    }

    /// Behind `/api/v10`, with [`TOKEN`] where the webhook's is to be.
    pub(super) fn path(self) -> String {
        // Asked to wait, Discord answers with the message.
        // https://discord.com/developers/docs/resources/webhook#execute-webhook
        let in_thread = |thread: Option<ChannelId>, sign: char| {
            thread.map_or_else(String::new, |thread| format!("{sign}thread_id={thread}"))
        };
        match self {
            Self::Create(channel) => format!("/channels/{channel}/messages"),
            Self::Edit(channel, message) | Self::Delete(channel, message) => {
                format!("/channels/{channel}/messages/{message}")
            }
            Self::After(channel, message) => {
                format!("/channels/{channel}/messages?after={message}&limit={NEWEST}")
            }
            Self::Newest(channel) => format!("/channels/{channel}/messages?limit={RECENT}"),
            Self::Application => "/applications/@me".to_owned(),
            Self::Member(guild, user) => format!("/guilds/{guild}/members/{user}"),
            Self::Webhooks(channel) | Self::CreateWebhook(channel) => {
                format!("/channels/{channel}/webhooks")
            }
            Self::DeleteWebhook(webhook) => format!("/webhooks/{webhook}/{TOKEN}"),
            Self::Execute(webhook, thread) => {
                let thread = in_thread(thread, '&');
                format!("/webhooks/{webhook}/{TOKEN}?wait=true{thread}")
            }
            Self::EditThrough(webhook, thread, message)
            | Self::DeleteThrough(webhook, thread, message) => {
                let thread = in_thread(thread, '?');
                format!("/webhooks/{webhook}/{TOKEN}/messages/{message}{thread}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_through_a_webhook_has_its_own_limits() {
        let (webhook, thread) = (WebhookId::new(7), Some(ChannelId::new(9)));
        let execute = Route::Execute(webhook, thread);
        assert_eq!(
            execute.path(),
            "/webhooks/7/:token?wait=true&thread_id=9".to_owned()
        );
        let message = MessageId::new(8);
        let edit = Route::EditThrough(webhook, None, message);
        assert_eq!(edit.path(), "/webhooks/7/:token/messages/8");
        let delete = Route::DeleteThrough(webhook, thread, message);
        assert_eq!(delete.path(), "/webhooks/7/:token/messages/8?thread_id=9");
        assert_eq!(
            (execute.lane(), edit.lane()),
            (Lane::Webhooks, Lane::Webhooks)
        );
        assert_eq!(execute.bucket(), edit.bucket());
        assert_ne!(
            execute.bucket(),
            Route::Execute(WebhookId::new(8), None).bucket()
        );
        let create = Route::Create(ChannelId::new(7));
        assert_eq!(create.lane(), Lane::Bot);
        assert_ne!(create.bucket(), execute.bucket());
    }
}
