//! What is sent through webhooks, and what follows the answer to an interaction.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query as AxumQuery, State};
use axum::routing::{get, post};

use super::{Target, target};
use crate::discord::Discord;
use crate::rest::validate::message::{ANSWER_FLAGS, Body, PLAIN_FLAGS};
use crate::rest::{
    Answer, ApiError, Payload, Query, forums, id, interactions, is_on, no_content, ok,
};
use crate::world::{Allowed, Author, Edit, Id, World, flags};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/webhooks/{webhook}/{token}", post(execute))
        .route(
            "/webhooks/{webhook}/{token}/messages/{message}",
            get(get_message).patch(edit_message).delete(delete_message),
        )
}

/// The message that a path names, if the webhook has written it.
fn message_of(
    world: &World,
    target: &Target,
    message: &str,
    query: &HashMap<String, String>,
) -> Result<(Id, Id), ApiError> {
    let (channel, written) = match target {
        Target::Interaction(interaction) => {
            let found = world
                .interaction(*interaction)
                .ok_or_else(ApiError::unknown_webhook)?;
            if message == "@original" {
                let original = found.original.ok_or_else(ApiError::unknown_message)?;
                (found.channel, original)
            } else {
                let wanted = id("message_id", message)?;
                let is_own = world.message(found.channel, wanted).is_some_and(|message| {
                    message.application == Some(found.application) && message.source.is_some()
                });
                if !is_own {
                    return Err(ApiError::unknown_message());
                }
                (found.channel, wanted)
            }
        }
        Target::Webhook(webhook) => {
            let found = world
                .webhooks
                .get(webhook)
                .ok_or_else(ApiError::unknown_webhook)?;
            let wanted = id("message_id", message)?;
            let channel = place(world, found.channel, query)?;
            let is_own = world.message(channel, wanted).is_some_and(
                |message| matches!(message.author, Author::Webhook { id, .. } if id == *webhook),
            );
            if !is_own {
                return Err(ApiError::unknown_message());
            }
            (channel, wanted)
        }
    };
    if world.message(channel, written).is_none() {
        return Err(ApiError::unknown_message());
    }
    Ok((channel, written))
}

fn render(world: &World, channel: Id, message: Id) -> Answer {
    let message = world
        .message(channel, message)
        .ok_or_else(ApiError::unknown_message)?;
    ok(world.message_json(message))
}

async fn execute(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
    AxumQuery(query): Query,
    payload: Payload,
) -> Answer {
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Interaction(interaction) => {
            let body = Body::read(&payload, ANSWER_FLAGS)?.quieter();
            if body.is_empty() {
                return Err(ApiError::empty_message());
            }
            let found = world
                .interaction(interaction)
                .ok_or_else(ApiError::unknown_webhook)?;
            let (channel, original) = (found.channel, found.original);
            let loading = original.filter(|id| {
                world
                    .message(channel, *id)
                    .is_some_and(|message| message.flags & flags::LOADING != 0)
            });
            // The first follow-up takes the place of "is thinking"; the deferral has decided
            // whether it is ephemeral.
            let message = if let Some(loading) = loading {
                world.edit_message(channel, loading, body.into_edit());
                loading
            } else {
                if found.has_said_enough() {
                    return Err(ApiError::too_many_follow_ups());
                }
                let draft = body.into_draft();
                let message = interactions::write(world, interaction, draft)
                    .ok_or_else(ApiError::unknown_channel)?;
                world.follow(interaction, message);
                message
            };
            world.progress(interaction, |progress| progress.answered = true);
            // Follow-ups are always answered with the message.
            render(world, channel, message)
        }
        Target::Webhook(webhook) => {
            let body = Body::read(&payload, PLAIN_FLAGS)?.quieter();
            if body.is_empty() {
                return Err(ApiError::empty_message());
            }
            let found = world
                .webhooks
                .get(&webhook)
                .ok_or_else(ApiError::unknown_webhook)?;
            let name = body.username.clone().unwrap_or_else(|| found.name.clone());
            let application = found.application;
            let avatar = body.avatar.clone();
            let channel = place(world, found.channel, &query)?;
            let tags = body.applied_tags.clone();
            let new_post = forums::webhook_post(world, channel, body.thread_name.as_deref(), tags)?;
            let mut draft = body.into_draft();
            draft.application = application;
            // Executing a webhook knows no nonce: what is sent twice is there twice.
            // https://discord.com/developers/docs/resources/webhook#execute-webhook-jsonform-params
            draft.nonce = None;
            let channel = match new_post {
                Some(post) => {
                    let thread = world.open_thread(channel, None, webhook, post);
                    draft.id = thread;
                    thread.ok_or_else(ApiError::unknown_channel)?
                }
                None => channel,
            };
            let author = Author::Webhook {
                id: webhook,
                name,
                avatar,
            };
            let message = world
                .create_message(channel, author, draft)
                .ok_or_else(ApiError::unknown_channel)?;
            if is_on(query.get("wait")) {
                render(world, channel, message)
            } else {
                no_content()
            }
        }
    })
}

