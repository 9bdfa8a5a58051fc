//! The gateway, version 10: <https://discord.com/developers/docs/events/gateway>.
//!
//! | module | subject |
//! | --- | --- |
//! | [`sessions`] | sessions: what each was sent and has still to be sent, resumed with exact replay |
//! | [`protocol`] | what clients say, and the answers that need no state |
//! | `connection` | one WebSocket: hello, heartbeats, identify or resume, then events |
//! | `wishes` | what a session asks for once it is there |
//! | `codec` | compression of payloads and of the transport |
//! | `identify` | who may log in, and what READY says |

mod codec;
mod connection;
mod identify;
pub mod protocol;
pub mod sessions;
mod wishes;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

pub use sessions::{Order, Sessions};

use crate::discord::Discord;
use crate::faults::Target;
use crate::ws;

/// The largest message a client may send is 4,096 bytes; the socket takes a little more, so that
/// the answer is 4002 and not a broken connection.
const FRAME_LIMIT: usize = 1 << 20;

/// What the address of the gateway says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Parameters {
    /// The version; 10 and 9 are spoken here.
    pub v: Option<String>,
    /// `json`; `etf` is refused.
    pub encoding: Option<String>,
    /// `zlib-stream`, `zstd-stream`, or nothing.
    pub compress: Option<String>,
}

/// The gateway at `/gateway`.
pub fn router(discord: &Discord) -> Router {
    Router::new()
        .route("/gateway", get(upgrade))
        .route("/gateway/", get(upgrade))
        .with_state(discord.clone())
}

async fn upgrade(
    State(discord): State<Discord>,
    Query(parameters): Query<Parameters>,
    request: Request,
) -> Response {
    let context = discord.context().clone();
    ws::upgrade(
        &context,
        Target::DiscordGateway,
        FRAME_LIMIT,
        request,
        move |socket| connection::run(discord, socket, parameters),
    )
}
