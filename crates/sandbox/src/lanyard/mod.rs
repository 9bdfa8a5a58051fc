//! Lanyard: who is online, for those who opted in.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`generate`] | made-up users and what they do |
//! | [`store`] | every monitored user's presence |
//! | [`frames`] | what the socket says, plain and compressed |
//! | [`session`] | one client's connection |
//! | [`lively`] | presences that change by themselves |
//! | [`routes`] | socket, REST, and `/control/lanyard` |

pub mod frames;
pub mod generate;
pub mod lively;
pub mod routes;
pub mod session;
pub mod store;

#[cfg(test)]
mod tests;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::sync::{Mutex, SetOnce, broadcast};

use crate::context::Context;
use frames::{Encoding, Frame};
use store::Store;

/// How many updates a client may be behind before it is dropped.
const BEHIND: usize = 16_384;

/// Somebody whom the demo knows: a member of its servers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The Discord user's id.
    pub id: u64,
    /// The account name.
    pub username: String,
    /// The name to show.
    pub name: String,
}

/// What is sent to the clients.
#[derive(Clone, Debug)]
pub struct Update {
    /// Whose presence it is; `None` for a frame that everyone gets.
    user: Option<u64>,
    frame: Arc<Frame>,
}

/// The service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lanyard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    context: Context,
    /// Set once everyone is generated; whoever asks before that waits.
    store: SetOnce<Store>,
    updates: broadcast::Sender<Update>,
    /// `INIT_STATE` for everyone, as of a version of the store. The lock is held while it is built,
    /// so that clients who come together share one; the store is not locked meanwhile.
    everyone: Mutex<Option<(u64, Arc<Frame>)>>,
    clients: AtomicUsize,
    /// How often a client has unsubscribed.
    unsubscribed: AtomicUsize,
}

impl Lanyard {
    /// Begins to generate the users, of whom `people` are some; with a lively sandbox they then
    /// live. What is asked for meanwhile is answered when they are there.
    pub fn start(context: &Context, people: Vec<Person>) -> Self {
        let lanyard = Self {
            inner: Arc::new(Inner {
                context: context.clone(),
                store: SetOnce::new(),
                updates: broadcast::Sender::new(BEHIND),
                everyone: Mutex::default(),
                clients: AtomicUsize::new(0),
                unsubscribed: AtomicUsize::new(0),
            }),
        };
        let (living, token) = (lanyard.clone(), context.token.clone());
        context.tasks.spawn(async move {
            tokio::select! {
                () = living.live(people) => {}
                () = token.cancelled() => {}
            }
        });
        lanyard
    }

    async fn live(self, people: Vec<Person>) {
        let context = &self.inner.context;
        let (seed, users, known) = (context.options.seed, context.options.users, people.clone());
        let generated = context
            .tasks
            .spawn_blocking(move || generate::users(seed, &known, users))
            .await
            // Cancelled: the runtime is going down.
            .unwrap_or_default();
        // Nobody else sets it.
        let _ = self.inner.store.set(Store::new(generated));
        if context.options.lively {
            lively::run(self, people).await;
        }
    }

    /// The presences, once they are there.
    async fn store(&self) -> &Store {
        self.inner.store.wait().await
    }

    /// A user's presence, as JSON text.
    pub async fn get(&self, user: u64) -> Option<Arc<str>> {
        self.store().await.get(user)
    }

    /// Changes a presence, or lets a user join with it, and tells everyone who subscribed.
    pub async fn merge(&self, user: u64, change: Value) -> Value {
        let presence = self.store().await.merge(user, change);
        self.tell(user, &presence);
        self.inner.context.bus.publish(
            "presence",
            json!({
                "user_id": user.to_string(),
                "status": presence["discord_status"],
                "presence": presence,
            }),
        );
        presence
    }

    /// Lets a user leave. Nobody is told, as with the real service. False when there was none.
    pub async fn remove(&self, user: u64) -> bool {
        self.store().await.remove(user)
    }

    /// Sends everyone's presence once more, as the real service does when it identifies with
    /// Discord anew. Returns how many.
    pub async fn resend(&self) -> usize {
        let everyone = self.store().await.snapshot().1;
        for (user, presence) in &everyone {
            self.send(Some(*user), Frame::update(*user, presence));
        }
        everyone.len()
    }

    /// Lets many users leave. Returns how many there were.
    pub async fn remove_all(&self, users: &[u64]) -> usize {
        let store = self.store().await;
        users.iter().filter(|user| store.remove(**user)).count()
    }

    /// Everyone's presence.
    pub async fn everyone_now(&self) -> Vec<(u64, Arc<str>)> {
        self.store().await.snapshot().1
    }

    /// Sends a frame to every client.
    pub fn send_raw(&self, frame: Frame) {
        self.send(None, frame);
    }

    /// How many users are monitored; none is known before they are generated.
    pub fn len(&self) -> usize {
        self.inner.store.get().map_or(0, Store::len)
    }

    /// Whether nobody is monitored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many clients are connected.
    pub fn clients(&self) -> usize {
        self.inner.clients.load(Ordering::Relaxed)
    }

    /// `INIT_STATE` for everyone, ready to be sent in that encoding: writing and compressing 200 MB
    /// takes seconds, which the async threads do not have.
    async fn everyone(&self, encoding: Encoding) -> Arc<Frame> {
        let store = self.store().await;
        let mut cached = self.inner.everyone.lock().await;
        let (version, everyone) = store.snapshot();
        let current = cached.as_ref().filter(|(of, _)| *of == version);
        let known = current.map(|(_, frame)| Arc::clone(frame));
        let build = move || {
            let frame = known.unwrap_or_else(|| Arc::new(Frame::init_map(&everyone)));
            frame.message(encoding);
            frame
        };
        let built = self.inner.context.tasks.spawn_blocking(build).await;
        // Cancelled: the runtime is going down.
        let frame = built.unwrap_or_else(|_| Arc::new(Frame::init_map(&[])));
        *cached = Some((version, Arc::clone(&frame)));
        frame
    }

    fn tell(&self, user: u64, presence: &Value) {
        self.send(Some(user), Frame::update(user, &presence.to_string()));
    }

    fn send(&self, user: Option<u64>, frame: Frame) {
        // Nobody connected is no error.
        let _ = self.inner.updates.send(Update {
            user,
            frame: Arc::new(frame),
        });
    }
}
