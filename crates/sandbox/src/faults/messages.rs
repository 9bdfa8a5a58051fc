//! Faults on the level of a WebSocket's messages: close, garbage, truncate.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Message;

use super::{
    model::{Fault, Target},
    registry::{Active, Faults},
};

/// Something that a WebSocket has to do because of a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageFault {
    /// Close with this code and reason.
    Close {
        /// The code.
        code: u16,
        /// The reason.
        reason: String,
    },
    /// Send this, which makes no sense.
    Garbage(Message),
}

/// The faults of one WebSocket, from its opening on.
#[derive(Debug)]
pub struct MessageFaults {
    faults: Faults,
    target: Target,
    watch: watch::Receiver<Arc<Active>>,
    closes: u64,
    next_garbage: Instant,
}

impl MessageFaults {
    pub(super) fn new(faults: Faults, target: Target) -> Self {
        let watch = faults.watch(target);
        let closes = watch.borrow().closes;
        Self {
            faults,
            target,
            watch,
            closes,
            next_garbage: Instant::now(),
        }
    }

    /// Waits until a fault demands something. May be cancelled and called again.
    pub async fn next(&mut self) -> MessageFault {
        loop {
            let active = Arc::clone(&self.watch.borrow_and_update());
            if active.closes != self.closes {
                self.closes = active.closes;
                let (code, reason) = active.close.clone();
                return MessageFault::Close { code, reason };
            }
            let close = self.faults.strike(self.target, |fault| match fault {
                Fault::Close { code, reason } => Some((*code, reason.clone())),
                _ => None,
            });
            if let Some((code, reason)) = close {
                return MessageFault::Close { code, reason };
            }
            let garbage = |fault: &Fault| match fault {
                Fault::Garbage { every_ms, bytes } => Some((*every_ms, *bytes)),
                _ => None,
            };
            let due = active.find(garbage).is_some();
            if due
                && Instant::now() >= self.next_garbage
                && let Some((every_ms, bytes)) = self.faults.strike(self.target, garbage)
            {
                self.next_garbage = Instant::now() + Duration::from_millis(every_ms);
                return MessageFault::Garbage(nonsense(&mut *self.faults.random(), bytes));
            }
            tokio::select! {
                () = sleep_until(self.next_garbage), if due => {}
                changed = self.watch.changed() => if changed.is_err() {
                    // The registry is gone: no fault will ever come.
                    std::future::pending::<()>().await;
                },
            }
        }
    }

    /// A message on its way out: cut off in its middle while `truncate` is on.
    pub fn outgoing(&self, message: Message) -> Message {
        let truncated = self.faults.strike(self.target, |fault| {
            matches!(fault, Fault::Truncate {}).then_some(())
        });
        match (truncated, message) {
            (Some(()), Message::Text(text)) => {
                let middle = text.floor_char_boundary(text.len() / 2);
                Message::text(&text[..middle])
            }
            (Some(()), Message::Binary(bytes)) => Message::Binary(bytes.slice(..bytes.len() / 2)),
            (_, message) => message,
        }
    }
}

/// What a broken server might say.
const TEXTS: [&str; 14] = [
    "",
    "not JSON",
    "{",
    "null",
    "[]",
    "\"op\"",
    "{\"op\":null}",
    "{\"op\":\"zero\",\"d\":1}",
    "{\"op\":-1,\"d\":{}}",
    "{\"op\":340282366920938463463374607431768211456}",
    "{\"op\":0,\"t\":5,\"s\":\"x\",\"d\":[]}",
    "{\"op\":0,\"t\":\"NO_SUCH_EVENT\",\"s\":null,\"d\":null}",
    "{\"op\":1,\"t\":\"TRACK_UPDATE\",\"d\":{\"song\":[],\"startTime\":{},\"listeners\":\"many\"}}",
    "{\"op\":11111,\"d\":{\"nested\":[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]}}",
];

/// A message that no protocol here knows: valid as a WebSocket message, wrong as anything else.
fn nonsense(random: &mut impl Rng, bytes: Option<usize>) -> Message {
    if let Some(bytes) = bytes {
        return Message::text("\u{1f426}".repeat(bytes / 4) + &"x".repeat(bytes % 4));
    }
    match random.random_range(0..TEXTS.len() + 2) {
        at if at < TEXTS.len() => Message::text(TEXTS[at]),
        _ => {
            let mut noise = vec![0; random.random_range(1..200)];
            random.fill(&mut noise[..]);
            Message::binary(noise)
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::json;
    use tokio_util::{sync::CancellationToken, task::TaskTracker};

    use super::{super::model::Order, *};
    use crate::events::Bus;

    fn put(faults: &Faults, body: serde_json::Value) {
        let serde_json::Value::Object(map) = body else {
            panic!()
        };
        let order = Order::parse(map).unwrap();
        faults.put(order, &TaskTracker::new(), &CancellationToken::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_reaches_what_is_open_and_not_what_opens_later() {
        let faults = Faults::new(1, Bus::default());
        let mut open = faults.messages(Target::Lanyard);
        put(
            &faults,
            json!({"target": "lanyard", "fault": "close", "code": 4006, "reason": "bad"}),
        );
        let expected = MessageFault::Close {
            code: 4006,
            reason: "bad".into(),
        };
        assert_eq!(open.next().await, expected);
        let mut later = faults.messages(Target::Lanyard);
        let nothing = tokio::time::timeout(Duration::from_secs(9), later.next()).await;
        assert!(nothing.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn garbage_comes_as_often_as_ordered() {
        let faults = Faults::new(1, Bus::default());
        let mut socket = faults.messages(Target::Lanyard);
        put(
            &faults,
            json!({"target": "lanyard", "fault": "garbage", "count": 3, "every_ms": 100}),
        );
        let start = Instant::now();
        for _ in 0..3 {
            assert!(matches!(socket.next().await, MessageFault::Garbage(_)));
        }
        assert_eq!(start.elapsed().as_millis() / 10, 20);
        let fourth = tokio::time::timeout(Duration::from_secs(9), socket.next()).await;
        assert!(fourth.is_err());
    }

    #[test]
    fn truncation_respects_characters() {
        let faults = Faults::new(1, Bus::default());
        let socket = faults.messages(Target::Lanyard);
        let message = Message::text("日本語日本語!");
        assert_eq!(socket.outgoing(message.clone()), message);
        put(
            &faults,
            json!({"target": "lanyard", "fault": "truncate", "count": 1}),
        );
        assert_eq!(socket.outgoing(message.clone()), Message::text("日本語"));
        assert_eq!(socket.outgoing(message.clone()), message);
    }

    #[test]
    fn big_garbage_has_its_size() {
        let message = nonsense(&mut StdRng::seed_from_u64(1), Some(1_000_003));
        assert_eq!(message.len(), 1_000_003);
    }
}
