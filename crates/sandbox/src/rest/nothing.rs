//! Lists of what the simulated guilds have none of: they are empty, and nothing is found in them.
//! Nothing can be added either: after all that Discord would refuse, the sandbox says that it does
//! not simulate that.

use axum::Router;
use axum::extract::State;
use axum::routing::{MethodRouter, get, post};
use serde_json::{Value, json};

use super::form::Fields;
use super::users::image;
use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, number, ok};
use crate::discord::Discord;
use crate::world::Permissions as P;

/// What it takes to remove those who were silent.
const PRUNE: P = P(P::MANAGE_GUILD.0 | P::KICK_MEMBERS.0);

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
    let expressions = P::CREATE_GUILD_EXPRESSIONS;
    for (path, needed, check) in [
        ("emojis", expressions, emoji as fn(&Fields<'_>)),
        ("stickers", expressions, sticker),
        ("soundboard-sounds", expressions, sound),
        ("scheduled-events", P::CREATE_EVENTS, event),
        ("auto-moderation/rules", P::MANAGE_GUILD, rule),
        ("templates", P::MANAGE_GUILD, template),
    ] {
        routes = routes.route(&guild(path), unmade(path, needed, check));
    }
    routes.route(&guild("prune"), get(count_prune).post(prune))
}

/// The making of what guilds have none of.
fn unmade(what: &'static str, needed: P, check: fn(&Fields<'_>)) -> MethodRouter<Discord> {
    post(
        move |State(discord): State<Discord>,
              Caller(me): Caller,
              Ids([guild]): Ids<1>,
              payload: Payload| async move {
            payload.read(check)?;
            discord.with(|world| access::guild_with(world, guild, me, needed).map(|_| ()))?;
            tracing::warn!(what, "is not simulated");
            Answer::Err(ApiError::not_simulated(&format!("the making of {what}")))
        },
    )
}

fn emoji(fields: &Fields<'_>) {
    fields.required_text("name", 2..=32);
    required_image(fields, "image");
    fields.snowflakes("roles", 0..=250);
}

fn sticker(fields: &Fields<'_>) {
    fields.required_text("name", 2..=30);
    fields.required_text("tags", 1..=200);
    fields.text("description", 0..=100);
}

fn sound(fields: &Fields<'_>) {
    fields.required_text("name", 2..=32);
    fields.required_text("sound", 1..=usize::MAX);
    fields.float("volume", 0.0..=1.0);
}

fn event(fields: &Fields<'_>) {
    fields.required_text("name", 1..=100);
    fields.text("description", 0..=1000);
    required(
        fields,
        &["privacy_level", "scheduled_start_time", "entity_type"],
    );
    fields.choice("privacy_level", &[2]);
    fields.choice("entity_type", &[1, 2, 3]);
    for time in ["scheduled_start_time", "scheduled_end_time"] {
        fields.time(time);
    }
    fields.snowflake("channel_id");
    image(fields, "image");
}

fn rule(fields: &Fields<'_>) {
    fields.required_text("name", 1..=100);
    required(fields, &["event_type", "trigger_type", "actions"]);
    fields.choice("event_type", &[1, 2]);
    fields.choice("trigger_type", &[1, 3, 4, 5, 6]);
    fields.objects("actions", 1..=5);
    fields.boolean("enabled");
    fields.snowflakes("exempt_roles", 0..=20);
    fields.snowflakes("exempt_channels", 0..=50);
}

fn template(fields: &Fields<'_>) {
    fields.required_text("name", 1..=100);
    fields.text("description", 0..=120);
}

fn required(fields: &Fields<'_>, names: &[&str]) {
    for name in names {
        if fields.get(name).is_none() {
            fields.required(name);
        }
    }
}

fn required_image(fields: &Fields<'_>, name: &str) {
    required(fields, &[name]);
    image(fields, name);
}

/// How many would be removed for their silence: everybody here was there a moment ago.
async fn count_prune(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    query: Query,
) -> Answer {
    number(&query, "days", 1..=30, 7)?;
    discord.with(|world| access::guild_with(world, guild, me, PRUNE).map(|_| ()))?;
    ok(json!({"pruned": 0}))
}

async fn prune(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let counts = payload.read(|fields| {
        fields.integer("days", 1..=30);
        fields.snowflakes("include_roles", 0..=100);
        fields.boolean("compute_prune_count").unwrap_or(true)
    })?;
    discord.with(|world| access::guild_with(world, guild, me, PRUNE).map(|_| ()))?;
    ok(json!({"pruned": counts.then_some(0)}))
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
