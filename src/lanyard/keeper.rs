//! The one who writes into the table.

use std::sync::Arc;

use tracing::{info, warn};

use super::{
    dictionary::Packer,
    shard::{Form, Head, MAX_PRESENCE},
    split::{Offer, Sink},
    table::Table,
};

/// So many presences are looked at to learn what they have in common. Fewer take less room as
/// they come than a dictionary does.
const SAMPLES: usize = 2000;

/// Takes presences and keeps what is new of them.
#[derive(Debug)]
pub(super) struct Keeper {
    table: Arc<Table>,
    /// Once there is one, it is the one for good: what it packed needs its dictionary.
    packer: Option<Packer>,
    /// The number of users at which to make it.
    train_at: usize,
}

impl Keeper {
    pub(super) fn new(table: Arc<Table>) -> Self {
        Self {
            table,
            packer: None,
            train_at: SAMPLES,
        }
    }

    /// Keeps a presence, unless it is what is held already. False when it cannot be held.
    fn keep(&mut self, user: u64, presence: &[u8]) -> bool {
        let Ok(length) = u32::try_from(presence.len()) else {
            return false;
        };
        if presence.len() > MAX_PRESENCE || std::str::from_utf8(presence).is_err() {
            return false;
        }
        let hash = self.table.hash(presence);
        if self.table.touch(user, hash) {
            return true;
        }
        let packed = self
            .packer
            .as_mut()
            .and_then(|packer| packer.pack(presence).ok());
        match packed.filter(|packed| packed.len() < presence.len()) {
            Some(packed) => self.table.put(
                user,
                Head {
                    hash,
                    form: Form::Packed,
                    length,
                },
                packed,
            ),
            None => self.table.put(
                user,
                Head {
                    hash,
                    form: Form::Plain,
                    length,
                },
                presence,
            ),
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
        let kept = match offer {
            Offer::Presence(presence) => self.keep(user, presence),
            Offer::Hidden => self.table.put(
                user,
                Head {
                    hash: 0,
                    form: Form::Hidden,
                    length: 0,
                },
                b"",
            ),
            Offer::TooLarge => false,
        };
        if !kept {
            self.table.remove(user);
        }
        if self.packer.is_none() && self.table.len() >= self.train_at {
            self.learn();
        }
        kept
    }

    fn end(&mut self) -> usize {
        self.table.sweep()
    }
}
