//! Pinned messages, by today's routes and by the old ones:
//! <https://discord.com/developers/docs/resources/message#get-channel-pins>.

use axum::Router;
use axum::extract::State;
use axum::routing::{MethodRouter, get, put};
use serde_json::{Value, json};

use super::messages::seen;
use super::{Answer, ApiError, Caller, Ids, Query, access, form, no_content, number, ok};
use crate::discord::Discord;
use crate::world::{Id, Message, PINS, Permissions as P, World, iso};

pub(super) fn routes() -> Router<Discord> {
    let one = || -> MethodRouter<Discord> { put(pin).delete(unpin) };
    Router::new()
        .route("/channels/{channel}/messages/pins", get(list))
        .route("/channels/{channel}/messages/pins/{message}", one())
        .route("/channels/{channel}/pins", get(list_all))
        .route("/channels/{channel}/pins/{message}", one())
}

/// Who may not read what was written sees none.
fn readable(world: &World, channel: Id, me: Id) -> Result<Vec<&Message>, ApiError> {
    access::chat(world, channel, me)?;
    let may_read = world.permissions(channel, me).has(P::READ_MESSAGE_HISTORY);
    Ok(if may_read {
        world.pins(channel)
    } else {
        Vec::new()
    })
}

async fn list(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=50, 50)?;
    let before = form::read(&json!(query.0), |fields| fields.time("before"))?;
    discord.with(|world| {
        let mut pins = readable(world, channel, me)?;
        pins.retain(|pin| before.is_none_or(|before| pin.pinned_ms < Some(before)));
        let has_more = pins.len() > limit;
        let items: Vec<Value> = pins
            .into_iter()
            .take(limit)
            .map(|pin| {
                json!({
                    "pinned_at": pin.pinned_ms.map(iso),
                    "message": world.message_json_for(pin, Some(me)),
                })
            })
            .collect();
        ok(json!({"items": items, "has_more": has_more}))
    })
}

async fn list_all(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let pins = readable(world, channel, me)?.into_iter().take(50);
        ok(pins
            .map(|pin| world.message_json_for(pin, Some(me)))
            .collect())
    })
}

/// Since 2026 Manage Messages is not enough any more.
fn pinnable(world: &World, channel: Id, message: Id, me: Id) -> Result<&Message, ApiError> {
    let found = access::chat(world, channel, me)?;
    if found.guild.is_some() {
        access::channel(world, channel, me, P::PIN_MESSAGES)?;
    }
    let found = seen(world, channel, message)?;
    if found.is_system() {
        return Err(ApiError::system_message());
    }
    Ok(found)
}

async fn pin(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = pinnable(world, channel, message, me)?;
        if found.pinned_ms.is_none() && world.pins(channel).len() >= PINS {
            return Err(ApiError::too_many_pins());
        }
        world.pin(channel, message, me, true);
        no_content()
    })
}

async fn unpin(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        pinnable(world, channel, message, me)?;
        world.pin(channel, message, me, false);
        no_content()
    })
}
