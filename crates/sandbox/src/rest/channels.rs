//! Channels: <https://discord.com/developers/docs/resources/channel>.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::Value;

use super::overwrites::check_overwrites;
use super::validate::channel::settings;
use super::{Answer, ApiError, Caller, Ids, Payload, access, forums, no_content, ok, threads};
use crate::discord::Discord;
use crate::world::{Channel, ChannelEdit, ChannelKind, Id, Permissions, World, channel_flags};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}", get(fetch).patch(edit).delete(delete))
        .route(
            "/guilds/{guild}/channels",
            get(list).post(create).patch(arrange),
        )
        .route("/channels/{channel}/typing", post(typing))
        .route("/channels/{channel}/voice-status", put(voice_status))
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        ok(world.channel_json(found))
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        let edit = if found.thread.is_some() {
            thread_edit(world, found, application, &payload)?
        } else if found.guild.is_none() {
            return Err(ApiError::not_in_dm());
        } else {
            guild_channel_edit(world, found, application, &payload)?
        };
        world
            .edit_channel(channel, edit)
            .ok_or_else(ApiError::unknown_channel)?;
        let found = world
            .channels
            .get(&channel)
            .ok_or_else(ApiError::unknown_channel)?;
        ok(world.thread_json(found, application))
    })
}

fn guild_channel_edit(
    world: &World,
    found: &Channel,
    me: Id,
    payload: &Payload,
) -> Result<ChannelEdit, ApiError> {
    let is_textual = matches!(found.kind, ChannelKind::Text | ChannelKind::Announcement);
    let edit = payload.read(|fields| {
        let mut edit = settings(fields, found.kind);
        let own = [found.kind as i64];
        let kinds: &[i64] = if is_textual { &[0, 5] } else { &own };
        let kind = fields.choice("type", kinds);
        edit.kind = kind
            .and_then(|kind| u64::try_from(kind).ok())
            .and_then(ChannelKind::from_number);
        edit
    })?;
    access::channel(world, found.id, me, Permissions::MANAGE_CHANNELS)?;
    forums::check_tags(found.forum.as_ref(), edit.forum.tags.as_deref())?;
    if let (Some(Some(parent)), Some(guild)) = (edit.parent, found.guild) {
        check_parent(world, guild, parent)?;
    }
    check_overwrites(
        world,
        Ok(found.id),
        me,
        edit.overwrites.as_deref().unwrap_or_default(),
    )?;
    Ok(edit)
}

/// A channel's parent is a category of its guild.
fn check_parent(world: &World, guild: Id, parent: Id) -> Result<(), ApiError> {
    let found = world
        .channels
        .get(&parent)
        .filter(|parent| parent.guild == Some(guild));
    match found {
        None => Err(ApiError::field(
            "parent_id",
            "CHANNEL_PARENT_INVALID",
            "Category does not exist",
        )),
        Some(parent) if parent.kind != ChannelKind::Category => Err(ApiError::field(
            "parent_id",
            "CHANNEL_PARENT_INVALID_TYPE",
            "Not a category",
        )),
        Some(_) => Ok(()),
    }
}

/// Whoever may write brings a thread back; its owner renames and archives it; the rest is the
/// moderators'. In an archived thread nothing else can be changed.
fn thread_edit(
    world: &World,
    found: &Channel,
    me: Id,
    payload: &Payload,
) -> Result<ChannelEdit, ApiError> {
    let edit = payload.read(|fields| {
        let minutes = fields.choice("auto_archive_duration", &threads::ARCHIVE_AFTER);
        let slow_mode = fields.integer("rate_limit_per_user", 0..=21_600);
        ChannelEdit {
            name: fields
                .text("name", 1..=100)
                .map(|name| name.trim().to_owned()),
            archived: fields.boolean("archived"),
            locked: fields.boolean("locked"),
            invitable: fields.boolean("invitable"),
            auto_archive: minutes.and_then(|minutes| u32::try_from(minutes).ok()),
            slow_mode: slow_mode.and_then(|seconds| u32::try_from(seconds).ok()),
            applied_tags: fields.snowflakes("applied_tags", 0..=5),
            flags: fields
                .integer("flags", 0..=i64::from(i32::MAX))
                .map(|flags| flags.unsigned_abs() & channel_flags::PINNED),
            ..ChannelEdit::default()
        }
    })?;
    let thread = found
        .thread
        .as_ref()
        .ok_or_else(ApiError::wrong_channel_type)?;
    let parent = found.parent.and_then(|parent| world.channels.get(&parent));
    match parent.filter(|parent| parent.kind.is_forum()) {
        Some(forum) => {
            if let Some(new) = &edit.applied_tags {
                forums::check_applied(world, forum, me, &thread.tags, new)?;
            }
        }
        // Tags and pins are for posts.
        None if edit.applied_tags.is_some() || edit.flags.is_some_and(|flags| flags != 0) => {
            return Err(ApiError::wrong_channel_type());
        }
        None => {}
    }
    if world
        .permissions(found.id, me)
        .has(Permissions::MANAGE_THREADS)
    {
        if thread.archived && edit.archived != Some(false) {
            return Err(ApiError::archived_thread());
        }
        return Ok(edit);
    }
    let others = edit.locked.is_some()
        || edit.slow_mode.is_some()
        || edit.invitable.is_some()
        || edit.flags.is_some_and(|flags| flags != found.flags);
    let settings = edit.name.is_some()
        || edit.auto_archive.is_some()
        || edit.applied_tags.is_some()
        || edit.archived == Some(true);
    let brings_back = thread.archived && edit.archived == Some(false);
    if thread.archived && !brings_back {
        return Err(ApiError::archived_thread());
    }
    if others || settings && thread.owner != Some(me) || brings_back && thread.locked {
        return Err(ApiError::missing_permissions());
    }
    access::channel(world, found.id, me, Permissions::SEND_MESSAGES_IN_THREADS)?;
    Ok(edit)
}

