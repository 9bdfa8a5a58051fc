//! Simulated people use commands, buttons, selects and modals, and wait for the answer.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::{Answer, AnyId, Problem, body, view};
use crate::discord::Discord;
use crate::world::interaction::ACKNOWLEDGE_MS;
use crate::world::{Ask, Asked, Progress};

/// How long a deferred answer is waited for unless the request says otherwise.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest that a request may wait.
const LONGEST: Duration = Duration::from_mins(15);

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/control/interactions", post(command))
        .route("/control/autocomplete", post(autocomplete))
        .route("/control/components", post(component))
        .route("/control/modals", post(modal))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandRequest {
    command: String,
    #[serde(default)]
    options: Option<Map<String, Value>>,
    /// The user or message in whose menu the command is.
    target: Option<AnyId>,
    user: Option<AnyId>,
    guild: Option<AnyId>,
    channel: Option<AnyId>,
    application: Option<AnyId>,
    focused: Option<String>,
    wait_ms: Option<u64>,
}

impl CommandRequest {
    fn ask(&self) -> Ask {
        Ask {
            application: self.application.map(|id| id.0),
            user: self.user.map(|id| id.0),
            guild: self.guild.map(|id| id.0),
            channel: self.channel.map(|id| id.0),
        }
    }
}

async fn command(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: CommandRequest = body(&bytes)?;
    if request.focused.is_some() {
        return Err(Problem::bad("focused belongs to /control/autocomplete"));
    }
    let options = request.options.clone().unwrap_or_default();
    if request.target.is_some() && !options.is_empty() {
        return Err(Problem::bad("commands of a menu have no options"));
    }
    let asked = discord.with(|world| match request.target {
        Some(target) => world.ask_menu(&request.ask(), &request.command, target.0),
        None => world.ask_command(&request.ask(), &request.command, &options, None),
    })?;
    answered(&discord, asked, request.wait_ms).await
}

async fn autocomplete(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: CommandRequest = body(&bytes)?;
    let focused = request
        .focused
        .clone()
        .ok_or_else(|| Problem::bad("focused is missing"))?;
    let options = request.options.clone().unwrap_or_default();
    let asked = discord.with(|world| {
        world.ask_command(&request.ask(), &request.command, &options, Some(&focused))
    })?;
    let progress = acknowledged(asked).await?.0;
    Ok(Json(json!({
        "acknowledged_ms": progress.acknowledged_ms,
        "choices": progress.choices,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentRequest {
    message: AnyId,
    custom_id: String,
    user: Option<AnyId>,
    #[serde(default)]
    values: Vec<Value>,
    wait_ms: Option<u64>,
}

async fn component(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: ComponentRequest = body(&bytes)?;
    let asked = discord.with(|world| {
        let user = request.user.map(|id| id.0);
        world.ask_component(user, request.message.0, &request.custom_id, &request.values)
    })?;
    answered(&discord, asked, request.wait_ms).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModalRequest {
    interaction: AnyId,
    #[serde(default)]
    fields: Map<String, Value>,
    wait_ms: Option<u64>,
}

async fn modal(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: ModalRequest = body(&bytes)?;
    let asked = discord.with(|world| world.ask_modal(request.interaction.0, &request.fields))?;
    answered(&discord, asked, request.wait_ms).await
}

/// Waits the three seconds that an application has.
async fn acknowledged(mut asked: Asked) -> Result<(Progress, Asked), Problem> {
    let silent =
        || Problem::silent("the application did not acknowledge the interaction within 3 s");
    let limit = Duration::from_millis(ACKNOWLEDGE_MS);
    let progress = timeout(
        limit,
        asked
            .progress
            .wait_for(|progress| progress.acknowledged_ms.is_some()),
    )
    .await
    .map_err(|_| silent())?
    .map_err(|_| silent())?
    .clone();
    Ok((progress, asked))
}

/// Waits for the acknowledgement, then for an answer that is more than "is thinking".
async fn answered(discord: &Discord, asked: Asked, wait_ms: Option<u64>) -> Answer {
    let (id, channel) = (asked.id, asked.channel);
    let acknowledged = acknowledged(asked).await;
    let (progress, mut asked) = match acknowledged {
        Ok(found) => found,
        Err(problem) => {
            discord.with(|world| {
                world.tell(
                    "interaction",
                    json!({"id": id, "channel_id": channel, "state": "expired"}),
                );
            });
            return Err(problem);
        }
    };
    let limit = wait_ms.map_or(PATIENCE, Duration::from_millis).min(LONGEST);
    let progress = if progress.answered {
        progress
    } else {
        // Silence is told with what there is: `deferred` stays true.
        let waited = timeout(limit, asked.progress.wait_for(|progress| progress.answered))
            .await
            .map(|answered| answered.map(|progress| progress.clone()));
        match waited {
            Ok(Ok(answered)) => answered,
            _ => asked.progress.borrow().clone(),
        }
    };
    discord.with(|world| {
        let messages: Vec<Value> = progress
            .messages
            .iter()
            .filter_map(|id| world.message(channel, *id))
            .map(|message| view::message(world, message))
            .collect();
        let mut out = json!({
            "acknowledged_ms": progress.acknowledged_ms,
            "messages": messages,
            "interaction": id,
            "deferred": !progress.answered,
        });
        if let Some(modal) = &progress.modal {
            out["modal"] = modal.clone();
        }
        Ok(Json(out))
    })
}
