//! Hashes that are others in each process: nobody outside knows what they come to.

use std::hash::Hasher as _;

use foldhash::{SharedSeed, quality::FoldHasher};

/// One way to hash. It is fast and not cryptographic, and it need not be: whoever sends presences
/// never sees a hash, so there is nothing to learn the keys from, which come from the system's
/// random numbers. Ids are Discord's, and not for anyone to choose. And a presence is compared with
/// what is held of the same user only: whoever made two of them look alike would be shown as they
/// were.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    key: u64,
    shared: SharedSeed,
}

impl Keyed {
    pub(super) fn new() -> Self {
        Self {
            key: rand::random(),
            shared: SharedSeed::from_u64(rand::random()),
        }
    }

    /// Of a user's id.
    pub(super) fn user(&self, user: u64) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.key, &self.shared);
        hasher.write_u64(user);
        hasher.finish()
    }

    /// Of a presence.
    pub(super) fn presence(&self, presence: &[u8]) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.key, &self.shared);
        hasher.write(presence);
        hasher.finish()
    }
}
