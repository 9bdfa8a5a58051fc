//! Reactions: <https://discord.com/developers/docs/resources/message#create-reaction>.

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::routing::{delete, get, put};
use serde_json::Value;

use super::messages::seen;
use super::{Answer, ApiError, Caller, Ids, Last, Query, access, no_content, number, ok, point};
use crate::discord::Discord;
use crate::world::{EMOJIS, Id, Message, Permissions as P, World};

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

/// One of Unicode's emojis, without the mark that asks for colours. Guilds have no emojis of their
/// own here, so `name:id` is unknown.
fn canonical(text: &str) -> Option<String> {
    let is_base = |c: char| {
        matches!(c,
            '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}'
            | '\u{2122}' | '\u{2139}' | '\u{20e3}')
    };
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let is_keycap = text.contains('\u{20e3}');
    let fits = |c: char| {
        is_base(c) || joins(c) || is_keycap && (c.is_ascii_digit() || matches!(c, '#' | '*'))
    };
    let whole = text.chars().any(is_base) && text.chars().all(fits) && text.chars().count() <= 16;
    whole.then(|| text.trim_end_matches('\u{fe0f}').to_owned())
}

/// A message that the caller may read, in a channel where it has these permissions.
fn readable(
    world: &World,
    channel: Id,
    message: Id,
    me: Id,
    needed: P,
) -> Result<&Message, ApiError> {
    access::chat(world, channel, me)?;
    access::channel(world, channel, me, P::READ_MESSAGE_HISTORY | needed)?;
    seen(world, channel, message)
}

async fn react(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    Emoji(emoji): Emoji,
) -> Answer {
    discord.with(|world| {
        let found = readable(world, channel, message, me, P::NONE)?;
        access::open_thread(world, channel)?;
        let is_known = found.reactions.iter().any(|other| other.emoji == emoji);
        let emojis = found.reactions.len();
        if !is_known {
            access::channel(world, channel, me, P::ADD_REACTIONS)?;
            if emojis >= EMOJIS {
                return Err(ApiError::too_many_reactions());
            }
        }
        world.react(channel, message, me, &emoji);
        no_content()
    })
}

async fn take_back(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    Emoji(emoji): Emoji,
) -> Answer {
    discord.with(|world| {
        readable(world, channel, message, me, P::NONE)?;
        world.unreact(channel, message, me, &emoji);
        no_content()
    })
}

async fn take_away(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    Emoji(emoji): Emoji,
    Last(user): Last,
) -> Answer {
    discord.with(|world| {
        let needed = if user == me {
            P::NONE
        } else {
            P::MANAGE_MESSAGES
        };
        readable(world, channel, message, me, needed)?;
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        world.unreact(channel, message, user, &emoji);
        no_content()
    })
}

async fn list(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    Emoji(emoji): Emoji,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=100, 25)?;
    let burst = number(&query, "type", 0..=1, 0)? == 1;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    discord.with(|world| {
        let found = readable(world, channel, message, me, P::NONE)?;
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

async fn clear(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        readable(world, channel, message, me, P::MANAGE_MESSAGES)?;
        world.clear_reactions(channel, message, None);
        no_content()
    })
}

async fn clear_one(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    Emoji(emoji): Emoji,
) -> Answer {
    discord.with(|world| {
        readable(world, channel, message, me, P::MANAGE_MESSAGES)?;
        world.clear_reactions(channel, message, Some(&emoji));
        no_content()
    })
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn emojis_are_told_from_text() {
        for good in ["👍", "❤️", "❤", "👩‍💻", "🇯🇵", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✅", "™️"]
        {
            assert!(canonical(good).is_some(), "{good}");
        }
        assert_eq!(canonical("❤️"), canonical("❤"));
        for bad in [
            "", "smile", ":smile:", "name:12", "1", "あ", "👍x", "%F0%9F", "\u{fe0f}",
        ] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
