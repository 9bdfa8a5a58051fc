//! What an operator sees: the log, the metrics, the health.
//!
//! - `log`: tracing, as configured.
//! - `metrics`: the numbers, and how the parts of the bot report them.
//! - `server`: `/healthz` and `/metrics` over HTTP.
//! - `healthcheck`: `uguisu healthcheck`, which asks the former.

mod healthcheck;
mod log;
mod metrics;
mod server;

pub use self::{
    healthcheck::{Unhealthy, healthcheck},
    log::init,
    metrics::{AnnouncementResult, DiscordState, Metrics},
    server::serve,
};
