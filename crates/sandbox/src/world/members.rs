//! Members come, change and go.

use serde_json::json;

use super::model::Member;
use super::{Id, Permissions, Refused, SelfState, World, intents};

/// What an edit of a member changes; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct MemberEdit {
    /// The name in this guild, or none.
    pub nick: Option<Option<String>>,
    /// All roles but `@everyone`.
    pub roles: Option<Vec<Id>>,
    /// Silent until then, in milliseconds since the Unix epoch, or not any more.
    pub timeout_ms: Option<Option<u64>>,
}

impl World {
    /// A person joins a guild; false when they are a member already, or there is no such guild.
    pub fn add_member(&mut self, guild_id: Id, user: Id) -> bool {
        let now = self.now_ms;
        let Some(guild) = self.guilds.get_mut(&guild_id) else {
            return false;
        };
        if guild.members.contains_key(&user) {
            return false;
        }
        guild.members.insert(user, Member::new(user, now));
        self.member_added(guild_id, user);
        true
    }

    /// Tells the other bots that somebody is a member now.
    pub(super) fn member_added(&mut self, guild_id: Id, user: Id) {
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        let Some(mut data) = self.member_json(guild, user) else {
            return;
        };
        data["guild_id"] = guild_id.json();
        let others: Vec<Id> = guild
            .bots
            .iter()
            .copied()
            .filter(|bot| *bot != user)
            .collect();
        let name = "GUILD_MEMBER_ADD";
        self.dispatch_to(others, Some(guild_id), name, intents::GUILD_MEMBERS, &data);
        self.tell(
            "world",
            json!({"what": "member_added", "guild_id": guild_id, "user_id": user}),
        );
    }

    /// Changes a member; false for a stranger.
    pub fn edit_member(&mut self, guild_id: Id, user: Id, edit: MemberEdit) -> bool {
        let guild = self.guilds.get_mut(&guild_id);
        let Some(member) = guild.and_then(|guild| guild.members.get_mut(&user)) else {
            return false;
        };
        if let Some(nick) = edit.nick {
            member.nick = nick;
        }
        if let Some(roles) = edit.roles {
            member.roles = roles;
        }
        if let Some(timeout) = edit.timeout_ms {
            member.timeout_ms = timeout;
        }
        self.member_changed(guild_id, user);
        self.changed("member_updated", guild_id, None);
        true
    }

    /// Bans somebody, who leaves the guild if they are in it.
    pub fn ban(&mut self, guild_id: Id, user: Id, reason: Option<String>) {
        self.remove_member(guild_id, user);
        if let Some(guild) = self.guilds.get_mut(&guild_id) {
            guild.bans.insert(user, reason);
        }
        let data = json!({"guild_id": guild_id, "user": self.user_json(user)});
        self.dispatch(guild_id, "GUILD_BAN_ADD", intents::GUILD_MODERATION, &data);
    }

    /// Lifts a ban; false when there is none.
    pub fn unban(&mut self, guild_id: Id, user: Id) -> bool {
        let guild = self.guilds.get_mut(&guild_id);
        let was_banned = guild.is_some_and(|guild| guild.bans.remove(&user).is_some());
        if was_banned {
            let data = json!({"guild_id": guild_id, "user": self.user_json(user)});
            self.dispatch(
                guild_id,
                "GUILD_BAN_REMOVE",
                intents::GUILD_MODERATION,
                &data,
            );
        }
        was_banned
    }

    /// Whether a member stands above another: the owner above all, others by their highest role.
    pub fn outranks(&self, guild: Id, actor: Id, target: Id) -> bool {
        let Some(found) = self.guilds.get(&guild) else {
            return false;
        };
        target != found.owner
            && (actor == found.owner || self.rank(guild, actor) > self.rank(guild, target))
    }

    /// The place of a member's highest role, 0 without any.
    pub fn rank(&self, guild: Id, user: Id) -> u32 {
        let Some(found) = self.guilds.get(&guild) else {
            return 0;
        };
        let roles = found.members.get(&user).map(|member| &member.roles);
        let roles = roles
            .into_iter()
            .flatten()
            .filter_map(|role| found.roles.get(role));
        roles.map(|role| role.position).max().unwrap_or(0)
    }

    /// Moves someone who is in voice to another channel of the guild.
    pub fn drag(&mut self, guild: Id, user: Id, channel: Id) -> Result<(), Refused> {
        let state = self
            .guilds
            .get(&guild)
            .ok_or(Refused::NoGuild)?
            .voice_states
            .get(&user)
            .ok_or(Refused::NotConnected)?;
        let own = SelfState {
            mute: state.self_mute,
            deaf: state.self_deaf,
            video: state.self_video,
        };
        let session = state.session_id.clone();
        self.join_voice(guild, user, channel, &session, own, true)
    }

    /// What is left to a member who was told to be silent for a while.
    pub(super) fn silenced(&self, member: &Member, has: Permissions) -> Permissions {
        let until = member.timeout_ms.unwrap_or(0);
        if until <= self.now_ms || has.has(Permissions::ADMINISTRATOR) {
            return has;
        }
        has & (Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY)
    }

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

    /// Mutes or deafens a member for the whole guild, or lets them speak in a stage.
    pub fn moderate_voice(
        &mut self,
        guild_id: Id,
        user: Id,
        mute: Option<bool>,
        deaf: Option<bool>,
        suppress: Option<bool>,
    ) -> Result<(), Refused> {
        let guild = self.guilds.get_mut(&guild_id).ok_or(Refused::NoGuild)?;
        let member = guild.members.get_mut(&user).ok_or(Refused::NoMember)?;
        member.mute = mute.unwrap_or(member.mute);
        member.deaf = deaf.unwrap_or(member.deaf);
        if let Some(state) = guild.voice_states.get_mut(&user) {
            state.suppress = suppress.unwrap_or(state.suppress);
            if suppress == Some(false) {
                state.request_to_speak_ms = None;
            }
        } else if suppress.is_some() {
            return Err(Refused::NotConnected);
        }
        self.voice_state_changed(guild_id, user);
        if mute.is_some() || deaf.is_some() {
            self.member_changed(guild_id, user);
        }
        Ok(())
    }

    /// Tells that a member has changed: bots with the intent, and the bot itself in any case.
    pub(super) fn member_changed(&mut self, guild_id: Id, user: Id) {
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
}
