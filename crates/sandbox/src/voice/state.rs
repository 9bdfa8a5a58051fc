//! What all parts of the voice server share: grants, calls, rooms.

mod registry;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

use rand::{Rng, distr::Alphanumeric};
use serde_json::json;
use tokio::{runtime::Handle, sync::Semaphore, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::registry::{Grant, Registry};

use super::{
    CallReport, VoiceGrant, VoiceOptions,
    call::{Call, Identity},
    crypto::{Cipher, KEY_LEN, Mode},
    dave::authority::Authority,
    listener::tap::Taps,
    report::{Summarising, Summary},
    room::{Event, Rooms},
    signalling::{
        Close,
        payload::{Identify, Resume},
    },
};
use crate::events::Bus;

/// How long a session without a socket can be resumed.
const RESUME_WINDOW: Duration = Duration::from_secs(30);

/// One user in one guild.
type Caller = (u64, u64);

/// Shared by the API, the sockets, the rooms and the receiving thread.
#[derive(Debug)]
pub struct Shared {
    /// As chosen at start.
    pub options: VoiceOptions,
    /// Where packets are received.
    pub udp: SocketAddr,
    /// Owns every task.
    pub tasks: TaskTracker,
    /// Cancelled when the server stops.
    pub token: CancellationToken,
    /// The channels in use.
    pub rooms: Rooms,
    /// Who proposes members of the channels' groups.
    pub authority: Arc<Authority>,
    /// As many as may compute for the groups at once.
    pub mls: Semaphore,
    /// Off: old clients are let in and end the encryption of their channel.
    dave_required: AtomicBool,
    bus: Bus,
    runtime: Handle,
    registry: Mutex<Registry>,
    /// When the statistics of arrival were begun.
    measured_since: Mutex<Instant>,
    // Read for every packet: apart from the registry.
    senders: RwLock<HashMap<u32, Arc<Call>>>,
    /// The loudspeakers of the guilds.
    pub taps: Taps,
    ids: AtomicU64,
    strays: AtomicU64,
}

impl Shared {
    /// Nobody is connected yet. Must be called inside the runtime that is to run the tasks.
    pub fn new(options: VoiceOptions, bus: Bus, udp: SocketAddr, authority: Authority) -> Self {
        Self {
            options,
            udp,
            tasks: TaskTracker::new(),
            token: CancellationToken::new(),
            rooms: Rooms::default(),
            authority: Arc::new(authority),
            mls: Semaphore::new(available_parallelism().map_or(1, usize::from)),
            dave_required: AtomicBool::new(true),
            bus,
            runtime: Handle::current(),
            registry: Mutex::default(),
            measured_since: Mutex::new(Instant::now()),
            senders: RwLock::default(),
            taps: Taps::default(),
            ids: AtomicU64::new(1),
            strays: AtomicU64::new(0),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that was never given out before.
    pub fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Relaxed)
    }

    /// A packet came from a sender that no call knows.
    pub fn count_stray(&self) {
        self.strays.fetch_add(1, Relaxed);
    }

    /// How many did.
    pub fn strays(&self) -> u64 {
        self.strays.load(Relaxed)
    }

    /// See [`super::Server::allocate`].
    pub fn allocate(self: &Arc<Self>, grant: VoiceGrant) -> String {
        let caller = (grant.guild, grant.user);
        let token: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(24)
            .map(char::from)
            .collect();
        let replaced = {
            let mut registry = self.registry();
            registry.grants.insert(
                caller,
                Grant {
                    grant,
                    token: token.clone(),
                },
            );
            registry.calls.remove(&caller)
        };
        if let Some(call) = replaced {
            self.end(&call, Close::DISCONNECTED);
        }
        token
    }

    /// See [`super::Server::revoke`].
    pub fn revoke(self: &Arc<Self>, caller: Caller, close: Close) {
        let call = {
            let mut registry = self.registry();
            registry.grants.remove(&caller);
            registry.hushed.remove(&caller);
            registry.calls.remove(&caller)
        };
        if let Some(call) = call {
            self.end(&call, close);
        }
    }

    /// See [`super::Server::hush`].
    pub fn hush(&self, caller: Caller, hushed: bool) {
        let mut registry = self.registry();
        if hushed {
            registry.hushed.insert(caller);
        } else {
            registry.hushed.remove(&caller);
        }
        if let Some(call) = registry.calls.get(&caller) {
            call.set_hushed(hushed);
        }
    }

    /// See [`super::Server::move_to`].
    pub fn move_to(self: &Arc<Self>, caller: Caller, channel: u64) {
        let call = {
            let mut registry = self.registry();
            if let Some(grant) = registry.grants.get_mut(&caller) {
                grant.grant.channel = channel;
            }
            registry.calls.remove(&caller)
        };
        if let Some(call) = call {
            self.end(&call, Close::DISCONNECTED);
        }
    }

    /// A new token for the same grant; the call made with the old one ends.
    pub fn renew(self: &Arc<Self>, caller: Caller) -> Option<String> {
        let grant = self.registry().grants.get(&caller)?.grant.clone();
        Some(self.allocate(grant))
    }

    /// The call of a user in a guild.
    pub fn call(&self, caller: Caller) -> Option<Arc<Call>> {
        self.registry().calls.get(&caller).cloned()
    }

    /// Forgets a session but not its grant.
    pub fn expire(self: &Arc<Self>, caller: Caller, close: Close) -> bool {
        let call = self.registry().calls.remove(&caller);
        if let Some(call) = &call {
            self.end(call, close);
        }
        call.is_some()
    }

    /// What is known of all calls.
    pub fn reports(&self) -> Vec<CallReport> {
        let now = Instant::now();
        self.calls().iter().map(|call| call.report(now)).collect()
    }

    /// See [`super::Server::summary`].
    pub fn summary(&self) -> Summary {
        let mut summary = Summarising::new(*self.measured_since(), Instant::now(), self.strays());
        for call in self.calls() {
            call.add_to(&mut summary);
        }
        summary.done()
    }

    /// See [`super::Server::measure`].
    pub fn measure(&self) {
        for call in self.calls() {
            call.measure();
        }
        *self.measured_since() = Instant::now();
    }

    fn calls(&self) -> Vec<Arc<Call>> {
        self.registry().calls.values().cloned().collect()
    }

    fn measured_since(&self) -> MutexGuard<'_, Instant> {
        self.measured_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose packet has this synchronisation source.
    pub fn sender(&self, ssrc: u32) -> Option<Arc<Call>> {
        self.senders
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&ssrc)
            .cloned()
    }

    /// Begins a session, when the main gateway has granted one.
    pub fn identify(
        self: &Arc<Self>,
        identify: &Identify,
        version: u8,
    ) -> Result<Arc<Call>, Close> {
        let caller = (identify.server_id, identify.user_id);
        let (call, replaced) = {
            let mut registry = self.registry();
            let grant = registry.check(caller, &identify.token, &identify.session_id)?;
            let max_dave = identify.max_dave_protocol_version;
            if grant.dave_required && max_dave == 0 && self.dave_required.load(Relaxed) {
                return Err(Close::DAVE_REQUIRED);
            }
            let identity = Identity {
                guild: grant.guild,
                channel: grant.channel,
                user: grant.user,
                session_id: grant.session_id.clone(),
                token: identify.token.clone(),
                max_dave: grant.dave_required.then_some(max_dave),
            };
            let decoded = registry.is_decoded(self.options.decode_share);
            let tap = self.taps.with(caller.0, Arc::clone);
            let mut senders = self.senders.write().unwrap_or_else(PoisonError::into_inner);
            let ssrc = loop {
                let ssrc = rand::rng().random_range(1..u32::MAX);
                if !senders.contains_key(&ssrc) {
                    break ssrc;
                }
            };
            let call = Arc::new(Call::new(
                identity,
                self.next_id(),
                ssrc,
                version,
                decoded,
                tap,
            ));
            call.set_hushed(registry.hushed.contains(&caller));
            senders.insert(ssrc, Arc::clone(&call));
            drop(senders);
            (Arc::clone(&call), registry.calls.insert(caller, call))
        };
        if let Some(replaced) = replaced {
            self.end(&replaced, Close::SESSION_INVALID);
        }
        Ok(call)
    }

    /// Finds the session that is to go on.
    pub fn resume(&self, resume: &Resume, version: u8) -> Result<Arc<Call>, Close> {
        let registry = self.registry();
        registry
            .calls
            .values()
            .find(|call| {
                call.identity.guild == resume.server_id
                    && call.identity.session_id == resume.session_id
                    && call.identity.token == resume.token
                    && call.outbox.version() == version
            })
            .cloned()
            .ok_or(Close::SESSION_INVALID)
    }

    /// Describes the session (op 4) and lets it into its channel. `None` when it already was.
    pub async fn describe(self: &Arc<Self>, call: &Arc<Call>, mode: Mode) -> Option<()> {
        let secret_key: [u8; KEY_LEN] = rand::rng().random();
        if !call.set_transport(mode, Cipher::new(mode, &secret_key)) {
            return None;
        }
        self.publish("connected", call, None);
        let join = Event::Join {
            call: Arc::clone(call),
            mode,
            secret_key,
        };
        self.tell(call.identity.channel, join).await;
        Some(())
    }

    /// Tells a channel's room.
    pub async fn tell(self: &Arc<Self>, channel: u64, event: Event) {
        self.rooms.tell(self, channel, event).await;
    }

    /// A socket was lost; its session waits for a while to be resumed.
    pub fn lost(self: &Arc<Self>, call: &Arc<Call>) {
        let current = self.call((call.identity.guild, call.identity.user));
        if current.is_none_or(|current| current.id != call.id) {
            return;
        }
        self.publish("lost", call, None);
        let (shared, call) = (Arc::clone(self), Arc::clone(call));
        self.tasks.spawn_on(
            async move {
                tokio::select! {
                    () = shared.token.cancelled() => return,
                    () = sleep(RESUME_WINDOW) => {}
                }
                if !call.outbox.is_attached() {
                    shared.forget(&call, Close::SESSION_TIMEOUT);
                }
            },
            &self.runtime,
        );
    }

    /// A lost session was resumed.
    pub fn resumed(&self, call: &Call) {
        self.publish("resumed", call, None);
    }

    /// A client did something that ends its connection.
    pub fn refused(&self, call: Option<&Call>, close: &Close) {
        match call {
            Some(call) => self.publish("closed", call, Some(close)),
            None => self.bus.publish(
                "voice_call",
                json!({ "event": "refused", "code": close.code, "reason": close.reason }),
            ),
        }
    }

    /// See [`super::Server::set_dave_required`].
    pub fn set_dave_required(&self, required: bool) {
        self.dave_required.store(required, Relaxed);
    }

    /// A client sent something to its group that the gateway does not accept.
    pub fn complain(&self, channel: u64, user: u64, reason: &str) {
        tracing::warn!(
            channel,
            user,
            reason,
            "a client's part in its group is refused"
        );
        self.bus.publish(
            "voice_call",
            json!({
                "event": "dave_refused",
                "channel": channel.to_string(),
                "user": user.to_string(),
                "reason": reason,
            }),
        );
    }

    /// Ends a call if it still is the one of its user.
    fn forget(self: &Arc<Self>, call: &Arc<Call>, close: Close) {
        let caller = (call.identity.guild, call.identity.user);
        {
            let mut registry = self.registry();
            if registry
                .calls
                .get(&caller)
                .is_some_and(|current| current.id == call.id)
            {
                registry.calls.remove(&caller);
            }
        }
        self.end(call, close);
    }

    /// The rest of a call's end, once the registry no longer knows it.
    fn end(self: &Arc<Self>, call: &Arc<Call>, close: Close) {
        self.senders
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&call.ssrc);
        self.publish("ended", call, Some(&close));
        call.outbox.close(close);
        let (shared, channel) = (Arc::clone(self), call.identity.channel);
        let leave = Event::Leave {
            user: call.identity.user,
            id: call.id,
        };
        self.tasks.spawn_on(
            async move { shared.tell(channel, leave).await },
            &self.runtime,
        );
    }

    fn publish(&self, event: &str, call: &Call, close: Option<&Close>) {
        let identity = &call.identity;
        self.bus.publish(
            "voice_call",
            json!({
                "event": event,
                "guild": identity.guild.to_string(),
                "channel": identity.channel.to_string(),
                "user": identity.user.to_string(),
                "code": close.map(|close| close.code),
                "reason": close.map(|close| &close.reason),
            }),
        );
    }
}
