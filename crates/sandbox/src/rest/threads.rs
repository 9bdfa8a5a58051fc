//! Threads: <https://discord.com/developers/docs/topics/threads>,
//! <https://discord.com/developers/docs/resources/channel#start-thread-from-message>.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post, put};
use serde_json::{Value, json};

use super::form::Fields;
use super::messages::seen;
use super::{
    Answer, ApiError, Caller, Ids, Payload, Query, access, form, forums, is_on, no_content, number,
    ok, point,
};
use crate::discord::Discord;
use crate::world::{
    Channel, ChannelKind, Id, NewThread, Permissions as P, Thread, World, intents,
    thread_member_json,
};

/// Minutes after which a thread may archive itself.
pub(super) const ARCHIVE_AFTER: [i64; 4] = [60, 1_440, 4_320, 10_080];

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/channels/{channel}/messages/{message}/threads",
            post(start_from_message),
        )
        .route("/channels/{channel}/threads", post(start))
        .route("/channels/{channel}/thread-members", get(members))
        .route(
            "/channels/{channel}/thread-members/@me",
            put(join).delete(leave),
        )
        .route(
            "/channels/{channel}/thread-members/{user}",
            get(member).put(add).delete(remove),
        )
        .route(
            "/channels/{channel}/threads/archived/public",
            archive(Archive::Public),
        )
        .route(
            "/channels/{channel}/threads/archived/private",
            archive(Archive::Private),
        )
        .route(
            "/channels/{channel}/users/@me/threads/archived/private",
            archive(Archive::Joined),
        )
        .route("/guilds/{guild}/threads/active", get(active))
}

fn read(fields: &Fields<'_>, kind: ChannelKind) -> NewThread {
    let name = fields.required_text("name", 1..=100).unwrap_or_default();
    let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    NewThread {
        name: name.to_owned(),
        kind,
        auto_archive: number(fields.choice("auto_archive_duration", &ARCHIVE_AFTER))
            .unwrap_or(1_440),
        slow_mode: number(fields.integer("rate_limit_per_user", 0..=21_600)),
        invitable: fields.boolean("invitable").unwrap_or(true),
        tags: Vec::new(),
    }
}

/// Where threads can be opened, and of which kind public ones are there.
fn public_kind(parent: &Channel) -> Result<ChannelKind, ApiError> {
    match parent.kind {
        ChannelKind::Text | ChannelKind::Forum | ChannelKind::Media => {
            Ok(ChannelKind::PublicThread)
        }
        ChannelKind::Announcement => Ok(ChannelKind::AnnouncementThread),
        _ => Err(ApiError::wrong_channel_type()),
    }
}

fn created(world: &World, thread: Option<Id>, me: Id) -> Answer {
    let found = thread.and_then(|thread| world.channels.get(&thread));
    let found = found.ok_or_else(ApiError::unknown_channel)?;
    Ok((StatusCode::CREATED, Json(world.thread_json(found, me))).into_response())
}

async fn start_from_message(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, message]): Ids<2>,
    payload: Payload,
) -> Answer {
    let mut new = payload.read(|fields| read(fields, ChannelKind::PublicThread))?;
    discord.with(|world| {
        let parent = access::channel(world, channel, me, P::NONE)?;
        if parent.kind.is_forum() {
            return Err(ApiError::wrong_channel_type());
        }
        new.kind = public_kind(parent)?;
        let needed = P::CREATE_PUBLIC_THREADS | P::READ_MESSAGE_HISTORY;
        access::channel(world, channel, me, needed)?;
        let found = seen(world, channel, message)?;
        if found.is_system() {
            return Err(ApiError::system_message());
        }
        if found.has_thread {
            return Err(ApiError::thread_exists());
        }
        let thread = world.open_thread(channel, Some(message), me, new);
        created(world, thread, me)
    })
}

