//! The bytes of users, one entry behind the other in chunks of one size: they stay where they are
//! when there come to be more of them, and what is freed fits what comes next. What an entry's place
//! is, and whether it is still somebody's, others know.

/// What is kept with each user's bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Head {
    /// Of the presence as it came.
    pub(super) hash: u64,
    /// How the bytes are written.
    pub(super) form: Form,
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

/// The size of a chunk, in bytes.
const CHUNK: usize = 1 << OFFSET;
const OFFSET: u32 = 13;

/// An entry over this has a chunk to itself, of its own size, where it does not fit into what is left
/// of another: nearly all have a twentieth of it, and no chunk ends with more than this unused.
const LARGE: usize = CHUNK / 4;

/// Less than this is not worth tidying, in bytes.
const LITTER: usize = CHUNK / 8;

/// With less than this in use no chunk is kept for later, in bytes: it would be much beside it.
const MANY: usize = 16 * CHUNK;

/// A [`Place`] can tell one chunk more than this: that one is for tidying.
const MOST_CHUNKS: usize = (1 << (u32::BITS - OFFSET)) - 1;

/// User 8, hash 8, form and mark 1, length of the bytes 3.
const HEAD: usize = 20;
const FORM: usize = 16;

/// Set in the byte of the form when the user has been seen since the last [`Slab::unmark`].
const SEEN: u8 = 0x80;

/// Where an entry is: the number of its chunk, and the offset in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place(u32);

impl Place {
    fn new(chunk: usize, at: usize) -> Self {
        // Neither is larger than this: see `MOST_CHUNKS`.
        Self(u32::try_from((chunk << OFFSET) | at).unwrap_or(u32::MAX))
    }

    const fn chunk(self) -> usize {
        (self.0 >> OFFSET) as usize
    }

    const fn at(self) -> usize {
        self.0 as usize % CHUNK
    }
}

/// Everything of one user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) user: u64,
    pub(super) head: Head,
    pub(super) seen: bool,
    pub(super) bytes: &'a [u8],
    /// All of this as it is written.
    written: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The first one of these bytes.
    fn read(from: &'a [u8]) -> Self {
        let number = |at| u64::from_le_bytes(*from[at..].first_chunk().unwrap_or(&[0; 8]));
        let written = &from[..size(from)];
        Self {
            user: number(0),
            head: Head {
                hash: number(8),
                form: match from[FORM] & !SEEN {
                    0 => Form::Plain,
                    1 => Form::Packed,
                    _ => Form::Hidden,
                },
            },
            seen: from[FORM] & SEEN != 0,
            bytes: &written[HEAD..],
            written,
        }
    }
}

/// The size of the first entry of these bytes.
fn size(entry: &[u8]) -> usize {
    HEAD + u32::from_le_bytes([entry[FORM + 1], entry[FORM + 2], entry[FORM + 3], 0]) as usize
}

/// See above.
#[derive(Debug, Default)]
pub(super) struct Slab {
    chunks: Vec<Chunk>,
    /// The chunk that is written to, if one is.
    open: Option<usize>,
    /// Numbers of chunks that are empty.
    free: Vec<u32>,
    /// The memory of a chunk that was released, for the next one. What is freed on one thread the
    /// system's allocator may not give to another: a storm of changes that another thread works off
    /// would take all its chunks anew.
    spare: Vec<u8>,
    /// Bytes of all chunks, those of them that are nobody's any more, and those there is room for.
    size: usize,
    dead: usize,
    room: usize,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    /// Bytes that are nobody's any more.
    dead: usize,
}

/// A chunk that was taken out of its slab.
pub(super) struct Taken {
    number: usize,
    bytes: Vec<u8>,
}

impl Taken {
    /// Its entries, and where they were.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Place, Entry<'_>)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let (place, entry) = (Place::new(self.number, at), Entry::read(rest));
            at += entry.written.len();
            Some((place, entry))
        })
    }
}

