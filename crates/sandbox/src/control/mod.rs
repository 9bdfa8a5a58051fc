//! The control API of Discord: what people, moderators and outages do, and what there is to see.
//! Described in the crate's README.
//!
//! | module | subject |
//! | --- | --- |
//! | [`view`] | the world, messages, commands, counters |
//! | [`invoke`] | commands, buttons, selects, modals, and waiting for their answers |
//! | [`people`] | what people do: they talk, react and vote |
//! | [`write`] | what people write, and files they upload |
//! | [`moderate`] | moderators and outages |
//! | [`sessions`] | applications, and what happens to their gateway sessions |
//! | [`watch`] | server-sent events |

mod invoke;
mod moderate;
mod people;
mod sessions;
mod view;
mod watch;
mod write;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::discord::Discord;
use crate::world::{AskError, Id, Refused, VoteError};

/// The control API of everything that is Discord's.
pub fn router(discord: &Discord) -> Router {
    Router::new()
        .merge(view::routes())
        .merge(invoke::routes())
        .merge(moderate::routes())
        .merge(people::routes())
        .merge(sessions::routes())
        .merge(watch::routes())
        .merge(write::routes())
        .with_state(discord.clone())
}

/// What handlers answer.
type Answer = Result<Json<Value>, Problem>;

/// A request that was not carried out, in words.
#[derive(Debug)]
pub(crate) struct Problem(StatusCode, String);

impl Problem {
    fn bad(words: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, words.into())
    }

    fn missing(words: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, words.into())
    }

    fn silent(words: impl Into<String>) -> Self {
        Self(StatusCode::GATEWAY_TIMEOUT, words.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let status = match error {
            AskError::Bad(_) => StatusCode::BAD_REQUEST,
            AskError::Forbidden(_) => StatusCode::FORBIDDEN,
            AskError::Missing(_) => StatusCode::NOT_FOUND,
        };
        Self(status, error.to_string())
    }
}

impl From<VoteError> for Problem {
    fn from(error: VoteError) -> Self {
        let status = match error {
            VoteError::NoPoll | VoteError::NoAnswer => StatusCode::NOT_FOUND,
            VoteError::Over => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::NoGuild | Refused::NoChannel | Refused::NoMember => StatusCode::NOT_FOUND,
            Refused::Forbidden => StatusCode::FORBIDDEN,
            Refused::Full | Refused::NotConnected => StatusCode::CONFLICT,
        };
        Self(status, refused.to_string())
    }
}

/// An id in a request: a string of digits, or an integer.
#[derive(Debug, Clone, Copy)]
struct AnyId(Id);

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Id::from_json(&value)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("{value} is not an id")))
    }
}

/// Reads a body; whatever its content type says.
fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| Problem::bad(error.to_string()))
}

fn id(text: &str) -> Result<Id, Problem> {
    text.parse()
        .map_err(|_| Problem::bad(format!("{text:?} is not an id")))
}

#[allow(clippy::unnecessary_wraps)] // the last line of handlers
fn done() -> Answer {
    Ok(Json(json!({"ok": true})))
}