async fn start(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let (mut new, kind) = payload.read(|fields| {
        let kind = fields.choice("type", &[10, 11, 12]).unwrap_or(12);
        (read(fields, ChannelKind::PrivateThread), kind)
    })?;
    discord.with(|world| {
        let parent = access::channel(world, channel, me, P::NONE)?;
        if parent.kind.is_forum() {
            return forums::post(world, channel, me, new, &payload);
        }
        let public = public_kind(parent)?;
        if kind == 12 {
            if public != ChannelKind::PublicThread {
                return Err(ApiError::wrong_channel_type());
            }
            access::channel(world, channel, me, P::CREATE_PRIVATE_THREADS)?;
        } else {
            if i64::from(public as u8) != kind {
                return Err(ApiError::wrong_channel_type());
            }
            new.kind = public;
            access::channel(world, channel, me, P::CREATE_PUBLIC_THREADS)?;
        }
        let thread = world.open_thread(channel, None, me, new);
        created(world, thread, me)
    })
}

/// A thread that the caller sees.
fn thread(world: &World, id: Id, me: Id) -> Result<(&Channel, &Thread), ApiError> {
    let found = access::channel(world, id, me, P::NONE)?;
    let thread = found.thread.as_ref();
    Ok((found, thread.ok_or_else(ApiError::wrong_channel_type)?))
}

async fn join(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    come_or_go(&discord, channel, me, World::join_thread)
}

async fn leave(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    come_or_go(&discord, channel, me, World::leave_thread)
}

fn come_or_go(
    discord: &Discord,
    channel: Id,
    me: Id,
    act: fn(&mut World, Id, Id) -> bool,
) -> Answer {
    discord.with(|world| {
        thread(world, channel, me)?;
        access::open_thread(world, channel)?;
        act(world, channel, me);
        no_content()
    })
}

async fn add(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let (found, details) = thread(world, channel, me)?;
        let guild = found.guild.and_then(|guild| world.guilds.get(&guild));
        let is_closed = found.kind == ChannelKind::PrivateThread
            && !details.invitable
            && details.owner != Some(me)
            && !world.permissions(channel, me).has(P::MANAGE_THREADS);
        if is_closed {
            return Err(ApiError::missing_permissions());
        }
        access::channel(world, channel, me, P::SEND_MESSAGES_IN_THREADS)?;
        access::open_thread(world, channel)?;
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        if !guild.is_some_and(|guild| guild.members.contains_key(&user)) {
            return Err(ApiError::unknown_member());
        }
        world.join_thread(channel, user);
        no_content()
    })
}

async fn remove(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let (found, details) = thread(world, channel, me)?;
        let is_own = found.kind == ChannelKind::PrivateThread && details.owner == Some(me);
        if !is_own && user != me {
            access::channel(world, channel, me, P::MANAGE_THREADS)?;
        }
        access::open_thread(world, channel)?;
        if world.leave_thread(channel, user) {
            no_content()
        } else {
            Err(ApiError::unknown_member())
        }
    })
}

fn member_of(world: &World, channel: &Channel, user: Id, with_member: bool) -> Option<Value> {
    let mut out = thread_member_json(channel, user)?;
    if with_member {
        let guild = channel.guild.and_then(|guild| world.guilds.get(&guild))?;
        out["member"] = json!(world.member_json(guild, user));
    }
    Some(out)
}

async fn member(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel, user]): Ids<2>,
    query: Query,
) -> Answer {
    let with_member = is_on(query.get("with_member"));
    discord.with(|world| {
        let (found, _) = thread(world, channel, me)?;
        let member = member_of(world, found, user, with_member);
        ok(member.ok_or_else(ApiError::unknown_member)?)
    })
}

/// A privileged matter, as the members of a guild are.
async fn members(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    query: Query,
) -> Answer {
    let with_member = is_on(query.get("with_member"));
    let limit = number(&query, "limit", 1..=100, 100)?;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    discord.with(|world| {
        let (found, details) = thread(world, channel, me)?;
        access::privileged(world, me, intents::GUILD_MEMBERS)?;
        let users = details.members.keys().filter(|user| **user > after);
        let members: Vec<Value> = users
            .take(limit)
            .filter_map(|user| member_of(world, found, *user, with_member))
            .collect();
        ok(members.into())
    })
}

