//! Callbacks of interactions:
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction>.

use axum::Router;
use axum::extract::{Path, Query as AxumQuery, State};
use axum::routing::post;
use serde_json::{Value, json};

use super::form::Check;
use super::validate::message::{ANSWER_FLAGS, Body};
use super::validate::{command, modal};
use super::{Answer, ApiError, Payload, Query, id, is_on, no_content, ok};
use crate::discord::Discord;
use crate::world::interaction::kind;
use crate::world::message::{Reference, Source};
use crate::world::{Author, Draft, Edit, Id, Interaction, World, flags};

/// Types of callback.
mod callback {
    pub(super) const PONG: i64 = 1;
    pub(super) const MESSAGE: i64 = 4;
    pub(super) const DEFERRED_MESSAGE: i64 = 5;
    pub(super) const DEFERRED_UPDATE: i64 = 6;
    pub(super) const UPDATE: i64 = 7;
    pub(super) const CHOICES: i64 = 8;
    pub(super) const MODAL: i64 = 9;
}

pub(super) fn routes() -> Router<Discord> {
    Router::new().route("/interactions/{interaction}/{token}/callback", post(answer))
}

async fn answer(
    State(discord): State<Discord>,
    Path((interaction, token)): Path<(String, String)>,
    AxumQuery(query): Query,
    payload: Payload,
) -> Answer {
    let interaction = id("interaction_id", &interaction)?;
    let with_response = is_on(query.get("with_response"));
    discord.with(|world| {
        let now = world.now_ms();
        let found = world
            .interaction(interaction)
            .filter(|found| found.token == token)
            .ok_or_else(ApiError::unknown_interaction)?;
        // What is wrong with the body is told before what is wrong with the interaction.
        let wanted = read(found, &payload, world)?;
        let found = world
            .interaction(interaction)
            .ok_or_else(ApiError::unknown_interaction)?;
        if found.callback.is_some() {
            return Err(ApiError::already_acknowledged());
        }
        if found.has_expired(now) {
            return Err(ApiError::unknown_interaction());
        }
        let message = apply(world, interaction, wanted);
        if with_response {
            ok(response_json(world, interaction, message))
        } else {
            no_content()
        }
    })
}

/// A callback that was checked.
enum Wanted {
    Message(Box<Draft>),
    DeferredMessage(u64),
    DeferredUpdate,
    Update(Box<Edit>),
    Choices(Value),
    Modal(Value),
}

fn read(found: &Interaction, payload: &Payload, world: &World) -> Result<Wanted, ApiError> {
    let check = Check::default();
    let given = check.object(&payload.json, "").and_then(|fields| {
        if fields.get("type").is_none() {
            fields.required("type");
        }
        let has_message = found.message.is_some();
        // Each kind of interaction has its answers.
        let choices: &[i64] = match found.kind {
            kind::AUTOCOMPLETE => &[callback::CHOICES],
            kind::MODAL if has_message => &[
                callback::MESSAGE,
                callback::DEFERRED_MESSAGE,
                callback::DEFERRED_UPDATE,
                callback::UPDATE,
            ],
            // Closes the modal; what is said follows.
            kind::MODAL => &[
                callback::MESSAGE,
                callback::DEFERRED_MESSAGE,
                callback::DEFERRED_UPDATE,
            ],
            kind::COMPONENT => &[
                callback::MESSAGE,
                callback::DEFERRED_MESSAGE,
                callback::DEFERRED_UPDATE,
                callback::UPDATE,
                callback::MODAL,
            ],
            kind::COMMAND => &[
                callback::MESSAGE,
                callback::DEFERRED_MESSAGE,
                callback::MODAL,
            ],
            _ => &[callback::PONG],
        };
        fields.choice("type", choices)
    });
    check.finish()?;
    let empty = json!({});
    let data = Some(&payload.json["data"]).filter(|data| !data.is_null());
    match given.unwrap_or_default() {
        callback::MESSAGE => {
            let data = data.ok_or_else(|| {
                ApiError::field("data", "BASE_TYPE_REQUIRED", "This field is required")
            })?;
            let body = Body::of(data, &payload.files, "data", ANSWER_FLAGS, None)?;
            if body.is_empty() {
                return Err(ApiError::empty_message());
            }
            Ok(Wanted::Message(Box::new(body.quieter().into_draft())))
        }
        callback::DEFERRED_MESSAGE => {
            let body = Body::of(data.unwrap_or(&empty), &[], "data", ANSWER_FLAGS, None)?;
            Ok(Wanted::DeferredMessage(body.flags))
        }
        callback::DEFERRED_UPDATE => Ok(Wanted::DeferredUpdate),
        callback::UPDATE => {
            let old = found
                .message
                .and_then(|id| world.message(found.channel, id));
            let body = Body::of(
                data.unwrap_or(&empty),
                &payload.files,
                "data",
                ANSWER_FLAGS,
                old,
            )?;
            Ok(Wanted::Update(Box::new(body.quieter().into_edit())))
        }
        callback::CHOICES => {
            let check = Check::default();
            if let Some(data) = check.object(data.unwrap_or(&empty), "data") {
                command::autocomplete(&data);
            }
            check.finish()?;
            Ok(Wanted::Choices(payload.json["data"]["choices"].clone()))
        }
        _ => {
            let data = data.ok_or_else(|| {
                ApiError::field("data", "BASE_TYPE_REQUIRED", "This field is required")
            })?;
            Ok(Wanted::Modal(modal::read(data)?))
        }
    }
}

