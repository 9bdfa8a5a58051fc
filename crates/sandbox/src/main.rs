//! The command line of the sandbox.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    cli::log::start(arguments.shared().quiet);
    match cli::execute(arguments).await {
        Ok(code) => code,
        Err(error) => {
            cli::say(&format!("sandbox: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
