//! Members: <https://discord.com/developers/docs/resources/guild#guild-member-object>.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, patch, put};
use serde_json::{Value, json};

use super::form::Fields;
use super::users::image;
use super::{
    Answer, ApiError, Caller, Ids, Payload, Query, access, form, no_content, number, ok, point,
};
use crate::discord::Discord;
use crate::world::{Guild, Id, MemberEdit, Permissions as P, World, intents};

/// The longest that somebody can be told to be silent.
const TIMEOUT_MS: u64 = 28 * 24 * 60 * 60 * 1_000;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/guilds/{guild}/members", get(list))
        .route("/guilds/{guild}/members/search", get(search))
        .route("/guilds/{guild}/members/@me", patch(edit_own))
        .route("/guilds/{guild}/members/@me/nick", patch(edit_own_nick))
        .route(
            "/guilds/{guild}/members/{user}",
            get(fetch).patch(edit).delete(kick),
        )
        .route(
            "/guilds/{guild}/members/{user}/roles/{role}",
            put(give_role).delete(take_role),
        )
        .route("/users/@me/guilds/{guild}/member", get(own))
}

/// Listing members is a privileged matter.
async fn list(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=1000, 1)?;
    let after = point(&query, "after")?.unwrap_or(Id(0));
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        access::privileged(world, me, intents::GUILD_MEMBERS)?;
        let list = found
            .members
            .keys()
            .filter(|user| **user > after)
            .take(limit);
        ok(list
            .filter_map(|user| world.member_json(found, *user))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        if !world.users.contains_key(&user) {
            return Err(ApiError::unknown_user());
        }
        ok(world
            .member_json(found, user)
            .ok_or_else(ApiError::unknown_member)?)
    })
}

/// A bot has no member of itself to ask for with the scope that this needs.
async fn own(Caller(_): Caller) -> Answer {
    Err(ApiError::not_for_bots())
}

async fn search(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    query: Query,
) -> Answer {
    let limit = number(&query, "limit", 1..=1000, 1)?;
    let wanted = form::read(&json!(query.0), |fields| {
        fields
            .required_text("query", 1..=100)
            .map(str::to_lowercase)
    })?;
    let wanted = wanted.unwrap_or_default();
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        let matches = |user: &Id| {
            let account = world.users.get(user);
            let nick = found
                .members
                .get(user)
                .and_then(|member| member.nick.as_deref());
            let names = [
                account.map(|user| user.username.as_str()),
                account.and_then(|user| user.global_name.as_deref()),
                nick,
            ];
            names
                .into_iter()
                .flatten()
                .any(|name| name.to_lowercase().starts_with(&wanted))
        };
        let users = found
            .members
            .keys()
            .filter(|user| matches(user))
            .take(limit);
        ok(users
            .filter_map(|user| world.member_json(found, *user))
            .collect::<Vec<Value>>()
            .into())
    })
}

/// A nickname, or none: up to 32 characters.
#[allow(clippy::option_option)] // null takes it away
fn nick(fields: &Fields<'_>) -> Option<Option<String>> {
    fields.has("nick").then(|| {
        let nick = fields.text("nick", 0..=32).map(str::trim);
        nick.filter(|nick| !nick.is_empty()).map(str::to_owned)
    })
}

fn rename(world: &mut World, guild: Id, me: Id, payload: &Payload) -> Result<Value, ApiError> {
    let nick = payload.read(|fields| {
        for picture in ["avatar", "banner"] {
            image(fields, picture);
        }
        fields.text("bio", 0..=190);
        nick(fields)
    })?;
    let found = access::guild(world, guild, me)?;
    if nick.is_some() && !world.guild_permissions(guild, me).has(P::CHANGE_NICKNAME) {
        return Err(ApiError::missing_permissions());
    }
    let edit = MemberEdit {
        nick,
        ..MemberEdit::default()
    };
    let guild = found.id;
    world.edit_member(guild, me, edit);
    Ok(member(world, guild, me))
}

fn member(world: &World, guild: Id, user: Id) -> Value {
    let found = world.guilds.get(&guild);
    let member = found.and_then(|guild| world.member_json(guild, user));
    member.unwrap_or_default()
}

async fn edit_own(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    ok(discord.with(|world| rename(world, guild, me, &payload))?)
}

async fn edit_own_nick(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let member = discord.with(|world| rename(world, guild, me, &payload))?;
    ok(json!({"nick": member["nick"]}))
}

/// A guild, where somebody is a member.
fn of_guild(world: &World, guild: Id, me: Id, user: Id) -> Result<&Guild, ApiError> {
    let found = access::guild(world, guild, me)?;
    if !world.users.contains_key(&user) {
        return Err(ApiError::unknown_user());
    }
    if !found.members.contains_key(&user) {
        return Err(ApiError::unknown_member());
    }
    Ok(found)
}

/// What a body wants of a member.
struct Wanted {
    edit: MemberEdit,
    mute: Option<bool>,
    deaf: Option<bool>,
    /// Into a voice channel, or out of all.
    #[allow(clippy::option_option)] // null means out
    channel: Option<Option<Id>>,
}

fn read(fields: &Fields<'_>, now_ms: u64) -> Wanted {
    let timeout = fields.has("communication_disabled_until").then(|| {
        let until = fields.time("communication_disabled_until");
        if until.is_some_and(|until| until > now_ms + TIMEOUT_MS) {
            fields.fail(
                "communication_disabled_until",
                "DATETIME_TYPE_MAX",
                "The time must not be more than 28 days in the future.",
            );
        }
        until
    });
    fields.integer("flags", 0..=i64::from(i32::MAX));
    Wanted {
        edit: MemberEdit {
            nick: nick(fields),
            roles: fields.snowflakes("roles", 0..=250),
            timeout_ms: timeout,
        },
        mute: fields.boolean("mute"),
        deaf: fields.boolean("deaf"),
        channel: fields
            .has("channel_id")
            .then(|| fields.snowflake("channel_id")),
    }
}

