//! Compressing presences one by one: alone they are too short to compress well, so a dictionary
//! holds what they have in common.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use zstd::{
    bulk::Compressor,
    dict::{DecoderDictionary, from_samples},
    zstd_safe::{self, DCtx},
};

/// The size of a dictionary, in bytes. Measured: a presence takes 88 to 92 bytes with 16 kB, 81 to 84
/// with 40 kB, and 86 with 64 kB.
const SIZE: usize = 40 * 1024;

/// Measured: level 1 takes a sixth more room and a fifth less time, higher ones nothing but time.
const LEVEL: i32 = 3;

/// How each compressed presence would begin; it is not kept.
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// What reads. Cheap to clone.
#[derive(Clone)]
pub(super) struct Unpacker(Arc<Unpacking>);

struct Unpacking {
    dictionary: DecoderDictionary<'static>,
    /// Its hundred kilobytes are kept: to ask the system for them again for each presence took as
    /// long as all the rest of a lookup. Who comes while it is in use makes another.
    idle: Mutex<Option<DCtx<'static>>>,
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unpacker")
    }
}

impl Unpacker {
    /// What was packed.
    pub(super) fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let frame = [&MAGIC, packed].concat();
        let length = zstd_safe::get_frame_content_size(&frame).ok()??;
        let mut presence = Vec::with_capacity(usize::try_from(length).ok()?);
        let mut zstd = self.idle(None).or_else(DCtx::try_create)?;
        let dictionary = self.0.dictionary.as_ddict();
        let outcome = zstd.decompress_using_ddict(&mut presence, &frame, dictionary);
        self.idle(Some(zstd));
        outcome.ok().map(|_| presence)
    }

    /// Puts this there, and takes what was there.
    fn idle(&self, zstd: Option<DCtx<'static>>) -> Option<DCtx<'static>> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *idle, zstd)
    }
}

/// What writes.
pub(super) struct Packer {
    zstd: Compressor<'static>,
    out: Vec<u8>,
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// Learns what the samples have in common.
    pub(super) fn train(samples: &[Vec<u8>]) -> std::io::Result<(Self, Unpacker)> {
        // Where there is nothing to learn, as when all are the same, one of them will do.
        let dictionary =
            from_samples(samples, SIZE).or_else(|error| samples.last().cloned().ok_or(error))?;
        let mut zstd = Compressor::with_dictionary(LEVEL, &dictionary)?;
        zstd.include_checksum(false)?;
        zstd.include_dictid(false)?;
        let unpacker = Unpacker(Arc::new(Unpacking {
            dictionary: DecoderDictionary::copy(&dictionary),
            idle: Mutex::default(),
        }));
        let out = Vec::new();
        Ok((Self { zstd, out }, unpacker))
    }

    /// Packs a presence.
    pub(super) fn pack(&mut self, presence: &[u8]) -> std::io::Result<&[u8]> {
        let bound = zstd_safe::compress_bound(presence.len());
        self.out.clear();
        self.out.reserve(bound);
        self.zstd.compress_to_buffer(presence, &mut self.out)?;
        Ok(self.out.strip_prefix(&MAGIC).unwrap_or_default())
    }
}
