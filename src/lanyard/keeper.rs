//! The one who writes into the table.

use std::sync::Arc;

use tracing::{info, warn};

use super::{
    dictionary::Packer,
    repeats::Said,
    slab::{Form, Head, MAX_PRESENCE},
    split::{Offer, Sink},
    table::Table,
};

/// So many presences are looked at to learn what they have in common: measured, twice as many take
/// twice as long, some 70 ms, and are no better. Fewer take less room as they come than a
/// dictionary does.
const SAMPLES: usize = 1000;

/// With so many users a short message may be much work: one that says that nobody is there any more,
/// or brings the last one whom it takes to learn.
const MANY: usize = SAMPLES / 2;

/// Stands for a hash where there is nothing to hash.
const HIDDEN: u64 = 0;

/// Takes presences and keeps what is new of them.
#[derive(Debug)]
pub(super) struct Keeper {
    table: Arc<Table>,
    /// Once there is one, it is the one for good: what it packed needs its dictionary.
    packer: Option<Packer>,
    /// The number of users at which to make it.
    train_at: usize,
    /// What was taken last.
    last: Option<Said>,
    /// Bytes that the table may take.
    max_memory: usize,
    /// Presences there was no room for.
    turned_away: u64,
}

/// What became of a presence.
enum Outcome {
    /// It is held, with this hash.
    Held(u64),
    /// It cannot be held: it is too large, or no text.
    Refused,
    /// There is no room for it.
    NoRoom,
}

/// Puts it into the table while there is room.
fn put(table: &Table, max_memory: usize, user: u64, head: Head, bytes: &[u8]) -> Outcome {
    if table.memory() < max_memory && table.put(user, head, bytes) {
        Outcome::Held(head.hash)
    } else {
        Outcome::NoRoom
    }
}

impl Keeper {
    /// Writes into `table` until it takes `max_memory` bytes.
    pub(super) fn new(table: Arc<Table>, max_memory: usize) -> Self {
        Self {
            table,
            packer: None,
            train_at: SAMPLES,
            last: None,
            max_memory,
            turned_away: 0,
        }
    }

    /// What was taken last, if it could be held.
    pub(super) const fn last(&self) -> Option<Said> {
        self.last
    }

    /// Whether this is what is held: then an update that says so again changes nothing.
    pub(super) fn knows(&self, said: Said) -> bool {
        self.table.touch(said.user, said.hash)
    }

    /// Whether whatever is offered is kept within some microseconds.
    pub(super) fn is_quick(&self) -> bool {
        self.table.len() < MANY
    }

    /// Keeps a presence, unless it is what is held already.
    fn keep(&mut self, user: u64, presence: &[u8]) -> Outcome {
        let hash = self.table.hash(presence);
        if self.table.touch(user, hash) {
            return Outcome::Held(hash);
        }
        if presence.len() > MAX_PRESENCE || std::str::from_utf8(presence).is_err() {
            return Outcome::Refused;
        }
        let packed = self
            .packer
            .as_mut()
            .and_then(|packer| packer.pack(presence).ok())
            .filter(|packed| packed.len() < presence.len());
        let (form, bytes) = match packed {
            Some(packed) => (Form::Packed, packed),
            None => (Form::Plain, presence),
        };
        let head = Head { hash, form };
        put(&self.table, self.max_memory, user, head, bytes)
    }

    /// Keeps that a user does not want to be shown, and nothing else of them.
    fn hide(&self, user: u64) -> Outcome {
        let head = Head {
            hash: HIDDEN,
            form: Form::Hidden,
        };
        put(&self.table, self.max_memory, user, head, b"")
    }

    /// Says so, ever more rarely.
    fn no_room(&mut self) {
        self.turned_away += 1;
        if self.turned_away.is_power_of_two() {
            let (turned_away, held) = (self.turned_away, self.table.len());
            warn!(
                turned_away,
                held, "There is no room for more presences: LANYARD_MAX_MEMORY"
            );
        }
    }

    /// Makes a dictionary of what is held, and packs that.
    fn learn(&mut self) {
        let plain = self.table.plain(SAMPLES);
        let samples: Vec<Vec<u8>> = plain.iter().map(|(_, _, bytes)| bytes.clone()).collect();
        match Packer::train(&samples) {
            Ok((mut packer, unpacker)) => {
                self.table.set_unpacker(unpacker);
                for (user, head, bytes) in plain {
                    if let Ok(packed) = packer.pack(&bytes) {
                        self.table.put(
                            user,
                            Head {
                                form: Form::Packed,
                                ..head
                            },
                            packed,
                        );
                    }
                }
                self.packer = Some(packer);
                info!(
                    samples = samples.len(),
                    "Presences are kept compressed from here on"
                );
            }
            Err(error) => {
                warn!("Presences are kept as they come: there is no dictionary: {error}");
                self.train_at *= 2;
            }
        }
    }
}

impl Sink for Keeper {
    fn begin(&mut self) {
        self.table.unmark();
    }

    fn offer(&mut self, user: u64, offer: Offer<'_>) -> bool {
        let outcome = match offer {
            Offer::Presence(presence) => self.keep(user, presence),
            Offer::Hidden => self.hide(user),
            Offer::TooLarge => Outcome::Refused,
        };
        self.last = None;
        match outcome {
            Outcome::Held(hash) => self.last = Some(Said { user, hash }),
            // What was known of them is not true any more.
            Outcome::Refused => {
                self.table.remove(user);
            }
            Outcome::NoRoom => {
                self.table.remove(user);
                self.no_room();
            }
        }
        if self.packer.is_none() && self.table.len() >= self.train_at {
            self.learn();
        }
        // That there is no room is not the presence's fault.
        !matches!(outcome, Outcome::Refused)
    }

    fn end(&mut self) -> usize {
        self.table.sweep()
    }
}