/// Each field has its permission, and nobody touches whom they do not outrank.
fn check(world: &World, guild: &Guild, me: Id, user: Id, wanted: &Wanted) -> Result<(), ApiError> {
    let has = world.guild_permissions(guild.id, me);
    let needed = [
        (wanted.edit.nick.is_some(), P::MANAGE_NICKNAMES),
        (wanted.edit.roles.is_some(), P::MANAGE_ROLES),
        (wanted.edit.timeout_ms.is_some(), P::MODERATE_MEMBERS),
        (wanted.mute.is_some(), P::MUTE_MEMBERS),
        (wanted.deaf.is_some(), P::DEAFEN_MEMBERS),
        (wanted.channel.is_some(), P::MOVE_MEMBERS),
    ];
    if needed
        .iter()
        .any(|(wants, needed)| *wants && !has.has(*needed))
    {
        return Err(ApiError::missing_permissions());
    }
    let is_ranked = wanted.edit.nick.is_some() || wanted.edit.timeout_ms.is_some();
    if is_ranked && user != me && !world.outranks(guild.id, me, user) {
        return Err(ApiError::missing_permissions());
    }
    let silences = matches!(wanted.edit.timeout_ms, Some(Some(_)));
    if silences
        && world
            .guild_permissions(guild.id, user)
            .has(P::ADMINISTRATOR)
    {
        return Err(ApiError::missing_permissions());
    }
    if let Some(roles) = &wanted.edit.roles {
        let old = guild
            .members
            .get(&user)
            .map_or(&[][..], |member| &member.roles);
        let given = roles.iter().filter(|role| !old.contains(role));
        let taken = old.iter().filter(|role| !roles.contains(role));
        for role in given.chain(taken) {
            check_role(world, guild, me, *role)?;
        }
    }
    let state = guild.voice_states.get(&user);
    let in_voice = wanted.mute.is_some() || wanted.deaf.is_some() || wanted.channel.is_some();
    if in_voice && state.is_none() {
        return Err(ApiError::not_in_voice());
    }
    if let Some(Some(channel)) = wanted.channel {
        let found = world
            .channels
            .get(&channel)
            .filter(|c| c.guild == Some(guild.id));
        let found = found.ok_or_else(ApiError::unknown_channel)?;
        if !found.kind.is_voice() {
            return Err(ApiError::wrong_channel_type());
        }
        access::channel(world, channel, me, P::CONNECT | P::MOVE_MEMBERS)?;
    }
    Ok(())
}

/// A role that may be given and taken: one below the own ones that belongs to no bot.
pub(super) fn check_role(world: &World, guild: &Guild, me: Id, role: Id) -> Result<(), ApiError> {
    let found = guild.roles.get(&role).ok_or_else(ApiError::unknown_role)?;
    if found.bot.is_some() || role == guild.id {
        return Err(ApiError::invalid_role());
    }
    if guild.owner != me && world.rank(guild.id, me) <= found.position {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

async fn edit(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
    payload: Payload,
) -> Answer {
    discord.with(|world| {
        let now = world.now_ms();
        let wanted = payload.read(|fields| read(fields, now))?;
        let found = of_guild(world, guild, me, user)?;
        check(world, found, me, user, &wanted)?;
        if wanted.mute.is_some() || wanted.deaf.is_some() {
            let done = world.moderate_voice(guild, user, wanted.mute, wanted.deaf, None);
            done.map_err(|_| ApiError::not_in_voice())?;
        }
        match wanted.channel {
            Some(Some(channel)) => {
                let done = world.drag(guild, user, channel);
                done.map_err(|_| ApiError::not_in_voice())?;
            }
            Some(None) => {
                world.leave_voice(guild, user);
            }
            None => {}
        }
        let edit = wanted.edit;
        if edit.nick.is_some() || edit.roles.is_some() || edit.timeout_ms.is_some() {
            world.edit_member(guild, user, edit);
        }
        ok(member(world, guild, user))
    })
}

async fn kick(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        of_guild(world, guild, me, user)?;
        access::guild_with(world, guild, me, P::KICK_MEMBERS)?;
        if !world.outranks(guild, me, user) {
            return Err(ApiError::missing_permissions());
        }
        world.remove_member(guild, user);
        no_content()
    })
}

/// Gives or takes one role.
fn change_role(
    discord: &Discord,
    me: Id,
    [guild, user, role]: [Id; 3],
    change: impl FnOnce(&mut Vec<Id>),
) -> Answer {
    discord.with(|world| {
        let found = of_guild(world, guild, me, user)?;
        access::guild_with(world, guild, me, P::MANAGE_ROLES)?;
        check_role(world, found, me, role)?;
        let mut roles = found
            .members
            .get(&user)
            .map_or_else(Vec::new, |m| m.roles.clone());
        let before = roles.len();
        change(&mut roles);
        if roles.len() != before {
            let edit = MemberEdit {
                roles: Some(roles),
                ..MemberEdit::default()
            };
            world.edit_member(guild, user, edit);
        }
        no_content()
    })
}

async fn give_role(State(discord): State<Discord>, Caller(me): Caller, Ids(ids): Ids<3>) -> Answer {
    change_role(&discord, me, ids, |roles| {
        if !roles.contains(&ids[2]) {
            roles.push(ids[2]);
        }
    })
}

async fn take_role(State(discord): State<Discord>, Caller(me): Caller, Ids(ids): Ids<3>) -> Answer {
    change_role(&discord, me, ids, |roles| {
        roles.retain(|role| *role != ids[2]);
    })
}
