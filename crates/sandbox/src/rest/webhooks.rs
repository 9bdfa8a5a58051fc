//! Webhooks of channels, and the follow-ups of interactions, which are sent the same way:
//! <https://discord.com/developers/docs/resources/webhook>.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query as AxumQuery, State};
use axum::routing::{get, post};
use rand::Rng;
use serde_json::Value;

use super::form::Fields;
use super::users::image;
use super::validate::message::{ANSWER_FLAGS, Body, PLAIN_FLAGS, username};
use super::{
    Answer, ApiError, Caller, Ids, Payload, Query, access, id, interactions, is_on, no_content, ok,
};
use crate::discord::Discord;
use crate::world::{
    Allowed, Author, ChannelKind, Edit, Id, Permissions, Webhook, World, flags, webhook_json,
};

/// Webhooks that a channel may have.
const PER_CHANNEL: usize = 15;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}/webhooks", get(of_channel).post(create))
        .route("/guilds/{guild}/webhooks", get(of_guild))
        .route("/webhooks/{webhook}", get(fetch).patch(edit).delete(remove))
        .route(
            "/webhooks/{webhook}/{token}",
            post(execute)
                .get(fetch_with_token)
                .patch(edit_with_token)
                .delete(remove_with_token),
        )
        .route(
            "/webhooks/{webhook}/{token}/messages/{message}",
            get(get_message).patch(edit_message).delete(delete_message),
        )
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
                let draft = body.into_draft();
                let message = interactions::write(world, interaction, draft)
                    .ok_or_else(ApiError::unknown_channel)?;
                world.progress(interaction, |progress| progress.messages.push(message));
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
            let channel = place(world, found.channel, &query)?;
            let mut draft = body.into_draft();
            draft.application = application;
            let message = world
                .create_message(channel, Author::Webhook { id: webhook, name }, draft)
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
pub(super) fn checked_edit(
    world: &World,
    channel: Id,
    message: Id,
    payload: &Payload,
) -> Result<Edit, ApiError> {
    let old = world
        .message(channel, message)
        .ok_or_else(ApiError::unknown_message)?;
    let edit = Body::read_edit(payload, PLAIN_FLAGS, old)?.into_edit();
    let content = edit.content.as_ref().unwrap_or(&old.content);
    let seen = [
        (&edit.embeds, &old.embeds),
        (&edit.components, &old.components),
    ]
    .into_iter()
    .any(|(new, old)| !new.as_ref().unwrap_or(old).is_empty())
        || edit.attachments.leave_some(&old.attachments);
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

fn webhook_name(fields: &Fields<'_>, is_required: bool) -> Option<String> {
    let name = if is_required {
        fields.required_text("name", 1..=80)?
    } else {
        fields.text("name", 1..=80)?
    };
    username(fields, "name", name);
    Some(name.trim().to_owned())
}

async fn create(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let name = payload.read(|fields| {
        image(fields, "avatar");
        webhook_name(fields, true)
    })?;
    let base = discord.context().http();
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
        let guild = found.guild.ok_or_else(ApiError::wrong_channel_type)?;
        if !takes_webhooks(found.kind) {
            return Err(ApiError::wrong_channel_type());
        }
        if world
            .webhooks
            .values()
            .filter(|hook| hook.channel == channel)
            .count()
            >= PER_CHANNEL
        {
            return Err(ApiError::too_many_webhooks());
        }
        let new = world.next_id();
        let webhook = Webhook {
            id: new,
            token: secret(),
            name: name.unwrap_or_default(),
            channel,
            guild,
            creator: application,
            application: Some(application),
        };
        let json = webhook_json(world, &webhook, &base);
        world.add_webhook(webhook);
        ok(json)
    })
}

/// A token of 68 characters, as Discord's are.
fn secret() -> String {
    use base64::Engine;
    let mut bytes = [0_u8; 51];
    rand::rng().fill(&mut bytes[..]);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

async fn of_channel(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
        let hooks = world
            .webhooks
            .values()
            .filter(|hook| hook.channel == channel);
        ok(hooks
            .map(|hook| webhook_json(world, hook, &base))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn of_guild(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        access::guild(world, guild, application)?;
        if !world
            .guild_permissions(guild, application)
            .has(Permissions::MANAGE_WEBHOOKS)
        {
            return Err(ApiError::missing_permissions());
        }
        let hooks = world.webhooks.values().filter(|hook| hook.guild == guild);
        ok(hooks
            .map(|hook| webhook_json(world, hook, &base))
            .collect::<Vec<Value>>()
            .into())
    })
}

/// A webhook in a channel whose webhooks the caller manages.
fn owned(world: &World, webhook: Id, me: Id) -> Result<&Webhook, ApiError> {
    let found = world.webhooks.get(&webhook);
    let found = found.ok_or_else(ApiError::unknown_webhook)?;
    access::channel(world, found.channel, me, Permissions::MANAGE_WEBHOOKS)?;
    Ok(found)
}

/// Voice channels and stages have a chat too.
fn takes_webhooks(kind: ChannelKind) -> bool {
    kind != ChannelKind::Category && !kind.is_thread()
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        let found = owned(world, webhook, application)?;
        ok(webhook_json(world, found, &base))
    })
}

async fn remove(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        owned(world, webhook, application)?;
        world.remove_webhook(webhook);
        no_content()
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
    payload: Payload,
) -> Answer {
    let (name, channel) = payload.read(|fields| {
        image(fields, "avatar");
        (webhook_name(fields, false), fields.snowflake("channel_id"))
    })?;
    let base = discord.context().http();
    discord.with(|world| {
        let found = owned(world, webhook, application)?;
        if let Some(channel) = channel {
            let guild = found.guild;
            let place = access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
            if place.guild != Some(guild) || !takes_webhooks(place.kind) {
                return Err(ApiError::wrong_channel_type());
            }
        }
        world.edit_webhook(webhook, name, channel);
        let found = world.webhooks.get(&webhook);
        let found = found.ok_or_else(ApiError::unknown_webhook)?;
        ok(webhook_json(world, found, &base))
    })
}

/// Who only has the token does not learn who made it.
fn anonymous(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.remove("user");
    }
    json
}

async fn edit_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
    payload: Payload,
) -> Answer {
    let name = payload.read(|fields| {
        image(fields, "avatar");
        webhook_name(fields, false)
    })?;
    let base = discord.context().http();
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            world.edit_webhook(webhook, name, None);
            let found = world.webhooks.get(&webhook);
            let found = found.ok_or_else(ApiError::unknown_webhook)?;
            ok(anonymous(webhook_json(world, found, &base)))
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}

async fn fetch_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            let found = world.webhooks.get(&webhook);
            let found = found.ok_or_else(ApiError::unknown_webhook)?;
            ok(anonymous(webhook_json(world, found, &base)))
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}

async fn remove_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
) -> Answer {
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            world.remove_webhook(webhook);
            no_content()
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}
