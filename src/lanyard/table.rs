//! All users' presences, in as few bytes as they go into: one writer, many readers, in memory only.

use std::sync::{
    PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    dictionary::Unpacker,
    keyed::Keyed,
    shard::Shard,
    slab::{Form, Head},
};

/// Each is locked by itself and for a moment only, so readers and the writer hardly ever meet. Each
/// also has some kilobytes of room.
const SHARDS: usize = 128;

/// What is held of a user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Held {
    /// The JSON of a presence.
    Presence(Vec<u8>),
    /// The user does not want to be shown.
    Hidden,
}

/// The table. Its hashes are keyed: nobody outside can fill one shard.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[RwLock<Shard>]>,
    keyed: Keyed,
    users: AtomicUsize,
    memory: AtomicUsize,
    unpacker: RwLock<Option<Unpacker>>,
}

impl Default for Table {
    fn default() -> Self {
        let keyed = Keyed::new();
        let shards = (0..SHARDS).map(|_| RwLock::new(Shard::new(keyed.clone())));
        Self {
            shards: shards.collect(),
            keyed,
            users: AtomicUsize::new(0),
            memory: AtomicUsize::new(0),
            unpacker: RwLock::default(),
        }
    }
}

impl Table {
    /// What is held of a user.
    pub(super) fn get(&self, user: u64) -> Option<Held> {
        let (form, bytes) = {
            let shard = read(self.shard(user));
            let entry = shard.get(user)?;
            (entry.head.form, entry.bytes.to_vec())
        };
        match form {
            Form::Hidden => Some(Held::Hidden),
            Form::Plain => Some(Held::Presence(bytes)),
            Form::Packed => {
                let unpacker = read(&self.unpacker).clone()?;
                Some(Held::Presence(unpacker.unpack(&bytes)?))
            }
        }
    }

    /// Changes whenever what is held of a user does.
    pub(super) fn version(&self, user: u64) -> Option<u64> {
        Some(read(self.shard(user)).get(user)?.head.hash)
    }

    /// Whether a user's presence is held.
    pub(super) fn is_shown(&self, user: u64) -> bool {
        let shard = read(self.shard(user));
        let entry = shard.get(user);
        entry.is_some_and(|entry| entry.head.form != Form::Hidden)
    }

    /// How many users there are.
    pub(super) fn len(&self) -> usize {
        self.users.load(Ordering::Relaxed)
    }

    /// Bytes of memory that users take.
    pub(super) fn memory(&self) -> usize {
        self.memory.load(Ordering::Relaxed)
    }

    /// Tells presences apart.
    pub(super) fn hash(&self, presence: &[u8]) -> u64 {
        self.keyed.presence(presence)
    }

    /// [`Shard::touch`].
    pub(super) fn touch(&self, user: u64, hash: u64) -> bool {
        write(self.shard(user)).touch(user, hash)
    }

    /// Puts a user's bytes in the place of what is held of them. False when there is no room.
    pub(super) fn put(&self, user: u64, head: Head, bytes: &[u8]) -> bool {
        let new = self.change(self.shard(user), |shard| shard.put(user, head, bytes));
        if new == Some(true) {
            self.users.fetch_add(1, Ordering::Relaxed);
        }
        new.is_some()
    }

    /// Forgets a user. False when there was none.
    pub(super) fn remove(&self, user: u64) -> bool {
        let known = self.change(self.shard(user), |shard| shard.remove(user));
        self.users.fetch_sub(usize::from(known), Ordering::Relaxed);
        known
    }

    /// [`Shard::unmark`], everywhere.
    pub(super) fn unmark(&self) {
        for shard in &self.shards {
            write(shard).unmark();
        }
    }

    /// [`Shard::sweep`], everywhere.
    pub(super) fn sweep(&self) -> usize {
        let shards = self.shards.iter();
        let gone = shards.map(|shard| self.change(shard, Shard::sweep)).sum();
        self.users.fetch_sub(gone, Ordering::Relaxed);
        gone
    }

    /// At most so many presences that are held as they came.
    pub(super) fn plain(&self, most: usize) -> Vec<(u64, Head, Vec<u8>)> {
        let mut plain = Vec::new();
        for shard in &self.shards {
            let shard = read(shard);
            let some = shard.iter().filter(|entry| entry.head.form == Form::Plain);
            plain.extend(
                some.map(|entry| (entry.user, entry.head, entry.bytes.to_vec()))
                    .take(most - plain.len()),
            );
            if plain.len() == most {
                break;
            }
        }
        plain
    }

    /// From now on there may be packed presences. There is no other dictionary after this one.
    pub(super) fn set_unpacker(&self, unpacker: Unpacker) {
        *write(&self.unpacker) = Some(unpacker);
    }

    /// Changes a shard, and keeps count of the memory.
    fn change<R>(&self, shard: &RwLock<Shard>, change: impl FnOnce(&mut Shard) -> R) -> R {
        let mut shard = write(shard);
        let before = shard.memory();
        let outcome = change(&mut shard);
        let after = shard.memory();
        if after > before {
            self.memory.fetch_add(after - before, Ordering::Relaxed);
        } else if after < before {
            self.memory.fetch_sub(before - after, Ordering::Relaxed);
        }
        outcome
    }

    fn shard(&self, user: u64) -> &RwLock<Shard> {
        // Bits that the shard itself makes no use of: it takes the lowest and the highest.
        let [.., bits, _, _] = self.keyed.user(user).to_le_bytes();
        &self.shards[usize::from(bits) % SHARDS]
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
