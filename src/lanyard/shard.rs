//! A part of the table: some thousand users, found by their id.

use hashbrown::{HashTable, hash_table};

use super::{
    keyed::Keyed,
    slab::{Entry, Head, Place, Slab},
};

/// Users and what is held of them. Its hashes are keyed: nobody outside can make users collide.
#[derive(Debug)]
pub(super) struct Shard {
    /// Where each user's entry is: the user is read there.
    index: HashTable<Place>,
    slab: Slab,
    keyed: Keyed,
}

impl Shard {
    pub(super) fn new(keyed: Keyed) -> Self {
        Self {
            index: HashTable::new(),
            slab: Slab::default(),
            keyed,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn get(&self, user: u64) -> Option<Entry<'_>> {
        Some(self.slab.entry(self.find(user)?))
    }

    /// Everyone, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.index.iter().map(|place| self.slab.entry(*place))
    }

    /// Marks a user as seen when what is held of them has this hash.
    pub(super) fn touch(&mut self, user: u64, hash: u64) -> bool {
        let Some(place) = self.find(user) else {
            return false;
        };
        let same = self.slab.entry(place).head.hash == hash;
        if same {
            self.slab.mark(place);
        }
        same
    }

    /// Puts a user's bytes in the place of what is held of them, marked as seen. True when the user
    /// is new. `None` when there is no room.
    pub(super) fn put(&mut self, user: u64, head: Head, bytes: &[u8]) -> Option<bool> {
        let place = self.slab.push(user, head, bytes)?;
        let (slab, keyed) = (&self.slab, &self.keyed);
        let entry = self.index.entry(
            keyed.user(user),
            |place| slab.user(*place) == user,
            |place| keyed.user(slab.user(*place)),
        );
        match entry {
            hash_table::Entry::Vacant(entry) => {
                entry.insert(place);
                Some(true)
            }
            hash_table::Entry::Occupied(mut entry) => {
                let before = std::mem::replace(entry.get_mut(), place);
                self.slab.kill(before);
                self.tidy();
                Some(false)
            }
        }
    }

    /// Forgets a user. False when there was none.
    pub(super) fn remove(&mut self, user: u64) -> bool {
        let slab = &self.slab;
        let found = self
            .index
            .find_entry(self.keyed.user(user), |place| slab.user(*place) == user);
        let Ok(entry) = found else {
            return false;
        };
        let (place, _) = entry.remove();
        self.slab.kill(place);
        self.tidy();
        true
    }

    /// Nobody has been seen any more.
    pub(super) fn unmark(&mut self) {
        self.slab.unmark();
    }

    /// Forgets who has not been seen. Returns how many.
    pub(super) fn sweep(&mut self) -> usize {
        let (before, slab) = (self.len(), &mut self.slab);
        self.index.retain(|place| {
            let seen = slab.entry(*place).seen;
            if !seen {
                slab.kill(*place);
            }
            seen
        });
        let gone = before - self.len();
        if gone > 0 {
            self.tidy();
        }
        if self.len() < self.index.capacity() / 4 {
            let (slab, keyed) = (&self.slab, &self.keyed);
            self.index
                .shrink_to_fit(|place| keyed.user(slab.user(*place)));
        }
        gone
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.index.allocation_size() + self.slab.memory()
    }

    fn find(&self, user: u64) -> Option<Place> {
        let is = |place: &Place| self.slab.user(*place) == user;
        self.index.find(self.keyed.user(user), is).copied()
    }

    /// Frees what is nobody's, unless it is little.
    fn tidy(&mut self) {
        if self.index.is_empty() {
            (self.index, self.slab) = (HashTable::new(), Slab::default());
            return;
        }
        while let Some(taken) = self.slab.take_litter() {
            for (was, entry) in taken.entries() {
                let hash = self.keyed.user(entry.user);
                if let Some(place) = self.index.find_mut(hash, |place| *place == was) {
                    *place = self.slab.put_back(&entry);
                }
            }
            self.slab.release(taken);
        }
    }
}
