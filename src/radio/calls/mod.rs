//! The calls: one owner per server, and the ways to reach it.
//!
//! - `plan`: what a call should do next, a pure function of the facts.
//! - `actor`: the task that owns a call and does it.
//! - `message`: what an owner is told.
//! - `shared`: what all owners share.
//! - `voice`: the voice connection, which is songbird's.
//! - `evidence`: what was really sent.
//! - `witnesses`: whether the voice server is still heard.
//! - `gateway`: the voice side of Discord's gateway.
//! - `budget`: how much may be sent to it.
//! - `restore`: back to the stored channels, and out of those that nobody wants.
//! - `stage`: speaking on stages.
//! - `caption`: the song beside a voice channel.

mod actor;
mod budget;
mod caption;
mod evidence;
mod gateway;
mod message;
mod plan;
mod restore;
mod shared;
mod stage;
#[cfg(test)]
mod tests;
mod voice;
mod witnesses;

use std::{collections::HashSet, sync::Arc, sync::atomic::Ordering, time::Duration};

use async_trait::async_trait;
use serenity::{
    all::{ChannelId, GuildId, UserId, VoiceState},
    cache::Cache,
    futures::channel::mpsc::UnboundedSender,
    gateway::{ShardRunnerMessage, VoiceGatewayManager},
};
use tokio::{sync::oneshot, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub(crate) use self::plan::Target;
use self::{
    message::Message,
    shared::{Owner, Shared},
};
use super::{Feeds, Joined, Report, Songs, Standing, error::RadioError};
use crate::{
    discord::Rest,
    station::Station,
    store::{RadioSettings, Store},
    telemetry::Metrics,
};

/// How long an answer may take; the owner itself gives up sooner.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a report may take. Owners never wait for anything but the store.
const REPORT: Duration = Duration::from_secs(6);
/// How long the calls are given to leave at the end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// All calls. A cheap handle: clone it.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Shared>);

impl Calls {
    /// No calls yet. Must be called within tokio.
    pub(crate) fn new(
        feeds: Feeds,
        songs: Songs,
        rest: Rest,
        store: Store,
        metrics: Metrics,
    ) -> Self {
        let config = voice::config();
        Self(Arc::new(Shared::new(
            feeds, songs, rest, store, metrics, config,
        )))
    }

    /// What Discord's gateway tells is found there from now on.
    pub(crate) fn attach(&self, cache: Arc<Cache>) {
        // Only the first counts: a process has one session.
        let _ = self.0.cache.set(cache);
    }

    pub(crate) async fn join(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
    ) -> Result<Joined, RadioError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Join {
            channel,
            station,
            reply,
        };
        self.0
            .deliver(guild, message, Owner::OrNew { stored: None })?;
        wait_for(answer).await
    }

    pub(crate) async fn switch(
        &self,
        guild: GuildId,
        station: Station,
    ) -> Result<Joined, RadioError> {
        let (reply, answer) = oneshot::channel();
        self.0
            .deliver(guild, Message::Switch { station, reply }, Owner::Existing)?;
        wait_for(answer).await
    }

    pub(crate) async fn leave(&self, guild: GuildId) -> Result<bool, RadioError> {
        let (reply, answer) = oneshot::channel();
        match self
            .0
            .deliver(guild, Message::Leave(reply), Owner::Existing)
        {
            Ok(()) => wait_for(answer).await,
            Err(RadioError::NoCall) => {
                // Not rejoined yet, or not to be rejoined: either way forgotten now.
                let forgotten = self.0.store.clear_radio(guild).await;
                forgotten.map(|()| false).map_err(|_| RadioError::Store)
            }
            Err(error) => Err(error),
        }
    }

    /// Leaves, and forgets what there was to say of the server's calls.
    pub(crate) async fn forget(&self, guild: GuildId) {
        // Nobody is left to be told, and what stays in the store is the store's to forget.
        if let Err(error) = self.leave(guild).await {
            debug!(%guild, "the call of a server that is gone did not end: {error}");
        }
        self.0.past().remove(&guild);
    }

    /// Changes how a server wants its radio, and what it hears follows.
    pub(crate) async fn configure(
        &self,
        guild: GuildId,
        change: impl FnOnce(&mut RadioSettings) + Send,
    ) -> Result<RadioSettings, RadioError> {
        let changed = self.0.store.change_radio_settings(guild, change).await;
        let settings = changed.map_err(|error| {
            warn!(%guild, "the radio's settings could not be changed: {error}");
            RadioError::Store
        })?;
        self.tell(guild, Message::Settings);
        Ok(settings)
    }

    /// What the server reads has changed: what was written for it is written anew.
    pub(crate) fn reword(&self, guild: GuildId) {
        self.tell(guild, Message::Settings);
        self.0.changes.mark(guild);
    }

    /// What really happens in a server's call.
    pub(crate) async fn report(&self, guild: GuildId) -> Result<Report, RadioError> {
        let (reply, answer) = oneshot::channel();
        match self
            .0
            .deliver(guild, Message::Report(reply), Owner::Existing)
        {
            Ok(()) => match timeout(REPORT, answer).await {
                Ok(Ok(report)) => Ok(report),
                // It came to its end meanwhile.
                Ok(Err(_)) => self.report_off(guild).await,
                Err(_) => Err(RadioError::Timeout(REPORT)),
            },
            Err(RadioError::NoCall) => self.report_off(guild).await,
            Err(error) => Err(error),
        }
    }

    /// A server without a call.
    async fn report_off(&self, guild: GuildId) -> Result<Report, RadioError> {
        let settings = self.0.store.radio_settings(guild).await;
        let settings = settings.map_err(|_| RadioError::Store)?;
        let past = self.0.past().get(&guild).copied().unwrap_or_default();
        Ok(Report {
            target: None,
            standing: Standing::Off,
            playing: None,
            sent: None,
            cushion: None,
            audience: None,
            silent: false,
            hushed: None,
            stage: false,
            leaves_at: None,
            trouble: past.trouble,
            ended: past.ended,
            settings,
        })
    }

    /// Waits until there is something new to say of servers' calls, and tells of which.
    pub(crate) async fn changed(&self) -> HashSet<GuildId> {
        self.0.changes.take().await
    }

    /// What people want of the server's call.
    pub(crate) fn target(&self, guild: GuildId) -> Option<Target> {
        self.0.handles().get(&guild)?.state.borrow().target
    }

    /// Calls that stand and play.
    pub(crate) fn standing(&self) -> usize {
        self.0.standing.load(Ordering::Relaxed)
    }

    /// Ends when an owner died of a mistake in this program.
    pub(crate) fn failed(&self) -> CancellationToken {
        self.0.failed.clone()
    }

    /// Leaves every channel, and keeps the settings.
    pub(crate) async fn shutdown(&self) {
        self.0.closing.cancel();
        self.0.owners.close();
        if timeout(SHUTDOWN, self.0.owners.wait()).await.is_err() {
            warn!(
                calls = self.0.owners.len(),
                "not all voice channels were left in time"
            );
        } else {
            info!("left all voice channels");
        }
    }

    /// A shard has a new session, to which nothing of the old one's voice belongs.
    pub(crate) fn session_replaced(&self, shard: u32) {
        let guilds: Vec<_> = self.0.handles().keys().copied().collect();
        for guild in guilds {
            if self.0.gateway.shard_of(guild) == Some(shard) {
                self.tell(guild, Message::SessionReplaced);
            }
        }
    }

    /// Somebody entered or left one of these channels, or was deafened there.
    pub(crate) fn audience_changed(&self, guild: GuildId, channels: [Option<ChannelId>; 2]) {
        if let Some(target) = self.target(guild)
            && channels.contains(&Some(target.channel))
        {
            // One that was not told because it has so much to do looks anyway.
            let _ = self.0.deliver(guild, Message::Audience, Owner::Existing);
        }
    }

    /// Discord has an outage that concerns a server.
    pub(crate) fn outage(&self, guild: GuildId) {
        self.tell(guild, Message::Outage);
    }

    /// A channel was deleted.
    pub(crate) fn channel_deleted(&self, guild: GuildId, channel: ChannelId) {
        self.tell(guild, Message::Deleted(channel));
        // Its owner may be done already.
        let is_news = self
            .0
            .past()
            .get_mut(&guild)
            .is_some_and(|past| past.channel_deleted(guild, channel));
        if is_news {
            self.0.changes.mark(guild);
        }
    }

    /// Tells an owner, if there is one.
    fn tell(&self, guild: GuildId, message: Message) {
        if self.0.deliver(guild, message, Owner::Existing) == Err(RadioError::Busy) {
            warn!(%guild, "a call does not keep up with its messages; one was dropped");
        }
    }
}

