//! Applications, and what happens to their gateway sessions.

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::moderate::bits;
use super::{Answer, AnyId, Problem, body};
use crate::discord::Discord;
use crate::gateway::Order;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/control/applications", get(list).post(create))
        .route("/control/gateway", get(sessions).post(act))
        .route("/control/clock", post(advance))
}

async fn list(State(discord): State<Discord>) -> Json<Value> {
    discord.with(|world| {
        let list: Vec<Value> = world
            .applications
            .values()
            .map(|app| {
                let connected = discord.sessions().connected(app.id);
                json!({"id": app.id, "name": app.name, "token": app.token, "sessions": connected})
            })
            .collect();
        Json(list.into())
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewApplication {
    name: String,
    /// Privileged intents that it is given.
    #[serde(default)]
    privileged_intents: u64,
    /// What its role gives it: what a radio bot's invite asks for, unless said.
    permissions: Option<String>,
}

async fn create(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: NewApplication = body(&bytes)?;
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > 32 {
        return Err(Problem::bad("a name has 1 to 32 characters"));
    }
    let permissions = request.permissions.as_deref().map(bits).transpose()?;
    discord.with(|world| {
        let application = world.add_application(name, permissions);
        if let Some(stored) = world.applications.get_mut(&application.id) {
            stored.privileged = request.privileged_intents & crate::world::intents::PRIVILEGED;
        }
        Ok(Json(
            json!({"id": application.id, "token": application.token, "name": application.name}),
        ))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

/// The most that the clock can be moved on at once: a year.
const FAR: u64 = 366 * 24 * 60 * 60 * 1_000;

async fn advance(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: Advance = body(&bytes)?;
    if request.advance_ms > FAR {
        return Err(Problem::bad(format!("advance_ms is 0 to {FAR}, a year")));
    }
    discord.advance(request.advance_ms);
    let now = discord.with(|world| world.now_ms());
    Ok(Json(json!({"now_ms": now})))
}

async fn sessions(State(discord): State<Discord>) -> Json<Value> {
    Json(discord.sessions().list())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionRequest {
    action: String,
    application: Option<AnyId>,
    code: Option<u16>,
    resumable: Option<bool>,
}

async fn act(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: ActionRequest = body(&bytes)?;
    let order = match request.action.as_str() {
        "heartbeat" => Order::Heartbeat,
        "reconnect" => Order::Reconnect,
        "invalidate" => Order::Invalidate(request.resumable.unwrap_or(false)),
        "close" => {
            let code = request.code.unwrap_or(4000);
            if !(1000..5000).contains(&code) || (1004..=1006).contains(&code) || code == 1015 {
                return Err(Problem::bad(format!(
                    "{code} is not a code that a socket can be closed with"
                )));
            }
            Order::Close(code)
        }
        "drop" => Order::Drop,
        "silence" => Order::Silence,
        other => {
            return Err(Problem::bad(format!(
                "{other:?} is not an action: heartbeat, reconnect, invalidate, close, drop or silence"
            )));
        }
    };
    let application = match request.application {
        Some(id) => id.0,
        None => discord.with(|world| world.main_application().id),
    };
    let sessions = discord.sessions().order(application, order);
    Ok(Json(json!({"sessions": sessions})))
}
