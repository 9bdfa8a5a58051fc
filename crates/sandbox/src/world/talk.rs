//! Who is in which voice channel, and what follows from it.

use super::effect::VoiceOrder;
use super::model::VoiceState;
use super::{ChannelKind, Effect, Id, Permissions as P, World, intents};

/// What a client says of itself with op 4.
#[derive(Debug, Clone, Copy, Default)]
pub struct SelfState {
    /// Muted by the user.
    pub mute: bool,
    /// Deafened by the user.
    pub deaf: bool,
    /// Has a camera on.
    pub video: bool,
}

/// Why someone cannot be put into a voice channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such guild, or an outage.
    #[error("there is no such server, or it is unavailable")]
    NoGuild,
    /// Not a member.
    #[error("the user is not a member of that server")]
    NoMember,
    /// The channel is not a voice channel of the guild.
    #[error("there is no such voice channel in that server")]
    NoChannel,
    /// View Channel or Connect is missing.
    #[error("the user may not connect to that channel")]
    Forbidden,
    /// The user limit is reached.
    #[error("the channel is full")]
    Full,
    /// Not in a voice channel.
    #[error("the user is not in a voice channel")]
    NotConnected,
}

impl World {
    /// Puts a user into a voice channel or changes the state in it, as op 4 of the gateway
    /// does. `session` names the voice session; a bot whose channel or session is new is sent
    /// to the voice server. `by_moderator` passes the checks of the user's own permissions.
    pub fn join_voice(
        &mut self,
        guild_id: Id,
        user: Id,
        channel_id: Id,
        session: &str,
        state: SelfState,
        by_moderator: bool,
    ) -> Result<(), Refused> {
        let guild = self.live_guild(guild_id).ok_or(Refused::NoGuild)?;
        if !guild.members.contains_key(&user) {
            return Err(Refused::NoMember);
        }
        let channel = self
            .channels
            .get(&channel_id)
            .filter(|channel| channel.guild == Some(guild_id) && channel.kind.is_voice())
            .ok_or(Refused::NoChannel)?;
        let permissions = self.permissions(channel_id, user);
        let before = guild.voice_states.get(&user).cloned();
        let arrives = before
            .as_ref()
            .is_none_or(|before| before.channel != channel_id);
        if arrives && !by_moderator {
            if !permissions.has(P::VIEW_CHANNEL | P::CONNECT) {
                return Err(Refused::Forbidden);
            }
            let inside = guild
                .voice_states
                .values()
                .filter(|s| s.channel == channel_id)
                .count();
            let full = channel.user_limit > 0 && inside >= channel.user_limit as usize;
            if full && !permissions.has(P::MOVE_MEMBERS) {
                return Err(Refused::Full);
            }
        }
        let suppress = if arrives {
            // In a stage everyone starts in the audience; elsewhere suppressed means: may not speak.
            channel.kind == ChannelKind::Stage || !permissions.has(P::SPEAK)
        } else {
            before.as_ref().is_some_and(|before| before.suppress)
        };
        let is_bot = self.applications.contains_key(&user);
        let new_session = before
            .as_ref()
            .is_none_or(|before| before.session_id != session);
        let after = VoiceState {
            user,
            channel: channel_id,
            session_id: session.to_owned(),
            self_mute: state.mute,
            self_deaf: state.deaf,
            self_video: state.video,
            suppress,
            request_to_speak_ms: before
                .as_ref()
                .filter(|_| !arrives)
                .and_then(|before| before.request_to_speak_ms),
        };
        if let Some(guild) = self.guilds.get_mut(&guild_id) {
            guild.voice_states.insert(user, after);
        }
        self.voice_state_changed(guild_id, user);
        let left = before
            .as_ref()
            .map(|before| before.channel)
            .filter(|_| arrives);
        for channel in left.into_iter().chain([channel_id]) {
            self.occupancy_changed(channel);
        }
        self.rosters(
            is_bot,
            left.into_iter().chain(Some(channel_id).filter(|_| arrives)),
        );
        if is_bot && (arrives || new_session) {
            if before.is_some() && arrives {
                self.effects.push(Effect::Voice(VoiceOrder::Move {
                    guild: guild_id,
                    user,
                    channel: channel_id,
                }));
            }
            self.effects.push(Effect::Voice(VoiceOrder::Connect {
                guild: guild_id,
                user,
            }));
        }
        Ok(())
    }

