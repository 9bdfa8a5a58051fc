//! Lists of what the simulated guilds have none of: they are empty, and nothing is found in them.

use axum::Router;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

use super::{Answer, ApiError, Caller, Ids, access, ok};
use crate::discord::Discord;
use crate::world::Permissions as P;

pub(super) fn routes() -> Router<Discord> {
    let guild = |path: &str| format!("/guilds/{{guild}}/{path}");
    let mut routes = Router::new()
        .route("/sticker-packs", get(sticker_packs))
        .route("/sticker-packs/{pack}", one(ApiError::unknown_pack))
        .route("/stickers/{sticker}", one(ApiError::unknown_sticker))
        .route("/guilds/templates/{code}", get(no_template));
    for (path, needed, answer) in [
        ("emojis", P::NONE, json!([])),
        ("stickers", P::NONE, json!([])),
        ("scheduled-events", P::NONE, json!([])),
        ("templates", P::MANAGE_GUILD, json!([])),
        ("integrations", P::MANAGE_GUILD, json!([])),
        ("auto-moderation/rules", P::MANAGE_GUILD, json!([])),
        (
            "vanity-url",
            P::MANAGE_GUILD,
            json!({"code": null, "uses": 0}),
        ),
        (
            "widget",
            P::MANAGE_GUILD,
            json!({"enabled": false, "channel_id": null}),
        ),
        ("audit-logs", P::VIEW_AUDIT_LOG, audit_log()),
    ] {
        routes = routes.route(&guild(path), list(needed, answer));
    }
    for (path, error) in [
        (
            "emojis/{emoji}",
            ApiError::no_such_emoji as fn() -> ApiError,
        ),
        ("stickers/{sticker}", ApiError::unknown_sticker),
        ("scheduled-events/{event}", ApiError::unknown_event),
        ("soundboard-sounds/{sound}", ApiError::unknown_sound),
        ("welcome-screen", ApiError::unknown_welcome_screen),
        ("widget.json", ApiError::widget_disabled),
    ] {
        routes = routes.route(&guild(path), one_of_guild(error));
    }
    routes
}

/// A list, or settings, of a guild in which the caller has these permissions.
fn list(needed: P, answer: Value) -> MethodRouter<Discord> {
    get(
        move |State(discord): State<Discord>, Caller(me): Caller, Ids([guild]): Ids<1>| {
            let found =
                discord.with(|world| access::guild_with(world, guild, me, needed).map(|_| ()));
            let answer = answer.clone();
            async move {
                found?;
                ok(answer)
            }
        },
    )
}

/// One thing that a guild might have.
fn one_of_guild(error: fn() -> ApiError) -> MethodRouter<Discord> {
    let answer = move |State(discord): State<Discord>, Caller(me): Caller, Ids([guild]): Ids<1>| {
        let found = discord.with(|world| access::guild(world, guild, me).map(|_| ()));
        async move {
            found?;
            Answer::Err(error())
        }
    };
    get(answer).patch(answer).delete(answer)
}

/// One thing of everybody's.
fn one(error: fn() -> ApiError) -> MethodRouter<Discord> {
    get(move |Caller(_): Caller, Ids([_]): Ids<1>| async move { Answer::Err(error()) })
}

async fn no_template() -> Answer {
    Err(ApiError::unknown_template())
}

async fn sticker_packs(Caller(_): Caller) -> Answer {
    ok(json!({"sticker_packs": []}))
}

fn audit_log() -> Value {
    json!({
        "audit_log_entries": [], "users": [], "integrations": [], "webhooks": [],
        "guild_scheduled_events": [], "threads": [], "application_commands": [],
        "auto_moderation_rules": [],
    })
}
