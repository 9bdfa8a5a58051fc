//! Users, applications, members.

use serde_json::{Value, json};

use super::iso;
use crate::world::model::Guild;
use crate::world::{Id, World, intents};

impl World {
    /// A user (`UserResponse`). A deleted one is shown as Discord shows it.
    pub fn user_json(&self, id: Id) -> Value {
        let user = self.users.get(&id);
        let bot = user.is_some_and(|user| user.bot);
        json!({
            "id": id,
            "username": user.map_or("deleted_user", |user| user.username.as_str()),
            "global_name": user.and_then(|user| user.global_name.as_deref()),
            "discriminator": if bot { "4242" } else { "0" },
            "avatar": null,
            "avatar_decoration_data": null,
            "banner": null,
            "accent_color": null,
            "public_flags": 0,
            "flags": 0,
            "bot": bot,
            "system": false,
            "primary_guild": null,
            "collectibles": null,
        })
    }

    /// The bot itself (`UserPIIResponse`).
    pub fn self_json(&self, id: Id) -> Value {
        let mut user = self.user_json(id);
        user["mfa_enabled"] = true.into();
        user["locale"] = "en-US".into();
        user["premium_type"] = 0.into();
        user["email"] = Value::Null;
        user["verified"] = true.into();
        user
    }

    /// An application as it sees itself (`PrivateApplicationResponse`).
    pub fn application_json(&self, id: Id) -> Value {
        let found = self.applications.get(&id);
        let name = found.map_or("", |app| &app.name);
        let owner = self
            .guilds
            .values()
            .next()
            .map_or(Id(1), |guild| guild.owner);
        let guilds = self
            .guilds
            .values()
            .filter(|guild| guild.bots.contains(&id))
            .count();
        json!({
            "id": id,
            "name": name,
            "icon": null,
            "description": found.map_or("", |app| &app.description),
            "summary": "",
            "type": null,
            "bot": self.user_json(id),
            "bot_public": true,
            "bot_require_code_grant": false,
            "integration_types_config": {
                "0": {"oauth2_install_params": {"scopes": ["applications.commands", "bot"], "permissions": "0"}},
                "1": {"oauth2_install_params": {"scopes": ["applications.commands"], "permissions": "0"}},
            },
            "verify_key": format!("{:064x}", u128::from(id.0) << 64 | u128::from(!id.0)),
            "flags": application_flags(self.applications.get(&id).map_or(0, |app| app.privileged)),
            "flags_new": application_flags(self.applications.get(&id).map_or(0, |app| app.privileged)).to_string(),
            "tags": found.map_or(&[][..], |app| &app.tags),
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": self.user_json(owner),
            "approximate_guild_count": guilds,
            "approximate_user_install_count": self.applications.get(&id).map_or(0, |app| app.installed_by.len()),
            "approximate_user_authorization_count": 0,
            "event_webhooks_url": null,
            "event_webhooks_status": 1,
            "event_webhooks_types": [],
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": ["bot", "applications.commands"],
        })
    }

    /// A member (`GuildMemberResponse`); none for someone who is not in the guild.
    pub fn member_json(&self, guild: &Guild, user: Id) -> Option<Value> {
        let member = guild.members.get(&user)?;
        Some(json!({
            "user": self.user_json(user),
            "nick": member.nick,
            "avatar": null,
            "avatar_decoration_data": null,
            "banner": null,
            "collectibles": null,
            "communication_disabled_until": member.timeout_ms.map(iso),
            "flags": 0,
            "joined_at": iso(member.joined_ms),
            "pending": false,
            "premium_since": null,
            "roles": member.roles,
            "mute": member.mute,
            "deaf": member.deaf,
        }))
    }
}

/// Flags of an application: the "limited" bits of the privileged intents it was given.
fn application_flags(privileged: u64) -> u64 {
    [
        (intents::GUILD_PRESENCES, 1 << 13),
        (intents::GUILD_MEMBERS, 1 << 15),
        (intents::MESSAGE_CONTENT, 1 << 19),
    ]
    .into_iter()
    .filter(|(intent, _)| privileged & intent != 0)
    .fold(0, |flags, (_, flag)| flags | flag)
}
