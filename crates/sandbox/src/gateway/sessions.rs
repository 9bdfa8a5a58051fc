//! Sessions: what each was sent and has still to be sent.
//!
//! A session is a log of events with a cursor. Its connection takes what is after the cursor;
//! a resume moves the cursor back to what the client has seen, so replay is exact. The log is
//! bounded: sent events are forgotten beyond [`REPLAY`], and a session whose client does not
//! read, or is away, for more than [`BACKLOG`] events is over.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::Rng;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::world::{Dispatch, Id, intents};

/// Sent events that are kept for a resume.
const REPLAY: usize = 2_000;
/// Events that may wait for a client.
const BACKLOG: usize = 200_000;
/// Events taken at once.
const BATCH: usize = 64;

/// What is done to a session from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// op 1: the client is to beat at once.
    Heartbeat,
    /// op 7.
    Reconnect,
    /// op 9, and whether the session can be resumed.
    Invalidate(bool),
    /// Close with a code.
    Close(u16),
    /// End the socket without a word.
    Drop,
    /// Acknowledge no heartbeat any more.
    Silence,
}

#[derive(Debug)]
struct Session {
    application: Id,
    shard: (u64, u64),
    intents: u64,
    /// Events not forgotten; the first has the number `first`.
    log: VecDeque<Arc<str>>,
    first: u64,
    /// The number of the next event to send.
    cursor: u64,
    orders: VecDeque<Order>,
    /// Counts connections, to tell an old one that it was replaced; none while away.
    connection: Option<u64>,
    overflowed: bool,
    notify: Arc<Notify>,
}

impl Session {
    fn push(&mut self, name: &str, data: &str) {
        let number = self.first + self.log.len() as u64;
        let mut text = String::with_capacity(data.len() + 64);
        // Writing to a string cannot fail.
        let _ = write!(text, r#"{{"t":"{name}","s":{number},"op":0,"d":{data}}}"#);
        self.log.push_back(text.into());
        let waiting = self.first + self.log.len() as u64 - self.cursor;
        if waiting > BACKLOG as u64 {
            self.overflowed = true;
        }
        self.notify.notify_one();
    }

    fn forget_sent(&mut self) {
        while self.log.len() > REPLAY && self.first + (REPLAY as u64) < self.cursor {
            self.log.pop_front();
            self.first += 1;
        }
    }
}

/// A connection's hold on its session.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) id: String,
    pub(super) connection: u64,
    pub(super) notify: Arc<Notify>,
}

