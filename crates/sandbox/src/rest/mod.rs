//! The REST API, versions 9 and 10: <https://discord.com/developers/docs/reference>.
//!
//! Every request passes [`rate_limit`]; handlers take [`Caller`] and [`Payload`], check the body
//! (`validate`), then access (`access`), and change the world.
//!
//! | module | subject |
//! | --- | --- |
//! | [`error`] | Discord's codes and the shape of errors |
//! | [`extract`], [`multipart`] | who asks, and the body |
//! | [`form`] | reading fields, all problems told at once |
//! | `validate` | rules of commands, messages, embeds, components |
//! | [`rate_limit`] | buckets, the global limit, counters |
//! | [`record`] | requests and answers, written to a file |
//! | `access` | who may reach what |
//! | the others | the routes, by resource |

mod access;
mod applications;
mod bans;
mod channels;
pub mod error;
pub mod extract;
pub mod form;
mod forums;
mod gateway;
mod guilds;
mod interactions;
mod invites;
mod localized;
mod members;
mod messages;
pub mod multipart;
mod nothing;
mod overwrites;
mod pins;
mod polls;
pub mod rate_limit;
mod reactions;
pub mod record;
mod roles;
mod soundboard;
mod stages;
mod threads;
mod users;
mod validate;
mod voice_states;
mod webhooks;

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, HeaderValue, VIA};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

pub use error::ApiError;
pub use extract::{Caller, Ids, Last, Payload, id};
pub use rate_limit::{RateLimits, Route, Verdict};
pub(crate) use validate::command::LOCALES;

use crate::discord::Discord;
use crate::world::Id;

/// The largest body: <https://discord.com/developers/docs/resources/message#create-message>.
const BODY_LIMIT: usize = 25 << 20;
/// The largest file of a body: <https://discord.com/developers/docs/reference#uploading-files>.
const FILE_LIMIT: usize = 10 << 20;

/// Who forwards the answers.
const PROXY: HeaderValue = HeaderValue::from_static("1.1 google");

/// What handlers answer.
type Answer = Result<Response, ApiError>;

/// REST under `/api`, `/api/v9` and `/api/v10`.
pub fn router(discord: &Discord) -> Router {
    let routes = Router::new()
        .merge(gateway::routes())
        .merge(users::routes())
        .merge(applications::routes())
        .merge(interactions::routes())
        .merge(webhooks::routes())
        .merge(channels::routes())
        .merge(overwrites::routes())
        .merge(messages::routes())
        .merge(pins::routes())
        .merge(polls::routes())
        .merge(reactions::routes())
        .merge(guilds::routes())
        .merge(nothing::routes())
        .merge(soundboard::routes())
        .merge(members::routes())
        .merge(roles::routes())
        .merge(bans::routes())
        .merge(invites::routes())
        .merge(voice_states::routes())
        .merge(stages::routes())
        .merge(threads::routes())
        .fallback(|request: Request| async move {
            let (method, path) = (request.method(), request.uri().path());
            tracing::warn!(%method, path, "no such route, or none that is simulated");
            ApiError::no_route()
        })
        .method_not_allowed_fallback(|| async { ApiError::wrong_method() })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(discord.clone(), limit))
        .with_state(discord.clone());
    Router::new()
        .nest("/api/v10", routes.clone())
        .nest("/api/v9", routes.clone())
        .nest("/api", routes)
        // Outside of the nesting, where the path is still whole.
        .layer(middleware::from_fn_with_state(
            discord.clone(),
            record::layer,
        ))
}

/// Every answer has come through Discord's own proxy: discord.py takes a 429 without this header
/// for one of Cloudflare's, and does not try again.
async fn limit(State(discord): State<Discord>, request: Request, next: Next) -> Response {
    let mut response = counted(discord, request, next).await;
    response.headers_mut().insert(VIA, PROXY);
    response
}

/// Counts every request against its limits before anything else looks at it.
async fn counted(discord: Discord, request: Request, next: Next) -> Response {
    let mut route = Route::of(request.method(), request.uri().path());
    let mut who = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if let Some(webhook) = Route::webhook(request.uri().path()) {
        // The token in the path is who asks, whatever the header says; and what answers an
        // interaction is outside the bot's global limit.
        who.clear();
        route.global &= !discord.with(|world| world.applications.contains_key(&webhook));
    }
    let unix_now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    match discord.limits().take(&who, &route, unix_now) {
        Verdict::Fine(headers) => {
            let mut response = next.run(request).await;
            if !response.status().is_success() {
                discord.limits().count_error(response.status().as_u16());
                if let Some(code) = response.extensions().get::<error::Code>() {
                    discord.limits().count_code(code.0);
                }
            }
            response.headers_mut().extend(headers);
            response
        }
        Verdict::Limited {
            headers,
            body,
            scope,
        } => {
            discord.context().bus.publish(
                "rate_limited",
                json!({"route": route.template, "scope": scope, "retry_after": body["retry_after"]}),
            );
            (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response()
        }
    }
}

/// 200 with JSON.
#[allow(clippy::unnecessary_wraps)] // the last line of handlers
fn ok(body: Value) -> Answer {
    Ok(Json(body).into_response())
}

/// 204.
#[allow(clippy::unnecessary_wraps)] // the last line of handlers
fn no_content() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether a query parameter is on: libraries write `true` as well as `1`.
fn is_on(value: Option<&String>) -> bool {
    value.is_some_and(|value| matches!(value.as_str(), "true" | "1" | "True"))
}

/// A whole number of the query, within a range; `default` when it is not there.
fn number(
    query: &Query,
    name: &str,
    range: RangeInclusive<i64>,
    default: usize,
) -> Result<usize, ApiError> {
    let given = form::read(&json!(query.0), |fields| fields.integer(name, range))?;
    Ok(given
        .and_then(|given| usize::try_from(given).ok())
        .unwrap_or(default))
}

/// A point in a list, of the query: a snowflake, or 0 for the beginning.
fn point(query: &Query, name: &str) -> Result<Option<Id>, ApiError> {
    let read = |text: &String| {
        if text == "0" {
            Ok(Id(0))
        } else {
            id(name, text)
        }
    };
    query.get(name).map(read).transpose()
}

/// The parameters of the query.
type Query = axum::extract::Query<std::collections::HashMap<String, String>>;
