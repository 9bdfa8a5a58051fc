//! Discord's REST API, as this bot uses it.
//!
//! - `route`: the requests about messages and webhooks.
//! - `webhooks`: those about webhooks.
//! - `members`: the one about a server's members.
//! - `limits`: when the next request may be sent.
//! - `turn`: leave to send it.
//!
//! serenity makes the requests that answer people: interaction callbacks and follow-ups, which are
//! outside the bot's global limit. Announcements go through [`Rest::create`] and the like instead, for
//! three reasons. serenity 0.12's own rate limiter sends to discord.com whatever `proxy` says
//! (`Ratelimiter::perform` builds its requests without it), so it is off, here as on the real
//! Discord: what the tests see is what runs. It learns of the limit of 50 requests a second only by
//! exceeding it. And it hides the status and the headers that tell what to do with a failure.

mod limits;
mod members;
mod route;
mod turn;
mod webhooks;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, InvalidHeaderValue, USER_AGENT},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serenity::{
    all::{
        ApplicationId, ChannelId, CreateAllowedMentions, CreateMessage, EditMessage, MessageId,
        WebhookId,
    },
    http::{Http, HttpBuilder},
};
use tokio::{sync::OnceCell, time::Instant};

use self::limits::{Limiter, Limits};
pub use self::{
    route::{Lane, NEWEST, Route},
    turn::Turn,
};
use crate::config::Config;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take as a whole. Discord answers within a second, or not at all.
const REQUEST: Duration = Duration::from_secs(12);

/// Access to the REST API. A cheap handle: clone it.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    root: String,
    token: SecretString,
    limiter: Mutex<Limiter>,
    application: OnceCell<ApplicationId>,
}

/// Why Discord did not take a message.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RestError {
    /// Too many requests. Retry after [`Rest::held_until`] and [`Rest::turn`], which know for how
    /// long to wait.
    #[error("rate limited")]
    RateLimited,
    /// No answer, or one that says nothing about the request. It may have been carried out. Retry.
    #[error("{0}")]
    Unavailable(String),
    /// Discord will refuse the same request again.
    #[error("HTTP {status}, code {code}: {message}")]
    Refused {
        /// The HTTP status, 400 to 499.
        status: u16,
        /// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>, 0 when the
        /// answer has none.
        code: u32,
        /// In Discord's words, which are for developers.
        message: String,
    },
}

