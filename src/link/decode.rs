//! What understands the messages of a protocol.

use super::Malformed;

/// A part of a message, as large as it happened to arrive.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The bytes. Of a text message they have not been checked to be UTF-8.
    pub bytes: &'a [u8],
    /// Whether it is a binary message.
    pub binary: bool,
    /// A message begins with it.
    pub first: bool,
    /// A message ends with it.
    pub last: bool,
}

/// Why there is no frame in a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Undecodable {
    /// It is dropped.
    Message(Malformed),
    /// Without it there is no use in going on: the connection is given up.
    Connection(Malformed),
}

impl From<Malformed> for Undecodable {
    fn from(malformed: Malformed) -> Self {
        Self::Message(malformed)
    }
}

/// Makes frames of messages while they arrive. May take its time over a piece: more than a few
/// kilobytes are decoded on a blocking thread, while the session's deadlines are kept.
pub trait Decoder: Send + 'static {
    /// A decoded message.
    type Frame: Send + 'static;

    /// Reads the next piece. Gives the frame once the message is whole, or an error as soon as it
    /// is clear that there will be none; what remains of the message still comes then, and is
    /// passed over.
    fn read(&mut self, piece: Piece<'_>) -> Option<Result<Self::Frame, Undecodable>>;

    /// Whether a few bytes are read at once whatever they say. Otherwise they are decoded on a
    /// blocking thread, too.
    fn is_quick(&self) -> bool {
        true
    }
}

/// For messages that are small: each is collected and then decoded as a whole.
#[derive(Debug)]
pub struct Whole<F> {
    decode: fn(&[u8]) -> Result<F, Malformed>,
    message: Vec<u8>,
    reading: bool,
}

impl<F> Whole<F> {
    /// Decodes messages so.
    pub const fn new(decode: fn(&[u8]) -> Result<F, Malformed>) -> Self {
        Self {
            decode,
            message: Vec::new(),
            reading: false,
        }
    }
}

impl<F: Send + 'static> Decoder for Whole<F> {
    type Frame = F;

    fn read(&mut self, piece: Piece<'_>) -> Option<Result<F, Undecodable>> {
        if piece.first {
            self.message.clear();
            self.reading = true;
        }
        if !self.reading {
            return None;
        }
        self.message.extend_from_slice(piece.bytes);
        if !piece.last {
            return None;
        }
        self.reading = false;
        let message = std::mem::take(&mut self.message);
        Some((self.decode)(&message).map_err(Into::into))
    }
}
