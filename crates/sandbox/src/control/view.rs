//! What there is to see.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, Problem, id};
use crate::discord::Discord;
use crate::world::{Guild, Id, Permissions as P, World};

/// Guilds that the state names; a page with more would not be readable.
const SHOWN: usize = 100;
/// Messages of a channel that are shown.
const MESSAGES: usize = 100;

/// Permissions that the page speaks of.
const CAN: [(&str, P); 6] = [
    ("administrator", P::ADMINISTRATOR),
    ("manage_guild", P::MANAGE_GUILD),
    ("manage_channels", P::MANAGE_CHANNELS),
    ("manage_messages", P::MANAGE_MESSAGES),
    ("move_members", P::MOVE_MEMBERS),
    ("mute_members", P::MUTE_MEMBERS),
];

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/control/world", get(world))
        .route("/control/state", get(state))
        .route("/control/commands", get(commands))
        .route("/control/rest", get(rest))
}

/// People of a guild, the owner first.
fn people<'a>(world: &'a World, guild: &'a Guild) -> impl Iterator<Item = Id> + 'a {
    let others = guild
        .members
        .keys()
        .copied()
        .filter(|user| *user != guild.owner && !world.applications.contains_key(user));
    std::iter::once(guild.owner).chain(others)
}

/// The name that others see.
fn shown_name(world: &World, guild: &Guild, user: Id) -> String {
    let nick = guild
        .members
        .get(&user)
        .and_then(|member| member.nick.clone());
    nick.or_else(|| {
        world
            .users
            .get(&user)
            .and_then(|user| user.global_name.clone())
    })
    .or_else(|| world.users.get(&user).map(|user| user.username.clone()))
    .unwrap_or_default()
}

async fn world(State(discord): State<Discord>) -> Json<Value> {
    discord.with(|world| {
        let guilds: Vec<Value> = world
            .guilds
            .values()
            .map(|guild| {
                let channels: Vec<Value> = guild
                    .channels
                    .iter()
                    .filter_map(|id| world.channels.get(id))
                    .map(|channel| json!({"id": channel.id, "type": channel.kind as u8, "name": channel.name}))
                    .collect();
                let members: Vec<Value> = people(world, guild)
                    .map(|user| json!({"id": user, "name": shown_name(world, guild, user)}))
                    .collect();
                json!({"id": guild.id, "name": guild.name, "channels": channels, "members": members})
            })
            .collect();
        Json(json!({"guilds": guilds}))
    })
}

async fn state(State(discord): State<Discord>) -> Json<Value> {
    discord.with(|world| {
        let guilds: Vec<Value> = world.guilds.values().take(SHOWN).map(|guild| guild_state(world, guild)).collect();
        let applications: Vec<Value> = world
            .applications
            .values()
            .map(|app| {
                let connected = discord.sessions().connected(app.id);
                json!({
                    "id": app.id, "name": app.name, "sessions": connected, "main": app.id == world.main_application().id,
                    "installed_by": app.installed_by,
                })
            })
            .collect();
        let direct: Vec<Value> = world
            .conversations()
            .into_iter()
            .map(|(id, users)| json!({"id": id, "users": users}))
            .collect();
        Json(json!({
            "guilds": guilds,
            "direct_messages": direct,
            "guilds_total": world.guilds.len(),
            "applications": applications,
        }))
    })
}

fn guild_state(world: &World, guild: &Guild) -> Value {
    let channels: Vec<Value> = guild
        .channels
        .iter()
        .filter_map(|id| world.channels.get(id))
        .map(|channel| {
            let stage = guild.stages.iter().find(|stage| stage.channel == channel.id);
            json!({
                "id": channel.id, "type": channel.kind as u8, "name": channel.name, "topic": channel.topic,
                "position": channel.position, "parent_id": channel.parent, "user_limit": channel.user_limit,
                "bitrate": channel.bitrate, "status": channel.status,
                "stage": stage.map(|stage| json!({"id": stage.id, "topic": stage.topic})),
            })
        })
        .collect();
    let roles: Vec<Value> = guild
        .roles
        .values()
        .map(|role| {
            json!({
                "id": role.id, "name": role.name, "color": role.colour,
                "permissions": role.permissions.json(), "position": role.position,
            })
        })
        .collect();
    let bots = guild.bots.iter().copied();
    let members: Vec<Value> = people(world, guild)
        .chain(bots)
        .map(|id| {
            let user = world.users.get(&id);
            let has = world.guild_permissions(guild.id, id);
            let can: Vec<&str> = CAN
                .iter()
                .filter(|(_, bit)| has.has(*bit))
                .map(|(name, _)| *name)
                .collect();
            json!({
                "id": id,
                "name": shown_name(world, guild, id),
                "username": user.map(|user| user.username.as_str()),
                "locale": user.map(|user| user.locale),
                "roles": guild.members.get(&id).map(|member| member.roles.clone()),
                "bot": user.is_some_and(|user| user.bot),
                "avatar_color": user.map(|user| user.colour),
                "can": can,
            })
        })
        .collect();
    let states: Vec<Value> = guild
        .voice_states
        .values()
        .map(|state| world.voice_state_json(guild, state, false))
        .collect();
    json!({
        "id": guild.id, "name": guild.name, "description": guild.description, "owner_id": guild.owner,
        "icon_color": guild.colour, "unavailable": guild.unavailable, "channels": channels, "roles": roles,
        "members": members, "voice_states": states,
    })
}

async fn commands(State(discord): State<Discord>) -> Json<Value> {
    discord.with(|world| {
        let mut list = Vec::new();
        for app in world.applications.values() {
            for command in &app.commands {
                let mut out = command.body.clone();
                out["application"] = json!({"id": app.id, "name": app.name});
                out["guild"] = json!(command.guild);
                if out.get("options").is_none() {
                    out["options"] = json!([]);
                }
                list.push(out);
            }
        }
        Json(list.into())
    })
}

pub(super) async fn messages(
    State(discord): State<Discord>,
    Path(channel): Path<String>,
) -> Answer {
    let channel = id(&channel)?;
    discord.with(|world| {
        let found = world
            .channels
            .get(&channel)
            .ok_or_else(|| Problem::missing(format!("there is no channel {channel}")))?;
        let skip = found.messages.len().saturating_sub(MESSAGES);
        let list: Vec<Value> = found
            .messages
            .values()
            .skip(skip)
            .map(|m| message(world, m))
            .collect();
        Ok(Json(list.into()))
    })
}

/// A message as Discord has it, and who alone sees it.
pub(super) fn message(world: &World, message: &crate::world::Message) -> Value {
    let mut out = world.message_json(message);
    if message.is_ephemeral() {
        out["ephemeral_to"] = json!(message.source.as_ref().map(|source| source.user));
    }
    out
}

async fn rest(State(discord): State<Discord>) -> Json<Value> {
    Json(discord.limits().report())
}
