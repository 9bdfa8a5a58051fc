//! Who may reach what: 404 for what does not exist, 50001 for what cannot be seen, 50013 for
//! what may not be done.

use super::ApiError;
use crate::world::{Channel, Guild, Id, Permissions, World};

/// A guild that the application is in.
pub(super) fn guild(world: &World, id: Id, caller: Id) -> Result<&Guild, ApiError> {
    let guild = world.guilds.get(&id).ok_or_else(ApiError::unknown_guild)?;
    if guild.unavailable || !guild.bots.contains(&caller) {
        return Err(ApiError::missing_access());
    }
    Ok(guild)
}

/// A channel that the application sees, and in which it has these permissions.
pub(super) fn channel(
    world: &World,
    id: Id,
    caller: Id,
    needed: Permissions,
) -> Result<&Channel, ApiError> {
    let channel = world
        .channels
        .get(&id)
        .ok_or_else(ApiError::unknown_channel)?;
    if let Some(guild_id) = channel.guild {
        guild(world, guild_id, caller)?;
    }
    let has = world.permissions(id, caller);
    if !has.has(Permissions::VIEW_CHANNEL) {
        return Err(ApiError::missing_access());
    }
    if !has.has(needed) {
        return Err(ApiError::missing_permissions());
    }
    Ok(channel)
}

/// A channel whose messages the application reads or writes: those of a voice channel need
/// Connect as well as View Channel.
pub(super) fn chat(world: &World, id: Id, caller: Id) -> Result<&Channel, ApiError> {
    let found = channel(world, id, caller, Permissions::NONE)?;
    if found.kind.is_voice() && !world.permissions(id, caller).has(Permissions::CONNECT) {
        return Err(ApiError::missing_access());
    }
    Ok(found)
}

/// What sending a message to this kind of channel needs.
pub(super) fn send_permission(channel: &Channel) -> Permissions {
    if channel.kind.is_thread() {
        Permissions::SEND_MESSAGES_IN_THREADS
    } else {
        Permissions::SEND_MESSAGES
    }
}
