//! `/healthz` and `/metrics` over HTTP.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Map, Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{DiscordState, Metrics};

/// A connection's whole life: enough for one request, too short to hold the bot's attention.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections beyond this wait to be accepted.
const CONNECTIONS: usize = 32;

/// No route reads a body.
const BODY_LIMIT: usize = 1024;

/// A listener that fails (out of file descriptors) is tried again after this long.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Serves until `token` is cancelled.
pub async fn serve(listener: TcpListener, metrics: Metrics, token: CancellationToken) {
    let router = Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(page))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(metrics);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = token.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), CONNECTION_TIMEOUT));
                }
                Err(error) => {
                    warn!("Cannot accept a connection for metrics: {error}");
                    sleep(ACCEPT_AGAIN).await;
                }
            },
        }
    }
}

async fn connection(stream: TcpStream, router: Router, patience: Duration) {
    let service = TowerToHyperService::new(router);
    let serve = hyper::server::conn::http1::Builder::new()
        // The time for a request is the connection's.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(patience, serve).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("A connection for metrics broke: {error}"),
        Err(_) => debug!("A connection for metrics took too long"),
    }
}

async fn health(State(metrics): State<Metrics>) -> Response {
    let discord = *metrics.discord().borrow();
    let status = if discord == DiscordState::Ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let upstreams: Map<String, Value> = metrics
        .upstreams()
        .into_iter()
        .map(|(name, link)| {
            let state = json!({
                "state": link.state().name(),
                "last_frame_seconds": link.since_last_frame().as_secs(),
            });
            (name.to_owned(), state)
        })
        .collect();
    let body = json!({
        "status": if status.is_success() { "ok" } else { "unavailable" },
        "discord": discord.name(),
        "upstreams": upstreams,
        "presences": metrics.presences(),
        "calls": metrics.calls(),
    });
    (status, Json(body)).into_response()
}

async fn page(State(metrics): State<Metrics>) -> Response {
    match metrics.encode() {
        Ok(page) => ([(CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(error) => {
            warn!("The metrics cannot be written: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests;