    /// Takes a user out of voice; false when it was in none.
    pub fn leave_voice(&mut self, guild_id: Id, user: Id) -> bool {
        let Some(guild) = self.guilds.get_mut(&guild_id) else {
            return false;
        };
        let Some(state) = guild.voice_states.remove(&user) else {
            return false;
        };
        if let Some(guild) = self.guilds.get(&guild_id) {
            let mut data = self.voice_state_json(guild, &state, true);
            data["channel_id"] = serde_json::Value::Null;
            data["suppress"] = false.into();
            data["request_to_speak_timestamp"] = serde_json::Value::Null;
            self.voice_event(guild_id, data);
        }
        self.occupancy_changed(state.channel);
        let is_bot = self.applications.contains_key(&user);
        if is_bot {
            self.effects.push(Effect::Voice(VoiceOrder::Revoke {
                guild: guild_id,
                user,
            }));
        }
        self.rosters(is_bot, std::iter::once(state.channel));
        true
    }

    /// Ends the voice states of a gateway session that is gone for good.
    pub fn end_voice_session(&mut self, application: Id, session: &str) {
        let guilds: Vec<Id> = self
            .guilds
            .values()
            .filter(|guild| {
                let state = guild.voice_states.get(&application);
                state.is_some_and(|state| state.session_id == session)
            })
            .map(|guild| guild.id)
            .collect();
        for guild in guilds {
            self.leave_voice(guild, application);
        }
    }

    /// Changes a voice state in place and tells about it.
    pub fn change_voice_state(
        &mut self,
        guild: Id,
        user: Id,
        change: impl FnOnce(&mut VoiceState),
    ) -> Result<(), Refused> {
        let found = self.guilds.get_mut(&guild).ok_or(Refused::NoGuild)?;
        let state = found
            .voice_states
            .get_mut(&user)
            .ok_or(Refused::NotConnected)?;
        change(state);
        self.voice_state_changed(guild, user);
        Ok(())
    }

    /// The people in a voice channel, bots left out.
    pub fn people_in(&self, channel: Id) -> Vec<u64> {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let Some(guild) = guild.and_then(|id| self.guilds.get(&id)) else {
            return Vec::new();
        };
        guild
            .voice_states
            .values()
            .filter(|state| {
                state.channel == channel && !self.applications.contains_key(&state.user)
            })
            .map(|state| state.user.0)
            .collect()
    }

    /// Tells the bots and the watchers of the state that a user has now.
    pub(crate) fn voice_state_changed(&mut self, guild_id: Id, user: Id) {
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        if let Some(state) = guild.voice_states.get(&user) {
            let data = self.voice_state_json(guild, state, true);
            let muted = guild.members.get(&user).is_some_and(|member| member.mute);
            let hushed = state.suppress || muted;
            self.voice_event(guild_id, data);
            if self.applications.contains_key(&user) {
                self.effects.push(Effect::Voice(VoiceOrder::Hush {
                    guild: guild_id,
                    user,
                    hushed,
                }));
            }
        }
    }

    /// A sound of the soundboard is played: the bots in the channel are told.
    pub fn sound_played(&mut self, guild: Id, bots: Vec<Id>, data: &serde_json::Value) {
        let wanted = intents::GUILD_VOICE_STATES;
        self.dispatch_to(bots, Some(guild), "VOICE_CHANNEL_EFFECT_SEND", wanted, data);
    }

    fn voice_event(&mut self, guild: Id, data: serde_json::Value) {
        self.dispatch(
            guild,
            "VOICE_STATE_UPDATE",
            intents::GUILD_VOICE_STATES,
            &data,
        );
        self.tell("voice_state", data);
    }

    fn rosters(&mut self, is_bot: bool, channels: impl Iterator<Item = Id>) {
        if is_bot {
            return;
        }
        for channel in channels {
            self.effects
                .push(Effect::Voice(VoiceOrder::Roster { channel }));
        }
    }
}
