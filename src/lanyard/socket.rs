//! One connection to Lanyard's socket, as a state machine.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{frame::Frame, presences::RawPresences};
use crate::link::{Action, Fault, Moment, Session, Step};

/// Hello comes at once, or not at all.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A snapshot of everyone can be tens of megabytes, and the line thin.
const SNAPSHOT_WITHIN: Duration = Duration::from_mins(5);

/// Someone who leaves Lanyard produces no event, so every few hours we ask for everyone anew and
/// forget who is missing.
const SNAPSHOT_EVERY: Duration = Duration::from_hours(6);

/// What the server asks for, when it does not say.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The server drops a connection after 60 s without a heartbeat.
const HEARTBEAT_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(50));

/// What the socket has to tell.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// Everyone's presence, in the place of all that is known.
    Snapshot(RawPresences),
    /// One user's presence.
    Update(u64, Box<[u8]>),
}

/// One connection's worth of the protocol.
pub struct Socket {
    hello_by: Option<Instant>,
    heartbeat: Option<Heartbeat>,
    snapshot: Snapshot,
}

#[derive(Clone, Copy)]
struct Heartbeat {
    every: Duration,
    next: Instant,
}

/// Where the snapshot stands.
#[derive(Clone, Copy)]
enum Snapshot {
    /// Hello has not come.
    NotAsked,
    /// It is on its way, and must be here by then.
    Asked { by: Instant },
    /// It is here; the next is due then.
    Held { until: Instant },
}

impl Socket {
    /// A connection that has just been opened.
    pub(super) fn new(now: Moment) -> Self {
        Self {
            hello_by: Some(now.clock + HELLO_WITHIN),
            heartbeat: None,
            snapshot: Snapshot::NotAsked,
        }
    }

    fn ask_for_everyone(&mut self, now: Moment) -> Action<Event> {
        self.snapshot = Snapshot::Asked {
            by: now.clock + SNAPSHOT_WITHIN,
        };
        // The server wants exactly `true`.
        Action::Send(json!({"op": 2, "d": {"subscribe_to_all": true}}).to_string())
    }
}

impl Session for Socket {
    type Frame = Frame;
    type Event = Event;

    fn on_open(&mut self, _now: Moment) -> Vec<Action<Event>> {
        // The server speaks first.
        vec![]
    }

    fn on_frame(&mut self, now: Moment, frame: Frame) -> Step<Event> {
        Ok(match frame {
            Frame::Hello { heartbeat } => {
                let (least, most) = HEARTBEAT_BOUNDS;
                let every = heartbeat.unwrap_or(HEARTBEAT).clamp(least, most);
                self.hello_by = None;
                self.heartbeat = Some(Heartbeat {
                    every,
                    next: now.clock + every,
                });
                vec![self.ask_for_everyone(now)]
            }
            Frame::Snapshot(presences) => {
                self.snapshot = Snapshot::Held {
                    until: now.clock + SNAPSHOT_EVERY,
                };
                vec![Action::Emit(Event::Snapshot(presences)), Action::Up]
            }
            Frame::Update(user, presence) => vec![Action::Emit(Event::Update(user, presence))],
            Frame::Unknown => vec![Action::Ignored],
        })
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
                actions.push(self.ask_for_everyone(now));
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
}
