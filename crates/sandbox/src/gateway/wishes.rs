//! What a session asks for once it is there: voice, a presence, members, sounds, ephemeral data.

use serde_json::{Value, json};

use super::connection::Connection;
use super::protocol::{Flags, Members};
use crate::world::{Id, intents};

impl Connection {
    /// op 4: what is not allowed is ignored, as Discord does.
    pub(super) fn voice(&self, guild: Id, channel: Option<Id>, state: Flags) {
        let Some(session) = &self.session else {
            return;
        };
        let (user, id) = (session.application, session.attached.id.as_str());
        self.discord.with(|world| match channel {
            Some(channel) => {
                if let Err(refused) =
                    world.join_voice(guild, user, channel, id, state.into(), false)
                {
                    tracing::debug!(%guild, %channel, %refused, "voice state update is ignored");
                }
            }
            None => {
                world.leave_voice(guild, user);
            }
        });
    }

    pub(super) fn presence(&self, presence: &Value) {
        if let Some(session) = &self.session {
            let user = session.application;
            self.discord.with(|world| {
                world.tell(
                    "bot_presence",
                    json!({"application_id": user, "presence": presence}),
                );
            });
        }
    }

    /// op 8. Without the privileged intent only those asked for by id or name come.
    pub(super) fn members(&self, asked: &Members) {
        let Some(session) = &self.session else {
            return;
        };
        let everyone = session.intents & intents::GUILD_MEMBERS != 0;
        if asked.limit == 0 && asked.query.as_deref() == Some("") {
            let limits = self.discord.limits();
            if let Some(after) = limits.all_members(session.application, asked.guild) {
                let mut meta = json!({"guild_id": asked.guild});
                if let Some(nonce) = &asked.nonce {
                    meta["nonce"] = nonce.as_str().into();
                }
                let data = json!({"opcode": 8, "retry_after": after.as_secs_f64(), "meta": meta});
                let sessions = self.discord.sessions();
                sessions.push(&session.attached.id, "RATE_LIMITED", &data);
                return;
            }
        }
        self.discord.with(|world| {
            let Some(guild) = world
                .live_guild(asked.guild)
                .filter(|guild| guild.bots.contains(&session.application))
            else {
                return;
            };
            let limit = match (asked.limit, everyone) {
                (0, true) => usize::MAX,
                (0, false) => 0,
                (limit, _) => limit.min(100),
            };
            let wanted = |user: &Id| match &asked.query {
                Some(query) => {
                    let names = world
                        .users
                        .get(user)
                        .map(|user| user.username.to_lowercase());
                    names.is_some_and(|name| name.starts_with(query.as_str()))
                }
                None => asked.users.contains(user),
            };
            let limit = if asked.query.is_some() {
                limit
            } else {
                usize::MAX
            };
            let found: Vec<Value> = guild
                .members
                .keys()
                .filter(|user| wanted(user))
                .take(limit)
                .filter_map(|user| world.member_json(guild, *user))
                .collect();
            let missing: Vec<&Id> = asked
                .users
                .iter()
                .filter(|user| !guild.members.contains_key(user))
                .collect();
            let chunks = found.len().div_ceil(1000).max(1);
            for index in 0..chunks {
                let part: Vec<&Value> = found.iter().skip(index * 1000).take(1000).collect();
                let mut data = json!({
                    "guild_id": asked.guild, "members": part, "chunk_index": index,
                    "chunk_count": chunks, "not_found": missing,
                });
                if let Some(nonce) = &asked.nonce {
                    data["nonce"] = nonce.as_str().into();
                }
                self.discord
                    .sessions()
                    .push(&session.attached.id, "GUILD_MEMBERS_CHUNK", &data);
            }
        });
    }

    /// op 43.
    pub(super) fn channel_info(&self, guild: Id, fields: &[String]) {
        let Some(session) = &self.session else {
            return;
        };
        self.discord.with(|world| {
            let found = world.live_guild(guild);
            if let Some(guild) = found.filter(|guild| guild.bots.contains(&session.application)) {
                let data = world.channel_info_json(guild, session.application, fields);
                self.discord
                    .sessions()
                    .push(&session.attached.id, "CHANNEL_INFO", &data);
            }
        });
    }

    /// op 31: guilds have no sounds of their own here.
    pub(super) fn sounds(&self, guilds: &[Id]) {
        let Some(session) = &self.session else {
            return;
        };
        self.discord.with(|world| {
            for id in guilds {
                let found = world.live_guild(*id);
                if found.is_some_and(|guild| guild.bots.contains(&session.application)) {
                    let data = json!({"guild_id": id, "soundboard_sounds": []});
                    let sessions = self.discord.sessions();
                    sessions.push(&session.attached.id, "SOUNDBOARD_SOUNDS", &data);
                }
            }
        });
    }
}
