//! Discord as a whole: the state, the sessions connected to it, and the way events leave it.
//!
//! [`world`](crate::world) is pure: its methods change the state and leave [`Effect`]s behind.
//! This shell holds the lock, and delivers the effects before it lets go, so that every session
//! sees events in the order in which they happened.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use serde_json::{Value, json};

use crate::context::Context;
use crate::gateway::{self, Sessions};
use crate::rest::{self, RateLimits};
use crate::voice::{self, VoiceGrant};
use crate::world::{ChannelKind, Effect, Id, VoiceOrder, World, intents};

/// Close code of the voice gateway for whoever was disconnected from a channel.
const DISCONNECTED: u16 = 4014;

/// A handle to the simulated Discord; cloning gives another.
#[derive(Debug, Clone)]
pub struct Discord(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    context: Context,
    voice: voice::Server,
    world: Mutex<World>,
    sessions: Sessions,
    limits: RateLimits,
    /// How far Discord's clock is ahead of the machine's, in milliseconds.
    ahead_ms: AtomicU64,
}

impl Discord {
    /// Builds the world of the options' seed; nothing runs until the router is served.
    pub fn new(context: &Context, voice: voice::Server) -> Self {
        let options = &context.options;
        let mut world = World::generate(options.seed, options.guilds, now_ms());
        if let Some(locale) = options.locale {
            world.speak(locale);
        }
        world.set_cdn(format!("{}/cdn", context.http()));
        for guild in world.guilds.values() {
            for channel in &guild.channels {
                let people = world.people_in(*channel);
                if !people.is_empty() {
                    voice.roster(channel.0, people);
                }
            }
        }
        Self(Arc::new(Inner {
            context: context.clone(),
            voice,
            world: Mutex::new(world),
            sessions: Sessions::default(),
            limits: RateLimits::default(),
            ahead_ms: AtomicU64::new(0),
        }))
    }

    /// REST under `/api`, `/api/v9` and `/api/v10`, the gateway at `/gateway`, uploaded files
    /// under `/cdn/attachments`, and the control API of all that (`/control/world`, `/control/interactions`, …).
    pub fn router(&self) -> Router {
        Router::new()
            .merge(rest::router(self))
            .merge(gateway::router(self))
            .merge(crate::cdn::files(self))
            .merge(crate::control::router(self))
    }

    /// The token of the main application, the bot under test.
    pub fn token(&self) -> String {
        self.with(|world| world.main_application().token.clone())
    }

    /// The simulated people, for the other services that know them too: id, username and
    /// display name.
    pub fn people(&self) -> Vec<(u64, String, String)> {
        self.with(|world| world.people())
    }

    /// Runs `act` on the world, then delivers what came of it. `act` must not block: everyone
    /// else waits meanwhile.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        let mut world = self.lock();
        world.set_now(now_ms() + self.0.ahead_ms.load(Relaxed));
        let result = act(&mut world);
        self.deliver(&mut world);
        result
    }

    /// Moves Discord's clock on, so that nobody has to wait for what expires. Limits of rates, voice
    /// and the gateway's heartbeats go by the machine's.
    pub(crate) fn advance(&self, ms: u64) {
        self.0.ahead_ms.fetch_add(ms, Relaxed);
    }

    pub(crate) fn context(&self) -> &Context {
        &self.0.context
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    pub(crate) fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A panic while locked was one request's bug; the others go on.
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the effects out while the world is still locked. What voice does may have effects
    /// of its own (the server update that follows a state update), hence the loop.
    fn deliver(&self, world: &mut World) {
        loop {
            let effects = world.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Dispatch(event) => self.0.sessions.deliver(&event),
                    Effect::Tell(kind, data) => self.0.context.bus.publish(kind, data),
                    Effect::Voice(order) => self.voice(world, &order),
                }
            }
        }
    }

    fn voice(&self, world: &mut World, order: &VoiceOrder) {
        let voice = &self.0.voice;
        match *order {
            VoiceOrder::Connect { guild, user } => {
                let state = world
                    .guilds
                    .get(&guild)
                    .and_then(|g| g.voice_states.get(&user));
                let Some(state) = state else {
                    return;
                };
                let kind = world
                    .channels
                    .get(&state.channel)
                    .map(|channel| channel.kind);
                let token = voice.allocate(VoiceGrant {
                    guild: guild.0,
                    channel: state.channel.0,
                    user: user.0,
                    session_id: state.session_id.clone(),
                    dave_required: kind != Some(ChannelKind::Stage),
                });
                server_update(world, guild, user, &token, &voice.endpoint().into());
            }
            VoiceOrder::Revoke { guild, user } => voice.revoke(guild.0, user.0, DISCONNECTED),
            VoiceOrder::Move {
                guild,
                user,
                channel,
            } => {
                voice.move_to(guild.0, user.0, channel.0);
            }
            VoiceOrder::MoveServer { guild, user } => {
                server_update(world, guild, user, "", &Value::Null);
                if let Some((endpoint, token)) = voice.move_server(guild.0, user.0) {
                    server_update(world, guild, user, &token, &endpoint.into());
                }
            }
            VoiceOrder::Hush {
                guild,
                user,
                hushed,
            } => voice.hush(guild.0, user.0, hushed),
            VoiceOrder::Roster { channel } => voice.roster(channel.0, world.people_in(channel)),
        }
    }
}

/// Sends `VOICE_SERVER_UPDATE` to one bot; a null endpoint means that the server is gone and
/// another will be named.
fn server_update(world: &mut World, guild: Id, user: Id, token: &str, endpoint: &Value) {
    let data = json!({"token": token, "guild_id": guild, "endpoint": endpoint});
    world.dispatch_to(
        vec![user],
        Some(guild),
        "VOICE_SERVER_UPDATE",
        intents::ALWAYS,
        &data,
    );
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}
