//! Guilds and what is in them.

use serde_json::{Map, Value, json};

use super::iso;
use crate::world::forums::forum_fields;
use crate::world::message::kinds;
use crate::world::model::{Channel, ChannelKind, Guild, Role, StageInstance, VoiceState, Webhook};
use crate::world::{Id, Permissions, World, intents};

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
    /// A channel as a bot gets it over REST and in events.
    pub fn channel_json(&self, channel: &Channel) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| {
            out.insert(key.to_owned(), value);
        };
        put("id", channel.id.json());
        put("type", (channel.kind as u8).into());
        put("flags", channel.flags.into());
        if channel.kind != ChannelKind::Category {
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
        if let Some(thread) = &channel.thread {
            put("owner_id", json!(thread.owner.unwrap_or(guild)));
            let mut metadata = json!({
                "archived": thread.archived,
                "archive_timestamp": iso(thread.archive_ms),
                "auto_archive_duration": thread.auto_archive,
                "locked": thread.locked,
                "create_timestamp": iso(channel.id.unix_ms()),
            });
            if channel.kind == ChannelKind::PrivateThread {
                metadata["invitable"] = thread.invitable.into();
            }
            put("thread_metadata", metadata);
            put("message_count", replies(channel).into());
            put("total_message_sent", thread.sent.into());
            // Discord counts no further.
            put("member_count", thread.members.len().min(50).into());
            put("rate_limit_per_user", channel.slow_mode.into());
            let parent = channel.parent.and_then(|id| self.channels.get(&id));
            if parent.is_some_and(|parent| parent.kind.is_forum()) {
                put("applied_tags", json!(thread.tags));
            }
            return Value::Object(out);
        }
        put("position", channel.position.into());
        put("permission_overwrites", overwrites_json(channel));
        put("nsfw", channel.nsfw.into());
        match channel.kind {
            ChannelKind::Text | ChannelKind::Announcement => {
                put("topic", json!(channel.topic));
                put("rate_limit_per_user", channel.slow_mode.into());
                put("last_pin_timestamp", json!(channel.last_pin_ms.map(iso)));
                put(
                    "default_auto_archive_duration",
                    channel.thread_archive.into(),
                );
                put(
                    "default_thread_rate_limit_per_user",
                    channel.thread_slow_mode.into(),
                );
            }
            ChannelKind::Voice | ChannelKind::Stage => {
                put("bitrate", channel.bitrate.into());
                put("user_limit", channel.user_limit.into());
                put("rtc_region", json!(channel.region));
                put("video_quality_mode", channel.video_quality.into());
                put("rate_limit_per_user", channel.slow_mode.into());
                if channel.kind == ChannelKind::Stage {
                    put("topic", json!(channel.topic));
                }
            }
            _ => {}
        }
        if let Some(forum) = &channel.forum {
            out.extend(forum_fields(channel, forum));
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
            out.extend(guild.settings.clone());
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
            .filter(|found| found.thread.as_ref().is_some_and(|thread| !thread.archived))
            .map(|found| self.thread_json(found, application))
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
}

/// A role (`GuildRoleResponse`).
pub fn role_json(role: &Role) -> Value {
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
pub(in crate::world) fn stage_json(guild: Id, stage: &StageInstance) -> Value {
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

/// Messages of a thread without the one that it began with.
fn replies(thread: &Channel) -> usize {
    let messages = thread.messages.values();
    messages
        .filter(|message| message.id != thread.id && message.kind != kinds::THREAD_STARTER)
        .count()
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
