//! One connection to Lanyard's socket, as a state machine.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{
    Subscription,
    split::{Message, Summary},
};
use crate::link::{Action, Fault, Moment, Session, Step};

/// Hello comes at once, or not at all.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A snapshot of everyone can be tens of megabytes, and the line thin.
const SNAPSHOT_WITHIN: Duration = Duration::from_mins(5);

/// What the server asks for, when it does not say.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The server drops a connection after 60 s without a heartbeat.
const HEARTBEAT_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(50));

/// What the socket has to tell. The presences themselves have been kept on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// An `INIT_STATE` is in: what is held is what is.
    Snapshot(Summary),
}

/// One connection's worth of the protocol.
#[derive(Debug)]
pub struct Socket {
    subscription: Subscription,
    hello_by: Option<Instant>,
    heartbeat: Option<Heartbeat>,
    snapshot: Snapshot,
    snapshot_every: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Heartbeat {
    every: Duration,
    next: Instant,
}

/// Where the snapshot stands.
#[derive(Clone, Copy, Debug)]
enum Snapshot {
    /// Hello has not come.
    NotAsked,
    /// It is on its way, and must be here by then.
    Asked { by: Instant },
    /// It is here; the next is due then.
    Held { until: Instant },
}

impl Socket {
    /// A connection that has just been opened. Someone who leaves Lanyard produces no event, so now
    /// and then we ask for everyone anew, and forget who is missing: `every` so long, up to a quarter
    /// sooner or later, lest all bots ask at a time. `jitter` is any number, best a random one.
    pub(super) fn new(
        now: Moment,
        subscription: Subscription,
        every: Duration,
        jitter: u32,
    ) -> Self {
        let part = f64::from(jitter) / f64::from(u32::MAX);
        Self {
            subscription,
            hello_by: Some(now.clock + HELLO_WITHIN),
            heartbeat: None,
            snapshot: Snapshot::NotAsked,
            snapshot_every: every.mul_f64(0.75 + part / 2.0),
        }
    }

    fn subscribe(&mut self, now: Moment) -> Action<Event> {
        self.snapshot = Snapshot::Asked {
            by: now.clock + SNAPSHOT_WITHIN,
        };
        let d = match &self.subscription {
            // The server wants exactly `true`.
            Subscription::Everyone => json!({"subscribe_to_all": true}),
            Subscription::Users(users) => match users[..] {
                [user] => json!({"subscribe_to_id": user.to_string()}),
                _ => json!({"subscribe_to_ids": texts(users)}),
            },
        };
        Action::Send(json!({"op": 2, "d": d}).to_string())
    }
}

impl Session for Socket {
    type Frame = Message;
    type Event = Event;

    fn on_open(&mut self, _now: Moment) -> Vec<Action<Event>> {
        // The server speaks first.
        vec![]
    }

    fn on_frame(&mut self, now: Moment, frame: Message) -> Step<Event> {
        Ok(match frame {
            Message::Hello { heartbeat } => {
                let (least, most) = HEARTBEAT_BOUNDS;
                let every = heartbeat
                    .map_or(HEARTBEAT, Duration::from_millis)
                    .clamp(least, most);
                self.hello_by = None;
                self.heartbeat = Some(Heartbeat {
                    every,
                    next: now.clock + every,
                });
                vec![self.subscribe(now)]
            }
            Message::Snapshot(summary) => {
                self.snapshot = Snapshot::Held {
                    until: now.clock + self.snapshot_every,
                };
                vec![Action::Emit(Event::Snapshot(summary)), Action::Up]
            }
            Message::Update => vec![],
            Message::Unknown => vec![Action::Ignored],
        })
    }

    fn on_malformed(&mut self) -> Result<(), Fault> {
        match self.snapshot {
            // It was in the place of INIT_STATE, which would be waited for in vain.
            Snapshot::Asked { .. } => {
                let why = "it came in the place of INIT_STATE";
                Err(Fault::Undecodable(why.to_owned()))
            }
            Snapshot::NotAsked | Snapshot::Held { .. } => Ok(()),
        }
    }

    fn on_deadline(&mut self, now: Moment) -> Step<Event> {
        if self.hello_by.is_some_and(|by| by <= now.clock) {
            return Err(Fault::Late("hello"));
        }
        let mut actions = vec![];
        if let Some(heartbeat) = &mut self.heartbeat
            && heartbeat.next <= now.clock
        {
            heartbeat.next = now.clock + heartbeat.every;
            actions.push(Action::Send(json!({"op": 3}).to_string()));
        }
        match self.snapshot {
            Snapshot::Asked { by } if by <= now.clock => return Err(Fault::Late("INIT_STATE")),
            Snapshot::Held { until } if until <= now.clock => {
                actions.push(self.subscribe(now));
            }
            _ => {}
        }
        Ok(actions)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let heartbeat = self.heartbeat.map(|heartbeat| heartbeat.next);
        let snapshot = match self.snapshot {
            Snapshot::NotAsked => None,
            Snapshot::Asked { by: at } | Snapshot::Held { until: at } => Some(at),
        };
        [self.hello_by, heartbeat, snapshot]
            .into_iter()
            .flatten()
            .min()
    }

    fn on_stop(&mut self) -> Vec<String> {
        if matches!(self.snapshot, Snapshot::NotAsked) {
            return vec![];
        }
        let d = match &self.subscription {
            Subscription::Everyone => json!({"unsubscribe_from_all": true}),
            Subscription::Users(users) => match users[..] {
                [user] => json!({"unsubscribe_from_id": user.to_string()}),
                _ => json!({"unsubscribe_from_ids": texts(users)}),
            },
        };
        vec![json!({"op": 4, "d": d}).to_string()]
    }
}

/// Ids as the server wants them.
fn texts(users: &[u64]) -> Vec<String> {
    users.iter().map(u64::to_string).collect()
}
