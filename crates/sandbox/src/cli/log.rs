//! Where log lines go: to standard error, as the variable `SANDBOX_LOG` filters them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. `SANDBOX_LOG` takes `tracing`'s filters, e.g. `debug` or `sandbox::faults=trace`.
pub(crate) fn start(quiet: bool) {
    // What davey calls an error is a frame that came before a key did, as at each join.
    let default = if quiet {
        "warn,davey=off"
    } else {
        "sandbox=info,davey=off,warn"
    };
    let filter = EnvFilter::builder()
        .with_env_var("SANDBOX_LOG")
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .compact()
        .init();
}
