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
use tokio::sync::{Mutex, broadcast};

use crate::context::Context;
use frames::Frame;
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
    store: Store,
    updates: broadcast::Sender<Update>,
    /// `INIT_STATE` for everyone, as of a version of the store. The lock is held while it is built,
    /// so that clients who come together share one; the store is not locked meanwhile.
    everyone: Mutex<Option<(u64, Arc<Frame>)>>,
    clients: AtomicUsize,
}

impl Lanyard {
    /// Generates the users, of whom `people` are some, and lets them live if the sandbox is lively.
    pub async fn start(context: &Context, people: Vec<Person>) -> Self {
        let (seed, users) = (context.options.seed, context.options.users);
        let known = people.clone();
        let generated = context
            .tasks
            .spawn_blocking(move || generate::users(seed, &known, users))
            .await
            // Cancelled: the runtime is going down.
            .unwrap_or_default();
        let lanyard = Self {
            inner: Arc::new(Inner {
                context: context.clone(),
                store: Store::new(generated),
                updates: broadcast::Sender::new(BEHIND),
                everyone: Mutex::default(),
                clients: AtomicUsize::new(0),
            }),
        };
        if context.options.lively {
            let (lively, token) = (lanyard.clone(), context.token.clone());
            context.tasks.spawn(async move {
                tokio::select! {
                    () = lively::run(lively, people) => {}
                    () = token.cancelled() => {}
                }
            });
        }
        lanyard
    }

    /// A user's presence, as JSON text.
    pub fn get(&self, user: u64) -> Option<Arc<str>> {
        self.inner.store.get(user)
    }

    /// Changes a presence, or lets a user join with it, and tells everyone who subscribed.
    pub fn merge(&self, user: u64, change: Value) -> Value {
        let presence = self.inner.store.merge(user, change);
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
    pub fn remove(&self, user: u64) -> bool {
        self.inner.store.remove(user)
    }

    /// Sends everyone's presence once more, as the real service does when it identifies with
    /// Discord anew. Returns how many.
    pub fn resend(&self) -> usize {
        let everyone = self.inner.store.snapshot().1;
        for (user, presence) in &everyone {
            self.send(Some(*user), Frame::update(*user, presence));
        }
        everyone.len()
    }

    /// Sends a frame to every client: any text.
    pub fn send_raw(&self, text: String) {
        self.send(None, Frame::new(text));
    }

    /// How many users are monitored.
    pub fn len(&self) -> usize {
        self.inner.store.len()
    }

    /// Whether nobody is monitored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many clients are connected.
    pub fn clients(&self) -> usize {
        self.inner.clients.load(Ordering::Relaxed)
    }

    /// `INIT_STATE` for everyone.
    async fn everyone(&self) -> Arc<Frame> {
        let mut cached = self.inner.everyone.lock().await;
        let (version, everyone) = self.inner.store.snapshot();
        if let Some((of, frame)) = &*cached
            && *of == version
        {
            return Arc::clone(frame);
        }
        let build = move || Frame::init_map(&everyone);
        let built = self.inner.context.tasks.spawn_blocking(build).await;
        let frame = Arc::new(built.unwrap_or_else(|_| Frame::init_map(&[])));
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
