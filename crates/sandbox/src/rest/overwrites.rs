//! What channels give to roles and members, and take from them:
//! <https://discord.com/developers/docs/resources/channel#edit-channel-permissions>.

use axum::Router;
use axum::extract::State;
use axum::routing::put;

use super::validate::channel::overwrite;
use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content};
use crate::discord::Discord;
use crate::world::{ChannelEdit, Id, Overwrite, Permissions, World};

pub(super) fn routes() -> Router<Discord> {
    Router::new().route(
        "/channels/{channel}/permissions/{overwrite}",
        put(set_overwrite).delete(remove_overwrite),
    )
}

/// Nobody gives or takes what they do not have themselves.
pub(super) fn check_overwrites(
    world: &World,
    place: Result<Id, Id>,
    me: Id,
    overwrites: &[Overwrite],
) -> Result<(), ApiError> {
    let has = match place {
        Ok(channel) => world.permissions(channel, me),
        Err(guild) => world.guild_permissions(guild, me),
    };
    let wanted = overwrites
        .iter()
        .fold(Permissions::NONE, |all, o| all | o.allow | o.deny);
    if !overwrites.is_empty() && !has.has(Permissions::MANAGE_ROLES | wanted & Permissions::ALL) {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

async fn set_overwrite(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, target]): Ids<2>,
    payload: Payload,
) -> Answer {
    let new = payload.read(|fields| overwrite(fields, Some(target)))?;
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        let guild = found.guild.ok_or_else(ApiError::not_in_dm)?;
        let new = new.ok_or_else(ApiError::unknown_overwrite)?;
        check_overwrites(world, Ok(channel), application, std::slice::from_ref(&new))?;
        let known = world.guilds.get(&guild).is_some_and(|guild| {
            guild.roles.contains_key(&target) || guild.members.contains_key(&target)
        });
        if !known {
            return Err(ApiError::unknown_overwrite());
        }
        let mut overwrites = found.overwrites.clone();
        overwrites.retain(|other| other.id != target);
        overwrites.push(new);
        world.edit_channel(channel, with_overwrites(overwrites));
        no_content()
    })
}

async fn remove_overwrite(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel, target]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::MANAGE_ROLES)?;
        let mut overwrites = found.overwrites.clone();
        overwrites.retain(|other| other.id != target);
        if overwrites.len() == found.overwrites.len() {
            return Err(ApiError::unknown_overwrite());
        }
        world.edit_channel(channel, with_overwrites(overwrites));
        no_content()
    })
}

fn with_overwrites(overwrites: Vec<Overwrite>) -> ChannelEdit {
    ChannelEdit {
        overwrites: Some(overwrites),
        ..ChannelEdit::default()
    }
}
