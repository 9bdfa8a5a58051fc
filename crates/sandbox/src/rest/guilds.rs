//! Guilds as a whole: <https://discord.com/developers/docs/resources/guild>.

use axum::Router;
use axum::extract::{Query as AxumQuery, State};
use axum::routing::get;
use serde_json::json;

use super::{Answer, ApiError, Caller, Ids, Query, access, is_on, ok};
use crate::discord::Discord;
use crate::world::Permissions as P;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/guilds/{guild}", get(fetch))
        .route("/guilds/{guild}/regions", get(super::gateway::regions))
        .route("/guilds/{guild}/audit-logs", get(audit_log))
        .route("/guilds/{guild}/vanity-url", get(vanity))
        .route("/guilds/{guild}/emojis", get(nothing))
        .route("/guilds/{guild}/stickers", get(nothing))
        .route("/guilds/{guild}/scheduled-events", get(nothing))
        .route("/guilds/{guild}/soundboard-sounds", get(no_items))
        .route("/guilds/{guild}/templates", get(nothing_to_managers))
        .route("/guilds/{guild}/integrations", get(nothing_to_managers))
        .route(
            "/guilds/{guild}/auto-moderation/rules",
            get(nothing_to_managers),
        )
        .route("/sticker-packs", get(sticker_packs))
        .route("/soundboard-default-sounds", get(no_sounds))
}

/// Lists of what the simulated guilds have none of.
async fn nothing(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild(world, guild, me).map(|_| ()))?;
    ok(json!([]))
}

async fn no_items(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild(world, guild, me).map(|_| ()))?;
    ok(json!({"items": []}))
}

async fn nothing_to_managers(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild_with(world, guild, me, P::MANAGE_GUILD).map(|_| ()))?;
    ok(json!([]))
}

async fn vanity(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild_with(world, guild, me, P::MANAGE_GUILD).map(|_| ()))?;
    ok(json!({"code": null, "uses": 0}))
}

async fn audit_log(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild_with(world, guild, me, P::VIEW_AUDIT_LOG).map(|_| ()))?;
    ok(json!({
        "audit_log_entries": [], "users": [], "integrations": [], "webhooks": [],
        "guild_scheduled_events": [], "threads": [], "application_commands": [],
        "auto_moderation_rules": [],
    }))
}

async fn sticker_packs(Caller(_): Caller) -> Answer {
    ok(json!({"sticker_packs": []}))
}

async fn no_sounds(Caller(_): Caller) -> Answer {
    ok(json!([]))
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    AxumQuery(query): Query,
) -> Answer {
    let with_counts = is_on(query.get("with_counts"));
    discord.with(|world| {
        // This route does not tell a guild that the bot is not in from one that does not exist.
        let guild = access::guild(world, guild, me).map_err(|_| ApiError::unknown_guild())?;
        ok(world.guild_json(guild, with_counts))
    })
}
