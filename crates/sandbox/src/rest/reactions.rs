//! Reactions: <https://discord.com/developers/docs/resources/message#create-reaction>.

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::routing::{delete, get, put};
use serde_json::Value;

use super::messages::seen;
use super::validate::emoji::canonical;
use super::{Answer, ApiError, Caller, Ids, Last, Query, access, no_content, number, ok, point};
use crate::discord::Discord;
use crate::world::{EMOJIS, Id, Permissions as P, World};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/channels/{channel}/messages/{message}/reactions",
            delete(clear),
        )
        .route(
            "/channels/{channel}/messages/{message}/reactions/{emoji}",
            get(list).delete(clear_one),
        )
        .route(
            "/channels/{channel}/messages/{message}/reactions/{emoji}/@me",
            put(react).delete(take_back),
        )
        .route(
            "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}",
            delete(take_away),
        )
}

/// The emoji of a path, as it is stored.
struct Emoji(String);

impl FromRequestParts<Discord> for Emoji {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let path = RawPathParams::from_request_parts(parts, discord)
            .await
            .map_err(|_| ApiError::no_route())?;
        let text = path.iter().find(|(name, _)| *name == "emoji");
        let text = text.map_or("", |(_, text)| text);
        canonical(text)
            .map(Self)
            .ok_or_else(ApiError::unknown_emoji)
    }
}

/// The message that a path names, and who asks.
struct Place {
    discord: Discord,
    me: Id,
    channel: Id,
    message: Id,
}

impl FromRequestParts<Discord> for Place {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let Caller(me) = Caller::from_request_parts(parts, discord).await?;
        let Ids([channel, message]) = Ids::from_request_parts(parts, discord).await?;
        Ok(Self {
            discord: discord.clone(),
            me,
            channel,
            message,
        })
    }
}

impl Place {
    /// Does something about the message, which the caller may read, in a channel where it has these
    /// permissions.
    fn with<T>(
        &self,
        needed: P,
        act: impl FnOnce(&mut World) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.discord.with(|world| {
            access::chat(world, self.channel, self.me)?;
            let needed = P::READ_MESSAGE_HISTORY | needed;
            access::channel(world, self.channel, self.me, needed)?;
            seen(world, self.channel, self.message)?;
            act(world)
        })
    }
}

async fn react(place: Place, Emoji(emoji): Emoji) -> Answer {
    let (channel, message, me) = (place.channel, place.message, place.me);
    place.with(P::NONE, |world| {
        access::open_thread(world, channel)?;
        let reactions = &seen(world, channel, message)?.reactions;
        let is_known = reactions.iter().any(|other| other.emoji == emoji);
        let is_full = reactions.len() >= EMOJIS;
        if !is_known {
            access::channel(world, channel, me, P::ADD_REACTIONS)?;
            if is_full {
                return Err(ApiError::too_many_reactions());
            }
        }
        world.react(channel, message, me, &emoji);
        no_content()
    })
}

async fn take_back(place: Place, Emoji(emoji): Emoji) -> Answer {
    place.with(P::NONE, |world| {
        world.unreact(place.channel, place.message, place.me, &emoji);
        no_content()
    })
}

async fn take_away(place: Place, Emoji(emoji): Emoji, Last(user): Last) -> Answer {
    let needed = if user == place.me {
        P::NONE
    } else {
        P::MANAGE_MESSAGES
    };
    place.with(needed, |world| {
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        world.unreact(place.channel, place.message, user, &emoji);
        no_content()
    })
}

async fn list(place: Place, Emoji(emoji): Emoji, query: Query) -> Answer {
    let limit = number(&query, "limit", 1..=100, 25)?;
    let burst = number(&query, "type", 0..=1, 0)? == 1;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    place.with(P::NONE, |world| {
        let found = seen(world, place.channel, place.message)?;
        let reaction = found.reactions.iter().find(|other| other.emoji == emoji);
        let mut users = reaction.map_or_else(Vec::new, |reaction| reaction.users.clone());
        users.sort_unstable();
        let users = users.into_iter().filter(|user| *user > after && !burst);
        let list: Vec<Value> = users
            .take(limit)
            .map(|user| world.user_json(user))
            .collect();
        ok(list.into())
    })
}

async fn clear(place: Place) -> Answer {
    clear_all(&place, None)
}

async fn clear_one(place: Place, Emoji(emoji): Emoji) -> Answer {
    clear_all(&place, Some(&emoji))
}

fn clear_all(place: &Place, emoji: Option<&str>) -> Answer {
    place.with(P::MANAGE_MESSAGES, |world| {
        world.clear_reactions(place.channel, place.message, emoji);
        no_content()
    })
}