async fn wait_for<T>(answer: oneshot::Receiver<Result<T, RadioError>>) -> Result<T, RadioError> {
    match timeout(ANSWER, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(RadioError::Stopping),
        Err(_) => Err(RadioError::Timeout(ANSWER)),
    }
}

/// What serenity's shards report.
#[async_trait]
impl VoiceGatewayManager for Calls {
    async fn initialise(&self, shards: u32, user: UserId) {
        self.0.gateway.identify(user, shards);
    }

    async fn register_shard(&self, shard: u32, sender: UnboundedSender<ShardRunnerMessage>) {
        self.0.gateway.session_up(shard, sender);
        self.session_replaced(shard);
    }

    async fn deregister_shard(&self, shard: u32) {
        self.0.gateway.session_down(shard);
    }

    async fn server_update(&self, guild: GuildId, endpoint: &Option<String>, token: &str) {
        // Without an endpoint the server is away; another message follows when it is back.
        if let Some(endpoint) = endpoint {
            let message = Message::VoiceServer {
                endpoint: endpoint.clone(),
                token: token.to_owned(),
            };
            self.tell(guild, message);
        }
    }

    async fn state_update(&self, guild: GuildId, state: &VoiceState) {
        if Some(state.user_id) != self.0.gateway.user() {
            return;
        }
        self.0.gateway.set_voice(guild, state.channel_id);
        let message = Message::VoiceState(message::VoiceState {
            channel: state.channel_id,
            session: state.session_id.clone(),
            suppressed: state.suppress,
            muted: state.mute,
        });
        self.tell(guild, message);
    }
}
