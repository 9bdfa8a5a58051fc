//! What the radio costs: CPU, memory and evenness of the real bot with up to a thousand calls,
//! beside the least that the same packets can cost and beside other libraries on the same work.
//!
//! Everything is a process of its own: the bot (the release binary), the sandbox that it plays in,
//! the other bots, and this one, which only watches. `make bench` runs all of it, `make soak` one
//! hour of 200 calls.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`plan`] | what is measured, and the tables |
//! | [`measure`] | one measurement |
//! | [`floor`] | what a packet costs at the least |
//! | [`metronome`] | how even a sender can be at the most |
//! | [`peers`] | the same work by other libraries |
//! | [`soak`] | an hour, to see that nothing grows |
//! | [`sandbox`] | the sandbox's process |
//! | [`program`] | the bots' processes |
//! | [`songbird`] | a bot with songbird as its documentation shows it, an input per call |
//! | [`station`] | a station that streams Vorbis and MP3 |
//! | [`usage`] | `/proc` |
//! | [`table`] | tables |

#![expect(clippy::print_stdout, reason = "it prints tables")]

mod floor;
mod measure;
mod metronome;
mod peers;
mod plan;
mod program;
mod sandbox;
mod soak;
mod songbird;
mod station;
mod table;
mod usage;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What the radio costs.
#[derive(Debug, Parser)]
#[command(name = "radio")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    plan: plan::Plan,
    /// Given by `cargo bench`; without it this is `cargo test`, and nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays for an hour, and shows what grows
    Soak {
        #[command(flatten)]
        soak: soak::Soak,
        #[arg(long, hide = true)]
        bench: bool,
    },
    #[command(hide = true)]
    Sandbox(sandbox::World),
    #[command(hide = true)]
    Songbird(songbird::Peer),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match arguments.command {
            Some(Command::Sandbox(world)) => sandbox::serve(&world).await,
            Some(Command::Songbird(peer)) => songbird::run(&peer).await,
            Some(Command::Soak { soak, .. }) => soak::run(&soak).await,
            None if arguments.bench => plan::run(&arguments.plan).await,
            None => Ok(()),
        }
    })
}

/// The root of the project.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
