//! Decompressing a message piece by piece, within a limit.

use flate2::{Decompress, FlushDecompress, Status};

/// What is decompressed at a time, in bytes.
const CHUNK: usize = 32 * 1024;

/// Why a message cannot be decompressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Corrupt {
    #[error("it does not decompress")]
    Invalid,
    #[error("it is not over where its compressed data is")]
    Trailing,
}

/// Decompresses one zlib stream (RFC 1950) after the other.
#[derive(Debug)]
pub(super) struct Inflater {
    zlib: Decompress,
    chunk: Box<[u8]>,
    over: bool,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self {
            zlib: Decompress::new(true),
            chunk: vec![0; CHUNK].into(),
            over: false,
        }
    }

    /// Another stream begins.
    pub(super) fn reset(&mut self) {
        self.zlib.reset(true);
        self.over = false;
    }

    /// Whether the stream has come to its end.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// Decompresses the next piece of the stream and gives what comes out, a chunk at a time.
    pub(super) fn feed<E: From<Corrupt>>(
        &mut self,
        mut piece: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            if self.over {
                return if piece.is_empty() {
                    Ok(())
                } else {
                    Err(Corrupt::Trailing.into())
                };
            }
            let (read, made) = (self.zlib.total_in(), self.zlib.total_out());
            let status = self
                .zlib
                .decompress(piece, &mut self.chunk, FlushDecompress::None)
                .map_err(|_| Corrupt::Invalid)?;
            let read = step(read, self.zlib.total_in(), piece.len());
            let made = step(made, self.zlib.total_out(), self.chunk.len());
            piece = &piece[read..];
            self.over = status == Status::StreamEnd;
            each(&self.chunk[..made])?;
            // A full chunk may mean that there is more to come without any more input.
            if !self.over && piece.is_empty() && made < self.chunk.len() {
                return Ok(());
            }
            if !self.over && read == 0 && made == 0 {
                return if piece.is_empty() {
                    Ok(())
                } else {
                    Err(Corrupt::Invalid.into())
                };
            }
        }
    }
}

/// From one total to the next: at most `most`, the length of what was given.
fn step(before: u64, after: u64, most: usize) -> usize {
    usize::try_from(after - before).map_or(most, |step| step.min(most))
}
