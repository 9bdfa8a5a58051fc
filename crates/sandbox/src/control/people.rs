//! What people do: they talk, react, vote, write to each other and install applications.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::moderate::Whereto;
use super::{Answer, AnyId, Problem, body, done, id};
use crate::discord::Discord;
use crate::world::{EMOJIS, Id, Permissions, Refused, SelfState, VoteError, World};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/control/users/{user}/voice", post(user_voice))
        .route("/control/users/{user}/direct", post(direct))
        .route(
            "/control/users/{user}/applications/{application}",
            put(install).delete(uninstall),
        )
        .route(
            "/control/channels/{channel}/messages/{message}/reactions",
            post(react).delete(unreact),
        )
        .route(
            "/control/channels/{channel}/messages/{message}/votes",
            post(vote).delete(unvote),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserVoice {
    #[serde(default)]
    channel: Whereto,
    guild: Option<AnyId>,
    self_mute: Option<bool>,
    self_deaf: Option<bool>,
}

async fn user_voice(
    State(discord): State<Discord>,
    Path(user): Path<String>,
    bytes: Bytes,
) -> Answer {
    let user = id(&user)?;
    let request: UserVoice = body(&bytes)?;
    discord.with(|world| {
        if world.applications.contains_key(&user) {
            return Err(Problem::bad("bots join voice by themselves; a moderator moves them with /control/guilds/{guild}/voice/{user}"));
        }
        if !world.users.contains_key(&user) {
            return Err(Problem::missing(format!("there is no user {user}")));
        }
        let now_in = world
            .guilds
            .values()
            .find_map(|guild| guild.voice_states.get(&user).map(|state| (guild.id, state.channel)));
        let channel = match request.channel {
            Whereto::Into(channel) => channel,
            Whereto::Out => {
                let guild = request.guild.map(|guild| guild.0).or(now_in.map(|(guild, _)| guild));
                let left = guild.is_some_and(|guild| world.leave_voice(guild, user));
                return Ok(Json(json!({"ok": true, "left": left})));
            }
            Whereto::Unsaid => now_in.map(|(_, channel)| channel).ok_or(Refused::NotConnected)?,
        };
        let guild = world
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild)
            .ok_or_else(|| Problem::missing(format!("there is no voice channel {channel}")))?;
        // A person is in one voice channel of all Discord.
        if let Some((other, _)) = now_in.filter(|(other, _)| *other != guild) {
            world.leave_voice(other, user);
        }
        let before = world.guilds.get(&guild).and_then(|guild| guild.voice_states.get(&user));
        let state = SelfState {
            mute: request.self_mute.unwrap_or(before.is_some_and(|state| state.self_mute)),
            deaf: request.self_deaf.unwrap_or(before.is_some_and(|state| state.self_deaf)),
            video: false,
        };
        let session = before.map_or_else(
            || format!("{:032x}", rand::random::<u128>()),
            |state| state.session_id.clone(),
        );
        world.join_voice(guild, user, channel, &session, state, false)?;
        done()
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Addressed {
    with: AnyId,
}

/// Opens the direct messages with somebody.
async fn direct(State(discord): State<Discord>, Path(user): Path<String>, bytes: Bytes) -> Answer {
    let user = id(&user)?;
    let with = body::<Addressed>(&bytes)?.with.0;
    discord.with(|world| {
        if user == with {
            return Err(Problem::bad("nobody writes to themselves"));
        }
        person(world, user)?;
        if !world.users.contains_key(&with) {
            return Err(Problem::missing(format!("there is no user {with}")));
        }
        if !world.share_a_guild(&[user, with]) {
            return Err(Refused::Forbidden.into());
        }
        let channel = world.conversation(user, with);
        Ok(Json(json!({"channel": channel})))
    })
}

/// Somebody who is no bot.
fn person(world: &World, user: Id) -> Result<(), Problem> {
    match world.users.get(&user) {
        Some(found) if found.bot => Err(Problem::bad(format!("{user} is a bot"))),
        Some(_) => Ok(()),
        None => Err(Problem::missing(format!("there is no user {user}"))),
    }
}

async fn install(
    State(discord): State<Discord>,
    Path((user, application)): Path<(String, String)>,
) -> Answer {
    let (user, application) = (id(&user)?, id(&application)?);
    discord.with(|world| {
        person(world, user)?;
        if !world.applications.contains_key(&application) {
            return Err(Problem::missing(format!(
                "there is no application {application}"
            )));
        }
        world.install(application, user);
        done()
    })
}

async fn uninstall(
    State(discord): State<Discord>,
    Path((user, application)): Path<(String, String)>,
) -> Answer {
    let (user, application) = (id(&user)?, id(&application)?);
    discord.with(|world| world.uninstall(application, user));
    done()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reacted {
    user: AnyId,
    emoji: String,
}

async fn react(
    State(discord): State<Discord>,
    Path((channel, message)): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    let (channel, message) = (id(&channel)?, id(&message)?);
    let request: Reacted = body(&bytes)?;
    discord.with(|world| {
        let user = request.user.0;
        let found = world
            .message(channel, message)
            .ok_or_else(|| Problem::missing(format!("there is no message {message}")))?;
        let is_known = found.reactions.iter().any(|r| r.emoji == request.emoji);
        let mut needed = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
        if !is_known {
            needed = needed | Permissions::ADD_REACTIONS;
            if found.reactions.len() >= EMOJIS {
                return Err(Problem::bad(format!("a message has up to {EMOJIS} emojis")));
            }
        }
        if !world.permissions(channel, user).has(needed) {
            return Err(Refused::Forbidden.into());
        }
        world.react(channel, message, user, &request.emoji);
        done()
    })
}

async fn unreact(
    State(discord): State<Discord>,
    Path((channel, message)): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    let (channel, message) = (id(&channel)?, id(&message)?);
    let request: Reacted = body(&bytes)?;
    discord.with(|world| world.unreact(channel, message, request.user.0, &request.emoji));
    done()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Voted {
    user: AnyId,
    /// Its number, from 1.
    answer: u64,
}

/// Somebody who reads the channel chooses an answer of a poll, or takes that back.
fn change_vote(
    discord: &Discord,
    (channel, message): (String, String),
    bytes: &[u8],
    change: impl FnOnce(&mut World, Id, Id, Id, u64) -> Result<bool, VoteError>,
) -> Answer {
    let (channel, message) = (id(&channel)?, id(&message)?);
    let request: Voted = body(bytes)?;
    discord.with(|world| {
        let user = request.user.0;
        if world.applications.contains_key(&user) {
            return Err(Problem::bad("bots do not vote"));
        }
        let needed = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
        if !world.permissions(channel, user).has(needed) {
            return Err(Refused::Forbidden.into());
        }
        change(world, channel, message, user, request.answer)?;
        done()
    })
}

async fn vote(
    State(discord): State<Discord>,
    Path(place): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    change_vote(&discord, place, &bytes, World::vote)
}

async fn unvote(
    State(discord): State<Discord>,
    Path(place): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    change_vote(&discord, place, &bytes, World::unvote)
}
