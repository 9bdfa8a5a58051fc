//! Who may change what is set for a server: who may manage the server, and whoever has the role that
//! those have chosen for it.

use serenity::all::{GuildId, Member, Mentionable, Permissions};

use super::{CommandError, permissions};
use crate::language::{Servers, Text};

/// Whether somebody may manage the server, which includes choosing that role.
pub(super) fn manages_server(member: &Member) -> bool {
    let held = member.permissions.unwrap_or_default();
    held.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR)
}

/// Refuses those who may not change settings. `member` is the caller, as Discord sends them with an
/// interaction.
pub(super) fn check(
    servers: &Servers,
    guild: GuildId,
    member: &Member,
) -> Result<(), CommandError> {
    let role = servers.chosen(guild).managers;
    if manages_server(member) || role.is_some_and(|role| member.roles.contains(&role)) {
        return Ok(());
    }
    let Some(role) = role else {
        return Err(manage_server_needed());
    };
    Err(CommandError::explained(move |language| {
        language.say(Text::PermissionOrRoleNeeded {
            permissions: permissions::names(Permissions::MANAGE_GUILD, language).into(),
            role: role.mention().to_string().into(),
        })
    }))
}

/// What those are told who may not manage the server.
pub(super) fn manage_server_needed() -> CommandError {
    CommandError::explained(|language| permissions::needed(Permissions::MANAGE_GUILD, language))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serenity::all::RoleId;

    use super::*;

    fn member(permissions: Permissions, role: u64) -> Member {
        let member = json!({
            "user": {"id": "5", "username": "somebody", "discriminator": "0", "avatar": null},
            "guild_id": "1",
            "roles": [role.to_string()],
            "joined_at": "2020-01-01T00:00:00Z",
            "deaf": false,
            "mute": false,
            "flags": 0,
            "permissions": permissions.bits().to_string(),
        });
        serde_json::from_value(member).unwrap()
    }

    #[tokio::test]
    async fn a_role_may_change_settings_and_manage_server_always_may() {
        let (servers, guild) = (Servers::default(), GuildId::new(1));
        let may = |member: &Member| check(&servers, guild, member).is_ok();
        let manager = member(Permissions::MANAGE_GUILD, 9);
        let trusted = member(Permissions::empty(), 7);
        assert!(may(&manager) && !may(&trusted));

        let (store, _directory) = crate::store::tests::store().await;
        let choose = |role| servers.choose(&store, guild, move |it| it.managers = role);
        choose(Some(RoleId::new(7))).await.unwrap();
        assert!(may(&manager) && may(&trusted));
        assert!(!may(&member(Permissions::MANAGE_CHANNELS, 8)));
        assert!(!manages_server(&trusted));
        choose(None).await.unwrap();
        assert!(!may(&trusted));
    }
}
