//! What moderators and outages do to guilds and channels.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, patch, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, AnyId, Problem, body, done, id};
use crate::discord::Discord;
use crate::world::{ChannelEdit, ChannelKind, Id, Overwrite, Permissions, Refused, RoleEdit};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/control/channels/{channel}",
            delete(delete_channel).patch(edit_channel),
        )
        .route(
            "/control/channels/{channel}/stage",
            put(start_stage).delete(end_stage),
        )
        .route("/control/channels/{channel}/webhooks", post(make_webhook))
        .route("/control/guilds/{guild}/channels", post(create_channel))
        .route(
            "/control/guilds/{guild}/unavailable",
            post(outage).delete(recovery),
        )
        .route(
            "/control/guilds/{guild}/members/{user}",
            delete(kick).put(invite),
        )
        .route("/control/guilds/{guild}/voice/{user}", post(moderate_voice))
        .route("/control/guilds/{guild}/voice-server", post(move_server))
        .route("/control/guilds/{guild}/roles/{role}", patch(edit_role))
}

async fn delete_channel(State(discord): State<Discord>, Path(channel): Path<String>) -> Answer {
    let channel = id(&channel)?;
    found(
        discord.with(|world| world.delete_channel(channel)),
        "channel",
        channel,
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditedChannel {
    name: Option<String>,
    topic: Option<String>,
    user_limit: Option<u32>,
    bitrate: Option<u32>,
    permission_overwrites: Option<Vec<EditedOverwrite>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditedOverwrite {
    id: AnyId,
    #[serde(rename = "type", default)]
    kind: u8,
    #[serde(default)]
    allow: String,
    #[serde(default)]
    deny: String,
}

async fn edit_channel(
    State(discord): State<Discord>,
    Path(channel): Path<String>,
    bytes: Bytes,
) -> Answer {
    let channel = id(&channel)?;
    let request: EditedChannel = body(&bytes)?;
    if request.user_limit.is_some_and(|limit| limit > 99) {
        return Err(Problem::bad("user_limit is 0 to 99"));
    }
    if request
        .bitrate
        .is_some_and(|bits| !(8_000..=384_000).contains(&bits))
    {
        return Err(Problem::bad("bitrate is 8000 to 384000"));
    }
    // As on Discord, a list takes the place of the one before; an empty one removes them all.
    let overwrites = request
        .permission_overwrites
        .map(|given| given.iter().map(overwrite).collect())
        .transpose()?;
    let edit = ChannelEdit {
        name: request.name,
        topic: request.topic.map(Some),
        user_limit: request.user_limit,
        bitrate: request.bitrate,
        overwrites,
        ..ChannelEdit::default()
    };
    found(
        discord.with(|world| world.edit_channel(channel, edit).is_some()),
        "channel",
        channel,
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    topic: String,
}

async fn start_stage(
    State(discord): State<Discord>,
    Path(channel): Path<String>,
    bytes: Bytes,
) -> Answer {
    let channel = id(&channel)?;
    let Stage { topic } = body(&bytes)?;
    if !(1..=120).contains(&topic.chars().count()) {
        return Err(Problem::bad("topic has 1 to 120 characters"));
    }
    discord.with(|world| {
        let found = world.channels.get(&channel);
        let guild = found
            .filter(|channel| channel.kind == ChannelKind::Stage)
            .and_then(|channel| channel.guild)
            .ok_or_else(|| Problem::missing(format!("there is no stage channel {channel}")))?;
        if world.stage(channel).is_some() {
            world.edit_stage(channel, Some(topic));
        } else {
            world.start_stage(guild, channel, topic);
        }
        done()
    })
}

async fn end_stage(State(discord): State<Discord>, Path(channel): Path<String>) -> Answer {
    let channel = id(&channel)?;
    found(
        discord.with(|world| world.end_stage(channel)),
        "live stage",
        channel,
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    name: String,
}

async fn make_webhook(
    State(discord): State<Discord>,
    Path(channel): Path<String>,
    bytes: Bytes,
) -> Answer {
    let channel = id(&channel)?;
    let NewWebhook { name } = body(&bytes)?;
    if !(1..=80).contains(&name.chars().count()) {
        return Err(Problem::bad("name has 1 to 80 characters"));
    }
    discord.with(|world| {
        let found = world.channels.get(&channel);
        let guild = found
            .filter(|channel| channel.kind.takes_webhooks())
            .and_then(|channel| world.guilds.get(&channel.guild?));
        let guild =
            guild.ok_or_else(|| Problem::missing(format!("there is no such channel {channel}")))?;
        let (guild, owner) = (guild.id, guild.owner);
        let webhook = world
            .make_webhook(guild, channel, name, owner, None)
            .ok_or_else(|| {
                Problem(
                    StatusCode::CONFLICT,
                    "the channel is full of webhooks".into(),
                )
            })?;
        Ok(Json(json!({"id": webhook.id, "token": webhook.token})))
    })
}

fn overwrite(given: &EditedOverwrite) -> Result<Overwrite, Problem> {
    Ok(Overwrite {
        id: given.id.0,
        is_member: given.kind == 1,
        allow: bits(&given.allow)?,
        deny: bits(&given.deny)?,
    })
}

pub(super) fn bits(text: &str) -> Result<Permissions, Problem> {
    if text.is_empty() {
        return Ok(Permissions::NONE);
    }
    text.parse().map(Permissions).map_err(|_| {
        Problem::bad(format!(
            "{text:?} is not a permission set: write the bits as a decimal number"
        ))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewChannel {
    name: String,
    #[serde(rename = "type", default)]
    kind: u64,
    parent: Option<AnyId>,
    user_limit: Option<u32>,
}

async fn create_channel(
    State(discord): State<Discord>,
    Path(guild): Path<String>,
    bytes: Bytes,
) -> Answer {
    let guild = id(&guild)?;
    let request: NewChannel = body(&bytes)?;
    let kind = ChannelKind::from_number(request.kind)
        .filter(|kind| *kind != ChannelKind::Dm)
        .ok_or_else(|| {
            Problem::bad(format!(
                "there is no channel type {} in a guild",
                request.kind
            ))
        })?;
    discord.with(|world| {
        let settings = ChannelEdit {
            name: Some(request.name.clone()),
            parent: request.parent.map(|parent| Some(parent.0)),
            user_limit: request.user_limit,
            ..ChannelEdit::default()
        };
        let channel = world
            .create_channel(guild, kind, settings)
            .ok_or_else(|| Problem::missing(format!("there is no guild {guild}")))?;
        Ok(Json(json!({"id": channel})))
    })
}

async fn outage(State(discord): State<Discord>, Path(guild): Path<String>) -> Answer {
    let guild = id(&guild)?;
    found(
        discord.with(|world| world.set_unavailable(guild, true)),
        "guild",
        guild,
    )
}

async fn recovery(State(discord): State<Discord>, Path(guild): Path<String>) -> Answer {
    let guild = id(&guild)?;
    found(
        discord.with(|world| world.set_unavailable(guild, false)),
        "guild",
        guild,
    )
}

async fn kick(
    State(discord): State<Discord>,
    Path((guild, user)): Path<(String, String)>,
) -> Answer {
    let (guild, user) = (id(&guild)?, id(&user)?);
    discord.with(|world| {
        if world
            .guilds
            .get(&guild)
            .is_some_and(|guild| guild.owner == user)
        {
            return Err(Problem::bad("the owner cannot be kicked"));
        }
        found(world.remove_member(guild, user), "member", user)
    })
}

async fn invite(
    State(discord): State<Discord>,
    Path((guild, user)): Path<(String, String)>,
) -> Answer {
    let (guild, user) = (id(&guild)?, id(&user)?);
    discord.with(|world| {
        if !world.guilds.contains_key(&guild) {
            return Err(Problem::missing(format!("there is no guild {guild}")));
        }
        if world.applications.contains_key(&user) {
            world.add_bot(guild, user);
        } else if world.users.contains_key(&user) {
            world.add_member(guild, user);
        } else {
            return Err(Problem::missing(format!("there is no user {user}")));
        }
        done()
    })
}

/// Where to in voice: not said, out of it, or into a channel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Whereto {
    #[default]
    Unsaid,
    Out,
    Into(Id),
}

impl<'de> Deserialize<'de> for Whereto {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let channel = Option::<AnyId>::deserialize(deserializer)?;
        Ok(channel.map_or(Self::Out, |channel| Self::Into(channel.0)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moderated {
    #[serde(default)]
    channel: Whereto,
    mute: Option<bool>,
    deaf: Option<bool>,
    suppress: Option<bool>,
}

async fn moderate_voice(
    State(discord): State<Discord>,
    Path((guild, user)): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    let (guild, user) = (id(&guild)?, id(&user)?);
    let request: Moderated = body(&bytes)?;
    discord.with(|world| {
        match request.channel {
            Whereto::Out if !world.leave_voice(guild, user) => {
                return Err(Refused::NotConnected.into());
            }
            Whereto::Into(channel) => world.drag(guild, user, channel)?,
            _ => {}
        }
        if request.mute.is_some() || request.deaf.is_some() || request.suppress.is_some() {
            world.moderate_voice(guild, user, request.mute, request.deaf, request.suppress)?;
        }
        done()
    })
}

async fn move_server(State(discord): State<Discord>, Path(guild): Path<String>) -> Answer {
    let guild = id(&guild)?;
    if discord.with(|world| world.move_voice_server(guild)) {
        done()
    } else {
        Err(Refused::NotConnected.into())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditedRole {
    permissions: Value,
}

async fn edit_role(
    State(discord): State<Discord>,
    Path((guild, role)): Path<(String, String)>,
    bytes: Bytes,
) -> Answer {
    let (guild, role) = (id(&guild)?, id(&role)?);
    let request: EditedRole = body(&bytes)?;
    let text = request
        .permissions
        .as_str()
        .map_or_else(|| request.permissions.to_string(), str::to_owned);
    let edit = RoleEdit {
        permissions: Some(bits(&text)?),
        ..RoleEdit::default()
    };
    found(
        discord.with(|world| world.edit_role(guild, role, edit)),
        "role",
        role,
    )
}

fn found(found: bool, what: &str, id: Id) -> Answer {
    if found {
        done()
    } else {
        Err(Problem::missing(format!("there is no {what} {id}")))
    }
}
