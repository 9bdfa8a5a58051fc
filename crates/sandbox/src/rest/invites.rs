//! Invites: <https://discord.com/developers/docs/resources/invite>.

use axum::Router;
use axum::extract::{Path, Query as AxumQuery, State};
use axum::routing::get;
use serde_json::Value;

use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, is_on, ok};
use crate::discord::Discord;
use crate::world::{Invite, Permissions as P, invite_code};

/// Invites that a guild may have.
const MOST: usize = 1_000;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}/invites", get(of_channel).post(create))
        .route("/guilds/{guild}/invites", get(of_guild))
        .route("/invites/{code}", get(fetch).delete(delete))
}

async fn create(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let (max_age, max_uses, temporary, unique) = payload.read(|fields| {
        let number = |name, most, default: u64| {
            let given = fields.integer(name, 0..=most);
            given.map_or(default, i64::unsigned_abs)
        };
        fields.choice("target_type", &[1, 2]);
        for name in ["target_user_id", "target_application_id"] {
            fields.snowflake(name);
        }
        fields.snowflakes("role_ids", 0..=250);
        (
            number("max_age", 604_800, 86_400),
            number("max_uses", 100, 0),
            fields.boolean("temporary").unwrap_or(false),
            fields.boolean("unique").unwrap_or(false),
        )
    })?;
    discord.with(|world| {
        let found = access::channel(world, channel, me, P::CREATE_INSTANT_INVITE)?;
        let guild = found.guild.ok_or_else(ApiError::not_in_dm)?;
        let mut existing = world.invites_of(guild).into_iter();
        let alike = existing.find(|other| {
            (other.channel, other.inviter, other.max_age) == (channel, me, max_age)
                && (other.max_uses, other.temporary) == (max_uses, temporary)
        });
        if let Some(alike) = alike.filter(|_| !unique) {
            return ok(world.invite_json(alike, true, false));
        }
        if world.invites_of(guild).len() >= MOST {
            return Err(ApiError::too_many_invites());
        }
        let invite = Invite {
            code: invite_code(),
            guild,
            channel,
            inviter: me,
            max_age,
            max_uses,
            temporary,
            created_ms: world.now_ms(),
        };
        let json = world.invite_json(&invite, true, false);
        world.add_invite(invite);
        ok(json)
    })
}

async fn of_channel(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, me, P::MANAGE_CHANNELS)?;
        let guild = found.guild.ok_or_else(ApiError::not_in_dm)?;
        let invites = world.invites_of(guild).into_iter();
        ok(invites
            .filter(|invite| invite.channel == channel)
            .map(|invite| world.invite_json(invite, true, false))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn of_guild(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        access::guild_with(world, guild, me, P::MANAGE_GUILD)?;
        let invites = world.invites_of(guild).into_iter();
        ok(invites
            .map(|invite| world.invite_json(invite, true, false))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn fetch(
    State(discord): State<Discord>,
    Path(code): Path<String>,
    AxumQuery(query): Query,
) -> Answer {
    let with_counts = is_on(query.get("with_counts"));
    discord.with(|world| {
        let invite = world.invite(&code).ok_or_else(ApiError::unknown_invite)?;
        ok(world.invite_json(invite, false, with_counts))
    })
}

async fn delete(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Path(code): Path<String>,
) -> Answer {
    discord.with(|world| {
        let invite = world.invite(&code).ok_or_else(ApiError::unknown_invite)?;
        let may_all = world
            .guild_permissions(invite.guild, me)
            .has(P::MANAGE_GUILD);
        if !may_all {
            access::channel(world, invite.channel, me, P::MANAGE_CHANNELS)?;
        }
        let json = world.invite_json(invite, false, false);
        world.remove_invite(&code);
        ok(json)
    })
}
