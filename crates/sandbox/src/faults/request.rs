//! Faults on the level of one HTTP request, WebSocket handshakes too.

use std::future::pending;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    connection::Connection,
    model::{Fault, Target},
};

/// Decides what becomes of a request to `target`: `None` when it may go on.
///
/// Never returns when the connection is to be reset: whoever serves it is dropped with it.
pub async fn intercept(connection: &Connection, target: Target) -> Option<Response> {
    let faults = connection.faults();
    if faults
        .strike(target, |fault| {
            matches!(fault, Fault::Refuse {}).then_some(())
        })
        .is_some()
    {
        connection.reset();
        pending::<()>().await;
    }
    connection
        .until(|active| !active.has("silent") && !active.has("cut") && !active.has("half-open"))
        .await;
    let status = faults.strike(target, |fault| match fault {
        Fault::Status {
            status,
            retry_after,
            global,
        } => Some(answer(target, *status, *retry_after, *global)),
        _ => None,
    });
    if status.is_some() {
        return status;
    }
    // Only REST answers are messages of their own; a socket's and a stream's come later.
    if target == Target::DiscordRest {
        let garbage = |fault: &Fault| matches!(fault, Fault::Garbage { .. }).then_some(());
        if faults.strike(target, garbage).is_some() {
            let html = "<html><head><title>discord.com</title></head><body>\u{0}{]";
            return Some(([(header::CONTENT_TYPE, "application/json")], html).into_response());
        }
        let truncate = |fault: &Fault| matches!(fault, Fault::Truncate {}).then_some(());
        if faults.strike(target, truncate).is_some() {
            connection.truncate();
        }
    }
    None
}

/// A status as the service itself would answer it.
fn answer(target: Target, status: u16, retry_after: Option<f64>, global: bool) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match (target, status) {
        (Target::DiscordRest, StatusCode::TOO_MANY_REQUESTS) => {
            rate_limited(retry_after.unwrap_or(1.0), global)
        }
        (Target::DiscordRest, _) => {
            let message = format!("{}: {}", status.as_u16(), reason(status));
            Json(json!({"message": message, "code": 0})).into_response()
        }
        (Target::StreamJpop | Target::StreamKpop, _) => {
            // What Icecast 2.4 says.
            let page = format!("<b>{}</b>\r\n", reason(status));
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        _ => reason(status).into_response(),
    };
    if let Some(seconds) = retry_after {
        put(&mut response, "retry-after", &seconds.ceil().to_string());
    }
    *response.status_mut() = status;
    response
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

/// <https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit>
fn rate_limited(retry_after: f64, global: bool) -> Response {
    let body = json!({
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": global,
    });
    let mut response = Json(body).into_response();
    put(
        &mut response,
        "retry-after",
        &retry_after.ceil().to_string(),
    );
    if global {
        put(&mut response, "x-ratelimit-global", "true");
        put(&mut response, "x-ratelimit-scope", "global");
    } else {
        let reset =
            (OffsetDateTime::now_utc() - OffsetDateTime::UNIX_EPOCH).as_seconds_f64() + retry_after;
        put(&mut response, "x-ratelimit-limit", "5");
        put(&mut response, "x-ratelimit-remaining", "0");
        put(&mut response, "x-ratelimit-reset", &format!("{reset:.3}"));
        put(
            &mut response,
            "x-ratelimit-reset-after",
            &format!("{retry_after:.3}"),
        );
        put(&mut response, "x-ratelimit-bucket", "fa017fa017fa017fa017");
        put(&mut response, "x-ratelimit-scope", "user");
    }
    response
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
