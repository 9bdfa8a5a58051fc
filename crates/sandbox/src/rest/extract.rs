//! What handlers take out of a request: who asks, the ids of the path, the body.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::form::{self, Fields};
use super::multipart::{self, File};
use super::{ApiError, FILE_LIMIT};
use crate::discord::Discord;
use crate::world::Id;

/// The application that a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Id);

impl FromRequestParts<Discord> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let token = bot_token(parts).ok_or_else(ApiError::unauthorized)?;
        let application = discord.with(|world| world.application_of(token));
        application.map(Caller).ok_or_else(ApiError::unauthorized)
    }
}

/// The token of the `Authorization: Bot …` header.
fn bot_token(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    header.strip_prefix("Bot ").map(str::trim)
}

/// The body: JSON, or a form with the JSON in `payload_json` and perhaps files. An empty body is `{}`.
#[derive(Debug)]
pub struct Payload {
    /// The JSON.
    pub json: Value,
    /// Files of a multipart form.
    pub files: Vec<File>,
}

impl FromRequest<Discord> for Payload {
    type Rejection = ApiError;

    async fn from_request(request: Request, discord: &Discord) -> Result<Self, ApiError> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = Bytes::from_request(request, discord)
            .await
            .map_err(|_| ApiError::too_large())?;
        if bytes.is_empty() {
            return Ok(Self {
                json: json!({}),
                files: Vec::new(),
            });
        }
        let mime = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match mime.as_str() {
            "application/json" => {
                let json = serde_json::from_slice(&bytes).map_err(|_| ApiError::invalid_json())?;
                Ok(Self {
                    json,
                    files: Vec::new(),
                })
            }
            multipart::MULTIPART | multipart::URL_ENCODED => {
                let form = multipart::parse(&kind, &bytes).ok_or_else(|| {
                    ApiError::field("", "MULTIPART_INVALID", "The form is malformed.")
                })?;
                if form.files.iter().any(|file| file.bytes.len() > FILE_LIMIT) {
                    return Err(ApiError::too_large());
                }
                Ok(Self {
                    json: form.payload()?,
                    files: form.files,
                })
            }
            _ => Err(ApiError::field(
                "",
                "CONTENT_TYPE_INVALID",
                "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data', 'application/x-www-form-urlencoded'}.",
            )),
        }
    }
}

/// The first `N` parameters of the path, snowflakes all: `{channel}` is `channel_id` in errors.
/// `{whose}` is a user, who may be `@me`.
#[derive(Debug, Clone, Copy)]
pub struct Ids<const N: usize>(pub [Id; N]);

impl<const N: usize> FromRequestParts<Discord> for Ids<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let path = RawPathParams::from_request_parts(parts, discord)
            .await
            .map_err(|_| ApiError::no_route())?;
        let mut ids = [Id(0); N];
        for (place, (name, text)) in ids.iter_mut().zip(&path) {
            *place = match (name, text) {
                ("whose", "@me") => Caller::from_request_parts(parts, discord).await?.0,
                ("whose", _) => id("user_id", text)?,
                _ => id(&format!("{name}_id"), text)?,
            };
        }
        Ok(Self(ids))
    }
}

/// The snowflake that a path ends with.
#[derive(Debug, Clone, Copy)]
pub struct Last(pub Id);

impl FromRequestParts<Discord> for Last {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let path = RawPathParams::from_request_parts(parts, discord)
            .await
            .map_err(|_| ApiError::no_route())?;
        let (name, text) = path.iter().last().ok_or_else(ApiError::no_route)?;
        id(&format!("{name}_id"), text).map(Self)
    }
}

impl Payload {
    /// Reads the fields of the JSON; with anything wrong it is 50035 and all that was.
    pub fn read<T>(&self, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, ApiError> {
        form::read(&self.json, read)
    }
}

/// A snowflake of the path; `name` is the parameter's, for the error.
pub fn id(name: &str, text: &str) -> Result<Id, ApiError> {
    text.parse()
        .map_err(|_| ApiError::not_a_snowflake(name, text))
}
