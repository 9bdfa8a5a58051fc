//! Configuration: command-line flags and environment variables of the same names.
//!
//! This is the one place where the environment is read. Nothing here ever prints a value: what is
//! not a secret by its name may still hold one (`wss://user:password@…`).

mod address;
mod error;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    io,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::{
    Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Parser, ValueEnum, error::ErrorKind,
    value_parser,
};
use secrecy::SecretString;
use sqlx::sqlite::SqliteConnectOptions;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

pub use self::{
    address::{Address, AddressError, Addresses, DiscordApi},
    error::ConfigError,
};
use crate::{
    lanyard::{Limits, Subscription},
    station::Station,
    store::Backups,
};

/// A Discord bot for LISTEN.moe radio and Lanyard presences.
///
/// Every option can also be set as an environment variable or in a file named `.env` in the
/// working directory: flags win over the environment, which wins over the file.
#[derive(Clone, Debug, Parser)]
#[command(name = "uguisu", version, next_line_help = true)]
pub struct Config {
    /// The bot's token, from <https://discord.com/developers/applications>.
    #[arg(long, env, hide_env_values = true, value_name = "TOKEN", value_parser = token)]
    pub discord_token: SecretString,

    /// Address of Discord's REST API, with or without the version.
    #[arg(
        long,
        env,
        hide_env_values = true,
        value_name = "URL",
        default_value = "https://discord.com/api"
    )]
    pub discord_api_url: DiscordApi,

    /// Where settings are kept: a SQLite file, created when missing.
    #[arg(long, env, hide_env_values = true, value_name = "URL", default_value = "sqlite://data/uguisu.db", value_parser = database_url)]
    pub database_url: String,

    /// Where copies of the settings go; by default the directory `backups` beside the file.
    #[arg(long, env, hide_env_values = true, value_name = "DIRECTORY")]
    pub backup_directory: Option<PathBuf>,

    /// Hours between two copies of the settings; 0 makes none.
    #[arg(long, env, hide_env_values = true, value_name = "HOURS", default_value = "24", value_parser = hours)]
    pub backup_hours: u32,

    /// How many copies of the settings are kept; older ones are deleted.
    #[arg(long, env, hide_env_values = true, value_name = "NUMBER", default_value = "7", value_parser = at_least_one)]
    pub backup_keep: NonZeroU32,

    /// WebSocket that tells which song is on the J-pop station.
    #[arg(long, env, hide_env_values = true, value_name = "URL", default_value = "wss://listen.moe/gateway_v2", value_parser = Address::web_socket)]
    pub listen_moe_jpop_gateway: Address,

    /// WebSocket that tells which song is on the K-pop station.
    #[arg(long, env, hide_env_values = true, value_name = "URL", default_value = "wss://listen.moe/kpop/gateway_v2", value_parser = Address::web_socket)]
    pub listen_moe_kpop_gateway: Address,

    /// Audio of the J-pop station: one or more addresses, with commas between them. The first that
    /// works is used. Opus is relayed as it is; Vorbis and MP3 are transcoded.
    #[arg(long, env, hide_env_values = true, value_name = "URLS", default_value = "https://listen.moe/opus,https://listen.moe/stream,https://listen.moe/fallback", value_parser = Addresses::http)]
    pub listen_moe_jpop_stream: Addresses,

    /// Audio of the K-pop station, likewise.
    #[arg(long, env, hide_env_values = true, value_name = "URLS", default_value = "https://listen.moe/kpop/opus,https://listen.moe/kpop/stream,https://listen.moe/kpop/fallback", value_parser = Addresses::http)]
    pub listen_moe_kpop_stream: Addresses,

    /// Token of a LISTEN.moe account; the bot needs none.
    #[arg(long, env, hide_env_values = true, value_name = "TOKEN", value_parser = token)]
    pub listen_moe_token: Option<SecretString>,

    /// WebSocket of Lanyard, which knows the presences: compressed, or as it is without `compression`.
    #[arg(long, env, hide_env_values = true, value_name = "URL", default_value = "wss://api.lanyard.rest/socket?compression=zlib_json", value_parser = Address::web_socket)]
    pub lanyard_socket: Address,

    /// Whose presences to hold, as `ID,ID,…`; by default everyone's on Lanyard.
    #[arg(long, env, hide_env_values = true, value_name = "ID,ID,…", value_delimiter = ',', value_parser = user_id)]
    pub lanyard_users: Vec<u64>,

    /// How often to ask Lanyard for everyone anew, in minutes, up to a quarter sooner or later: who has
    /// left Lanyard is forgotten then.
    #[arg(long, env, hide_env_values = true, value_name = "MINUTES", default_value = "360", value_parser = value_parser!(u32).range(1..=10_080))]
    pub lanyard_refresh: u32,

    /// Largest message to take from Lanyard, in megabytes as they come over the wire.
    #[arg(long, env, hide_env_values = true, value_name = "MB", default_value = "2048", value_parser = value_parser!(u32).range(1..))]
    pub lanyard_max_message: u32,

    /// Largest message to take from Lanyard, in megabytes once it is decompressed.
    #[arg(long, env, hide_env_values = true, value_name = "MB", default_value = "8192", value_parser = value_parser!(u32).range(1..))]
    pub lanyard_max_inflated: u32,

    /// Largest presence to hold, in kilobytes without its key-values.
    #[arg(long, env, hide_env_values = true, value_name = "KB", default_value = "64", value_parser = value_parser!(u32).range(1..=16_000))]
    pub lanyard_max_presence: u32,

    /// Memory for all presences together, in megabytes: what comes beyond is not held.
    #[arg(long, env, hide_env_values = true, value_name = "MB", default_value = "1024", value_parser = value_parser!(u32).range(1..))]
    pub lanyard_max_memory: u32,

    /// How deep a message from Lanyard may be nested.
    #[arg(long, env, hide_env_values = true, value_name = "LEVELS", default_value = "64", value_parser = value_parser!(u8).range(8..=100))]
    pub lanyard_max_nesting: u8,

    /// Address and port for `/healthz` and `/metrics`, which have no password: keep them private.
    #[arg(long, env, hide_env_values = true, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8720", value_parser = socket_address)]
    pub http_listen: SocketAddr,

    /// What to log, e.g. `info`, `debug` or `info,uguisu=debug`.
    #[arg(long, env, hide_env_values = true, value_name = "FILTER", default_value = "info,serenity=warn,songbird=warn", value_parser = log_filter)]
    pub log: String,

    /// How to write the log: for people or for machines.
    #[arg(
        long,
        env,
        hide_env_values = true,
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