impl Slab {
    /// What is at a place.
    pub(super) fn entry(&self, place: Place) -> Entry<'_> {
        Entry::read(&self.chunks[place.chunk()].bytes[place.at()..])
    }

    /// Whose it is.
    pub(super) fn user(&self, place: Place) -> u64 {
        let entry = &self.chunks[place.chunk()].bytes[place.at()..];
        u64::from_le_bytes(*entry.first_chunk().unwrap_or(&[0; 8]))
    }

    /// Writes an entry, marked as seen. `None` when there is no room: a slab holds 4 GB.
    pub(super) fn push(&mut self, user: u64, head: Head, bytes: &[u8]) -> Option<Place> {
        if self.chunks.len() - self.free.len() >= MOST_CHUNKS {
            return None;
        }
        let mut form = match head.form {
            Form::Plain => [0; 4],
            Form::Packed => [1, 0, 0, 0],
            Form::Hidden => [2, 0, 0, 0],
        };
        form[0] |= SEEN;
        form[1..].copy_from_slice(&bytes.len().to_le_bytes()[..3]);
        let user = user.to_le_bytes();
        Some(self.append(&[&user, &head.hash.to_le_bytes(), &form, bytes]))
    }

    /// Writes an entry of a chunk that was taken out.
    pub(super) fn put_back(&mut self, entry: &Entry<'_>) -> Place {
        self.append(&[entry.written])
    }

    fn append(&mut self, parts: &[&[u8]]) -> Place {
        let need = parts.iter().map(|part| part.len()).sum();
        let number = self.with_room(need);
        // As long as all would fit into one it grows with what is in it: a few users take little.
        let few = self.size < CHUNK;
        let bytes = &mut self.chunks[number].bytes;
        let (at, before) = (bytes.len(), bytes.capacity());
        if before - at < need {
            let wanted = match need {
                ..=LARGE if few => (at + need + at / 4).min(CHUNK),
                ..=LARGE => CHUNK,
                _ => at + need,
            };
            if wanted == CHUNK && at == 0 {
                *bytes = std::mem::take(&mut self.spare);
            }
            bytes.reserve_exact(wanted - at);
        }
        for part in parts {
            bytes.extend_from_slice(part);
        }
        self.room += bytes.capacity() - before;
        self.size += need;
        Place::new(number, at)
    }

    /// The number of a chunk with room for so many bytes.
    fn with_room(&mut self, need: usize) -> usize {
        if let Some(open) = self.open
            && self.chunks[open].bytes.len() + need <= CHUNK
        {
            return open;
        }
        let number = self.free.pop().map_or_else(
            || {
                self.chunks.push(Chunk::default());
                self.chunks.len() - 1
            },
            |number| number as usize,
        );
        if need <= LARGE {
            self.open = Some(number);
        }
        number
    }

    /// Marks what is at a place as seen.
    pub(super) fn mark(&mut self, place: Place) {
        self.chunks[place.chunk()].bytes[place.at() + FORM] |= SEEN;
    }

    /// Nobody has been seen any more.
    pub(super) fn unmark(&mut self) {
        for Chunk { bytes, .. } in &mut self.chunks {
            let mut at = 0;
            while at < bytes.len() {
                bytes[at + FORM] &= !SEEN;
                at += size(&bytes[at..]);
            }
        }
    }

    /// What is at a place is nobody's any more.
    pub(super) fn kill(&mut self, place: Place) {
        let chunk = &mut self.chunks[place.chunk()];
        let size = size(&chunk.bytes[place.at()..]);
        chunk.dead += size;
        self.dead += size;
    }

    /// Takes out the chunk with the most that is nobody's, when a sixteenth of everything is. What is
    /// somebody's is to be [put back](Self::put_back), and then it is to be
    /// [released](Self::release).
    pub(super) fn take_litter(&mut self) -> Option<Taken> {
        if self.dead < LITTER || self.dead * 16 < self.size {
            return None;
        }
        let chunks = self.chunks.iter_mut().enumerate();
        let (number, chunk) = chunks.max_by_key(|(_, chunk)| chunk.dead)?;
        let Chunk { bytes, dead } = std::mem::take(chunk);
        self.dead -= dead;
        self.size -= bytes.len();
        self.room -= bytes.capacity();
        self.open = self.open.filter(|open| *open != number);
        Some(Taken { number, bytes })
    }

    /// The number of a chunk that was taken out can be used again. Not before: places with it may
    /// still be known.
    pub(super) fn release(&mut self, taken: Taken) {
        let Taken { number, mut bytes } = taken;
        bytes.clear();
        let keeps = bytes.capacity() == CHUNK && self.size >= MANY;
        self.spare = if keeps { bytes } else { Vec::new() };
        // No more than this: see `Place`.
        self.free.push(u32::try_from(number).unwrap_or(u32::MAX));
    }

    /// Bytes of memory.
    pub(super) const fn memory(&self) -> usize {
        self.room
            + self.spare.capacity()
            + self.chunks.capacity() * size_of::<Chunk>()
            + self.free.capacity() * size_of::<u32>()
    }
}
