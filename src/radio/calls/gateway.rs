//! The voice side of Discord's gateway, between serenity's shards and the calls.
//!
//! It takes the place of songbird's own manager, which asserts where this waits, keeps calls whose
//! leaving failed, and knows nothing of the gateway's rate limit. Songbird's calls are used as they
//! are; only who hands them their updates and sends for them is this.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use async_trait::async_trait;
use serenity::{
    all::{ChannelId, GuildId, UserId},
    futures::channel::mpsc::UnboundedSender,
    gateway::ShardRunnerMessage,
};
use songbird::{
    error::{JoinError, JoinResult},
    shards::{Shard, VoiceUpdate},
};
use tokio::time::{Instant, sleep};

use super::budget::{Budget, Urgency};

/// What is known of the sessions with Discord's gateway.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    identity: OnceLock<Identity>,
    shards: Mutex<HashMap<u32, Session>>,
    voices: Mutex<HashMap<GuildId, ChannelId>>,
}

#[derive(Clone, Copy, Debug)]
struct Identity {
    user: UserId,
    shards: u32,
}

#[derive(Debug)]
struct Session {
    /// `None` between sessions.
    sender: Option<UnboundedSender<ShardRunnerMessage>>,
    budget: Budget,
    /// Held by the one who waits for the budget without anybody waiting for them: the others stand
    /// in line.
    line: Arc<Line>,
}

type Line = tokio::sync::Mutex<()>;

impl Gateway {
    /// The bot's user id and the number of shards, known before any session.
    pub(super) fn identify(&self, user: UserId, shards: u32) {
        // Only the first counts: a process has one bot.
        let _ = self.identity.set(Identity { user, shards });
    }

    /// The bot's user id, once it is known.
    pub(super) fn user(&self) -> Option<UserId> {
        self.identity.get().map(|identity| identity.user)
    }

    /// The shard that a server is on.
    /// <https://docs.discord.com/developers/events/gateway#sharding>
    pub(super) fn shard_of(&self, guild: GuildId) -> Option<u32> {
        let shards = u64::from(self.identity.get()?.shards.max(1));
        u32::try_from((guild.get() >> 22) % shards).ok()
    }

    /// A new session of a shard is ready. Nothing that was known of voice on it holds any more.
    pub(super) fn session_up(&self, shard: u32, sender: UnboundedSender<ShardRunnerMessage>) {
        self.voices()
            .retain(|guild, _| self.shard_of(*guild) != Some(shard));
        let session = Session {
            sender: Some(sender),
            budget: Budget::default(),
            line: Arc::default(),
        };
        self.shards().insert(shard, session);
    }

    /// A shard's session is over.
    pub(super) fn session_down(&self, shard: u32) {
        if let Some(session) = self.shards().get_mut(&shard) {
            session.sender = None;
        }
    }

    /// Where Discord says the bot is.
    pub(super) fn voice(&self, guild: GuildId) -> Option<ChannelId> {
        self.voices().get(&guild).copied()
    }

    /// Every server in which Discord says the bot is in a voice channel.
    pub(super) fn voice_guilds(&self) -> Vec<GuildId> {
        self.voices().keys().copied().collect()
    }

    /// Discord says where the bot is.
    pub(super) fn set_voice(&self, guild: GuildId, channel: Option<ChannelId>) {
        match channel {
            Some(channel) => self.voices().insert(guild, channel),
            None => self.voices().remove(&guild),
        };
    }

    /// Waits until the shard of the server may send a command, and takes it out of its allowance.
    pub(super) async fn admit(&self, guild: GuildId, urgency: Urgency) {
        let Some(shard) = self.shard_of(guild) else {
            // The sending will fail, and say so.
            return;
        };
        let line = match urgency {
            Urgency::Asked => None,
            Urgency::Unasked => self
                .shards()
                .get(&shard)
                .map(|session| Arc::clone(&session.line)),
        };
        // Each moves on within a minute, which is as long as the budget may be used up.
        let _turn = match &line {
            Some(line) => Some(line.lock().await),
            None => None,
        };
        loop {
            let wait = self
                .shards()
                .get_mut(&shard)
                .map(|session| session.budget.take(urgency, Instant::now()));
            match wait {
                Some(Err(wait)) => sleep(wait).await,
                // Without a session the sending will fail, and say so.
                Some(Ok(())) | None => return,
            }
        }
    }

