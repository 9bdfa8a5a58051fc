//! A voice channel in use: who is in it, and what they are told of each other.
//!
//! Each room is one task that handles one event after the other, so everybody in the channel is
//! told everything in the same order.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::json;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    watch,
};

use super::{
    call::Call,
    crypto::{KEY_LEN, Mode},
    dave::ear::Ear,
    signalling::Op,
    state::Shared,
};

/// Events that wait for a room. When full, those who tell it wait.
const QUEUE: usize = 256;

/// Something that happened in a channel.
#[derive(Debug)]
pub enum Event {
    /// A call has chosen its encryption; it is to be described and let in.
    Join {
        /// The call.
        call: Arc<Call>,
        /// What it chose.
        mode: Mode,
        /// Its key.
        secret_key: [u8; KEY_LEN],
    },
    /// A call has ended.
    Leave {
        /// Whose.
        user: u64,
        /// Which: a newer one of the same user stays.
        id: u64,
    },
    /// Somebody speaks, or stops.
    Speaking {
        /// Who.
        user: u64,
        /// How, 0 for not at all.
        flags: u8,
    },
    /// Op 26.
    KeyPackage {
        /// From whom.
        user: u64,
        /// The MLS key package.
        payload: Vec<u8>,
    },
    /// Op 28.
    CommitWelcome {
        /// From whom.
        user: u64,
        /// The MLS commit and perhaps a welcome.
        payload: Vec<u8>,
    },
    /// Op 23.
    Ready {
        /// Who is ready.
        user: u64,
        /// For what.
        transition_id: u16,
    },
    /// Op 31.
    Invalid {
        /// Who could not follow.
        user: u64,
        /// Which transition.
        transition_id: u16,
    },
}

/// Simulated users in a channel.
type Roster = Arc<[u64]>;

/// All channels: those in use have a task.
#[derive(Debug, Default)]
pub struct Rooms {
    open: Mutex<HashMap<u64, mpsc::Sender<Event>>>,
    rosters: Mutex<HashMap<u64, watch::Sender<Roster>>>,
}

impl Rooms {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Event>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a channel's room, and waits while its queue is full. A room is opened by a join;
    /// other events of a closed room are about nobody.
    pub async fn tell(&self, shared: &Arc<Shared>, channel: u64, mut event: Event) {
        loop {
            let full = {
                let mut open = self.open();
                let sender = match open.entry(channel) {
                    Entry::Occupied(room) => room.into_mut(),
                    Entry::Vacant(_) if !matches!(event, Event::Join { .. }) => return,
                    Entry::Vacant(room) => {
                        let (sender, events) = mpsc::channel(QUEUE);
                        let roster = self.roster(channel);
                        let task = run(Arc::clone(shared), channel, events, roster);
                        shared.tasks.spawn(task);
                        room.insert(sender)
                    }
                };
                match sender.try_send(event) {
                    // Closed only when the server stops: a room takes itself out of the map.
                    Ok(()) | Err(TrySendError::Closed(_)) => return,
                    Err(TrySendError::Full(back)) => {
                        event = back;
                        sender.clone()
                    }
                }
            };
            // Sending happens under the lock, so that a room that finds its queue empty there
            // can close without losing anything; waiting does not.
            if full.reserve().await.is_err() {
                return;
            }
        }
    }

    /// Closes a room whose queue is empty.
    fn close(&self, channel: u64, events: &mpsc::Receiver<Event>) -> bool {
        let mut open = self.open();
        events.is_empty() && open.remove(&channel).is_some()
    }

    /// See [`crate::voice::Server::roster`].
    pub fn set_roster(&self, channel: u64, users: Vec<u64>) {
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        rosters
            .entry(channel)
            .or_default()
            .send_replace(users.into());
    }

    fn roster(&self, channel: u64) -> watch::Receiver<Roster> {
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        rosters.entry(channel).or_default().subscribe()
    }
}

/// A room's task: until the last call has left.
async fn run(
    shared: Arc<Shared>,
    channel: u64,
    mut events: mpsc::Receiver<Event>,
    mut roster: watch::Receiver<Roster>,
) {
    let mut room = Room::new(roster.borrow_and_update().clone());
    loop {
        tokio::select! {
            () = shared.token.cancelled() => return,
            event = events.recv() => match event {
                Some(event) => room.handle(event),
                None => return,
            },
            // Its sender lives in the same struct as the rooms.
            _ = roster.changed() => {
                let users = roster.borrow_and_update().clone();
                room.set_roster(users);
            }
        }
        if room.calls.is_empty() && shared.rooms.close(channel, &events) {
            return;
        }
    }
}

/// Who is in a channel.
#[derive(Debug)]
struct Room {
    calls: BTreeMap<u64, Arc<Call>>,
    roster: Roster,
    ear: Arc<Ear>,
}

impl Room {
    fn new(roster: Roster) -> Self {
        Self {
            calls: BTreeMap::new(),
            roster,
            ear: Arc::default(),
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Join {
                call,
                mode,
                secret_key,
            } => self.join(call, mode, secret_key),
            Event::Leave { user, id } => self.leave(user, id),
            Event::Speaking { user, flags } => self.speaking(user, flags),
            Event::KeyPackage { .. }
            | Event::CommitWelcome { .. }
            | Event::Ready { .. }
            | Event::Invalid { .. } => {}
        }
    }

    fn join(&mut self, call: Arc<Call>, mode: Mode, secret_key: [u8; KEY_LEN]) {
        let user = call.identity.user;
        call.set_ear(Arc::clone(&self.ear));
        call.outbox.json(
            Op::SessionDescription,
            &json!({ "mode": mode.name(), "secret_key": secret_key, "dave_protocol_version": 0 }),
        );
        self.calls.remove(&user);
        let others = self
            .calls
            .keys()
            .chain(self.roster.iter())
            .map(u64::to_string);
        call.outbox.json(
            Op::ClientsConnect,
            &json!({ "user_ids": others.collect::<Vec<_>>() }),
        );
        self.tell_all(
            Op::ClientsConnect,
            &json!({ "user_ids": [user.to_string()] }),
        );
        self.calls.insert(user, call);
    }

    fn leave(&mut self, user: u64, id: u64) {
        if self.calls.get(&user).is_some_and(|call| call.id == id) {
            self.calls.remove(&user);
            self.tell_all(
                Op::ClientDisconnect,
                &json!({ "user_id": user.to_string() }),
            );
        }
    }

    fn speaking(&self, user: u64, flags: u8) {
        let Some(ssrc) = self.calls.get(&user).map(|call| call.ssrc) else {
            return;
        };
        let data = json!({ "user_id": user.to_string(), "ssrc": ssrc, "speaking": flags });
        for call in self
            .calls
            .values()
            .filter(|call| call.identity.user != user)
        {
            call.outbox.json(Op::Speaking, &data);
        }
    }

    fn set_roster(&mut self, users: Roster) {
        let before = std::mem::replace(&mut self.roster, users);
        let arrived: Vec<String> = self
            .roster
            .iter()
            .filter(|user| !before.contains(user))
            .map(u64::to_string)
            .collect();
        if !arrived.is_empty() {
            self.tell_all(Op::ClientsConnect, &json!({ "user_ids": arrived }));
        }
        for gone in before.iter().filter(|user| !self.roster.contains(user)) {
            self.tell_all(
                Op::ClientDisconnect,
                &json!({ "user_id": gone.to_string() }),
            );
        }
    }

    fn tell_all(&self, op: Op, data: &serde_json::Value) {
        for call in self.calls.values() {
            call.outbox.json(op, data);
        }
    }
}
