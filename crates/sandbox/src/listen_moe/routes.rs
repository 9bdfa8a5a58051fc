//! The four addresses of the gateways, and `/control/listen-moe`.

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    Gateway, Gateways,
    session::{self, Generation},
};
use crate::{context::Context, faults::Target, playlist::Station, ws};

/// The largest message that a client may send, in bytes.
const LIMIT: usize = 64 * 1024;

/// The routes of this module.
pub fn router(context: &Context, gateways: Gateways) -> Router {
    let mut router = Router::new()
        .route("/control/listen-moe", get(all))
        .route("/control/listen-moe/{station}", get(one))
        .route("/control/listen-moe/{station}/next", post(next))
        .route("/control/listen-moe/{station}/frames", post(frame));
    for station in Station::ALL {
        for (name, generation) in [("gateway", Generation::V1), ("gateway_v2", Generation::V2)] {
            let context = context.clone();
            let connect = move |State(gateways): State<Gateways>, request: Request| async move {
                let gateway = gateways.get(station).clone();
                let target = match station {
                    Station::Jpop => Target::ListenMoeJpop,
                    Station::Kpop => Target::ListenMoeKpop,
                };
                let interval = context
                    .options
                    .listen_moe_heartbeat
                    .unwrap_or_else(|| generation.interval());
                ws::upgrade(&context, target, LIMIT, request, move |socket| {
                    session::run(gateway, generation, interval, socket)
                })
            };
            router = router.route(&format!("{}/{name}", station.path()), get(connect));
        }
    }
    router.with_state(gateways)
}

fn described(gateway: &Gateway) -> Value {
    let on_air = &gateway.on_air;
    let mut value = on_air.now().described(on_air.station);
    let songs: Vec<_> = on_air
        .playlist
        .songs()
        .iter()
        .map(|song| song.described())
        .collect();
    value["playlist"] = songs.into();
    value["listeners"] = gateway.listeners().into();
    value["gateway_clients"] = gateway.clients().into();
    value["stream_listeners"] = gateway.audio.listeners().into();
    value
}

async fn all(State(gateways): State<Gateways>) -> Json<Value> {
    Json(json!({
        "jpop": described(&gateways.jpop),
        "kpop": described(&gateways.kpop),
    }))
}

async fn one(State(gateways): State<Gateways>, Path(station): Path<Station>) -> Json<Value> {
    Json(described(gateways.get(station)))
}

/// Answers once the next song is on.
async fn next(
    State(gateways): State<Gateways>,
    Path(station): Path<Station>,
) -> Result<Json<Value>, StatusCode> {
    let gateway = gateways.get(station);
    gateway
        .on_air
        .next()
        .await
        .ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(described(gateway)))
}

/// Sends the body, whatever it is, to everyone as one text frame.
async fn frame(
    State(gateways): State<Gateways>,
    Path(station): Path<Station>,
    body: String,
) -> Json<Value> {
    Json(json!({"clients": gateways.get(station).send(body)}))
}
