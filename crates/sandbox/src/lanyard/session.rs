//! One client's connection to Lanyard's socket.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::broadcast::error::RecvError, time::sleep_until};

use super::{
    Lanyard,
    frames::{Encoding, Frame},
};
use crate::ws::{Gone, Message, Socket};

/// Whose updates a client wants.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
enum Subscription {
    #[default]
    Nobody,
    Users(HashSet<u64>),
    Everyone,
}

impl Subscription {
    fn covers(&self, user: u64) -> bool {
        match self {
            Self::Nobody => false,
            Self::Users(users) => users.contains(&user),
            Self::Everyone => true,
        }
    }
}

/// What to do about a client's message.
#[derive(Debug, Eq, PartialEq)]
enum Step {
    /// Nothing.
    Ignore,
    /// Send `INIT_STATE` for this.
    Initialize(Wish),
    /// Stop these, or all.
    Unsubscribe(Option<Vec<u64>>),
    /// Close with this code and reason.
    Close(u16, &'static str),
}

/// The three kinds of subscription.
#[derive(Debug, Eq, PartialEq)]
enum Wish {
    Ids(Vec<u64>),
    Id(u64),
    All,
}

/// Serves one client until one side ends it.
pub async fn run(lanyard: Lanyard, encoding: Encoding, idle: Duration, socket: Socket) {
    lanyard.inner.clients.fetch_add(1, Ordering::Relaxed);
    let mut session = Session {
        lanyard: lanyard.clone(),
        encoding,
        idle,
        socket,
        subscription: Subscription::default(),
    };
    // Gone is gone.
    let _ = session.talk().await;
    lanyard.inner.clients.fetch_sub(1, Ordering::Relaxed);
}

struct Session {
    lanyard: Lanyard,
    encoding: Encoding,
    idle: Duration,
    socket: Socket,
    subscription: Subscription,
}

impl Session {
    async fn talk(&mut self) -> Result<(), Gone> {
        // Before anything is sent: no update is missed between INIT_STATE and the first of them.
        let mut updates = self.lanyard.inner.updates.subscribe();
        self.send(&Frame::hello()).await?;
        loop {
            let deadline = self.socket.last_received() + self.idle;
            tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Message::Text(text)) => if !self.answer(&text).await? {
                        return Ok(());
                    },
                    // Binary frames mean nothing to it.
                    Some(_) => {}
                    None => return Ok(()),
                },
                update = updates.recv() => match update {
                    Ok(update) => if update.user.is_none_or(|user| self.subscription.covers(user)) {
                        self.send(&update.frame).await?;
                    },
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "a Lanyard client reads too slowly and is dropped");
                        return Err(Gone);
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = sleep_until(deadline) => {
                    if self.socket.last_received() + self.idle <= tokio::time::Instant::now() {
                        self.socket.close_now(1000, "").await;
                        return Ok(());
                    }
                }
            }
        }
    }

    /// False when the socket has been closed.
    async fn answer(&mut self, text: &str) -> Result<bool, Gone> {
        match read(text) {
            Step::Ignore => {}
            Step::Initialize(wish) => self.initialize(wish).await?,
            Step::Unsubscribe(users) => self.unsubscribe(users),
            Step::Close(code, reason) => {
                self.socket.close_now(code, reason).await;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn initialize(&mut self, wish: Wish) -> Result<(), Gone> {
        let lanyard = self.lanyard.clone();
        let frame = match wish {
            Wish::Ids(ids) => {
                let store = lanyard.store().await;
                let known: Vec<_> = ids
                    .iter()
                    .filter_map(|id| Some((*id, store.get(*id)?)))
                    .collect();
                // Only those who are monitored: a later newcomer is not included.
                let users = known.iter().map(|(id, _)| *id).collect();
                self.subscription = Subscription::Users(users);
                Arc::new(Frame::init_map(&known))
            }
            Wish::Id(id) => {
                self.subscription = Subscription::Users(HashSet::from([id]));
                Arc::new(Frame::init_one(lanyard.get(id).await.as_deref()))
            }
            Wish::All => {
                self.subscription = Subscription::Everyone;
                lanyard.everyone(self.encoding).await
            }
        };
        self.send(&frame).await
    }

    fn unsubscribe(&mut self, users: Option<Vec<u64>>) {
        let unsubscribed = &self.lanyard.inner.unsubscribed;
        unsubscribed.fetch_add(1, Ordering::Relaxed);
        match (users, &mut self.subscription) {
            (None, subscription) => *subscription = Subscription::Nobody,
            (Some(users), Subscription::Users(subscribed)) => {
                for user in users {
                    subscribed.remove(&user);
                }
            }
            // Single users cannot be taken out of everyone.
            (Some(_), _) => {}
        }
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), Gone> {
        self.socket.send(frame.message(self.encoding)).await
    }
}

/// Reads a client's message as Lanyard does: <https://github.com/Phineas/lanyard>, `lib/socket`.
fn read(text: &str) -> Step {
    let Ok(Value::Object(message)) = serde_json::from_str(text) else {
        return Step::Close(4006, "invalid_payload");
    };
    let d = message.get("d");
    match message.get("op").and_then(Value::as_u64) {
        Some(2) => match d {
            Some(Value::Object(d)) => {
                let id = |value: &Value| value.as_str().and_then(|id| id.parse().ok());
                if let Some(Value::Array(ids)) = d.get("subscribe_to_ids") {
                    Step::Initialize(Wish::Ids(ids.iter().filter_map(id).collect()))
                } else if let Some(one) = d.get("subscribe_to_id") {
                    id(one).map_or(Step::Close(4006, "invalid_payload"), |id| {
                        Step::Initialize(Wish::Id(id))
                    })
                } else if d.get("subscribe_to_all") == Some(&Value::Bool(true)) {
                    Step::Initialize(Wish::All)
                } else {
                    Step::Close(4006, "invalid_payload")
                }
            }
            _ => Step::Close(4005, "requires_data_object"),
        },
        Some(3) => Step::Ignore,
        Some(4) => unsubscription(d),
        _ => Step::Close(4004, "unknown_opcode"),
    }
}

fn unsubscription(d: Option<&Value>) -> Step {
    let Some(Value::Object(d)) = d else {
        return Step::Ignore;
    };
    let id = |value: &Value| value.as_str().and_then(|id| id.parse().ok());
    if let Some(Value::Array(ids)) = d.get("unsubscribe_from_ids") {
        Step::Unsubscribe(Some(ids.iter().filter_map(id).collect()))
    } else if let Some(one) = d.get("unsubscribe_from_id").and_then(id) {
        Step::Unsubscribe(Some(vec![one]))
    } else if d.get("unsubscribe_from_all") == Some(&Value::Bool(true)) {
        Step::Unsubscribe(None)
    } else {
        Step::Ignore
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_are_read() {
        for (text, step) in [
            (r#"{"op":3}"#, Step::Ignore),
            (
                r#"{"op":2,"d":{"subscribe_to_all":true}}"#,
                Step::Initialize(Wish::All),
            ),
            (
                r#"{"op":2,"d":{"subscribe_to_ids":["1","x",2],"subscribe_to_all":true}}"#,
                Step::Initialize(Wish::Ids(vec![1])),
            ),
            (
                r#"{"op":2,"d":{"subscribe_to_id":"5"}}"#,
                Step::Initialize(Wish::Id(5)),
            ),
            (
                r#"{"op":2,"d":{"subscribe_to_all":"true"}}"#,
                Step::Close(4006, "invalid_payload"),
            ),
            (r#"{"op":2}"#, Step::Close(4005, "requires_data_object")),
            (
                r#"{"op":2,"d":[]}"#,
                Step::Close(4005, "requires_data_object"),
            ),
            (r#"{"op":7,"d":{}}"#, Step::Close(4004, "unknown_opcode")),
            (r"{}", Step::Close(4004, "unknown_opcode")),
            ("hello", Step::Close(4006, "invalid_payload")),
            (
                r#"{"op":4,"d":{"unsubscribe_from_all":true}}"#,
                Step::Unsubscribe(None),
            ),
            (
                r#"{"op":4,"d":{"unsubscribe_from_ids":["1"]}}"#,
                Step::Unsubscribe(Some(vec![1])),
            ),
            (r#"{"op":4,"d":7}"#, Step::Ignore),
        ] {
            assert_eq!(read(text), step, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC*") {
            read(&text);
        }
    }
}
