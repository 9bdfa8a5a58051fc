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

/// What only applications with this privileged intent may do.
pub(super) fn privileged(world: &World, me: Id, intent: u64) -> Result<(), ApiError> {
    let granted = world.applications.get(&me).map_or(0, |app| app.privileged);
    if granted & intent == 0 {
        return Err(ApiError::missing_access());
    }
    Ok(())
}

/// A guild in which the application has these permissions.
pub(super) fn guild_with(
    world: &World,
    id: Id,
    caller: Id,
    needed: Permissions,
) -> Result<&Guild, ApiError> {
    let found = guild(world, id, caller)?;
    if !world.guild_permissions(id, caller).has(needed) {
        return Err(ApiError::missing_permissions());
    }
    Ok(found)
}

/// Nothing changes in an archived thread.
pub(super) fn open_thread(world: &World, id: Id) -> Result<(), ApiError> {
    let thread = world
        .channels
        .get(&id)
        .and_then(|found| found.thread.as_ref());
    if thread.is_some_and(|thread| thread.archived) {
        return Err(ApiError::archived_thread());
    }
    Ok(())
}

/// Writing brings an archived thread back, but not one that is locked.
pub(super) fn unlocked_thread(world: &World, id: Id, caller: Id) -> Result<(), ApiError> {
    let thread = world
        .channels
        .get(&id)
        .and_then(|found| found.thread.as_ref());
    let may_pass = world
        .permissions(id, caller)
        .has(Permissions::MANAGE_THREADS);
    if thread.is_some_and(|thread| thread.locked) && !may_pass {
        return Err(ApiError::locked_thread());
    }
    Ok(())
}

/// What sending a message to this kind of channel needs.
pub(super) fn send_permission(channel: &Channel) -> Permissions {
    if channel.kind.is_thread() {
        Permissions::SEND_MESSAGES_IN_THREADS
    } else {
        Permissions::SEND_MESSAGES
    }
}
