//! Bans: <https://discord.com/developers/docs/resources/guild#get-guild-bans>.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, no_content, number, ok, point};
use crate::discord::Discord;
use crate::world::{Guild, Id, Permissions as P, World};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/guilds/{guild}/bans", get(list))
        .route(
            "/guilds/{guild}/bans/{user}",
            get(fetch).put(ban).delete(unban),
        )
        .route("/guilds/{guild}/bulk-ban", post(ban_many))
}

fn ban_json(world: &World, user: Id, reason: Option<&String>) -> Value {
    json!({"user": world.user_json(user), "reason": reason})
}

async fn list(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=1000, 1000)?;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    let before = point(&query, "before")?.unwrap_or(Id(u64::MAX));
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::BAN_MEMBERS)?;
        let bans = found.bans.iter();
        let list: Vec<Value> = bans
            .filter(|(user, _)| **user > after && **user < before)
            .take(limit)
            .map(|(user, reason)| ban_json(world, *user, reason.as_ref()))
            .collect();
        ok(list.into())
    })
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::BAN_MEMBERS)?;
        let reason = found.bans.get(&user).ok_or_else(ApiError::unknown_ban)?;
        ok(ban_json(world, user, reason.as_ref()))
    })
}

/// The reason is in a header.
async fn ban(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
    headers: HeaderMap,
    payload: Payload,
) -> Answer {
    payload.read(|fields| {
        fields.integer("delete_message_seconds", 0..=604_800);
        fields.integer("delete_message_days", 0..=7);
    })?;
    let reason = reason(&headers);
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::BAN_MEMBERS)?;
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        if !can_ban(world, found, me, user) {
            return Err(ApiError::missing_permissions());
        }
        world.ban(guild, user, reason);
        no_content()
    })
}

/// Why, for the audit log.
fn reason(headers: &HeaderMap) -> Option<String> {
    let reason = headers.get("x-audit-log-reason")?;
    reason.to_str().ok().map(str::to_owned)
}

/// Whoever is no member can be banned too; of the members only those below.
fn can_ban(world: &World, guild: &Guild, me: Id, user: Id) -> bool {
    !guild.members.contains_key(&user) || world.outranks(guild.id, me, user)
}

/// Up to 200 at once; those who cannot be banned, or are banned, are left out.
async fn ban_many(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    headers: HeaderMap,
    payload: Payload,
) -> Answer {
    let users = payload.read(|fields| {
        fields.integer("delete_message_seconds", 0..=604_800);
        if fields.get("user_ids").is_none() {
            fields.required("user_ids");
        }
        fields.snowflakes("user_ids", 1..=200).unwrap_or_default()
    })?;
    let reason = reason(&headers);
    discord.with(|world| {
        let needed = P::BAN_MEMBERS | P::MANAGE_GUILD;
        let found = access::guild_with(world, guild, me, needed)?;
        let (banned, failed): (Vec<Id>, Vec<Id>) = users.iter().partition(|user| {
            world.users.contains_key(user)
                && !found.bans.contains_key(user)
                && can_ban(world, found, me, **user)
        });
        if banned.is_empty() {
            return Err(ApiError::nobody_banned());
        }
        for user in &banned {
            world.ban(guild, *user, reason.clone());
        }
        ok(json!({"banned_users": banned, "failed_users": failed}))
    })
}

async fn unban(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        access::guild_with(world, guild, me, P::BAN_MEMBERS)?;
        if world.unban(guild, user) {
            no_content()
        } else {
            Err(ApiError::unknown_ban())
        }
    })
}
