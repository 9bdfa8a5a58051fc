//! Forums and their posts:
//! <https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel>.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::messages::permissions_for;
use super::validate::message::{Body, PLAIN_FLAGS};
use super::{Answer, ApiError, Payload, access};
use crate::world::{
    Author, Channel, ChannelKind, Forum, Id, NewThread, Permissions as P, Tag, World, channel_flags,
};

/// The tags that a forum is to have: no two with one name, and none with an id that is not there.
pub(super) fn check_tags(old: Option<&Forum>, tags: Option<&[Tag]>) -> Result<(), ApiError> {
    let tags = tags.unwrap_or_default();
    for (index, tag) in tags.iter().enumerate() {
        if tags[..index].iter().any(|other| other.name == tag.name) {
            return Err(ApiError::tags_not_unique());
        }
        let is_known = old.is_some_and(|old| old.tags.iter().any(|other| other.id == tag.id));
        if tag.id != Id(0) && !is_known {
            return Err(ApiError::unknown_tag());
        }
    }
    Ok(())
}

/// The tags that a post is to have are the forum's; some are the moderators'.
pub(super) fn check_applied(
    world: &World,
    forum: &Channel,
    me: Id,
    old: &[Id],
    new: &[Id],
) -> Result<(), ApiError> {
    let moderates = world.permissions(forum.id, me).has(P::MANAGE_THREADS);
    let known = forum.forum.as_ref().map_or(&[][..], |forum| &forum.tags);
    let find = |id: &Id| known.iter().find(|tag| tag.id == *id);
    let given = new.iter().filter(|id| !old.contains(id));
    let taken = old.iter().filter(|id| !new.contains(id));
    for id in given.clone() {
        find(id).ok_or_else(ApiError::unknown_tag)?;
    }
    let is_reserved = |id: &Id| find(id).is_some_and(|tag| tag.moderated);
    if !moderates && given.chain(taken).any(is_reserved) {
        return Err(ApiError::missing_permissions());
    }
    if new.is_empty() && forum.flags & channel_flags::REQUIRE_TAG != 0 {
        return Err(ApiError::tag_required());
    }
    Ok(())
}

/// Opens a post: a thread that begins with a message.
pub(super) fn post(
    world: &mut World,
    forum: Id,
    me: Id,
    new: NewThread,
    payload: &Payload,
) -> Answer {
    let tags = payload.read(|fields| {
        if fields.get("message").is_none() {
            fields.required("message");
        }
        fields.snowflakes("applied_tags", 0..=5).unwrap_or_default()
    })?;
    let message = &payload.json["message"];
    let body = Body::of(message, &payload.files, "message", PLAIN_FLAGS, None)?;
    let needed = P::SEND_MESSAGES | permissions_for(&body);
    let found = access::channel(world, forum, me, needed)?;
    check_applied(world, found, me, &[], &tags)?;
    if body.is_empty() {
        return Err(ApiError::empty_message());
    }
    let new = NewThread {
        kind: ChannelKind::PublicThread,
        tags,
        ..new
    };
    let thread = world.open_thread(forum, None, me, new);
    let mut draft = body.into_draft();
    draft.id = thread;
    draft.application = Some(me);
    let thread = thread.ok_or_else(ApiError::unknown_channel)?;
    world.create_message(thread, Author::User(me), draft);
    let found = world.channels.get(&thread);
    let found = found.ok_or_else(ApiError::unknown_channel)?;
    let mut json = world.thread_json(found, me);
    if let Some(message) = world.message(thread, thread) {
        json["message"] = world.message_json_for(message, Some(me));
    }
    Ok((StatusCode::CREATED, Json(json)).into_response())
}

/// The post that a webhook's message begins, when it is for a forum itself.
pub(super) fn webhook_post(
    world: &World,
    channel: Id,
    name: Option<&str>,
    tags: Vec<Id>,
) -> Result<Option<NewThread>, ApiError> {
    let found = world.channels.get(&channel);
    let found = found.ok_or_else(ApiError::unknown_channel)?;
    let parent = found.parent.and_then(|parent| world.channels.get(&parent));
    let in_post = parent.is_some_and(|parent| parent.kind.is_forum());
    let name = match name {
        Some(_) if in_post => return Err(ApiError::webhook_thread_twice()),
        Some(_) if !found.kind.is_forum() => return Err(ApiError::webhook_thread_elsewhere()),
        None if found.kind.is_forum() => return Err(ApiError::webhook_needs_thread()),
        None => return Ok(None),
        Some(name) => name.to_owned(),
    };
    let known = found.forum.as_ref().map_or(&[][..], |forum| &forum.tags);
    if !tags.iter().all(|id| known.iter().any(|tag| tag.id == *id)) {
        return Err(ApiError::unknown_tag());
    }
    Ok(Some(NewThread {
        name,
        kind: ChannelKind::PublicThread,
        auto_archive: 1_440,
        slow_mode: None,
        invitable: true,
        tags,
    }))
}
