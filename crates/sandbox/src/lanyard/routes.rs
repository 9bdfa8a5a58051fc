//! `/lanyard/socket`, `/lanyard/v1/users/{id}`, and `/control/lanyard`.

use std::{fmt::Write as _, sync::atomic::Ordering};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Lanyard,
    frames::{Encoding, Frame},
    session,
};
use crate::{faults::Target, ws};

/// The largest message that a client may send, in bytes: a long list of ids fits.
const LIMIT: usize = 8 * 1024 * 1024;

/// The largest body of a request, in bytes: Lanyard's rules let one presence grow to 15 MB.
const BODY: usize = 64 * 1024 * 1024;

/// The routes of this module.
pub fn router(lanyard: Lanyard) -> Router {
    Router::new()
        .route("/lanyard/socket", get(socket))
        .route("/lanyard/v1/users/{id}", get(user))
        .route("/control/lanyard", get(summary))
        .route("/control/lanyard/frames", post(frames))
        .route("/control/lanyard/resend", post(resend))
        .route("/control/lanyard/users", get(everyone).delete(leave))
        .route(
            "/control/lanyard/users/{id}",
            get(presence).post(merge).delete(remove),
        )
        .layer(DefaultBodyLimit::max(BODY))
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
    let unsubscribed = lanyard.inner.unsubscribed.load(Ordering::Relaxed);
    Json(json!({
        "users": lanyard.len(), "clients": lanyard.clients(), "unsubscribed": unsubscribed,
    }))
}

/// Everyone, by id.
async fn everyone(State(lanyard): State<Lanyard>) -> Response {
    let mut body = String::from("{");
    for (user, presence) in lanyard.everyone_now().await {
        if body.len() > 1 {
            body.push(',');
        }
        let _ = write!(body, "\"{user}\":{presence}");
    }
    body.push('}');
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Those in the list leave, all at once.
async fn leave(
    State(lanyard): State<Lanyard>,
    Json(users): Json<Vec<String>>,
) -> Result<Json<Value>, Refusal> {
    let users: Vec<u64> = users
        .iter()
        .map(|id| user_id(id))
        .collect::<Result<_, _>>()?;
    Ok(Json(json!({"left": lanyard.remove_all(&users).await})))
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

/// Sends the body, whatever it is, to every client as one frame: a binary one when it says that it
/// is `application/octet-stream`.
async fn frames(State(lanyard): State<Lanyard>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let kind = headers.get(header::CONTENT_TYPE);
    lanyard.send_raw(
        if kind.is_some_and(|kind| kind == "application/octet-stream") {
            Frame::raw(body)
        } else {
            Frame::new(String::from_utf8_lossy(&body).into_owned())
        },
    );
    Json(json!({"clients": lanyard.clients()}))
}

async fn resend(State(lanyard): State<Lanyard>) -> Json<Value> {
    Json(json!({"users": lanyard.resend().await}))
}
