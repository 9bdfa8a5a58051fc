//! A part of the table: a few thousand users and their bytes, one behind the other.

/// What is kept with each user's bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Head {
    /// Of the presence as it came.
    pub(super) hash: u64,
    /// How the bytes are written.
    pub(super) form: Form,
    /// The length of the presence as it came, below [`MAX_PRESENCE`].
    pub(super) length: u32,
}

/// How the bytes of a presence are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// As they came.
    Plain,
    /// Compressed with the dictionary.
    Packed,
    /// There are none: the user does not want to be shown.
    Hidden,
}

/// The longest presence that can be held, in bytes.
pub(super) const MAX_PRESENCE: usize = (1 << 24) - 1;

/// Hash 8, form and mark 1, length 3, length of the bytes 3.
const HEAD: usize = 15;

/// Set in the byte of the form when the user has been seen since the last [`Shard::unmark`].
const SEEN: u8 = 0x80;

/// Dead bytes below this are not worth cleaning up.
const LITTER: usize = 512;

/// Users in order, and where their bytes are.
#[derive(Debug, Default)]
pub(super) struct Shard {
    users: Vec<u64>,
    places: Vec<u32>,
    /// A head and bytes for each user, in no order, with gaps.
    slab: Vec<u8>,
    /// Bytes of the slab that are no user's.
    dead: usize,
}

impl Shard {
    pub(super) const fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn get(&self, user: u64) -> Option<(Head, &[u8])> {
        let at = self.users.binary_search(&user).ok()?;
        Some(self.entry(self.places[at]))
    }

    /// Everyone, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Head, &[u8])> {
        self.users.iter().zip(&self.places).map(|(user, place)| {
            let (head, bytes) = self.entry(*place);
            (*user, head, bytes)
        })
    }

    /// Marks a user as seen when what is held of them has this hash.
    pub(super) fn touch(&mut self, user: u64, hash: u64) -> bool {
        let Ok(at) = self.users.binary_search(&user) else {
            return false;
        };
        let place = self.places[at];
        let same = self.entry(place).0.hash == hash;
        if same {
            self.slab[place as usize + 8] |= SEEN;
        }
        same
    }

    /// Puts a user's bytes in the place of what is held of them, marked as seen. True when the user
    /// is new. `None` when there is no room: a shard holds 4 GB.
    pub(super) fn put(&mut self, user: u64, head: Head, bytes: &[u8]) -> Option<bool> {
        let found = self.users.binary_search(&user);
        if let Ok(at) = found {
            let place = self.places[at] as usize;
            let old = self.entry(self.places[at]).1.len();
            if bytes.len() <= old {
                write(&mut self.slab[place..], head, bytes);
                self.dead += old - bytes.len();
                self.tidy();
                return Some(false);
            }
        }
        let place = u32::try_from(self.slab.len()).ok()?;
        grow(&mut self.slab, HEAD + bytes.len());
        self.slab.resize(place as usize + HEAD + bytes.len(), 0);
        write(&mut self.slab[place as usize..], head, bytes);
        match found {
            Ok(at) => {
                self.dead += HEAD + self.entry(self.places[at]).1.len();
                self.places[at] = place;
            }
            Err(at) => {
                grow(&mut self.users, 1);
                grow(&mut self.places, 1);
                self.users.insert(at, user);
                self.places.insert(at, place);
            }
        }
        self.tidy();
        Some(found.is_err())
    }

    /// Forgets a user. False when there was none.
    pub(super) fn remove(&mut self, user: u64) -> bool {
        let Ok(at) = self.users.binary_search(&user) else {
            return false;
        };
        self.dead += HEAD + self.entry(self.places[at]).1.len();
        self.users.remove(at);
        self.places.remove(at);
        self.tidy();
        true
    }

    /// Nobody has been seen any more.
    pub(super) fn unmark(&mut self) {
        for place in &self.places {
            self.slab[*place as usize + 8] &= !SEEN;
        }
    }

    /// Forgets who has not been seen. Returns how many.
    pub(super) fn sweep(&mut self) -> usize {
        let before = self.len();
        let seen: Vec<bool> = self
            .places
            .iter()
            .map(|place| self.slab[*place as usize + 8] & SEEN != 0)
            .collect();
        if seen.iter().all(|seen| *seen) {
            return 0;
        }
        for (place, _) in self.places.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            self.dead += HEAD + self.entry(*place).1.len();
        }
        let (mut of_user, mut of_place) = (seen.iter(), seen.iter());
        self.users.retain(|_| of_user.next() == Some(&true));
        self.places.retain(|_| of_place.next() == Some(&true));
        self.tidy();
        before - self.len()
    }

    /// Bytes of memory.
    pub(super) const fn memory(&self) -> usize {
        self.users.capacity() * 8 + self.places.capacity() * 4 + self.slab.capacity()
    }

    fn entry(&self, place: u32) -> (Head, &[u8]) {
        let entry = &self.slab[place as usize..];
        let (head, rest) = read(entry);
        let length = number(&entry[12..15]) as usize;
        (head, &rest[..length])
    }

    /// Moves everything together when a quarter of it is dead.
    fn tidy(&mut self) {
        if self.users.is_empty() {
            *self = Self::default();
            return;
        }
        if self.dead < LITTER || self.dead * 4 < self.slab.len() {
            return;
        }
        let live = self.slab.len() - self.dead;
        let mut slab = Vec::with_capacity(live + live / 16);
        for place in &mut self.places {
            let entry = &self.slab[*place as usize..];
            let length = HEAD + number(&entry[12..15]) as usize;
            // It was no further back than this before.
            *place = u32::try_from(slab.len()).unwrap_or(u32::MAX);
            slab.extend_from_slice(&entry[..length]);
        }
        self.slab = slab;
        self.dead = 0;
        if self.users.capacity() > self.users.len() * 2 {
            self.users.shrink_to_fit();
            self.places.shrink_to_fit();
        }
    }
}

/// Makes room by an eighth rather than by doubling: most of the memory is here.
fn grow<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact(more.max(vec.len() / 8));
    }
}

fn read(entry: &[u8]) -> (Head, &[u8]) {
    let mut hash = [0; 8];
    hash.copy_from_slice(&entry[..8]);
    let form = match entry[8] & !SEEN {
        0 => Form::Plain,
        1 => Form::Packed,
        _ => Form::Hidden,
    };
    let head = Head {
        hash: u64::from_le_bytes(hash),
        form,
        length: number(&entry[9..12]),
    };
    (head, &entry[HEAD..])
}

fn write(entry: &mut [u8], head: Head, bytes: &[u8]) {
    entry[..8].copy_from_slice(&head.hash.to_le_bytes());
    entry[8] = SEEN
        | match head.form {
            Form::Plain => 0,
            Form::Packed => 1,
            Form::Hidden => 2,
        };
    entry[9..12].copy_from_slice(&head.length.to_le_bytes()[..3]);
    entry[12..15].copy_from_slice(&bytes.len().to_le_bytes()[..3]);
    entry[HEAD..HEAD + bytes.len()].copy_from_slice(bytes);
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}
