//! What an operator sees: the log, the metrics, the health.
//!
//! - `log`: tracing, as configured.
//! - `metrics`: the numbers, and how the parts of the bot report them.
//! - `server`: `/healthz` and `/metrics` over HTTP.

mod metrics;

pub use self::metrics::{AnnouncementResult, DiscordState, Metrics};