/// Where a webhook writes: its channel, or a thread of it.
fn place(world: &World, channel: Id, query: &HashMap<String, String>) -> Result<Id, ApiError> {
    let Some(thread) = query.get("thread_id") else {
        return Ok(channel);
    };
    let thread = id("thread_id", thread)?;
    let found = world.channels.get(&thread);
    let fits = found.is_some_and(|found| found.thread.is_some() && found.parent == Some(channel));
    if fits {
        Ok(thread)
    } else {
        Err(ApiError::unknown_channel())
    }
}

async fn get_message(
    State(discord): State<Discord>,
    Path((webhook, token, message)): Path<(String, String, String)>,
    AxumQuery(query): Query,
) -> Answer {
    discord.with(|world| {
        let target = target(world, &webhook, &token)?;
        let (channel, message) = message_of(world, &target, &message, &query)?;
        render(world, channel, message)
    })
}

async fn edit_message(
    State(discord): State<Discord>,
    Path((webhook, token, message)): Path<(String, String, String)>,
    AxumQuery(query): Query,
    payload: Payload,
) -> Answer {
    discord.with(|world| {
        let target = target(world, &webhook, &token)?;
        let (channel, message) = message_of(world, &target, &message, &query)?;
        let mut edit = checked_edit(world, channel, message, &payload)?;
        edit.allowed.get_or_insert_with(Allowed::users_only);
        world.edit_message(channel, message, edit);
        if let Target::Interaction(interaction) = target {
            world.progress(interaction, |progress| progress.answered = true);
        }
        render(world, channel, message)
    })
}

/// Reads an edit and refuses one that would leave nothing to be seen.
pub(in crate::rest) fn checked_edit(
    world: &World,
    channel: Id,
    message: Id,
    payload: &Payload,
) -> Result<Edit, ApiError> {
    let old = world
        .message(channel, message)
        .ok_or_else(ApiError::unknown_message)?;
    if old.poll.is_some() {
        return Err(ApiError::poll_not_editable());
    }
    if old.flags & flags::IS_VOICE_MESSAGE != 0 {
        return Err(ApiError::voice_message_not_editable());
    }
    let edit = Body::read_edit(payload, PLAIN_FLAGS, old)?.into_edit();
    let content = edit.content.as_ref().unwrap_or(&old.content);
    let seen = [
        (&edit.embeds, &old.embeds),
        (&edit.components, &old.components),
    ]
    .into_iter()
    .any(|(new, old)| !new.as_ref().unwrap_or(old).is_empty())
        || edit.attachments.leave_some(&old.attachments)
        || edit.poll.is_some() && old.flags & flags::LOADING != 0
        || old.snapshot.is_some();
    if content.trim().is_empty() && !seen {
        return Err(ApiError::empty_message());
    }
    Ok(edit)
}

async fn delete_message(
    State(discord): State<Discord>,
    Path((webhook, token, message)): Path<(String, String, String)>,
    AxumQuery(query): Query,
) -> Answer {
    discord.with(|world| {
        let target = target(world, &webhook, &token)?;
        let (channel, message) = message_of(world, &target, &message, &query)?;
        world.delete_message(channel, message);
        no_content()
    })
}
