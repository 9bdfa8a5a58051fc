//! Roles: <https://discord.com/developers/docs/topics/permissions#role-object>.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::form::{self, Fields};
use super::members::check_role;
use super::users::image;
use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::discord::Discord;
use crate::world::{Guild, Id, Permissions as P, RoleEdit, World, role_json};

/// Roles that a guild may have.
const MOST: usize = 250;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/guilds/{guild}/roles",
            get(list).post(create).patch(arrange),
        )
        .route("/guilds/{guild}/roles/member-counts", get(counts))
        .route(
            "/guilds/{guild}/roles/{role}",
            get(fetch).patch(edit).delete(delete),
        )
}

fn roles_json(guild: &Guild) -> Value {
    guild.roles.values().map(role_json).collect()
}

async fn list(State(discord): State<Discord>, Caller(me): Caller, Ids([guild]): Ids<1>) -> Answer {
    discord.with(|world| ok(roles_json(access::guild(world, guild, me)?)))
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, role]): Ids<2>,
) -> Answer {
    discord.with(|world| answer(world, guild, role, me))
}

fn answer(world: &World, guild: Id, role: Id, me: Id) -> Answer {
    let found = access::guild(world, guild, me)?.roles.get(&role);
    ok(role_json(found.ok_or_else(ApiError::unknown_role)?))
}

/// How many members have each role but `@everyone`.
async fn counts(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        let counts: Map<String, Value> = found
            .roles
            .keys()
            .filter(|role| **role != guild)
            .map(|role| {
                let members = found.members.values();
                let count = members.filter(|member| member.roles.contains(role)).count();
                (role.to_string(), count.into())
            })
            .collect();
        ok(Value::Object(counts))
    })
}

fn read(fields: &Fields<'_>) -> RoleEdit {
    let colours = fields.object("colors");
    let primary = colours.and_then(|colours| {
        for name in ["secondary_color", "tertiary_color"] {
            colours.integer(name, 0..=0xFF_FFFF);
        }
        colours.integer("primary_color", 0..=0xFF_FFFF)
    });
    let colour = primary.or_else(|| fields.integer("color", 0..=0xFF_FFFF));
    let bits = fields.integer("permissions", 0..=i64::MAX);
    image(fields, "icon");
    fields.text("unicode_emoji", 0..=100);
    RoleEdit {
        name: fields
            .text("name", 1..=100)
            .map(|name| name.trim().to_owned()),
        permissions: bits.map(|bits| P(bits.unsigned_abs())),
        colour: colour.and_then(|colour| u32::try_from(colour).ok()),
        hoist: fields.boolean("hoist"),
        mentionable: fields.boolean("mentionable"),
        position: None,
    }
}

/// Nobody gives what they do not have.
fn check_permissions(world: &World, guild: Id, me: Id, edit: &RoleEdit) -> Result<(), ApiError> {
    let wanted = edit.permissions.unwrap_or(P::NONE) & P::ALL;
    if world.guild_permissions(guild, me).has(wanted) {
        Ok(())
    } else {
        Err(ApiError::missing_permissions())
    }
}

async fn create(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let mut edit = payload.read(read)?;
    edit.name = edit.name.filter(|name| !name.is_empty());
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::MANAGE_ROLES)?;
        if found.roles.len() >= MOST {
            return Err(ApiError::too_many_roles());
        }
        check_permissions(world, guild, me, &edit)?;
        let role = world.create_role(guild, edit);
        answer(world, guild, role.ok_or_else(ApiError::unknown_guild)?, me)
    })
}

/// A role that may be changed: one below the own ones. `@everyone` always may.
fn below(world: &World, guild: Id, role: Id, me: Id) -> Result<(), ApiError> {
    let found = access::guild_with(world, guild, me, P::MANAGE_ROLES)?;
    let place = found
        .roles
        .get(&role)
        .ok_or_else(ApiError::unknown_role)?
        .position;
    if found.owner != me && role != guild && world.rank(guild, me) <= place {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

async fn edit(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, role]): Ids<2>,
    payload: Payload,
) -> Answer {
    let edit = payload.read(read)?;
    discord.with(|world| {
        below(world, guild, role, me)?;
        check_permissions(world, guild, me, &edit)?;
        world.edit_role(guild, role, edit);
        answer(world, guild, role, me)
    })
}

async fn delete(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, role]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::MANAGE_ROLES)?;
        check_role(world, found, me, role)?;
        world.delete_role(guild, role);
        no_content()
    })
}

/// Places in the hierarchy.
async fn arrange(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let wrapped = json!({"roles": payload.json});
    let moves = form::read(&wrapped, |fields| {
        let list = fields.objects("roles", 0..=MOST).unwrap_or_default();
        let moves = list.iter().filter_map(|item| {
            let id = item.required_snowflake("id");
            let place = item.integer("position", 0..=i64::from(i32::MAX));
            Some((id?, u32::try_from(place?).ok()?))
        });
        moves.collect::<Vec<_>>()
    })?;
    discord.with(|world| {
        let found = access::guild_with(world, guild, me, P::MANAGE_ROLES)?;
        let is_owner = found.owner == me;
        for (role, place) in &moves {
            below(world, guild, *role, me)?;
            if !is_owner && world.rank(guild, me) <= *place {
                return Err(ApiError::missing_permissions());
            }
        }
        for (role, place) in moves {
            let edit = RoleEdit {
                position: Some(place.max(1)),
                ..RoleEdit::default()
            };
            world.edit_role(guild, role, edit);
        }
        ok(roles_json(access::guild(world, guild, me)?))
    })
}
