//! Messages of channels: <https://discord.com/developers/docs/resources/message>.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::Value;

use super::validate::message::{Body, CHANNEL_FLAGS, Referred};
use super::webhooks::checked_edit;
use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, no_content, number, ok, point};
use crate::discord::Discord;
use crate::world::message::kinds;
use crate::world::{
    Author, Channel, ChannelKind, Draft, Id, Message, Permissions as P, Reference, World, flags,
};

/// What was written before can only be deleted one by one.
const FORTNIGHT_MS: u64 = 14 * 24 * 60 * 60 * 1_000;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}/messages", get(list).post(create))
        .route(
            "/channels/{channel}/messages/bulk-delete",
            post(bulk_delete),
        )
        .route(
            "/channels/{channel}/messages/{message}",
            get(fetch).patch(edit).delete(delete),
        )
        .route(
            "/channels/{channel}/messages/{message}/crosspost",
            post(crosspost),
        )
}

async fn list(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=100, 50)?;
    let before = point(&query, "before")?;
    let after = point(&query, "after")?;
    let around = point(&query, "around")?;
    discord.with(|world| {
        let found = access::chat(world, channel, application)?;
        // Without it the list is simply empty.
        if !world
            .permissions(channel, application)
            .has(P::READ_MESSAGE_HISTORY)
        {
            return ok(Value::Array(Vec::new()));
        }
        let shown = found
            .messages
            .values()
            .filter(|message| !message.is_ephemeral());
        let mut messages: Vec<_> = match (before, after, around) {
            (Some(before), ..) => shown.rev().filter(|m| m.id < before).take(limit).collect(),
            (_, Some(after), _) => shown.filter(|m| m.id > after).take(limit).collect(),
            (.., Some(around)) => {
                let (older, newer): (Vec<_>, Vec<_>) = shown.partition(|m| m.id <= around);
                let older = older.into_iter().rev().take(limit / 2 + 1);
                older
                    .chain(newer.into_iter().take(limit / 2))
                    .take(limit)
                    .collect()
            }
            _ => shown.rev().take(limit).collect(),
        };
        messages.sort_by_key(|message| std::cmp::Reverse(message.id));
        let messages: Vec<Value> = messages
            .into_iter()
            .map(|m| world.message_json_for(m, Some(application)))
            .collect();
        ok(messages.into())
    })
}

fn render(world: &World, channel: Id, message: Id, viewer: Id) -> Answer {
    let message = seen(world, channel, message)?;
    ok(world.message_json_for(message, Some(viewer)))
}

/// A message that is there for everybody.
pub(super) fn seen(world: &World, channel: Id, message: Id) -> Result<&Message, ApiError> {
    let found = world.message(channel, message);
    found
        .filter(|found| !found.is_ephemeral())
        .ok_or_else(ApiError::unknown_message)
}

async fn create(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let body = Body::read(&payload, CHANNEL_FLAGS)?;
    discord.with(|world| {
        let found = access::chat(world, channel, application)?;
        if found.kind.is_forum() {
            return Err(ApiError::no_messages_in_forums());
        }
        if !found.kind.has_messages() {
            return Err(ApiError::no_text_channel());
        }
        let stranger = found.guild.is_none() && !world.share_a_guild(&found.recipients);
        if stranger {
            return Err(ApiError::no_mutual_guild());
        }
        if body.has_stickers {
            return Err(ApiError::invalid_sticker());
        }
        let needed = access::send_permission(found) | permissions_for(&body);
        access::unlocked_thread(world, channel, application)?;
        let found = access::channel(world, channel, application, needed)?;
        let is_recording = body.flags & flags::IS_VOICE_MESSAGE != 0;
        let has = world.permissions(channel, application);
        if is_recording && !has.has(P::SEND_VOICE_MESSAGES) {
            return Err(ApiError::no_voice_messages());
        }
        let forwards = body.reference.is_some_and(|reference| reference.forwards);
        if body.is_empty() && !forwards {
            return Err(ApiError::empty_message());
        }
        let reference = body.reference;
        let mut draft = body.into_draft();
        draft.application = Some(application);
        match reference {
            Some(reference) if reference.forwards => {
                forward(world, application, reference, &mut draft)?;
            }
            Some(reference) => reply(world, found, application, reference, &mut draft)?,
            None => {}
        }
        let message = world
            .create_message(channel, Author::User(application), draft)
            .ok_or_else(ApiError::unknown_channel)?;
        render(world, channel, message, application)
    })
}

/// What a message needs beside the right to send one.
pub(super) fn permissions_for(body: &Body) -> P {
    let has_embeds = body.embeds.as_ref().is_some_and(|list| !list.is_empty());
    [
        (has_embeds, P::EMBED_LINKS),
        (!body.attachments.uploads.is_empty(), P::ATTACH_FILES),
        (body.tts, P::SEND_TTS_MESSAGES),
        (body.poll.is_some(), P::SEND_POLLS),
    ]
    .into_iter()
    .filter(|(wanted, _)| *wanted)
    .fold(P::NONE, |all, (_, permission)| all | permission)
}