    /// Tells Discord that the bot leaves, without waiting for anything.
    pub(super) fn send_leave(&self, guild: GuildId) {
        let permitted = self.shard_of(guild).is_some_and(|shard| {
            self.shards()
                .get_mut(&shard)
                .is_some_and(|session| session.budget.force(Instant::now()))
        });
        if permitted {
            // Without a session there is nobody to tell: Discord ends voice with the session.
            let _ = self.send(guild, None);
        }
    }

    /// Update Voice State, always deafened: the bot does not want to hear anybody.
    /// <https://docs.discord.com/developers/events/gateway-events#update-voice-state>
    fn send(&self, guild: GuildId, channel: Option<ChannelId>) -> JoinResult<()> {
        let command = serde_json::json!({
            "op": 4,
            "d": {
                "guild_id": guild,
                "channel_id": channel,
                "self_mute": false,
                "self_deaf": true,
            }
        });
        let shard = self.shard_of(guild).ok_or(JoinError::NoSender)?;
        let shards = self.shards();
        let sender = shards
            .get(&shard)
            .and_then(|session| session.sender.as_ref())
            .ok_or(JoinError::NoSender)?;
        sender
            .unbounded_send(ShardRunnerMessage::Message(command.to_string().into()))
            .map_err(|_| JoinError::NoSender)
    }

    /// What songbird's calls send through.
    pub(super) fn as_shard(self: &Arc<Self>) -> Shard {
        Shard::Generic(Arc::new(ForCalls(Arc::clone(self))))
    }

    fn shards(&self) -> MutexGuard<'_, HashMap<u32, Session>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn voices(&self) -> MutexGuard<'_, HashMap<GuildId, ChannelId>> {
        self.voices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ForCalls(Arc<Gateway>);

#[async_trait]
impl VoiceUpdate for ForCalls {
    async fn update_voice_state(
        &self,
        guild: songbird::id::GuildId,
        channel: Option<songbird::id::ChannelId>,
        _self_deaf: bool,
        _self_mute: bool,
    ) -> JoinResult<()> {
        let channel = channel.map(|channel| ChannelId::from(channel.0));
        self.0.send(GuildId::from(guild.0), channel)
    }
}

#[cfg(test)]
mod tests {
    use serenity::futures::{StreamExt, channel::mpsc};

    use super::*;

    fn gateway() -> Gateway {
        let gateway = Gateway::default();
        gateway.identify(UserId::new(1), 2);
        gateway
    }

    /// A server of the second of two shards.
    const GUILD: GuildId = GuildId::new(1 << 22);

    #[tokio::test]
    async fn commands_go_to_the_server_s_shard_deafened() {
        let gateway = gateway();
        assert!(gateway.send(GUILD, None).is_err(), "no session yet");
        let (sender, mut receiver) = mpsc::unbounded();
        gateway.session_up(1, sender);
        gateway.send(GUILD, Some(ChannelId::new(5))).unwrap();
        let Some(ShardRunnerMessage::Message(message)) = receiver.next().await else {
            panic!("nothing was sent");
        };
        let sent: serde_json::Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        assert_eq!(
            sent,
            serde_json::json!({"op": 4, "d": {
                "guild_id": "4194304", "channel_id": "5", "self_mute": false, "self_deaf": true,
            }})
        );
        gateway.session_down(1);
        assert!(gateway.send(GUILD, None).is_err(), "no session any more");
    }

    #[tokio::test]
    async fn a_new_session_knows_nothing_of_the_old_one_s_voice() {
        let gateway = gateway();
        gateway.set_voice(GUILD, Some(ChannelId::new(5)));
        gateway.session_up(0, mpsc::unbounded().0);
        assert_eq!(
            gateway.voice(GUILD),
            Some(ChannelId::new(5)),
            "of another shard"
        );
        gateway.session_up(1, mpsc::unbounded().0);
        assert_eq!(gateway.voice(GUILD), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_calls_are_joined_no_faster_than_allowed() {
        let gateway = gateway();
        gateway.session_up(1, mpsc::unbounded().0);
        let start = Instant::now();
        let all = (0..150).map(|_| gateway.admit(GUILD, Urgency::Unasked));
        serenity::futures::future::join_all(all).await;
        // 102 within a minute, the rest in the next.
        let seconds = start.elapsed().as_secs();
        assert!((61..75).contains(&seconds), "{seconds} s");
    }
}
