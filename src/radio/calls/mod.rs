//! The calls: one owner per server, and the ways to reach it.
//!
//! - `plan`: what a call should do next, a pure function of the facts.
//! - `actor`: the task that owns a call and does it.
//! - `voice`: the voice connection, which is songbird's.
//! - `gateway`: the voice side of Discord's gateway.
//! - `budget`: how much may be sent to it.
//! - `stage`: speaking on stages.

mod actor;
mod budget;
mod gateway;
mod plan;
mod stage;
#[cfg(test)]
mod tests;
mod voice;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serenity::{
    all::{ChannelId, GuildId, UserId, VoiceState},
    cache::Cache,
    futures::{FutureExt, channel::mpsc::UnboundedSender},
    gateway::{ShardRunnerMessage, VoiceGatewayManager},
    http::Http,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

pub(crate) use self::plan::Target;
use self::{actor::Actor, gateway::Gateway};
use super::{Feeds, Joined, error::RadioError};
use crate::{station::Station, store::Store, telemetry::Metrics};

/// Messages one call's owner may be behind. A server has a handful a minute; when it is full,
/// people are told that it is busy, and what Discord or songbird said is dropped: the supervision
/// notices what follows from that.
const INBOX: usize = 64;
/// How long an answer may take; the owner itself gives up sooner.
const ANSWER: Duration = Duration::from_secs(20);
/// How long the calls are given to leave at the end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// What the owner of a call is told.
enum Message {
    /// Somebody wants the radio there.
    Join {
        channel: ChannelId,
        station: Station,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    /// Somebody wants another station.
    Switch {
        station: Station,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    /// Somebody wants it gone.
    Leave(oneshot::Sender<Result<bool, RadioError>>),
    /// The store says that it should be there.
    Restore(Target),
    /// Discord says that the bot is in a channel that nobody knows of.
    Vacate,
    /// Discord says where the bot is.
    VoiceState {
        channel: Option<ChannelId>,
        session: String,
        suppressed: bool,
    },
    /// Discord says which voice server is responsible.
    VoiceServer { endpoint: String, token: String },
    /// A new session with Discord's gateway took the place of the old one.
    SessionReplaced,
    /// Songbird reports what became of the voice connection.
    Driver { number: u64, connection: Connection },
}

/// A voice connection, as songbird reports it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Connection {
    /// It stands, for the first time or again.
    Up,
    /// It is down; another follows, as when the call moves, or the bot was disconnected.
    Down,
    /// It is down, and songbird does nothing about it.
    Over,
}

/// What others may know of a call.
#[derive(Clone, Copy, Debug, Default)]
struct CallState {
    target: Option<Target>,
    standing: bool,
}

/// What all calls share.
struct Shared {
    feeds: Feeds,
    http: Arc<Http>,
    store: Store,
    metrics: Metrics,
    config: songbird::Config,
    gateway: Arc<Gateway>,
    handles: Mutex<HashMap<GuildId, Handle>>,
    owners: TaskTracker,
    closing: CancellationToken,
    /// An owner panicked.
    failed: CancellationToken,
    standing: AtomicUsize,
}

/// Who takes a message when a server's call has no owner.
#[derive(Clone, Copy)]
enum Owner {
    /// Nobody.
    Existing,
    /// A new one, who is told what the store has.
    OrNew { stored: Option<Target> },
}

struct Handle {
    inbox: mpsc::Sender<Message>,
    state: watch::Receiver<CallState>,
}

/// All calls. A cheap handle: clone it.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Shared>);

impl Calls {
    /// No calls yet. Must be called within tokio.
    pub(crate) fn new(feeds: Feeds, http: Arc<Http>, store: Store, metrics: Metrics) -> Self {
        Self(Arc::new(Shared {
            feeds,
            http,
            store,
            metrics,
            config: voice::config(),
            gateway: Arc::default(),
            handles: Mutex::default(),
            owners: TaskTracker::new(),
            closing: CancellationToken::new(),
            failed: CancellationToken::new(),
            standing: AtomicUsize::new(0),
        }))
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
        self.deliver(guild, message, Owner::OrNew { stored: None })?;
        wait_for(answer).await
    }

    pub(crate) async fn switch(
        &self,
        guild: GuildId,
        station: Station,
    ) -> Result<Joined, RadioError> {
        let (reply, answer) = oneshot::channel();
        self.deliver(guild, Message::Switch { station, reply }, Owner::Existing)?;
        wait_for(answer).await
    }

    pub(crate) async fn leave(&self, guild: GuildId) -> Result<bool, RadioError> {
        let (reply, answer) = oneshot::channel();
        match self.deliver(guild, Message::Leave(reply), Owner::Existing) {
            Ok(()) => wait_for(answer).await,
            Err(RadioError::NoCall) => {
                // Not rejoined yet, or not to be rejoined: either way forgotten now.
                let forgotten = self.0.store.clear_radio(guild).await;
                forgotten.map(|()| false).map_err(|_| RadioError::Store)
            }
            Err(error) => Err(error),
        }
    }

