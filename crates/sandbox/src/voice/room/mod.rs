//! A voice channel in use: who is in it, and what they are told of each other.
//!
//! Each room is one task that handles one event after the other, so everybody in the channel is
//! told everything in the same order.
//!
//! | module | what it is |
//! | --- | --- |
//! | this one | all rooms, and the task of each |
//! | `event` | what can happen in one |
//! | `people` | one room: who is in it |
//! | [`encryption`] | the delivery service together with the simulated members |

pub mod encryption;
mod event;
mod people;

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::sleep_until,
};

use self::encryption::Encryption;
pub use self::event::Event;
use self::people::Room;

use super::state::Shared;

/// Events that wait for a room. When full, those who tell it wait.
const QUEUE: usize = 256;

/// Simulated users in a channel.
type Roster = Arc<[u64]>;

/// All channels: those in use have a task.
#[derive(Debug, Default)]
pub struct Rooms {
    open: Mutex<HashMap<u64, mpsc::Sender<Event>>>,
    rosters: Mutex<HashMap<u64, watch::Sender<Roster>>>,
    /// Simulated users whose clients know no DAVE.
    old: Mutex<BTreeSet<u64>>,
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

    /// See [`crate::voice::Server::set_dave_support`].
    pub fn set_dave_support(&self, user: u64, supported: bool) {
        {
            let mut old = self.old.lock().unwrap_or_else(PoisonError::into_inner);
            if supported {
                old.remove(&user);
            } else {
                old.insert(user);
            }
        }
        let rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        for roster in rosters
            .values()
            .filter(|roster| roster.borrow().contains(&user))
        {
            roster.send_modify(|_| {});
        }
    }

    fn old(&self) -> BTreeSet<u64> {
        self.old
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
    let mut room = Room::new(Arc::clone(&shared), channel);
    let users = roster.borrow_and_update().clone();
    room.set_roster(users).await;
    loop {
        let deadline = room.encryption.as_ref().and_then(Encryption::deadline);
        tokio::select! {
            () = shared.token.cancelled() => return,
            event = events.recv() => match event {
                Some(event) => room.handle(event).await,
                None => return,
            },
            // Its sender lives in the same struct as the rooms.
            _ = roster.changed() => {
                let users = roster.borrow_and_update().clone();
                room.set_roster(users).await;
            }
            () = sleep_until(deadline.unwrap_or_else(Instant::now).into()), if deadline.is_some() => {
                room.encrypt(Encryption::tick).await;
            }
        }
        if room.calls.is_empty() && shared.rooms.close(channel, &events) {
            return;
        }
    }
}