impl Rest {
    /// Nothing is sent before the first request.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .build()?;
        Ok(Self(Arc::new(Inner {
            client,
            root: config.discord_api_url.root().to_owned(),
            token: config.discord_token.clone(),
            limiter: Mutex::new(Limiter::new(Instant::now())),
            application: OnceCell::new(),
        })))
    }

    /// serenity's client for the same API. Nothing sent through it mentions anyone unless it says so.
    pub fn http(&self) -> Http {
        HttpBuilder::new(self.0.token.expose_secret())
            .client(self.0.client.clone())
            .proxy(&self.0.root)
            .ratelimiter_disabled(true)
            .default_allowed_mentions(CreateAllowedMentions::new())
            .build()
    }

    /// Until when Discord holds this request back, if it does. Sending before earns a 429.
    pub fn held_until(&self, route: Route) -> Option<Instant> {
        self.limiter().held_until(Instant::now(), route.bucket())
    }

    /// Posts a message and gives its id.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn create(
        &self,
        turn: Turn,
        channel: ChannelId,
        message: &CreateMessage,
    ) -> Result<MessageId, RestError> {
        let body = written(message)?;
        let route = Route::Create(channel);
        let answer = self.send(turn, route, None, Some(body)).await?;
        let Created { id, .. } = read(&answer)?;
        Ok(id)
    }

    /// Changes a message of the bot's own.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn edit(
        &self,
        turn: Turn,
        channel: ChannelId,
        message: MessageId,
        edit: &EditMessage,
    ) -> Result<(), RestError> {
        let body = written(edit)?;
        let route = Route::Edit(channel, message);
        self.send(turn, route, None, Some(body)).await?;
        Ok(())
    }

    /// Deletes a message of the bot's own.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn delete(
        &self,
        turn: Turn,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<(), RestError> {
        let route = Route::Delete(channel, message);
        self.send(turn, route, None, None).await?;
        Ok(())
    }

    /// How many messages came after this one, [`NEWEST`] standing for more as well.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn count_after(
        &self,
        turn: Turn,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<usize, RestError> {
        let route = Route::After(channel, message);
        let answer = self.send(turn, route, None, None).await?;
        let messages: Vec<Created> = read(&answer)?;
        Ok(messages.len())
    }

    /// The body of a successful answer. With a webhook's token instead of the bot's own the request
    /// is the webhook's, and does not count for the bot.
    async fn send(
        &self,
        turn: Turn,
        route: Route,
        token: Option<&SecretString>,
        body: Option<Vec<u8>>,
    ) -> Result<Bytes, RestError> {
        debug_assert_eq!(turn.lane(), route.lane());
        let mut path = route.path();
        if let Some(token) = token {
            path = path.replacen(route::TOKEN, token.expose_secret(), 1);
        }
        let url = format!("{}/api/v10{path}", self.0.root);
        let mut request = self
            .0
            .client
            .request(route.method(), url)
            .header(USER_AGENT, serenity::constants::USER_AGENT);
        if token.is_none() {
            request = request.header(AUTHORIZATION, self.authorization()?);
        }
        // Somebody else may have had the last one meanwhile: that earns no 429 either.
        if !self.limiter().take(Instant::now(), route) {
            return Err(RestError::RateLimited);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        drop(turn);
        let status = response.status();
        let limits = Limits::of(response.headers());
        if status.is_success() {
            self.limiter().learn(Instant::now(), route, &limits);
            return response.bytes().await.map_err(|error| unanswered(&error));
        }
        // The body says why; one that cannot be read takes nothing away from the status.
        let body = response.bytes().await.unwrap_or_default();
        let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
        let limits = match status {
            StatusCode::TOO_MANY_REQUESTS => limits.with_body(answer.retry_after, answer.global),
            _ => limits,
        };
        self.limiter().learn(Instant::now(), route, &limits);
        Err(refusal(status, answer))
    }

    fn authorization(&self) -> Result<HeaderValue, RestError> {
        header(&format!("Bot {}", self.0.token.expose_secret()))
            .map_err(|_| refused_here("the token cannot be sent".to_owned()))
    }

    fn limiter(&self) -> std::sync::MutexGuard<'_, Limiter> {
        self.0
            .limiter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

fn header(value: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(value)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A message, of which only this is needed.
#[derive(Deserialize)]
struct Created {
    id: MessageId,
    #[serde(default)]
    webhook_id: Option<WebhookId>,
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, RestError> {
    serde_json::to_vec(body).map_err(|error| refused_here(format!("cannot be written: {error}")))
}

/// An answer that is none may come from a proxy in between: the request may have been carried out.
fn read<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, RestError> {
    serde_json::from_slice(answer)
        .map_err(|_| RestError::Unavailable("an answer that is no message".to_owned()))
}

/// A request that never leaves: a mistake in this program.
const fn refused_here(message: String) -> RestError {
    RestError::Refused {
        status: 400,
        code: 0,
        message,
    }
}

/// The body of an answer that is not a success.
/// <https://discord.com/developers/docs/reference#error-messages>
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    code: u32,
    message: String,
    retry_after: Option<f64>,
    global: bool,
}

fn refusal(status: StatusCode, answer: Answer) -> RestError {
    if status == StatusCode::TOO_MANY_REQUESTS {
        RestError::RateLimited
    } else if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        RestError::Refused {
            status: status.as_u16(),
            code: answer.code,
            message: answer.message,
        }
    } else {
        RestError::Unavailable(format!("HTTP {}", status.as_u16()))
    }
}

/// A request without an answer, in words without its address.
fn unanswered(error: &reqwest::Error) -> RestError {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    RestError::Unavailable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn the_status_says_whether_to_retry() {
        let gone = refusal(
            StatusCode::NOT_FOUND,
            answer(r#"{"code":10003,"message":"Unknown Channel"}"#),
        );
        assert!(matches!(
            gone,
            RestError::Refused {
                status: 404,
                code: 10003,
                ..
            }
        ));
        assert_eq!(
            refusal(StatusCode::TOO_MANY_REQUESTS, Answer::default()),
            RestError::RateLimited
        );
        for status in [StatusCode::BAD_GATEWAY, StatusCode::REQUEST_TIMEOUT] {
            let error = refusal(status, Answer::default());
            assert!(matches!(error, RestError::Unavailable(_)), "{error:?}");
        }
    }
}
