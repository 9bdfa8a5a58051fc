//! `/control/faults`.

use axum::{
    Json, Router,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    routing::{delete, post},
};
use serde_json::{Map, Value, json};

use super::model::Order;
use crate::context::Context;

/// The routes of this module.
pub fn router(context: &Context) -> Router {
    Router::new()
        .route("/control/faults", post(put).get(list).delete(lift_all))
        .route("/control/faults/{id}", delete(lift))
        .with_state(context.clone())
}

type Refusal = (StatusCode, Json<Value>);

fn refuse(status: StatusCode, error: impl Into<String>) -> Refusal {
    (status, Json(json!({"error": error.into()})))
}

async fn put(
    State(context): State<Context>,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let Json(body) = body.map_err(|error| refuse(StatusCode::BAD_REQUEST, error.body_text()))?;
    let order = Order::parse(body).map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
    let id = context.faults.put(order, &context.tasks, &context.token);
    Ok(Json(json!({"id": id.to_string()})))
}

async fn list(State(context): State<Context>) -> Json<Vec<Value>> {
    Json(context.faults.list())
}

async fn lift(
    State(context): State<Context>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let known = id.parse().is_ok_and(|id| context.faults.lift(id));
    if known {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(refuse(
            StatusCode::NOT_FOUND,
            "there is no fault of this id",
        ))
    }
}

async fn lift_all(State(context): State<Context>) -> StatusCode {
    context.faults.lift_all();
    StatusCode::NO_CONTENT
}