/// What a connection is to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// Send these, and obey those.
    Work(Vec<Arc<str>>, Vec<Order>),
    /// Another connection has resumed the session, or it is gone.
    Replaced,
    /// The client did not read.
    Overflowed,
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<String, Session>,
    of_application: HashMap<Id, Vec<String>>,
    connections: u64,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh session with a connection.
    pub(super) fn open(&self, application: Id, shard: (u64, u64), wanted: u64) -> Attached {
        let id = format!("{:032x}", rand::rng().random::<u128>());
        let mut state = self.lock();
        state.connections += 1;
        let connection = state.connections;
        let notify = Arc::new(Notify::new());
        let session = Session {
            application,
            shard,
            intents: wanted,
            log: VecDeque::new(),
            first: 1,
            cursor: 1,
            orders: VecDeque::new(),
            connection: Some(connection),
            overflowed: false,
            notify: Arc::clone(&notify),
        };
        state.sessions.insert(id.clone(), session);
        state
            .of_application
            .entry(application)
            .or_default()
            .push(id.clone());
        Attached {
            id,
            connection,
            notify,
        }
    }

    /// Adds events to one session: READY, and what follows it.
    pub(super) fn push(&self, id: &str, name: &str, data: &Value) {
        if let Some(session) = self.lock().sessions.get_mut(id) {
            session.push(name, &data.to_string());
        }
    }

    /// The shard and the intents of a session.
    pub(super) fn facts(&self, id: &str) -> Option<((u64, u64), u64)> {
        let state = self.lock();
        state
            .sessions
            .get(id)
            .map(|session| (session.shard, session.intents))
    }

    /// Takes up a session after the event `seq`. None when it is not the application's, is over,
    /// or when events after `seq` are forgotten; `Err` when `seq` was never sent.
    pub(super) fn resume(
        &self,
        id: &str,
        application: Id,
        seq: u64,
    ) -> Option<Result<Attached, ()>> {
        let mut state = self.lock();
        state.connections += 1;
        let connection = state.connections;
        let session = state.sessions.get_mut(id)?;
        if session.application != application || session.overflowed || seq + 1 < session.first {
            return None;
        }
        if seq >= session.first + session.log.len() as u64 {
            return Some(Err(()));
        }
        session.cursor = seq + 1;
        session.connection = Some(connection);
        session.orders.clear();
        // Whoever held it wakes up and finds itself replaced; then the new one is woken.
        let old = std::mem::replace(&mut session.notify, Arc::new(Notify::new()));
        old.notify_one();
        let notify = Arc::clone(&session.notify);
        notify.notify_one();
        Some(Ok(Attached {
            id: id.to_owned(),
            connection,
            notify,
        }))
    }

    /// Adds an event to every session that it is for.
    pub fn deliver(&self, event: &Dispatch) {
        let mut state = self.lock();
        let State {
            sessions,
            of_application,
            ..
        } = &mut *state;
        for application in &event.applications {
            for id in of_application.get(application).into_iter().flatten() {
                let Some(session) = sessions.get_mut(id) else {
                    continue;
                };
                let shard = event
                    .guild
                    .map_or(0, |guild| guild.shard_of(session.shard.1));
                let wanted =
                    event.intents == intents::ALWAYS || event.intents & session.intents != 0;
                if shard != session.shard.0 || !wanted {
                    continue;
                }
                let data = match &event.redacted {
                    Some(redacted) if session.intents & intents::MESSAGE_CONTENT == 0 => redacted,
                    _ => &event.data,
                };
                session.push(event.name, data);
            }
        }
    }

    /// What a connection is to do next.
    pub(super) fn next(&self, attached: &Attached) -> Next {
        let mut state = self.lock();
        let Some(session) = state.sessions.get_mut(&attached.id) else {
            return Next::Replaced;
        };
        if session.connection != Some(attached.connection) {
            return Next::Replaced;
        }
        if session.overflowed {
            return Next::Overflowed;
        }
        let skip = usize::try_from(session.cursor - session.first).unwrap_or(usize::MAX);
        let frames: Vec<_> = session.log.iter().skip(skip).take(BATCH).cloned().collect();
        session.cursor += frames.len() as u64;
        session.forget_sent();
        if frames.len() == BATCH {
            session.notify.notify_one();
        }
        Next::Work(frames, session.orders.drain(..).collect())
    }

    /// The connection has ended; the session waits to be resumed. False when another connection
    /// has it already.
    pub(super) fn detach(&self, attached: &Attached) -> bool {
        let mut state = self.lock();
        let Some(session) = state.sessions.get_mut(&attached.id) else {
            return false;
        };
        let is_mine = session.connection == Some(attached.connection);
        if is_mine {
            session.connection = None;
        }
        is_mine
    }

    /// Ends a session that nobody has resumed; false when somebody has.
    pub(super) fn expire(&self, id: &str) -> bool {
        let away = self
            .lock()
            .sessions
            .get(id)
            .is_some_and(|session| session.connection.is_none());
        away && self.end(id)
    }

    /// Ends a session; false when it is over already.
    pub(super) fn end(&self, id: &str) -> bool {
        let mut state = self.lock();
        let Some(session) = state.sessions.remove(id) else {
            return false;
        };
        if let Some(ids) = state.of_application.get_mut(&session.application) {
            ids.retain(|other| other != id);
        }
        session.notify.notify_one();
        true
    }

    /// Gives an order to every connected session of an application; how many there were.
    pub fn order(&self, application: Id, order: Order) -> usize {
        let mut state = self.lock();
        let State {
            sessions,
            of_application,
            ..
        } = &mut *state;
        let mut count = 0;
        for id in of_application.get(&application).into_iter().flatten() {
            if let Some(session) = sessions.get_mut(id)
                && session.connection.is_some()
            {
                session.orders.push_back(order);
                session.notify.notify_one();
                count += 1;
            }
        }
        count
    }

    /// How many sessions of an application are connected.
    pub fn connected(&self, application: Id) -> usize {
        let state = self.lock();
        let ids = state.of_application.get(&application).into_iter().flatten();
        ids.filter_map(|id| state.sessions.get(id))
            .filter(|session| session.connection.is_some())
            .count()
    }

    /// All sessions, for the control API.
    pub fn list(&self) -> Value {
        let state = self.lock();
        state
            .sessions
            .iter()
            .map(|(id, session)| {
                json!({
                    "application": session.application,
                    "session_id": id,
                    "shard": [session.shard.0, session.shard.1],
                    "intents": session.intents,
                    "seq": session.cursor - 1,
                    "connected": session.connection.is_some(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Id = Id(7);

    fn event(name: &'static str, guild: u64, wanted: u64) -> Dispatch {
        Dispatch {
            name,
            data: "{}".into(),
            guild: Some(Id(guild)),
            applications: vec![APP],
            intents: wanted,
            redacted: None,
        }
    }

    fn names(next: Next) -> Vec<String> {
        let Next::Work(frames, _) = next else {
            panic!("nothing to do: {next:?}");
        };
        frames
            .iter()
            .map(|frame| serde_json::from_str::<Value>(frame).unwrap())
            .map(|frame| format!("{} {}", frame["t"].as_str().unwrap(), frame["s"]))
            .collect()
    }

    #[test]
    fn intents_and_shards_decide_who_gets_an_event() {
        let sessions = Sessions::default();
        let first = sessions.open(APP, (0, 2), intents::GUILDS);
        let second = sessions.open(APP, (1, 2), intents::GUILDS | intents::GUILD_MESSAGES);
        sessions.deliver(&event("A", 2 << 22, intents::GUILDS));
        sessions.deliver(&event("B", 3 << 22, intents::GUILD_MESSAGES));
        sessions.deliver(&event("C", 2 << 22, intents::GUILD_MESSAGES));
        assert_eq!(names(sessions.next(&first)), ["A 1"]);
        assert_eq!(names(sessions.next(&second)), ["B 1"]);
    }

    #[test]
    fn a_resume_replays_exactly_what_was_missed() {
        let sessions = Sessions::default();
        let old = sessions.open(APP, (0, 1), intents::ALL);
        for name in ["A", "B", "C"] {
            sessions.deliver(&event(name, 1, intents::ALWAYS));
        }
        assert_eq!(names(sessions.next(&old)), ["A 1", "B 2", "C 3"]);
        assert!(sessions.detach(&old));
        sessions.deliver(&event("D", 1, intents::ALWAYS));
        let new = sessions.resume(&old.id, APP, 1).unwrap().unwrap();
        assert_eq!(names(sessions.next(&new)), ["B 2", "C 3", "D 4"]);
        assert!(matches!(sessions.next(&old), Next::Replaced));
        assert!(sessions.resume(&old.id, APP, 9).unwrap().is_err());
        assert!(sessions.resume(&old.id, Id(8), 1).is_none());
    }

    #[test]
    fn what_was_sent_long_ago_cannot_be_replayed() {
        let sessions = Sessions::default();
        let session = sessions.open(APP, (0, 1), intents::ALL);
        let total = REPLAY + 500;
        for _ in 0..total {
            sessions.deliver(&event("A", 1, intents::ALWAYS));
        }
        let mut taken = 0;
        while taken < total {
            taken += names(sessions.next(&session)).len();
        }
        assert!(sessions.resume(&session.id, APP, 3).is_none());
        assert!(
            sessions
                .resume(&session.id, APP, total as u64 - 10)
                .is_some()
        );
    }
}
