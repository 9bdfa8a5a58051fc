//! The log: lines on standard error.

use std::io::{self, IsTerminal};

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::LogFormat;

/// Starts the log. `filter` is one that [`crate::config::Config`] has checked. Must be called
/// once, before anything is logged.
pub fn init(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(is_discreet));
    // A second subscriber can only be a test's: it stays.
    let _ = match format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(io::stderr)
                    .with_ansi(io::stderr().is_terminal()),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(fmt::layer().json().with_writer(io::stderr))
            .try_init(),
    };
}

/// Whatever the filter asks for: what serenity says of its requests holds the addresses, and with
/// them the tokens of interactions and webhooks; what it says of messages that it does not
/// understand holds all of the message, megabytes of it. The bot's own lines tell of both.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    !["serenity::http", "serenity::gateway::ws"]
        .iter()
        .any(|target| metadata.target().starts_with(target))
}
