//! What all calls share, and what is known of each.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serenity::{
    all::{ChannelId, GuildId},
    cache::Cache,
    futures::FutureExt,
    http::Http,
};
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::info;

use super::{
    actor::Actor,
    caption::Pace,
    gateway::Gateway,
    message::Message,
    plan::{Sound, Target},
};
use crate::{
    discord::Rest,
    marked::Marked,
    radio::{Ended, Ending, Feeds, Obstacle, RadioError, Songs, Trouble},
    store::{RadioSettings, Store},
    telemetry::Metrics,
};

/// Messages one call's owner may be behind. A server has a handful a minute; when it is full,
/// people are told that it is busy, and what Discord or songbird said is dropped: the supervision
/// notices what follows from that.
const INBOX: usize = 64;

/// What all calls share.
pub(super) struct Shared {
    pub(super) feeds: Feeds,
    pub(super) songs: Songs,
    pub(super) rest: Rest,
    pub(super) http: Http,
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) config: songbird::Config,
    pub(super) gateway: Arc<Gateway>,
    /// What Discord's gateway told, once there is a session.
    pub(super) cache: OnceLock<Arc<Cache>>,
    /// Servers of which there is something new to say.
    pub(super) changes: Marked,
    pub(super) captions: Pace,
    handles: Mutex<HashMap<GuildId, Handle>>,
    /// What is left to say of calls that have no owner any more. As many as servers, at most.
    past: Mutex<HashMap<GuildId, Past>>,
    pub(super) owners: TaskTracker,
    pub(super) closing: CancellationToken,
    /// An owner panicked.
    pub(super) failed: CancellationToken,
    pub(super) standing: AtomicUsize,
}

/// What others may know of a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct CallState {
    pub(super) target: Option<Target>,
    pub(super) standing: bool,
    pub(super) playing: Option<Sound>,
    pub(super) obstacle: Option<Obstacle>,
    pub(super) muted: bool,
    pub(super) suppressed: bool,
    pub(super) settings: RadioSettings,
    pub(super) ended: Option<Ended>,
}

/// What is left of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    pub(super) trouble: Option<(Trouble, OffsetDateTime)>,
    pub(super) ended: Option<Ended>,
}

impl Past {
    /// A channel is gone. Whoever deletes one disconnects those who are in it, and the word of that
    /// may have come before: nobody sent the bot away. Whether it was there last.
    pub(super) fn channel_deleted(&mut self, guild: GuildId, channel: ChannelId) -> bool {
        match &mut self.ended {
            Some(ended) if ended.channel == channel => {
                ended.why = Ending::Hopeless(Obstacle::Gone);
                info!(%guild, %channel, why = ?ended.why, "the radio is off");
                true
            }
            _ => false,
        }
    }
}

/// Who takes a message when a server's call has no owner.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    /// Nobody.
    Existing,
    /// A new one, who is told what the store has.
    OrNew { stored: Option<Target> },
}

pub(super) struct Handle {
    inbox: mpsc::Sender<Message>,
    pub(super) state: watch::Receiver<CallState>,
}

impl Shared {
    pub(super) fn new(
        feeds: Feeds,
        songs: Songs,
        rest: Rest,
        store: Store,
        metrics: Metrics,
        config: songbird::Config,
    ) -> Self {
        Self {
            feeds,
            songs,
            http: rest.http(),
            rest,
            store,
            metrics,
            config,
            gateway: Arc::default(),
            cache: OnceLock::new(),
            changes: Marked::default(),
            captions: Pace::default(),
            handles: Mutex::default(),
            past: Mutex::default(),
            owners: TaskTracker::new(),
            closing: CancellationToken::new(),
            failed: CancellationToken::new(),
            standing: AtomicUsize::new(0),
        }
    }

    pub(super) fn handles(&self) -> MutexGuard<'_, HashMap<GuildId, Handle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn past(&self) -> MutexGuard<'_, HashMap<GuildId, Past>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a message to the server's owner.
    pub(super) fn deliver(
        self: &Arc<Self>,
        guild: GuildId,
        message: Message,
        owner: Owner,
    ) -> Result<(), RadioError> {
        let mut handles = self.handles();
        let inbox = match (handles.get(&guild), owner) {
            (Some(handle), _) => &handle.inbox,
            (None, Owner::Existing) => return Err(RadioError::NoCall),
            (None, Owner::OrNew { .. }) if self.closing.is_cancelled() => {
                return Err(RadioError::Stopping);
            }
            (None, Owner::OrNew { stored }) => {
                let handle = self.spawn_owner(guild, stored);
                &handles.entry(guild).or_insert(handle).inbox
            }
        };
        inbox.try_send(message).map_err(|_| RadioError::Busy)
    }

    fn spawn_owner(self: &Arc<Self>, guild: GuildId, stored: Option<Target>) -> Handle {
        let (sender, inbox) = mpsc::channel(INBOX);
        let (state, watch) = watch::channel(CallState::default());
        let past = self.past().remove(&guild).unwrap_or_default();
        let shared = Arc::clone(self);
        let owner = Actor::new(guild, shared, inbox, sender.clone(), state, stored, past);
        let failed = self.failed.clone();
        self.owners.spawn(async move {
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

    /// An owner is done: forgotten, unless somebody wrote to it. Under the lock that writers take,
    /// so that no message is lost between the two.
    pub(super) fn retire(
        &self,
        guild: GuildId,
        inbox: &mpsc::Receiver<Message>,
        past: Past,
    ) -> bool {
        let mut handles = self.handles();
        let done = inbox.is_empty();
        if done {
            handles.remove(&guild);
            if past.trouble.is_some() || past.ended.is_some() {
                self.past().insert(guild, past);
            }
        }
        done
    }

    /// A call came to stand, or does not any more.
    pub(super) fn count(&self, before: bool, after: bool) {
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