/// Kinds that can be made by a bot.
const MADE: [i64; 7] = [0, 2, 4, 5, 13, 15, 16];
/// Channels that a guild may have, threads left out.
const MOST: usize = 500;

async fn create(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let (kind, edit) = payload.read(|fields| {
        let kind = fields.choice("type", &MADE).unwrap_or(0);
        let kind = u64::try_from(kind).ok().and_then(ChannelKind::from_number);
        let kind = kind.unwrap_or(ChannelKind::Text);
        fields.required_text("name", 1..=100);
        (kind, settings(fields, kind))
    })?;
    discord.with(|world| {
        let found = access::guild_with(world, guild, application, Permissions::MANAGE_CHANNELS)?;
        let channels = found
            .channels
            .iter()
            .filter_map(|id| world.channels.get(id));
        if channels.filter(|channel| !channel.kind.is_thread()).count() >= MOST {
            return Err(ApiError::too_many_channels());
        }
        forums::check_tags(None, edit.forum.tags.as_deref())?;
        if let Some(Some(parent)) = edit.parent {
            check_parent(world, guild, parent)?;
        }
        check_overwrites(
            world,
            Err(guild),
            application,
            edit.overwrites.as_deref().unwrap_or_default(),
        )?;
        let id = world.create_channel(guild, kind, edit);
        let found = id.and_then(|id| world.channels.get(&id));
        let json = found.map(|channel| world.channel_json(channel));
        Ok((StatusCode::CREATED, Json(json.unwrap_or_default())).into_response())
    })
}

/// `PATCH /guilds/{guild}/channels`: places in the list, and perhaps other categories.
async fn arrange(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let wrapped = serde_json::json!({"channels": payload.json});
    let moves = super::form::read(&wrapped, |fields| {
        let list = fields.objects("channels", 0..=MOST).unwrap_or_default();
        let moves = list.iter().filter_map(|item| {
            let id = item.required_snowflake("id");
            let position = item.integer("position", 0..=i64::from(i32::MAX));
            let parent = item.has("parent_id").then(|| item.snowflake("parent_id"));
            let edit = ChannelEdit {
                position: position.and_then(|place| u32::try_from(place).ok()),
                parent,
                ..ChannelEdit::default()
            };
            Some((id?, edit))
        });
        moves.collect::<Vec<_>>()
    })?;
    discord.with(|world| {
        let found = access::guild_with(world, guild, application, Permissions::MANAGE_CHANNELS)?;
        if let Some((id, _)) = moves.iter().find(|(id, _)| !found.channels.contains(id)) {
            tracing::debug!(%id, "no such channel to move");
            return Err(ApiError::unknown_channel());
        }
        for (id, edit) in moves {
            world.edit_channel(id, edit);
        }
        no_content()
    })
}

async fn delete(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        let needed = if found.kind.is_thread() {
            Permissions::MANAGE_THREADS
        } else {
            Permissions::MANAGE_CHANNELS
        };
        let is_dm = found.kind == ChannelKind::Dm;
        access::channel(
            world,
            channel,
            application,
            if is_dm { Permissions::NONE } else { needed },
        )?;
        let json = world
            .channels
            .get(&channel)
            .map(|found| world.channel_json(found));
        world.delete_channel(channel);
        ok(json.unwrap_or_default())
    })
}

async fn list(State(discord): State<Discord>, Caller(me): Caller, Ids([guild]): Ids<1>) -> Answer {
    discord.with(|world| {
        let guild = access::guild(world, guild, me)?;
        let list = guild
            .channels
            .iter()
            .filter_map(|id| world.channels.get(id));
        let list = list.filter(|channel| !channel.kind.is_thread());
        ok(list
            .map(|channel| world.channel_json(channel))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn typing(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        access::channel(world, channel, application, access::send_permission(found))?;
        world.typing(channel, application);
        no_content()
    })
}

/// <https://discord.com/developers/docs/resources/channel#set-voice-channel-status>: set by those
/// who are in the channel, or who manage it.
async fn voice_status(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let status = payload.read(|fields| fields.text("status", 0..=500).map(str::to_owned))?;
    let status = status.filter(|status| !status.is_empty());
    discord.with(|world| {
        let found = access::channel(
            world,
            channel,
            application,
            Permissions::SET_VOICE_CHANNEL_STATUS,
        )?;
        if found.kind != ChannelKind::Voice {
            return Err(ApiError::wrong_channel_type());
        }
        let guild = found.guild.and_then(|guild| world.guilds.get(&guild));
        let is_inside = guild
            .and_then(|guild| guild.voice_states.get(&application))
            .is_some_and(|state| state.channel == channel);
        if !is_inside {
            access::channel(world, channel, application, Permissions::MANAGE_CHANNELS)?;
        }
        world.set_voice_status(channel, status.as_deref());
        no_content()
    })
}
