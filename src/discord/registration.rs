//! The commands as Discord has them: registered in one request, and only when they have changed.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::Value;
use serenity::{
    all::{ApplicationId, Command, CreateCommand},
    http::Http,
};
use tokio::time::sleep;
use tracing::{info, warn};

use super::{
    bot::{BotError, status},
    error::describe,
};
use crate::{language, link::Backoff, store::Store};

/// Discord's ids of the commands, once they are known. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Registered(Arc<OnceLock<HashMap<String, u64>>>);

impl Registered {
    /// The id of a command by its name, without a subcommand's.
    pub(super) fn id(&self, name: &str) -> Option<u64> {
        self.0.get()?.get(name).copied()
    }

    fn learn(&self, commands: &[Command]) {
        let ids = commands.iter().map(|it| (it.name.clone(), it.id.get()));
        // Learnt once a process.
        let _ = self.0.set(ids.collect());
    }
}

/// Registers every command in one request, which also removes those that are no more, unless
/// Discord has them already. Ends only when Discord will never take them.
pub(super) async fn run(
    http: &Http,
    application: ApplicationId,
    commands: &[CreateCommand],
    store: &Store,
    registered: &Registered,
) -> BotError {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(5));
    let bodies = bodies(commands);
    loop {
        let error = match register(http, application, &bodies, store).await {
            Ok(commands) => {
                registered.learn(&commands);
                return std::future::pending().await;
            }
            Err(error) => error,
        };
        let refused = status(&error).is_some_and(|status| {
            status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
        });
        if refused {
            return BotError::Commands(describe(&error));
        }
        let wait = backoff.next(&mut rand::rng());
        warn!(retry_in = ?wait, "commands could not be registered: {}", describe(&error));
        sleep(wait).await;
    }
}

async fn register(
    http: &Http,
    application: ApplicationId,
    bodies: &Value,
    store: &Store,
) -> serenity::Result<Vec<Command>> {
    let known = store.registration(application).await;
    let known = known.unwrap_or_else(|error| {
        warn!("commands are registered again: {error}");
        None
    });
    if let Some(known) = known {
        let commands = http.get_global_commands().await?;
        if fingerprint(bodies, &commands) == known {
            info!(
                commands = commands.len(),
                "commands are registered, and unchanged"
            );
            return Ok(commands);
        }
    }
    let commands = http.create_global_commands(bodies).await?;
    info!(commands = commands.len(), "commands are registered");
    let fingerprint = fingerprint(bodies, &commands);
    if let Err(error) = store.set_registration(application, &fingerprint).await {
        warn!("commands will be registered again at the next start: {error}");
    }
    Ok(commands)
}

/// Tells one state of what was sent and of what Discord has from any other: each change of a
/// command gives it another version.
fn fingerprint(bodies: &Value, commands: &[Command]) -> String {
    let mut versions: Vec<(u64, u64)> = commands
        .iter()
        .map(|command| (command.id.get(), command.version.get()))
        .collect();
    versions.sort_unstable();
    let text = format!("{bodies} {versions:?}");
    format!("{:016x}", crate::hash::stable(&text))
}

/// Commands as Discord's OpenAPI description has them: it wants permissions to be a number, where
/// serenity writes the text that Discord takes as well, and the bounds of integers to be integers,
/// where poise writes `5.0`. With what they are called in each language.
fn bodies(commands: &[CreateCommand]) -> Value {
    let mut bodies = serde_json::to_value(commands).unwrap_or_default();
    for body in bodies.as_array_mut().into_iter().flatten() {
        let bits = body["default_member_permissions"].as_str();
        if let Some(bits) = bits.and_then(|bits| bits.parse::<u64>().ok()) {
            body["default_member_permissions"] = bits.into();
        }
        whole_bounds(body);
    }
    language::localize(&mut bodies);
    bodies
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type>
const INTEGER: u8 = 4;

/// Writes the bounds of integers, in options and options of options, as integers.
fn whole_bounds(value: &mut Value) {
    for option in value["options"].as_array_mut().into_iter().flatten() {
        if option["type"] == INTEGER {
            for bound in ["min_value", "max_value"] {
                // Those that poise was given are small and whole.
                if let Some(text) = option[bound].as_f64().map(|bound| format!("{bound:.0}"))
                    && let Ok(whole) = text.parse::<i64>()
                {
                    option[bound] = whole.into();
                }
            }
        }
        whole_bounds(option);
    }
}
