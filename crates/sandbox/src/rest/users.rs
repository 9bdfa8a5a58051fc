//! Users: <https://discord.com/developers/docs/resources/user>.

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use super::form::Fields;
use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, no_content, number, ok, point};
use crate::discord::Discord;
use crate::world::Id;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/users/@me", get(me).patch(edit))
        .route("/users/{user}", get(user))
        .route("/users/@me/guilds", get(guilds))
        .route("/users/@me/guilds/{guild}", delete(leave))
        .route("/users/@me/channels", post(direct_message))
}

async fn me(State(discord): State<Discord>, Caller(application): Caller) -> Answer {
    ok(discord.with(|world| world.self_json(application)))
}

/// The name; pictures are taken and not kept.
async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    payload: Payload,
) -> Answer {
    let name = payload.read(|fields| {
        for picture in ["avatar", "banner"] {
            image(fields, picture);
        }
        fields
            .text("username", 2..=32)
            .map(|name| name.trim().to_owned())
    })?;
    discord.with(|world| {
        if let Some(name) = name {
            world.rename_bot(application, name);
        }
        ok(world.self_json(application))
    })
}

/// Pictures come as data URIs: <https://discord.com/developers/docs/reference#image-data>.
pub(super) fn image(fields: &Fields<'_>, name: &str) {
    let Some(text) = fields.text(name, 0..=usize::MAX) else {
        return;
    };
    let kinds = ["image/jpeg", "image/png", "image/gif", "image/webp"];
    let rest = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    if !rest.is_some_and(|(kind, data)| kinds.contains(&kind) && !data.is_empty()) {
        fields.fail(name, "IMAGE_INVALID", "Invalid image data");
    }
}

async fn user(State(discord): State<Discord>, Caller(_): Caller, Ids([user]): Ids<1>) -> Answer {
    discord.with(|world| {
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        ok(world.user_json(user))
    })
}

async fn guilds(
    State(discord): State<Discord>,
    Caller(application): Caller,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=200, 200)?;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    let before = point(&query, "before")?.unwrap_or(Id(u64::MAX));
    discord.with(|world| {
        let list: Vec<Value> = world
            .guilds
            .values()
            .filter(|guild| guild.id > after && guild.id < before)
            .filter(|guild| guild.bots.contains(&application))
            .take(limit)
            .map(|guild| {
                json!({
                    "id": guild.id,
                    "name": guild.name,
                    "icon": null,
                    "banner": null,
                    "owner": false,
                    "permissions": world.guild_permissions(guild.id, application).json(),
                    "features": ["COMMUNITY", "NEWS"],
                })
            })
            .collect();
        ok(list.into())
    })
}

async fn leave(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        access::guild(world, guild, application)?;
        world.remove_member(guild, application);
        no_content()
    })
}

async fn direct_message(
    State(discord): State<Discord>,
    Caller(application): Caller,
    payload: Payload,
) -> Answer {
    let recipient = payload.read(|fields| fields.required_snowflake("recipient_id"))?;
    discord.with(|world| {
        let Some(user) = recipient.filter(|user| world.users.contains_key(user)) else {
            return Err(ApiError::unknown_user());
        };
        if world.applications.contains_key(&user) {
            return Err(ApiError::cannot_message_user());
        }
        let channel = world.direct_message(user, application);
        let json = world
            .channels
            .get(&channel)
            .map(|channel| world.channel_json(channel));
        ok(json.unwrap_or_default())
    })
}
