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
            shared,
        } => {
            let scope = match (*global, *shared) {
                (true, _) => "global",
                (_, true) => "shared",
                _ => "user",
            };
            Some(answer(target, *status, *retry_after, scope))
        }
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
fn answer(target: Target, status: u16, retry_after: Option<f64>, scope: &'static str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match (target, status) {
        (Target::DiscordRest, StatusCode::TOO_MANY_REQUESTS) => {
            rate_limited(retry_after.unwrap_or(1.0), scope)
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
fn rate_limited(retry_after: f64, scope: &'static str) -> Response {
    let is_global = scope == "global";
    let message = if scope == "shared" {
        "The resource is being rate limited."
    } else {
        "You are being rate limited."
    };
    let body = json!({
        "message": message, "code": 0, "retry_after": retry_after, "global": is_global,
    });
    let mut response = Json(body).into_response();
    let mut put = |name, value: &str| put(&mut response, name, value);
    put("retry-after", &retry_after.ceil().to_string());
    put("x-ratelimit-scope", scope);
    // Without it clients take the answer for one of Cloudflare's.
    put("via", "1.1 google");
    if is_global {
        put("x-ratelimit-global", "true");
    } else {
        let since_1970 = OffsetDateTime::now_utc() - OffsetDateTime::UNIX_EPOCH;
        let reset = since_1970.as_seconds_f64() + retry_after;
        put("x-ratelimit-limit", "5");
        // What is shared is used up by others.
        put(
            "x-ratelimit-remaining",
            if scope == "shared" { "4" } else { "0" },
        );
        put("x-ratelimit-reset", &format!("{reset:.3}"));
        put("x-ratelimit-reset-after", &format!("{retry_after:.3}"));
        put("x-ratelimit-bucket", "fa017fa017fa017fa017");
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
