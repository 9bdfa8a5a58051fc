//! Discord's JSON of everything, complete by its OpenAPI description.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::message::{Author, Message, Source};
use super::model::{Channel, ChannelKind, Guild, Role, StageInstance, VoiceState, Webhook};
use super::{Id, Permissions, World, intents};

/// A point in time as Discord writes it: `2026-11-21T20:00:00.000000+00:00`.
pub fn iso(unix_ms: u64) -> String {
    let nanos = i128::from(unix_ms) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    )
}

/// A webhook of a channel (`GuildIncomingWebhookResponse`).
pub fn webhook_json(world: &World, webhook: &Webhook, base: &str) -> Value {
    json!({
        "id": webhook.id,
        "type": 1,
        "name": webhook.name,
        "avatar": null,
        "channel_id": webhook.channel,
        "guild_id": webhook.guild,
        "application_id": webhook.application,
        "token": webhook.token,
        "url": format!("{base}/api/webhooks/{}/{}", webhook.id, webhook.token),
        "user": world.user_json(webhook.creator),
    })
}

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
        let name = self.applications.get(&id).map_or("", |app| &app.name);
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
            "description": "",
            "summary": "",
            "type": null,
            "bot": self.user_json(id),
            "bot_public": true,
            "bot_require_code_grant": false,
            "integration_types_config": {"0": {"oauth2_install_params": {"scopes": ["applications.commands", "bot"], "permissions": "0"}}},
            "verify_key": format!("{:064x}", u128::from(id.0) << 64 | u128::from(!id.0)),
            "flags": application_flags(self.applications.get(&id).map_or(0, |app| app.privileged)),
            "flags_new": application_flags(self.applications.get(&id).map_or(0, |app| app.privileged)).to_string(),
            "tags": [],
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": self.user_json(owner),
            "approximate_guild_count": guilds,
            "approximate_user_install_count": 0,
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
            "communication_disabled_until": null,
            "flags": 0,
            "joined_at": iso(member.joined_ms),
            "pending": false,
            "premium_since": null,
            "roles": member.roles,
            "mute": member.mute,
            "deaf": member.deaf,
        }))
    }

    /// A channel as a bot gets it over REST and in events.
    pub fn channel_json(&self, channel: &Channel) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| {
            out.insert(key.to_owned(), value);
        };
        put("id", channel.id.json());
        put("type", (channel.kind as u8).into());
        put("flags", 0.into());
        if channel.kind.has_messages() {
            put("last_message_id", json!(channel.last_message));
        }
        let Some(guild) = channel.guild else {
            let others = channel
                .recipients
                .iter()
                .filter(|user| !self.applications.contains_key(user));
            let others: Vec<_> = others.map(|user| self.user_json(*user)).collect();
            put("recipients", others.into());
            return Value::Object(out);
        };
        put("guild_id", guild.json());
        put("name", channel.name.clone().into());
        put("parent_id", json!(channel.parent));
        if channel.kind.is_thread() {
            put("owner_id", json!(channel.owner.unwrap_or(guild)));
            put(
                "thread_metadata",
                json!({
                    "archived": channel.archived,
                    "archive_timestamp": iso(channel.id.unix_ms()),
                    "auto_archive_duration": 1440,
                    "locked": false,
                    "create_timestamp": iso(channel.id.unix_ms()),
                }),
            );
            let count = channel.messages.len();
            put("message_count", count.into());
            put("total_message_sent", count.into());
            put("member_count", 1.into());
            put("rate_limit_per_user", 0.into());
            return Value::Object(out);
        }
        put("position", channel.position.into());
        put("permission_overwrites", overwrites_json(channel));
        put("nsfw", false.into());
        match channel.kind {
            ChannelKind::Text | ChannelKind::Announcement => {
                put("topic", json!(channel.topic));
                put("rate_limit_per_user", 0.into());
                put("last_pin_timestamp", Value::Null);
                put("default_auto_archive_duration", 1440.into());
            }
            ChannelKind::Voice | ChannelKind::Stage => {
                put("bitrate", channel.bitrate.into());
                put("user_limit", channel.user_limit.into());
                put("rtc_region", Value::Null);
                put("video_quality_mode", 1.into());
                put("rate_limit_per_user", 0.into());
                if channel.kind == ChannelKind::Stage {
                    put("topic", json!(channel.topic));
                }
            }
            _ => {}
        }
        Value::Object(out)
    }

    /// A guild over REST (`GuildResponse`; with counts `GuildWithCountsResponse`).
    pub fn guild_json(&self, guild: &Guild, with_counts: bool) -> Value {
        let mut out = json!({
            "id": guild.id,
            "name": guild.name,
            "icon": null,
            "icon_hash": null,
            "description": guild.description,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": ["COMMUNITY", "NEWS"],
            "banner": null,
            "owner_id": guild.owner,
            "application_id": null,
            "region": "rotterdam",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "system_channel_id": self.first_text_channel(guild, guild.owner),
            "system_channel_flags": 0,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 1,
            "roles": guild.roles.values().map(role_json).collect::<Vec<_>>(),
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 2,
        });
        let rest = json!({
            "max_presences": null,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": guild.locale,
            "rules_channel_id": null,
            "safety_alerts_channel_id": null,
            "public_updates_channel_id": null,
            "hub_type": null,
            "premium_progress_bar_enabled": false,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": null,
        });
        if let (Some(out), Value::Object(rest)) = (out.as_object_mut(), rest) {
            out.extend(rest);
        }
        if with_counts {
            out["approximate_member_count"] = guild.members.len().into();
            out["approximate_presence_count"] = guild.members.len().into();
        }
        out
    }

    /// The `d` of `GUILD_CREATE` for a bot. Without the privileged intents only the bot itself
    /// and those in voice are among the members, and nobody among the presences.
    pub fn guild_create_json(&self, guild: &Guild, application: Id, session_intents: u64) -> Value {
        if guild.unavailable {
            return json!({"id": guild.id, "unavailable": true});
        }
        let mut out = self.guild_json(guild, false);
        let all_members = session_intents & intents::GUILD_MEMBERS != 0
            && session_intents & intents::GUILD_PRESENCES != 0;
        let members: Vec<Value> = guild
            .members
            .keys()
            .filter(|user| {
                all_members || **user == application || guild.voice_states.contains_key(user)
            })
            .filter_map(|user| self.member_json(guild, *user))
            .collect();
        let (threads, channels): (Vec<_>, Vec<_>) = guild
            .channels
            .iter()
            .filter_map(|id| self.channels.get(id))
            .partition(|channel| channel.kind.is_thread());
        let joined = guild.members.get(&application);
        out["joined_at"] = joined.map_or(Value::Null, |member| iso(member.joined_ms).into());
        out["large"] = (guild.members.len() > 250).into();
        out["unavailable"] = false.into();
        out["member_count"] = guild.members.len().into();
        out["members"] = members.into();
        out["channels"] = channels.iter().map(|c| self.channel_json(c)).collect();
        out["threads"] = threads
            .iter()
            .filter(|thread| {
                self.permissions(thread.id, application)
                    .has(Permissions::VIEW_CHANNEL)
            })
            .map(|c| self.channel_json(c))
            .collect();
        out["voice_states"] = guild
            .voice_states
            .values()
            .map(|state| {
                let mut state = self.voice_state_json(guild, state, false);
                if let Some(fields) = state.as_object_mut() {
                    fields.remove("guild_id");
                }
                state
            })
            .collect();
        out["stage_instances"] = guild
            .stages
            .iter()
            .map(|stage| stage_json(guild.id, stage))
            .collect();
        for empty in [
            "presences",
            "guild_scheduled_events",
            "soundboard_sounds",
            "embedded_activities",
        ] {
            out[empty] = json!([]);
        }
        out
    }

    /// A voice state (`VoiceStateResponse`, and the `d` of `VOICE_STATE_UPDATE` with its member).
    pub fn voice_state_json(&self, guild: &Guild, state: &VoiceState, with_member: bool) -> Value {
        let member = guild.members.get(&state.user);
        let mut out = json!({
            "guild_id": guild.id,
            "channel_id": state.channel,
            "user_id": state.user,
            "session_id": state.session_id,
            "deaf": member.is_some_and(|member| member.deaf),
            "mute": member.is_some_and(|member| member.mute),
            "self_deaf": state.self_deaf,
            "self_mute": state.self_mute,
            "self_video": state.self_video,
            "self_stream": false,
            "suppress": state.suppress,
            "request_to_speak_timestamp": state.request_to_speak_ms.map(iso),
        });
        if with_member && let Some(member) = self.member_json(guild, state.user) {
            out["member"] = member;
        }
        out
    }

    /// A message (`MessageResponse`).
    pub fn message_json(&self, message: &Message) -> Value {
        let mut out = self.bare_message_json(message);
        if let Some(reference) = message.reference {
            out["message_reference"] = json!({
                "type": 0,
                "channel_id": message.channel,
                "message_id": reference,
                "guild_id": self.channels.get(&message.channel).and_then(|c| c.guild),
            });
            let found = self
                .channels
                .get(&message.channel)
                .and_then(|channel| channel.messages.get(&reference));
            out["referenced_message"] =
                found.map_or(Value::Null, |found| self.bare_message_json(found));
        }
        out
    }

    fn bare_message_json(&self, message: &Message) -> Value {
        let author = match &message.author {
            Author::User(id) => self.user_json(*id),
            Author::Webhook { id, name } => {
                let mut author = self.user_json(*id);
                author["username"] = name.clone().into();
                author["discriminator"] = "0000".into();
                author["bot"] = true.into();
                author
            }
        };
        let users = message.mentions.iter().map(|user| self.user_json(*user));
        let mut out = json!({
            "id": message.id,
            "type": message.kind,
            "channel_id": message.channel,
            "author": author,
            "content": message.content,
            "timestamp": iso(message.id.unix_ms()),
            "edited_timestamp": message.edited_ms.map(iso),
            "tts": message.tts,
            "mention_everyone": message.mention_everyone,
            "mentions": users.collect::<Vec<_>>(),
            "mention_roles": message.mention_roles,
            "attachments": message.attachments,
            "embeds": message.embeds,
            "components": message.components,
            "pinned": false,
            "flags": message.flags,
        });
        if let Some(nonce) = &message.nonce {
            out["nonce"] = nonce.clone();
        }
        if let Some(application) = message.application {
            out["application_id"] = application.json();
        }
        if let Author::Webhook { id, .. } = &message.author {
            out["webhook_id"] = id.json();
        }
        if let Some(source) = &message.source {
            // What answers an interaction is sent through the application's own webhook.
            if let Some(application) = message.application {
                out["webhook_id"] = application.json();
            }
            if source.kind != super::interaction::kind::COMPONENT {
                out["interaction"] = json!({
                    "id": source.interaction,
                    "type": source.kind,
                    "name": source.name,
                    "user": self.user_json(source.user),
                });
            }
            out["interaction_metadata"] = self.metadata_json(source, message);
        }
        out
    }

    /// What a message says of the interaction that it answers.
    fn metadata_json(&self, source: &Source, message: &Message) -> Value {
        let mut out = json!({
            "id": source.interaction,
            "type": source.kind,
            "user": self.user_json(source.user),
            "authorizing_integration_owners": self.owners_json(message.channel),
        });
        if let Some(original) = source.original {
            out["original_response_message_id"] = original.json();
        }
        match (source.kind, &source.trigger) {
            (super::interaction::kind::COMPONENT, _) => {
                out["interacted_message_id"] =
                    json!(source.interacted_message.unwrap_or(message.id));
            }
            (super::interaction::kind::MODAL, Some(trigger)) => {
                out["triggering_interaction_metadata"] = self.metadata_json(trigger, message);
            }
            _ => out["name"] = source.name.clone().into(),
        }
        out
    }

    /// The `d` of `MESSAGE_CREATE` and `MESSAGE_UPDATE`: the message and where it was written.
    pub fn message_event_json(&self, message: &Message) -> Value {
        let mut out = self.message_json(message);
        out["channel_type"] = json!(self.channels.get(&message.channel).map(|c| c.kind as u8));
        let guild = self
            .channels
            .get(&message.channel)
            .and_then(|channel| channel.guild)
            .and_then(|guild| self.guilds.get(&guild));
        if let Some(guild) = guild {
            out["guild_id"] = guild.id.json();
            if let Author::User(user) = message.author
                && let Some(mut member) = self.member_json(guild, user)
            {
                if let Some(fields) = member.as_object_mut() {
                    fields.remove("user");
                }
                out["member"] = member;
            }
        }
        out
    }

    /// Who installed the application that an interaction in this channel belongs to.
    pub(crate) fn owners_json(&self, channel: Id) -> Value {
        match self.channels.get(&channel).and_then(|c| c.guild) {
            Some(guild) => json!({"0": guild}),
            None => json!({"0": "0"}),
        }
    }
}

