//! Where log lines go: to standard error, as the variable `SANDBOX_LOG` filters them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. `SANDBOX_LOG` takes `tracing`'s filters, e.g. `debug` or `sandbox::faults=trace`.
pub(crate) fn start(quiet: bool) {
    let default = if quiet { "warn" } else { "sandbox=info,warn" };
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