/// How log lines are written to standard error.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// A line that people read.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What was asked for on the command line.
#[derive(Clone, Debug)]
pub enum Task {
    /// To be the bot.
    Run(Box<Config>),
    /// To ask the one that listens there how it is.
    Healthcheck(SocketAddr),
    /// To copy the settings to a new file, also while the bot runs.
    Backup {
        /// [`Config::database_url`].
        database_url: String,
        /// The new file.
        to: PathBuf,
    },
}

const HEALTHCHECK: &str = "healthcheck";
const BACKUP: &str = "backup";
const BACKUP_PATH: &str = "path";

impl Config {
    /// Reads `.env` when the working directory has one, then the environment and `args` (the
    /// first of which is the program's name).
    ///
    /// Must be called before any thread is started: `.env` is merged into the environment.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] names the variable that is missing or wrong;
    /// [`ConfigError::Answered`] means that the text is what was asked for (`--help`).
    pub fn load(args: impl IntoIterator<Item = OsString>) -> Result<Task, ConfigError> {
        load_env_file(Path::new(".env"))?;
        // `NAME=` in a file or a compose file means "not set", not "set to nothing".
        let command = Self::command().mut_args(|arg| {
            let value = arg.get_env().and_then(std::env::var_os);
            if value.is_some_and(|value| value.is_empty()) {
                arg.env(None)
            } else {
                arg
            }
        });
        Self::parse(command, args)
    }

    fn parse(
        command: Command,
        args: impl IntoIterator<Item = OsString>,
    ) -> Result<Task, ConfigError> {
        let healthcheck = Command::new(HEALTHCHECK)
            .about("Ask the bot that runs on HTTP_LISTEN whether it is ready: 0 if so, 1 if not")
            .disable_help_flag(true);
        let backup = Command::new(BACKUP)
            .about(
                "Copy the settings in DATABASE_URL to the new file PATH, also while the bot runs",
            )
            .disable_help_flag(true)
            .arg(
                Arg::new(BACKUP_PATH)
                    .value_name("PATH")
                    .required(true)
                    .value_parser(value_parser!(PathBuf)),
            );
        command
            .subcommand(healthcheck)
            .subcommand(backup)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
            .try_get_matches_from(args)
            .and_then(|matches| Self::task(&matches))
            .map_err(|error| ConfigError::from_clap(&error))
    }

    fn task(matches: &ArgMatches) -> Result<Task, clap::Error> {
        match matches.subcommand() {
            Some((HEALTHCHECK, _)) => required(matches, "http_listen").map(Task::Healthcheck),
            Some((_, backup)) => Ok(Task::Backup {
                database_url: required(matches, "database_url")?,
                to: required(backup, BACKUP_PATH)?,
            }),
            None => Self::from_arg_matches(matches).map(|config| Task::Run(config.into())),
        }
    }

    /// Where and when the settings are to be copied, if at all.
    pub fn backups(&self) -> Option<Backups> {
        let every = Duration::from_hours(self.backup_hours.into());
        let directory = match &self.backup_directory {
            Some(directory) => directory.clone(),
            None => database_file(&self.database_url)?.with_file_name("backups"),
        };
        (!every.is_zero()).then_some(Backups {
            directory,
            every,
            keep: self.backup_keep,
        })
    }