/// A role (`GuildRoleResponse`).
pub(super) fn role_json(role: &Role) -> Value {
    let mut out = json!({
        "id": role.id,
        "name": role.name,
        "description": null,
        "permissions": role.permissions.json(),
        "position": role.position,
        "color": role.colour,
        "colors": {"primary_color": role.colour, "secondary_color": null, "tertiary_color": null},
        "hoist": role.hoist,
        "managed": role.bot.is_some(),
        "mentionable": role.mentionable,
        "icon": null,
        "unicode_emoji": null,
        "flags": 0,
    });
    if let Some(bot) = role.bot {
        out["tags"] = json!({"bot_id": bot});
    }
    out
}

/// A stage instance (`StageInstanceResponse`).
pub(super) fn stage_json(guild: Id, stage: &StageInstance) -> Value {
    json!({
        "id": stage.id,
        "guild_id": guild,
        "channel_id": stage.channel,
        "topic": stage.topic,
        "privacy_level": 2,
        "discoverable_disabled": true,
        "guild_scheduled_event_id": null,
    })
}

fn overwrites_json(channel: &Channel) -> Value {
    channel
        .overwrites
        .iter()
        .map(|overwrite| {
            json!({
                "id": overwrite.id,
                "type": u8::from(overwrite.is_member),
                "allow": overwrite.allow.json(),
                "deny": overwrite.deny.json(),
            })
        })
        .collect()
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
