//! The command line of uguisu: exit code 0 when asked to stop, 2 when the configuration is wrong,
//! 1 when something else is.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use tokio::runtime::Builder;
use uguisu::{
    app::{self, AppError},
    config::{Config, ConfigError, Task},
    telemetry,
};

const WRONG_CONFIGURATION: u8 = 2;

/// For what still runs on blocking threads when everything else has ended.
const LAST_MOMENTS: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    match Config::load(std::env::args_os()) {
        Ok(Task::Run(config)) => run(*config),
        Ok(Task::Healthcheck(listen)) => briefly(telemetry::healthcheck(listen), |_| 1),
        Ok(Task::Backup { database_url, to }) => {
            briefly(app::backup(&database_url, &to), AppError::exit_code)
        }
        Err(ConfigError::Answered(text)) => {
            // Nobody is left to be told that standard output is closed.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error @ ConfigError::Wrong(_)) => complain(&error, WRONG_CONFIGURATION),
    }
}

fn run(config: Config) -> ExitCode {
    telemetry::init(&config.log, config.log_format);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start threads: {error}"), 1),
    };
    let outcome = runtime.block_on(app::run(config));
    runtime.shutdown_timeout(LAST_MOMENTS);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error, error.exit_code()),
    }
}

/// Runs a command that is no bot.
fn briefly<E: Display>(
    command: impl Future<Output = Result<(), E>>,
    exit_code: impl FnOnce(&E) -> u8,
) -> ExitCode {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start: {error}"), 1),
    };
    match runtime.block_on(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error, exit_code(&error)),
    }
}

/// One line on standard error.
fn complain(error: &dyn Display, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "uguisu: {error}");
    ExitCode::from(code)
}