    /// Whose presences to ask Lanyard for.
    pub fn lanyard_subscription(&self) -> Subscription {
        if self.lanyard_users.is_empty() {
            return Subscription::Everyone;
        }
        let mut users = self.lanyard_users.clone();
        users.sort_unstable();
        users.dedup();
        Subscription::Users(users)
    }

    /// How often to ask Lanyard for everyone anew.
    pub fn lanyard_refresh(&self) -> Duration {
        Duration::from_mins(self.lanyard_refresh.into())
    }

    /// How much to take of Lanyard.
    pub fn lanyard_limits(&self) -> Limits {
        Limits {
            message: u64::from(self.lanyard_max_message) * 1_000_000,
            inflated: u64::from(self.lanyard_max_inflated) * 1_000_000,
            presence: self.lanyard_max_presence as usize * 1000,
            nesting: self.lanyard_max_nesting.into(),
            memory: self.lanyard_max_memory as usize * 1_000_000,
        }
    }

    /// The metadata gateway of a station.
    pub fn listen_moe_gateway(&self, station: Station) -> &Address {
        match station {
            Station::Jpop => &self.listen_moe_jpop_gateway,
            Station::Kpop => &self.listen_moe_kpop_gateway,
        }
    }

    /// The audio streams of a station, the preferred one first.
    pub fn listen_moe_stream(&self, station: Station) -> &Addresses {
        match station {
            Station::Jpop => &self.listen_moe_jpop_stream,
            Station::Kpop => &self.listen_moe_kpop_stream,
        }
    }
}

/// An argument that has a default or is required: clap has seen to it that it is there.
fn required<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    name: &str,
) -> Result<T, clap::Error> {
    matches
        .get_one(name)
        .cloned()
        .ok_or_else(|| clap::Error::new(ErrorKind::MissingRequiredArgument))
}

fn load_env_file(path: &Path) -> Result<(), ConfigError> {
    match dotenvy::from_path(path) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // dotenvy's own message quotes the line, which may hold a token.
        Err(dotenvy::Error::Io(error)) => Err(ConfigError::wrong(".env", &error)),
        Err(_) => Err(ConfigError::wrong(
            ".env",
            &"a line is not of the form NAME=value; put quotes around values with spaces",
        )),
    }
}

/// A token goes into HTTP headers and JSON: visible ASCII, nothing else.
fn token(text: &str) -> Result<SecretString, &'static str> {
    let text = text.trim();
    let text = text.strip_prefix("Bot ").unwrap_or(text);
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    if text.is_empty() {
        Err("it is empty")
    } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.into())
    } else {
        Err("a token has no spaces and only ASCII characters")
    }
}

fn user_id(text: &str) -> Result<u64, &'static str> {
    match text.trim().parse() {
        Ok(0) | Err(_) => Err("expected ids of Discord users, with commas between them"),
        Ok(id) => Ok(id),
    }
}

fn database_url(text: &str) -> Result<String, &'static str> {
    let path = text
        .trim()
        .strip_prefix("sqlite:")
        .ok_or("expected `sqlite://` and the path of a file")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.split('?').next().is_none_or(str::is_empty) {
        return Err("expected the path of a file after `sqlite://`");
    }
    SqliteConnectOptions::from_str(text.trim())
        .map_err(|_| "not an address that SQLite understands")?;
    Ok(text.trim().to_owned())
}

/// The file of a database; one that lives in memory has none.
fn database_file(url: &str) -> Option<PathBuf> {
    let options = SqliteConnectOptions::from_str(url).ok()?;
    let file = options.get_filename().to_owned();
    (!url.contains(":memory:") && !url.contains("mode=memory")).then_some(file)
}

fn hours(text: &str) -> Result<u32, &'static str> {
    text.trim()
        .parse()
        .map_err(|_| "expected a number of hours, such as `24`, or 0 for none")
}

fn at_least_one(text: &str) -> Result<NonZeroU32, &'static str> {
    text.trim()
        .parse()
        .map_err(|_| "expected a number, at least 1")
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    // Alone, a word that is no level would be the name of a module, and nothing else be logged.
    let names_a_level = |part: &str| {
        let part = part.trim();
        part.contains(['=', '[']) || part.parse::<LevelFilter>().is_ok()
    };
    EnvFilter::try_new(text)
        .ok()
        .filter(|_| text.split(',').any(names_a_level))
        .map(|_| text.to_owned())
        .ok_or("expected a level such as `info`, or a list such as `info,uguisu=debug`")
}

fn socket_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.trim()
        .parse()
        .map_err(|_| "expected an IP address and a port, such as `127.0.0.1:8720`")
}
