//! The flags and what `--help` says.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use anyhow::bail;
use clap::{Args, Parser, Subcommand};
use sandbox::Options;

/// Discord, LISTEN.moe, Lanyard and the radio stream, simulated strictly on this machine
///
/// Try or test a bot with no account and no network: open the address that is printed, and run
/// the bot with the environment that `run` gives it or `--env-file` writes.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const RUN: &str = "\
Run, and in it a command with the environment it needs; stop when it stops

The command gets DISCORD_TOKEN, DISCORD_API_URL, LISTEN_MOE_JPOP_GATEWAY,
LISTEN_MOE_KPOP_GATEWAY, LISTEN_MOE_JPOP_STREAM, LISTEN_MOE_KPOP_STREAM, LANYARD_SOCKET,
SSL_CERT_FILE and NODE_EXTRA_CA_CERTS. Everything else passes through.

Its exit code becomes this one's. On Ctrl-C or SIGTERM it is asked to stop first, and killed after
15 seconds.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run until Ctrl-C
    Serve {
        #[command(flatten)]
        shared: Shared,
    },
    /// Run, and in it a command with the environment it needs; stop when it stops
    #[command(long_about = RUN, after_help = "Example:\n  sandbox run --port 8080 -- target/debug/uguisu")]
    Run {
        #[command(flatten)]
        shared: Shared,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Shared {
    /// The TCP port of the page and of all services; 0 takes any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Users whom Lanyard monitors, beside the members of the demo's servers
    #[arg(long, default_value_t = 200, value_name = "N")]
    users: usize,
    /// Discord servers, each with channels and members
    #[arg(long, default_value_t = 3, value_name = "N")]
    guilds: usize,
    /// Seed of all that is generated: the same seed, the same world
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Write the bot's environment to this file, as NAME=value lines
    #[arg(long, value_name = "PATH")]
    pub(crate) env_file: Option<PathBuf>,
    /// Add every request to Discord's REST API and its answer to this file, one JSON object a line
    #[arg(long, value_name = "PATH", env = "SANDBOX_RECORD")]
    record: Option<PathBuf>,
    /// Length of the songs in seconds: one number, or the shortest and the longest
    #[arg(long, default_value = "20-40", value_name = "SECONDS", value_parser = song_length)]
    song_length: (Duration, Duration),
    /// Discord's locale of everybody and of every server; else some have one and some another
    #[arg(long, value_name = "LOCALE", value_parser = locale)]
    locale: Option<&'static str>,
    /// Nothing happens by itself: songs play on and presences stay until someone changes them
    #[arg(long)]
    still: bool,
    /// Share of the voice calls whose audio is decoded, 0 to 1; packets are counted for all
    #[arg(long, default_value_t = 1.0, value_name = "SHARE")]
    voice_decode_share: f64,
    /// Print nothing but warnings
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl Arguments {
    pub(crate) fn shared(&self) -> &Shared {
        match &self.command {
            Command::Serve { shared } | Command::Run { shared, .. } => shared,
        }
    }
}

impl Shared {
    /// What [`sandbox::Sandbox`] is to be started with.
    pub(crate) fn options(&self) -> anyhow::Result<Options> {
        if self.users > 1_000_000 {
            bail!("--users is at most 1000000");
        }
        if !(1..=100_000).contains(&self.guilds) {
            bail!("--guilds is from 1 to 100000");
        }
        if !(0.0..=1.0).contains(&self.voice_decode_share) {
            bail!("--voice-decode-share is from 0 to 1");
        }
        Ok(Options {
            port: self.port,
            users: self.users,
            guilds: self.guilds,
            seed: self.seed,
            song_length: self.song_length,
            record: self.record.clone(),
            locale: self.locale,
            lively: !self.still,
            voice_decode_share: self.voice_decode_share,
            ..Options::default()
        })
    }
}

fn locale(text: &str) -> Result<&'static str, String> {
    Options::locale_named(text).ok_or_else(|| format!("`{text}` is not a locale of Discord's"))
}

/// Reads `30` or `20-40`, in seconds.
fn song_length(text: &str) -> Result<(Duration, Duration), String> {
    let seconds = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|seconds| (0.5..=3600.0).contains(seconds))
            .map(Duration::from_secs_f64)
            .ok_or_else(|| format!("`{text}` is not a number of seconds from 0.5 to 3600"))
    };
    let (shortest, longest) = text.split_once('-').unwrap_or((text, text));
    let length = (seconds(shortest)?, seconds(longest)?);
    if length.0 > length.1 {
        return Err("the shortest is longer than the longest".into());
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn everything_behind_the_dashes_is_the_command() {
        let line = ["sandbox", "run", "--port", "0", "--", "bot", "--port", "1"];
        let arguments = Arguments::try_parse_from(line).unwrap();
        assert_eq!(arguments.shared().options().unwrap().port, 0);
        let Command::Run { command, .. } = arguments.command else {
            panic!()
        };
        assert_eq!(command, ["bot", "--port", "1"]);
    }

    #[test]
    fn a_locale_is_one_of_discords() {
        assert_eq!(locale("pt-BR"), Ok("pt-BR"));
        assert!(locale("pt").is_err() && locale("").is_err());
    }

    #[test]
    fn lengths_are_read() {
        let (short, long) = song_length("8-40").unwrap();
        assert_eq!((short.as_secs(), long.as_secs()), (8, 40));
        assert_eq!(song_length("12").unwrap().0.as_secs(), 12);
        for wrong in ["", "x", "0", "40-8", "-3"] {
            assert!(song_length(wrong).is_err(), "{wrong}");
        }
    }
}
