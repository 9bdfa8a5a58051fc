//! What moderators and outages do to a guild.

use serde_json::{Value, json};

use super::effect::VoiceOrder;
use super::render::role_json;
use super::{Effect, Id, Permissions, World, intents};

impl World {
    /// Takes someone out of a guild; a bot gets `GUILD_DELETE`. False for a stranger.
    pub fn remove_member(&mut self, guild_id: Id, user: Id) -> bool {
        let is_member = |world: &Self| {
            world
                .guilds
                .get(&guild_id)
                .is_some_and(|guild| guild.members.contains_key(&user))
        };
        if !is_member(self) {
            return false;
        }
        self.leave_voice(guild_id, user);
        let is_bot = self.applications.contains_key(&user);
        if is_bot {
            let data = json!({"id": guild_id});
            self.dispatch_to(
                vec![user],
                Some(guild_id),
                "GUILD_DELETE",
                intents::GUILDS,
                &data,
            );
            // Its guild commands go with it.
            if let Some(app) = self.applications.get_mut(&user) {
                app.commands
                    .retain(|command| command.guild != Some(guild_id));
            }
        }
        if let Some(guild) = self.guilds.get_mut(&guild_id) {
            guild.members.remove(&user);
            guild.bots.retain(|bot| *bot != user);
            guild.roles.retain(|_, role| role.bot != Some(user));
        }
        let data = json!({"guild_id": guild_id, "user": self.user_json(user)});
        self.dispatch(
            guild_id,
            "GUILD_MEMBER_REMOVE",
            intents::GUILD_MEMBERS,
            &data,
        );
        self.tell(
            "world",
            json!({"what": "member_removed", "guild_id": guild_id, "user_id": user}),
        );
        true
    }

    /// An outage begins or ends; false without the guild.
    pub fn set_unavailable(&mut self, guild_id: Id, unavailable: bool) -> bool {
        let Some(guild) = self.guilds.get_mut(&guild_id) else {
            return false;
        };
        if guild.unavailable == unavailable {
            return true;
        }
        let bots = guild.bots.clone();
        if unavailable {
            // Calls of the guild end with its servers; nobody is told of each.
            guild.unavailable = true;
            let states = std::mem::take(&mut guild.voice_states);
            for channel in states.values().map(|state| state.channel) {
                if let Some(channel) = self.channels.get_mut(&channel) {
                    channel.voice_since_ms = None;
                    channel.status = None;
                }
            }
            for user in states.into_keys().filter(|user| bots.contains(user)) {
                self.effects.push(Effect::Voice(VoiceOrder::Revoke {
                    guild: guild_id,
                    user,
                }));
            }
            let data = json!({"id": guild_id, "unavailable": true});
            self.dispatch_to(bots, Some(guild_id), "GUILD_DELETE", intents::GUILDS, &data);
        } else {
            guild.unavailable = false;
            for bot in bots {
                let Some(guild) = self.guilds.get(&guild_id) else {
                    continue;
                };
                let data = self.guild_create_json(guild, bot, 0);
                self.dispatch_to(
                    vec![bot],
                    Some(guild_id),
                    "GUILD_CREATE",
                    intents::GUILDS,
                    &data,
                );
            }
        }
        self.changed(
            if unavailable {
                "guild_unavailable"
            } else {
                "guild_available"
            },
            guild_id,
            None,
        );
        true
    }

    /// Changes what a role may; false when it is not there.
    pub fn edit_role(&mut self, guild_id: Id, role: Id, permissions: Permissions) -> bool {
        let Some(role) = self
            .guilds
            .get_mut(&guild_id)
            .and_then(|guild| guild.roles.get_mut(&role))
        else {
            return false;
        };
        role.permissions = permissions;
        let data = json!({"guild_id": guild_id, "role": role_json(role)});
        self.dispatch(guild_id, "GUILD_ROLE_UPDATE", intents::GUILDS, &data);
        self.changed("role_updated", guild_id, None);
        true
    }

    /// Mutes or deafens a member for the whole guild, or lets them speak in a stage.
    pub fn moderate_voice(
        &mut self,
        guild_id: Id,
        user: Id,
        mute: Option<bool>,
        deaf: Option<bool>,
        suppress: Option<bool>,
    ) -> Result<(), super::Refused> {
        let guild = self
            .guilds
            .get_mut(&guild_id)
            .ok_or(super::Refused::NoGuild)?;
        let member = guild
            .members
            .get_mut(&user)
            .ok_or(super::Refused::NoMember)?;
        member.mute = mute.unwrap_or(member.mute);
        member.deaf = deaf.unwrap_or(member.deaf);
        if let Some(state) = guild.voice_states.get_mut(&user) {
            state.suppress = suppress.unwrap_or(state.suppress);
            if suppress == Some(false) {
                state.request_to_speak_ms = None;
            }
        } else if suppress.is_some() {
            return Err(super::Refused::NotConnected);
        }
        self.voice_state_changed(guild_id, user);
        if mute.is_some() || deaf.is_some() {
            self.member_changed(guild_id, user);
        }
        Ok(())
    }

    /// Tells that a member has changed: bots with the intent, and the bot itself in any case.
    fn member_changed(&mut self, guild_id: Id, user: Id) {
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        let Some(mut data) = self.member_json(guild, user) else {
            return;
        };
        data["guild_id"] = guild_id.json();
        let (own, others): (Vec<Id>, Vec<Id>) = guild.bots.iter().partition(|bot| **bot == user);
        let name = "GUILD_MEMBER_UPDATE";
        self.dispatch_to(others, Some(guild_id), name, intents::GUILD_MEMBERS, &data);
        self.dispatch_to(own, Some(guild_id), name, intents::ALWAYS, &data);
    }

    /// Moves every bot's call in the guild to another voice server. False when there is none.
    pub fn move_voice_server(&mut self, guild_id: Id) -> bool {
        let bots: Vec<Id> = self.guilds.get(&guild_id).map_or_else(Vec::new, |guild| {
            let talking = guild.bots.iter().copied();
            talking
                .filter(|bot| guild.voice_states.contains_key(bot))
                .collect()
        });
        for user in &bots {
            self.effects.push(Effect::Voice(VoiceOrder::MoveServer {
                guild: guild_id,
                user: *user,
            }));
        }
        !bots.is_empty()
    }

    /// Tells the watchers that something in a guild is not what it was.
    pub(super) fn changed(&mut self, what: &str, guild: Id, channel: Option<Id>) {
        let mut data = json!({"what": what, "guild_id": guild});
        if let Some(channel) = channel {
            data["channel_id"] = Value::from(channel);
        }
        self.tell("world", data);
    }
}
