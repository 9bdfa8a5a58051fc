//! A message of the socket, plain or compressed, goes to its end in one pass: it is decompressed,
//! split and kept while it arrives. Nothing of it is held but one presence at a time.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    Limits,
    inflate::{Corrupt, Inflater},
    keeper::Keeper,
    repeats::Repeats,
    scan::Syntax,
    split::{Message, Splitter},
};
use crate::link::{self, Malformed, Piece, Undecodable};

/// A message of this size is an `INIT_STATE`: without it there is nothing to go on with.
const LARGE: u64 = 1024 * 1024;

/// One connection's decoder.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    inflater: Inflater,
    splitter: Splitter,
    /// Locked for a piece at a time; another connection's decoder may only wait for it.
    keeper: Arc<Mutex<Keeper>>,
    repeats: Repeats,
    reading: bool,
    /// Bytes of JSON of this message so far.
    size: u64,
}

/// What is wrong with a message.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    #[error(transparent)]
    Syntax(#[from] Syntax),
    #[error("it unfolds to more than {0} bytes")]
    TooLarge(u64),
    #[error("its compressed data ends too soon")]
    Cut,
    #[error("{0}")]
    Meaning(&'static str),
}

impl Decoder {
    pub(super) fn new(limits: Limits, keeper: Arc<Mutex<Keeper>>) -> Self {
        Self {
            limits,
            inflater: Inflater::new(),
            splitter: Splitter::new(limits.presence, limits.nesting),
            keeper,
            repeats: Repeats::new(),
            reading: false,
            size: 0,
        }
    }

    fn piece(&mut self, piece: Piece<'_>) -> Result<Option<Message>, Wrong> {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = piece.first && piece.last;
        let hash = whole.then(|| self.repeats.hash(piece.bytes, piece.binary));
        if let Some(said) = hash.and_then(|hash| self.repeats.find(hash))
            && keeper.knows(said)
        {
            return Ok(Some(Message::Update));
        }
        let mut split = |json: &[u8]| {
            self.size += json.len() as u64;
            if self.size > self.limits.inflated {
                return Err(Wrong::TooLarge(self.limits.inflated));
            }
            Ok(self.splitter.feed(json, &mut *keeper)?)
        };
        if piece.binary {
            self.inflater.feed(piece.bytes, split)?;
        } else {
            split(piece.bytes)?;
        }
        if !piece.last {
            return Ok(None);
        }
        if piece.binary && !self.inflater.is_over() {
            return Err(Wrong::Cut);
        }
        let message = self.splitter.finish(&mut *keeper).map_err(Wrong::Meaning)?;
        if let (Message::Update, Some(hash), Some(said)) = (message, hash, keeper.last()) {
            self.repeats.note(hash, said);
        }
        Ok(Some(message))
    }
}

impl link::Decoder for Decoder {
    type Frame = Message;

    fn is_quick(&self) -> bool {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.is_quick()
    }

    fn read(&mut self, piece: Piece<'_>) -> Option<Result<Message, Undecodable>> {
        if piece.first {
            self.inflater.reset();
            self.splitter.reset();
            (self.reading, self.size) = (true, 0);
        }
        if !self.reading {
            return None;
        }
        // Should this panic, the rest of the message is passed over.
        self.reading = false;
        let result = self.piece(piece);
        self.reading = !piece.last && result.is_ok();
        match result {
            Ok(message) => message.map(Ok),
            Err(wrong) => {
                let malformed = Malformed(wrong.to_string());
                // An INIT_STATE that breaks off has been kept in part: only another one helps.
                let grave = self.splitter.is_snapshot() || self.size > LARGE;
                Some(Err(if grave {
                    Undecodable::Connection(malformed)
                } else {
                    Undecodable::Message(malformed)
                }))
            }
        }
    }
}