    /// What people want of the server's call.
    pub(crate) fn target(&self, guild: GuildId) -> Option<Target> {
        self.0.handles().get(&guild)?.state.borrow().target
    }

    /// Calls that stand and play.
    pub(crate) fn standing(&self) -> usize {
        self.0.standing.load(Ordering::Relaxed)
    }

    /// Goes back to the stored channels, and leaves those in which a former process left the bot.
    pub(crate) async fn restore(&self, cache: &Cache) {
        let me = cache.current_user().id;
        for guild in cache.guilds() {
            let channel = cache
                .guild(guild)
                .and_then(|guild| guild.voice_states.get(&me)?.channel_id);
            if let Some(channel) = channel
                && !self.0.handles().contains_key(&guild)
            {
                self.0.gateway.set_voice(guild, Some(channel));
            }
        }
        let settings = match self.0.store.radios().await {
            Ok(settings) => settings,
            Err(error) => {
                // Nothing is left either: which channels are meant to be left is not known.
                warn!("cannot read which channels the radio was in: {error}");
                return;
            }
        };
        for setting in &settings {
            let target = Target {
                channel: setting.channel,
                station: setting.station,
            };
            let exists = cache
                .guild(setting.guild)
                .map(|guild| guild.channels.contains_key(&setting.channel));
            match exists {
                Some(true) => self.begin(setting.guild, Message::Restore(target), Some(target)),
                Some(false) => self.forget(setting.guild).await,
                None => {}
            }
        }
        for guild in self.0.gateway.voice_guilds() {
            self.begin(guild, Message::Vacate, None);
        }
    }

    /// The channel that a server's radio was in was deleted meanwhile.
    async fn forget(&self, guild: GuildId) {
        info!(%guild, "the radio's channel was deleted");
        if let Err(error) = self.0.store.clear_radio(guild).await {
            warn!(%guild, "the radio's channel could not be forgotten: {error}");
        }
    }

    /// Sends a first message to a new owner, unless there is one.
    fn begin(&self, guild: GuildId, message: Message, stored: Option<Target>) {
        if !self.0.handles().contains_key(&guild)
            && let Err(error) = self.deliver(guild, message, Owner::OrNew { stored })
        {
            warn!(%guild, "cannot go back to the voice channel: {error}");
        }
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

    /// Gives a message to the server's owner.
    fn deliver(&self, guild: GuildId, message: Message, owner: Owner) -> Result<(), RadioError> {
        let mut handles = self.0.handles();
        let inbox = match (handles.get(&guild), owner) {
            (Some(handle), _) => &handle.inbox,
            (None, Owner::Existing) => return Err(RadioError::NoCall),
            (None, Owner::OrNew { .. }) if self.0.closing.is_cancelled() => {
                return Err(RadioError::Stopping);
            }
            (None, Owner::OrNew { stored }) => {
                let handle = self.spawn_owner(guild, stored);
                &handles.entry(guild).or_insert(handle).inbox
            }
        };
        inbox.try_send(message).map_err(|_| RadioError::Busy)
    }

    fn spawn_owner(&self, guild: GuildId, stored: Option<Target>) -> Handle {
        let (sender, inbox) = mpsc::channel(INBOX);
        let (state, watch) = watch::channel(CallState::default());
        let shared = Arc::clone(&self.0);
        let owner = Actor::new(guild, shared, inbox, sender.clone(), state, stored);
        let failed = self.0.failed.clone();
        self.0.owners.spawn(async move {
            if AssertUnwindSafe(owner.run()).catch_unwind().await.is_err() {
                // The hook has printed why. A server whose radio is dead for ever, while the bot
                // claims to be well, is worse than a restart.
                failed.cancel();
            }
        });
        Handle {
            inbox: sender,
            state: watch,
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

    /// Tells an owner, if there is one.
    fn tell(&self, guild: GuildId, message: Message) {
        if self.deliver(guild, message, Owner::Existing) == Err(RadioError::Busy) {
            warn!(%guild, "a call does not keep up with its messages; one was dropped");
        }
    }
}

impl Shared {
    fn handles(&self) -> MutexGuard<'_, HashMap<GuildId, Handle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An owner is done: forgotten, unless somebody wrote to it. Under the lock that writers take,
    /// so that no message is lost between the two.
    fn retire(&self, guild: GuildId, inbox: &mpsc::Receiver<Message>) -> bool {
        let mut handles = self.handles();
        let done = inbox.is_empty();
        if done {
            handles.remove(&guild);
        }
        done
    }

    /// A call came to stand, or does not any more.
    fn count(&self, before: bool, after: bool) {
        let standing = match (before, after) {
            (false, true) => self.standing.fetch_add(1, Ordering::Relaxed) + 1,
            (true, false) => self
                .standing
                .fetch_sub(1, Ordering::Relaxed)
                .saturating_sub(1),
            _ => return,
        };
        self.metrics.set_calls(standing);
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
        let message = Message::VoiceState {
            channel: state.channel_id,
            session: state.session_id.clone(),
            suppressed: state.suppress,
        };
        self.tell(guild, message);
    }
}
