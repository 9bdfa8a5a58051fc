//! `/lanyard/socket`, `/lanyard/v1/users/{id}`, and `/control/lanyard`.

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Lanyard, frames::Encoding, session};
use crate::{faults::Target, ws};

/// The largest message that a client may send, in bytes: a long list of ids fits.
const LIMIT: usize = 8 * 1024 * 1024;

/// The routes of this module.
pub fn router(lanyard: Lanyard) -> Router {
    Router::new()
        .route("/lanyard/socket", get(socket))
        .route("/lanyard/v1/users/{id}", get(user))
        .route("/control/lanyard", get(summary))
        .route("/control/lanyard/frames", post(frames))
        .route("/control/lanyard/resend", post(resend))
        .route(
            "/control/lanyard/users/{id}",
            get(presence).post(merge).delete(remove),
        )
        .with_state(lanyard)
}

#[derive(Deserialize)]
struct SocketQuery {
    compression: Option<String>,
}

async fn socket(
    State(lanyard): State<Lanyard>,
    Query(query): Query<SocketQuery>,
    request: Request,
) -> Response {
    let encoding = match query.compression.as_deref() {
        Some("zlib_json") => Encoding::Zlib,
        _ => Encoding::Json,
    };
    let context = lanyard.inner.context.clone();
    let idle = context.options.lanyard_idle;
    ws::upgrade(&context, Target::Lanyard, LIMIT, request, move |socket| {
        session::run(lanyard, encoding, idle, socket)
    })
}

/// Lanyard's own answer.
async fn user(State(lanyard): State<Lanyard>, Path(id): Path<String>) -> Response {
    let presence = match id.parse() {
        Ok(id) => lanyard.get(id).await,
        Err(_) => None,
    };
    if let Some(presence) = presence {
        let body = format!("{{\"success\":true,\"data\":{presence}}}");
        return ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let error = json!({
        "code": "user_not_monitored",
        "message": "User is not being monitored by Lanyard",
    });
    let body = json!({"success": false, "error": error});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

async fn summary(State(lanyard): State<Lanyard>) -> Json<Value> {
    lanyard.store().await;
    Json(json!({"users": lanyard.len(), "clients": lanyard.clients()}))
}

type Refusal = (StatusCode, Json<Value>);

fn user_id(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| {
        let error = "a user's id is a whole number";
        (StatusCode::BAD_REQUEST, Json(json!({"error": error})))
    })
}

fn unknown() -> Refusal {
    let error = "Lanyard does not monitor this user";
    (StatusCode::NOT_FOUND, Json(json!({"error": error})))
}

async fn presence(
    State(lanyard): State<Lanyard>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let presence = lanyard.get(user_id(&id)?).await.ok_or_else(unknown)?;
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok((json, presence.to_string()).into_response())
}

async fn merge(
    State(lanyard): State<Lanyard>,
    Path(id): Path<String>,
    Json(change): Json<Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    let presence = lanyard.merge(user_id(&id)?, Value::Object(change)).await;
    Ok(Json(presence))
}

async fn remove(
    State(lanyard): State<Lanyard>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if lanyard.remove(user_id(&id)?).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
}

/// Sends the body, whatever it is, to every client as one frame.
async fn frames(State(lanyard): State<Lanyard>, body: String) -> Json<Value> {
    lanyard.send_raw(body);
    Json(json!({"clients": lanyard.clients()}))
}

async fn resend(State(lanyard): State<Lanyard>) -> Json<Value> {
    Json(json!({"users": lanyard.resend().await}))
}