/// Makes a message a reply to another of its channel.
fn reply(
    world: &World,
    channel: &Channel,
    me: Id,
    to: Referred,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    if !world
        .permissions(channel.id, me)
        .has(P::READ_MESSAGE_HISTORY)
    {
        return Err(ApiError::no_history_to_reply());
    }
    let is_here = to.channel.is_none_or(|other| other == channel.id);
    let found = seen(world, channel.id, to.message).ok();
    let wrong = match found.filter(|_| is_here) {
        None if !to.must_exist => return Ok(()),
        None => ("REPLIES_UNKNOWN_MESSAGE", "Unknown message"),
        Some(found) if found.is_system() => (
            "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
            "Cannot reply to a system message",
        ),
        Some(found) => {
            draft.kind = kinds::REPLY;
            draft.reference = Some(Reference {
                channel: found.channel,
                message: found.id,
            });
            return Ok(());
        }
    };
    Err(ApiError::field("message_reference", wrong.0, wrong.1))
}

/// Makes a message a forward of another, of any channel that the bot can read:
/// <https://discord.com/developers/docs/resources/message#message-reference-types>.
fn forward(world: &World, me: Id, of: Referred, draft: &mut Draft) -> Result<(), ApiError> {
    let channel = of.channel.ok_or_else(ApiError::unknown_channel)?;
    access::chat(world, channel, me)?;
    if !world.permissions(channel, me).has(P::READ_MESSAGE_HISTORY) {
        return Err(ApiError::no_history_to_refer());
    }
    let found = seen(world, channel, of.message)?;
    if found.is_system() || found.poll.is_some() {
        return Err(ApiError::invalid_message_type());
    }
    if !world.can_read(me, found) {
        return Err(ApiError::unreadable_forward());
    }
    draft.flags |= flags::HAS_SNAPSHOT;
    draft.snapshot = Some(world.snapshot_json(found));
    draft.reference = Some(Reference {
        channel,
        message: found.id,
    });
    Ok(())
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        access::channel(world, channel, application, P::READ_MESSAGE_HISTORY)?;
        render(world, channel, message, application)
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, message]): Ids<2>,
    payload: Payload,
) -> Answer {
    discord.with(|world| {
        access::chat(world, channel, application)?;
        let found = seen(world, channel, message)?;
        if !matches!(found.author, Author::User(user) if user == application) {
            return Err(ApiError::not_the_author());
        }
        access::open_thread(world, channel)?;
        let edit = checked_edit(world, channel, message, &payload)?;
        world.edit_message(channel, message, edit);
        render(world, channel, message, application)
    })
}

async fn delete(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        access::chat(world, channel, application)?;
        let found = seen(world, channel, message)?;
        let is_own = matches!(found.author, Author::User(user) if user == application);
        let needed = if is_own { P::NONE } else { P::MANAGE_MESSAGES };
        access::channel(world, channel, application, needed)?;
        world.delete_message(channel, message);
        no_content()
    })
}

/// Between 2 and 100 messages, none older than two weeks.
async fn bulk_delete(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let messages = payload.read(|fields| {
        if fields.get("messages").is_none() {
            fields.required("messages");
        }
        let most = usize::MAX;
        fields.snowflakes("messages", 0..=most).unwrap_or_default()
    })?;
    if !(2..=100).contains(&messages.len()) {
        return Err(ApiError::wrong_number_to_delete());
    }
    discord.with(|world| {
        let found = access::chat(world, channel, application)?;
        if found.guild.is_none() {
            return Err(ApiError::not_in_dm());
        }
        access::channel(world, channel, application, P::MANAGE_MESSAGES)?;
        let oldest = world.now_ms().saturating_sub(FORTNIGHT_MS);
        if messages.iter().any(|message| message.unix_ms() < oldest) {
            return Err(ApiError::too_old_to_delete());
        }
        world.delete_messages(channel, &messages);
        no_content()
    })
}

async fn crosspost(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, message]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, P::SEND_MESSAGES)?;
        if found.kind != ChannelKind::Announcement {
            return Err(ApiError::wrong_channel_type());
        }
        let target = found
            .messages
            .get(&message)
            .ok_or_else(ApiError::unknown_message)?;
        let is_own = matches!(target.author, Author::User(user) if user == application);
        if target.flags & flags::CROSSPOSTED != 0 {
            return Err(ApiError::already_crossposted());
        }
        let needed = if is_own { P::NONE } else { P::MANAGE_MESSAGES };
        access::channel(world, channel, application, needed)?;
        world.crosspost(channel, message);
        render(world, channel, message, application)
    })
}