/// `ThreadsResponse`: threads, and which of them the caller is in.
fn threads_json(world: &World, threads: &[&Channel], me: Id, has_more: bool) -> Value {
    let list: Vec<Value> = threads.iter().map(|t| world.channel_json(t)).collect();
    let members: Vec<Value> = threads
        .iter()
        .filter_map(|thread| thread_member_json(thread, me))
        .collect();
    json!({"threads": list, "members": members, "has_more": has_more})
}

async fn active(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let guild = access::guild(world, guild, me)?;
        let channels = guild
            .channels
            .iter()
            .filter_map(|id| world.channels.get(id));
        let mut threads: Vec<&Channel> = channels
            .filter(|channel| channel.thread.as_ref().is_some_and(|t| !t.archived))
            .filter(|channel| world.permissions(channel.id, me).has(P::VIEW_CHANNEL))
            .collect();
        threads.sort_by_key(|thread| std::cmp::Reverse(thread.id));
        ok(threads_json(world, &threads, me, false))
    })
}

/// Which archived threads are asked for.
#[derive(Debug, Clone, Copy)]
enum Archive {
    Public,
    Private,
    /// Private ones that the caller is in.
    Joined,
}

/// Where a list of archived threads goes on: by when they were archived, those that the caller is
/// in by their ids.
#[derive(Debug, Clone, Copy)]
enum Before {
    Time(Option<u64>),
    Thread(Option<Id>),
}

impl Before {
    fn admits(self, channel: &Channel, thread: &Thread) -> bool {
        match self {
            Self::Time(time) => time.is_none_or(|time| thread.archive_ms < time),
            Self::Thread(id) => id.is_none_or(|id| channel.id < id),
        }
    }
}

/// Archived threads of a channel, the last archived first.
fn archived(discord: &Discord, channel: Id, me: Id, query: &Query, archive: Archive) -> Answer {
    let limit = number(query, "limit", 2..=100, 50)?;
    let before = match archive {
        Archive::Joined => Before::Thread(point(query, "before")?),
        Archive::Public | Archive::Private => {
            Before::Time(form::read(&json!(query.0), |fields| fields.time("before"))?)
        }
    };
    let needed = match archive {
        Archive::Private => P::READ_MESSAGE_HISTORY | P::MANAGE_THREADS,
        Archive::Public | Archive::Joined => P::READ_MESSAGE_HISTORY,
    };
    discord.with(|world| {
        let parent = access::channel(world, channel, me, needed)?;
        let kind = match archive {
            Archive::Public => public_kind(parent)?,
            Archive::Private | Archive::Joined => ChannelKind::PrivateThread,
        };
        let children = parent.guild.map(|guild| world.children(guild, parent.id));
        let mut threads: Vec<(&Channel, &Thread)> = children
            .unwrap_or_default()
            .iter()
            .filter_map(|id| world.channels.get(id))
            .filter_map(|channel| Some((channel, channel.thread.as_ref()?)))
            .filter(|(channel, thread)| {
                let is_mine = thread.members.contains_key(&me);
                thread.archived
                    && channel.kind == kind
                    && before.admits(channel, thread)
                    && (is_mine || !matches!(archive, Archive::Joined))
            })
            .collect();
        threads.sort_by_key(|(channel, thread)| std::cmp::Reverse((thread.archive_ms, channel.id)));
        let has_more = threads.len() > limit;
        let shown: Vec<&Channel> = threads.into_iter().take(limit).map(|(c, _)| c).collect();
        ok(threads_json(world, &shown, me, has_more))
    })
}

/// The route of an archive.
fn archive(which: Archive) -> MethodRouter<Discord> {
    get(
        move |State(discord): State<Discord>,
              Caller(me): Caller,
              Ids([channel]): Ids<1>,
              query: Query| async move { archived(&discord, channel, me, &query, which) },
    )
}
