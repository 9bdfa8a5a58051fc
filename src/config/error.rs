//! What is wrong with the configuration, in one line that names the variable and no value.

use std::{error::Error as _, fmt::Display};

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Something is missing or wrong: one line, for standard error, exit code 2.
    #[error("{0}")]
    Wrong(String),
    /// `--help` or `--version` was asked for: the text, for standard output, exit code 0.
    #[error("{0}")]
    Answered(String),
}

impl ConfigError {
    pub(super) fn wrong(name: &str, why: &dyn Display) -> Self {
        Self::Wrong(format!("{name}: {why}"))
    }

    /// clap's own messages span lines and quote values, so this takes only the names from it.
    pub(super) fn from_clap(error: &clap::Error) -> Self {
        let argument = || match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(name)) => Some(name.clone()),
            Some(ContextValue::Strings(names)) => Some(names.join(" ")),
            _ => None,
        };
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Self::Answered(error.render().to_string())
            }
            ErrorKind::MissingRequiredArgument => {
                let argument = argument().unwrap_or_else(|| "configuration".into());
                if let Some(typed) = argument.strip_prefix('<') {
                    Self::wrong(typed.trim_end_matches('>'), &"is missing; see --help")
                } else {
                    let why = "is not set, and the bot cannot start without it";
                    Self::wrong(&variable(&argument), &why)
                }
            }
            ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
                let name = argument().map_or_else(|| "configuration".into(), |a| variable(&a));
                let choices = match error.get(ContextKind::ValidValue) {
                    Some(ContextValue::Strings(values)) => values.join(" or "),
                    _ => String::new(),
                };
                match error.source() {
                    Some(why) => Self::wrong(&name, &why),
                    None if !choices.is_empty() => {
                        Self::wrong(&name, &format!("expected {choices}"))
                    }
                    None => Self::wrong(&name, &"it is empty"),
                }
            }
            ErrorKind::ArgumentConflict => {
                let name = argument().map_or_else(|| "a flag".into(), |a| variable(&a));
                Self::wrong(&name, &"was given more than once")
            }
            ErrorKind::InvalidUtf8 => Self::Wrong("configuration: a value is not UTF-8".into()),
            // Whatever was typed could be a token in the wrong place: name only what is a flag.
            _ => match argument().filter(|name| name.starts_with('-')) {
                Some(flag) => {
                    let flag = flag.split('=').next().unwrap_or_default();
                    Self::Wrong(format!("{flag}: there is no such flag; see --help"))
                }
                None => Self::Wrong(
                    "only flags, `healthcheck` and `backup` are expected; see --help".into(),
                ),
            },
        }
    }
}

/// `--discord-token <TOKEN>` is the variable `DISCORD_TOKEN`.
fn variable(argument: &str) -> String {
    let flag = argument.split([' ', '=']).next().unwrap_or_default();
    flag.trim_start_matches('-')
        .replace('-', "_")
        .to_uppercase()
}
