//! Polls: <https://discord.com/developers/docs/resources/poll>.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::messages::seen;
use super::{Answer, ApiError, Caller, Ids, Query, access, number, ok, point};
use crate::discord::Discord;
use crate::world::{Id, Permissions as P};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/channels/{channel}/polls/{message}/answers/{answer}",
            get(voters),
        )
        .route("/channels/{channel}/polls/{message}/expire", post(expire))
}

async fn voters(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message, answer]): Ids<3>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=100, 25)?;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    discord.with(|world| {
        access::chat(world, channel, me)?;
        access::channel(world, channel, me, P::READ_MESSAGE_HISTORY)?;
        let found = seen(world, channel, message)?;
        let poll = found.poll.as_ref().ok_or_else(ApiError::unknown_message)?;
        let answer = poll.answer(answer.0);
        let mut users = answer.map_or_else(Vec::new, |answer| answer.voters.clone());
        users.sort_unstable();
        let users: Vec<Value> = users
            .into_iter()
            .filter(|user| *user > after)
            .take(limit)
            .map(|user| world.user_json(user))
            .collect();
        ok(json!({"users": users}))
    })
}

/// Only whoever asked ends a poll before its time.
async fn expire(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        access::chat(world, channel, me)?;
        let found = seen(world, channel, message)?;
        if found.writer() != me {
            return Err(ApiError::not_the_author());
        }
        let poll = found.poll.as_ref();
        let poll = poll.ok_or_else(ApiError::no_poll_to_expire)?;
        if poll.ended_ms.is_some() {
            return Err(ApiError::poll_expired());
        }
        world.end_poll(channel, message);
        let found = seen(world, channel, message)?;
        ok(world.message_json_for(found, Some(me)))
    })
}
