//! What the commands do.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`arguments`] | the flags and what `--help` says |
//! | [`child`] | the command of `sandbox run` |
//! | [`env_file`] | the file of `--env-file` |
//! | [`log`] | where log lines go |

mod arguments;
mod child;
mod env_file;
pub(crate) mod log;

use std::{io::Write, process::ExitCode};

use anyhow::Context;
use sandbox::Sandbox;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(crate) use arguments::Arguments;
use arguments::Command;

/// Runs the chosen command to its end.
pub(crate) async fn execute(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Before anything starts: a signal during the start must not leave a child behind.
    let mut signals = Signals::new()?;
    let shared = arguments.shared();
    let (quiet, env_file) = (shared.quiet, shared.env_file.clone());
    let sandbox = Sandbox::start(shared.options()?).await?;
    let environment = sandbox.environment();
    if let Some(path) = &env_file {
        env_file::write(path, &environment)
            .with_context(|| format!("cannot write --env-file {}", path.display()))?;
    }
    if !quiet {
        say(&format!(
            "\n  The sandbox is at  {}/\n",
            sandbox.context().http()
        ));
    }
    let code = match arguments.command {
        Command::Serve { .. } => {
            signals.next().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run { command, .. } => child::run(&command, environment, &mut signals).await,
    };
    sandbox.shutdown().await;
    code
}

/// Writes a line for people to standard error: standard output belongs to the command of `run`.
pub(crate) fn say(line: &str) {
    // When nobody reads it, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The signals that ask for an end.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
