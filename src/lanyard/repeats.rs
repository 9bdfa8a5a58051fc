//! Updates that repeat another word for word, known before any work: Lanyard now and then sends the
//! same again, once or for everyone.

use std::hash::{BuildHasher, RandomState};

/// How many updates are remembered; a power of two. Each takes 32 bytes.
const SLOTS: usize = 1024;

/// What an update said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Said {
    /// Of whom.
    pub(super) user: u64,
    /// The hash that is held of them since.
    pub(super) hash: u64,
}

/// The latest updates. The hashes are keyed: nobody outside can make two updates look alike.
#[derive(Debug)]
pub(super) struct Repeats {
    hasher: RandomState,
    /// By the last bits of their hash: a newer one takes the place of an older one.
    slots: Box<[Option<(u64, Said)>]>,
}

impl Repeats {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            slots: vec![None; SLOTS].into(),
        }
    }

    /// Of a message as it came over the wire.
    pub(super) fn hash(&self, message: &[u8], binary: bool) -> u64 {
        self.hasher.hash_one((message, binary))
    }

    /// What a message with this hash said when it came before.
    pub(super) fn find(&self, hash: u64) -> Option<Said> {
        let (of, said) = self.slots[slot(hash)]?;
        (of == hash).then_some(said)
    }

    /// Remembers what a message with this hash said.
    pub(super) fn note(&mut self, hash: u64, said: Said) {
        self.slots[slot(hash)] = Some((hash, said));
    }
}

fn slot(hash: u64) -> usize {
    let [low, high, ..] = hash.to_le_bytes();
    usize::from(u16::from_le_bytes([low, high])) % SLOTS
}