/// Does what the callback wants; the message that came of it.
fn apply(world: &mut World, interaction: Id, wanted: Wanted) -> Option<Id> {
    match wanted {
        Wanted::Message(draft) => {
            world.acknowledge(interaction, 4);
            let message = write(world, interaction, *draft)?;
            world.set_original(interaction, message);
            world.progress(interaction, |progress| progress.answered = true);
            Some(message)
        }
        Wanted::DeferredMessage(chosen) => {
            world.acknowledge(interaction, 5);
            let draft = Draft {
                flags: chosen | flags::LOADING,
                ..Draft::default()
            };
            let message = write(world, interaction, draft)?;
            world.set_original(interaction, message);
            Some(message)
        }
        Wanted::DeferredUpdate => {
            world.acknowledge(interaction, 6);
            let message = world.interaction(interaction)?.message?;
            world.set_original(interaction, message);
            Some(message)
        }
        Wanted::Update(edit) => {
            world.acknowledge(interaction, 7);
            let (channel, message) = {
                let found = world.interaction(interaction)?;
                (found.channel, found.message?)
            };
            world.edit_message(channel, message, *edit);
            world.set_original(interaction, message);
            world.progress(interaction, |progress| progress.answered = true);
            Some(message)
        }
        Wanted::Choices(choices) => {
            world.acknowledge(interaction, 8);
            world.progress(interaction, |progress| {
                progress.choices = Some(choices);
                progress.answered = true;
            });
            None
        }
        Wanted::Modal(modal) => {
            world.acknowledge(interaction, 9);
            world.progress(interaction, |progress| {
                progress.modal = Some(modal);
                progress.answered = true;
            });
            None
        }
    }
}

/// Writes a message that answers an interaction.
pub(super) fn write(world: &mut World, interaction: Id, mut draft: Draft) -> Option<Id> {
    let found = world.interaction(interaction)?;
    let is_command = found.kind == kind::COMMAND;
    let follows = found.original;
    draft.kind = match (follows, is_command) {
        (None, true) if found.menu => 23,
        (None, true) => 20,
        _ => 19,
    };
    draft.reference = follows.or(found.message).map(|message| Reference {
        channel: found.channel,
        message,
    });
    if draft.reference.is_none() && draft.kind == 19 {
        draft.kind = 0;
    }
    draft.application = Some(found.application);
    draft.source = Some(Source {
        interaction,
        kind: found.kind,
        user: found.user,
        name: found.name.clone(),
        owners: found.owners.clone(),
        interacted_message: found.message,
        original: follows,
        trigger: found.trigger.clone(),
    });
    let (channel, application) = (found.channel, found.application);
    if world.speaks_to_user_alone(channel, found.user, &found.owners) {
        draft.flags |= flags::EPHEMERAL;
    }
    world.create_message(channel, Author::User(application), draft)
}

/// `InteractionCallbackResponse`.
fn response_json(world: &World, interaction: Id, message: Option<Id>) -> Value {
    let Some(found) = world.interaction(interaction) else {
        return Value::Null;
    };
    let mut about = json!({"id": found.id, "type": found.kind, "channel_id": found.channel});
    if let Some(guild) = found.guild {
        about["guild_id"] = guild.json();
    }
    let mut out = json!({});
    if let Some(message) = message.and_then(|id| world.message(found.channel, id)) {
        about["response_message_id"] = message.id.json();
        about["response_message_loading"] = (message.flags & flags::LOADING != 0).into();
        about["response_message_ephemeral"] = message.is_ephemeral().into();
        if let Some(kind) = found.callback.filter(|kind| matches!(kind, 4 | 5 | 7)) {
            // A deferred message is answered as the message that it will be: by Discord's
            // description only 4 and 7 carry one.
            let kind = if kind == 5 { 4 } else { kind };
            out["resource"] = json!({"type": kind, "message": world.message_json(message)});
        }
    }
    out["interaction"] = about;
    out
}
