//! Server-sent events of everything that happens.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use crate::discord::Discord;

/// A comment is sent after this much silence, so that both sides notice a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Router<Discord> {
    Router::new().route("/control/events", get(events))
}

async fn events(State(discord): State<Discord>) -> Response {
    let receiver = discord.context().bus.subscribe();
    let token = discord.context().token.clone();
    let first = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b": hello\n\n")) });
    let rest = stream::unfold((receiver, token), |(mut receiver, token)| async move {
        let text = tokio::select! {
            () = token.cancelled() => return None,
            next = timeout(KEEP_ALIVE, receiver.recv()) => match next {
                Err(_) => ": alive\n\n".to_owned(),
                Ok(Ok(event)) => format!("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.kind, event.data),
                Ok(Err(RecvError::Lagged(missed))) => {
                    format!("event: lagged\ndata: {}\n\n", json!({"missed": missed}))
                }
                Ok(Err(RecvError::Closed)) => return None,
            },
        };
        Some((Ok(Bytes::from(text)), (receiver, token)))
    });
    (
        [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Body::from_stream(first.chain(rest)),
    )
        .into_response()
}
