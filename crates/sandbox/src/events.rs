//! The bus of everything that happens in the sandbox, for the page and for tests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde_json::Value;
use tokio::sync::broadcast;

/// How many events a slow reader may be behind before it misses the oldest ones.
const BACKLOG: usize = 4096;

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Counts up from 1.
    pub id: u64,
    /// What kind it is, e.g. `message_create`.
    pub kind: Arc<str>,
    /// The particulars, as the kind defines them.
    pub data: Arc<Value>,
}

/// Where events are published. Cheap to clone; publishing never waits.
#[derive(Clone, Debug)]
pub struct Bus {
    sender: broadcast::Sender<Event>,
    last: Arc<AtomicU64>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            last: Arc::default(),
        }
    }
}

impl Bus {
    /// Tells all subscribers.
    pub fn publish(&self, kind: &str, data: Value) {
        let event = Event {
            id: self.last.fetch_add(1, Ordering::Relaxed) + 1,
            kind: kind.into(),
            data: Arc::new(data),
        };
        // Nobody listening is no error.
        let _ = self.sender.send(event);
    }

    /// Whether anybody would receive an event now: for those that cost something to make.
    pub fn is_heard(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Everything from now on. A reader that is more than 4,096 events behind misses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_arrive_in_order_with_rising_ids() {
        let bus = Bus::default();
        bus.publish("unheard", Value::Null);
        let mut events = bus.subscribe();
        bus.publish("track", 1.into());
        bus.publish("track", 2.into());
        let first = events.recv().await.unwrap();
        let second = events.recv().await.unwrap();
        assert_eq!((first.id, &*first.kind), (2, "track"));
        assert_eq!((second.id, &*second.data), (3, &Value::from(2)));
    }
}
