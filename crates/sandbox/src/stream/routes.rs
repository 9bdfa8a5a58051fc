//! `/listen.moe/opus` and `/listen.moe/kpop/opus`, and how their sound is made:
//! `/control/stream/{station}`.

use std::{convert::Infallible, fmt::Write};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{Broadcast, Habits};
use crate::playlist::{PerStation, Station};

type Broadcasts = PerStation<Broadcast>;

/// The routes of this module.
pub fn router(broadcasts: Broadcasts) -> Router {
    let mut router = Router::new()
        .route("/control/stream", get(all_habits))
        .route("/control/stream/{station}", get(habits).post(set_habits));
    for station in Station::ALL {
        let path = station.path();
        router = router
            .route(
                &format!("{path}/opus"),
                get(move |State(all): State<Broadcasts>| async move {
                    listen(station, all.get(station))
                }),
            )
            // Vorbis and MP3 exist at the real service. Here they are mounts without a source.
            .route(&format!("{path}/stream"), get(no_mount))
            .route(&format!("{path}/fallback"), get(no_mount));
    }
    router.with_state(broadcasts)
}

/// Icecast 2.4's answer, header by header: HTTP/1.0, ended by closing.
fn listen(station: Station, broadcast: &Broadcast) -> Response {
    let name = match station {
        Station::Jpop => "LISTEN.moe J-POP (Opus)",
        Station::Kpop => "LISTEN.moe K-POP (Opus)",
    };
    let pages = unfold(broadcast.listen(), |mut listener| async move {
        let page = listener.next().await?;
        Some((Ok::<Bytes, Infallible>(page), listener))
    });
    let mut response = Body::from_stream(pages).into_response();
    *response.version_mut() = Version::HTTP_10;
    icecast(response.headers_mut());
    for (header, value) in [
        ("content-type", "application/ogg"),
        ("ice-audio-info", "bitrate=128;channels=2;samplerate=48000"),
        ("icy-br", "128"),
        ("icy-description", "Simulated: no music, only tunes"),
        ("icy-genre", "Various"),
        ("icy-name", name),
        ("icy-pub", "0"),
        ("icy-url", "https://listen.moe"),
    ] {
        response
            .headers_mut()
            .insert(header, HeaderValue::from_static(value));
    }
    response
}

/// What every answer of Icecast has.
fn icecast(headers: &mut HeaderMap) {
    for (header, value) in [
        (header::SERVER, "Icecast 2.4.4"),
        (header::CONNECTION, "Close"),
        (header::CACHE_CONTROL, "no-cache, no-store"),
        (header::EXPIRES, "Mon, 26 Jul 1997 05:00:00 GMT"),
        (header::PRAGMA, "no-cache"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(header, HeaderValue::from_static(value));
    }
    let mut date = OffsetDateTime::now_utc()
        .format(&Rfc2822)
        .unwrap_or_default();
    // RFC 9110 wants the zone as letters.
    date.truncate(date.len().saturating_sub("+0000".len()));
    let _ = write!(date, "GMT");
    if let Ok(date) = HeaderValue::from_str(&date) {
        headers.insert(header::DATE, date);
    }
}

async fn no_mount() -> Response {
    let page = "<html><head><title>Error 404</title></head><body><b>404 - The file you requested could not be found</b></body></html>\r\n";
    let mut response = (StatusCode::NOT_FOUND, page).into_response();
    *response.version_mut() = Version::HTTP_10;
    icecast(response.headers_mut());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

fn described(broadcast: &Broadcast) -> Value {
    json!({"listeners": broadcast.listeners(), "habits": broadcast.habits()})
}

async fn all_habits(State(all): State<Broadcasts>) -> Json<Value> {
    Json(json!({"jpop": described(&all.jpop), "kpop": described(&all.kpop)}))
}

async fn habits(State(all): State<Broadcasts>, Path(station): Path<Station>) -> Json<Value> {
    Json(described(all.get(station)))
}

async fn set_habits(
    State(all): State<Broadcasts>,
    Path(station): Path<Station>,
    Json(habits): Json<Habits>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    habits
        .check()
        .map_err(|error| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))))?;
    all.get(station).set_habits(habits);
    Ok(Json(described(all.get(station))))
}
