//! Webhooks of channels, and the follow-ups of interactions, which are sent the same way:
//! <https://discord.com/developers/docs/resources/webhook>.
//!
//! | module | subject |
//! | --- | --- |
//! | `manage` | webhooks are made, changed and deleted |
//! | `messages` | what is sent through them, and through the tokens of interactions |

mod manage;
mod messages;

use axum::Router;

use super::{ApiError, id};
use crate::discord::Discord;
use crate::world::{Id, World};

pub(super) use messages::checked_edit;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .merge(manage::routes())
        .merge(messages::routes())
}

/// What a webhook's address leads to.
enum Target {
    /// An interaction that was acknowledged.
    Interaction(Id),
    /// A webhook of a channel.
    Webhook(Id),
}

fn target(world: &World, webhook: &str, token: &str) -> Result<Target, ApiError> {
    let webhook = id("webhook_id", webhook)?;
    if world.applications.contains_key(&webhook) {
        let found = world
            .interaction_of_token(token)
            .filter(|found| found.application == webhook)
            .ok_or_else(ApiError::invalid_webhook_token)?;
        if found.callback.is_none() {
            return Err(ApiError::unknown_webhook());
        }
        if found.has_expired(world.now_ms()) {
            return Err(ApiError::invalid_webhook_token());
        }
        return Ok(Target::Interaction(found.id));
    }
    let found = world
        .webhooks
        .get(&webhook)
        .ok_or_else(ApiError::unknown_webhook)?;
    if found.token != token {
        return Err(ApiError::invalid_webhook_token());
    }
    Ok(Target::Webhook(webhook))
}
