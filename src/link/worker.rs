//! Decoding aside: what has arrived is handed to a blocking thread, a batch at a time, while the
//! connection keeps its deadlines. What arrives meanwhile makes up the next batch; when that is
//! full nothing more is read, so that the sender feels it when we are slow.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::task::JoinHandle;

use super::{Decoder, Malformed, Piece, Undecodable};

/// A batch is full when it has this many bytes: a few milliseconds of work, or, when they unfold
/// as far as compression allows, one second.
const FULL: usize = 256 * 1024;

/// A batch of up to so many bytes is decoded where it is, when the decoder is quick: handing it over
/// would take longer. Even when they unfold as far as compression allows, that is one megabyte, and
/// a few milliseconds.
const INLINE: usize = 1024;

/// What came of a batch.
pub(super) type Decoded<D> = Vec<Result<<D as Decoder>::Frame, Undecodable>>;

/// Pieces of messages, one behind the other.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

/// Where a piece ends, and what it is.
#[derive(Clone, Copy, Debug)]
struct Mark {
    to: usize,
    binary: bool,
    first: bool,
    last: bool,
}

impl Batch {
    fn decode<D: Decoder>(&mut self, decoder: &mut D) -> Decoded<D> {
        let mut from = 0;
        let mut decoded = Vec::new();
        for mark in self.marks.drain(..) {
            let piece = Piece {
                bytes: &self.bytes[from..mark.to],
                binary: mark.binary,
                first: mark.first,
                last: mark.last,
            };
            from = mark.to;
            // A panic while decoding is a mistake of ours, but the message that provokes it comes
            // from outside: it costs that message, and not the connection. A decoder begins anew
            // with each message.
            let read = catch_unwind(AssertUnwindSafe(|| decoder.read(piece)));
            decoded.extend(read.unwrap_or_else(|_| {
                let failed = Malformed("decoding it failed".to_owned());
                Some(Err(Undecodable::Message(failed)))
            }));
        }
        self.bytes.clear();
        decoded
    }
}

/// One connection's decoder, and its work.
pub(super) struct Worker<D: Decoder> {
    /// Here unless it is at work.
    decoder: Option<D>,
    at_work: Option<JoinHandle<(D, Batch, Decoded<D>)>>,
    waiting: Batch,
    /// An empty one, to be used again.
    spare: Batch,
}

impl<D: Decoder> Worker<D> {
    pub(super) fn new(decoder: D) -> Self {
        Self {
            decoder: Some(decoder),
            at_work: None,
            waiting: Batch::default(),
            spare: Batch::default(),
        }
    }

    /// Whether there is room for more.
    pub(super) const fn has_room(&self) -> bool {
        // Messages may be empty.
        self.waiting.bytes.len() + self.waiting.marks.len() * size_of::<Mark>() < FULL
    }

    /// Whether all is done.
    pub(super) const fn is_idle(&self) -> bool {
        self.at_work.is_none() && self.waiting.marks.is_empty()
    }

    /// Adds a piece to what waits.
    pub(super) fn push(&mut self, piece: Piece<'_>) {
        self.waiting.bytes.extend_from_slice(piece.bytes);
        self.waiting.marks.push(Mark {
            to: self.waiting.bytes.len(),
            binary: piece.binary,
            first: piece.first,
            last: piece.last,
        });
    }

    /// Begins with what waits, unless it is at work. A small batch is done at once.
    pub(super) fn begin(&mut self) -> Decoded<D> {
        if self.waiting.marks.is_empty() {
            return vec![];
        }
        let Some(mut decoder) = self.decoder.take() else {
            return vec![];
        };
        if self.waiting.bytes.len() <= INLINE && decoder.is_quick() {
            let decoded = self.waiting.decode(&mut decoder);
            self.decoder = Some(decoder);
            return decoded;
        }
        let spare = std::mem::take(&mut self.spare);
        let mut batch = std::mem::replace(&mut self.waiting, spare);
        self.at_work = Some(tokio::task::spawn_blocking(move || {
            let decoded = batch.decode(&mut decoder);
            (decoder, batch, decoded)
        }));
        vec![]
    }

    /// What came of the batch that is at work; never, when there is none. Safe to drop.
    pub(super) async fn done(&mut self) -> Decoded<D> {
        let Some(at_work) = &mut self.at_work else {
            return std::future::pending().await;
        };
        let ended = at_work.await;
        self.at_work = None;
        match ended {
            Ok((decoder, batch, decoded)) => {
                (self.decoder, self.spare) = (Some(decoder), batch);
                decoded
            }
            // Cancelled: the runtime is going down, and nothing more will be decoded.
            Err(_) => vec![],
        }
    }

    /// Waits for the batch that is at work, if any: two connections never decode at a time.
    pub(super) async fn end(mut self) {
        if self.at_work.is_some() {
            self.done().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Says how long its pieces are, once it may.
    struct Patient {
        may: mpsc::Receiver<()>,
        quick: bool,
    }

    impl Patient {
        const fn new(may: mpsc::Receiver<()>) -> Self {
            Self { may, quick: true }
        }
    }

    impl Decoder for Patient {
        type Frame = usize;

        fn read(&mut self, piece: Piece<'_>) -> Option<Result<usize, Undecodable>> {
            self.may.recv().expect("it is let go on");
            Some(Ok(piece.bytes.len()))
        }

        fn is_quick(&self) -> bool {
            self.quick
        }
    }

    const fn piece(bytes: &[u8]) -> Piece<'_> {
        Piece {
            bytes,
            binary: true,
            first: true,
            last: true,
        }
    }

    #[tokio::test]
    async fn what_comes_while_it_works_waits_until_there_is_no_room_for_more() {
        let (go_on, may) = mpsc::channel();
        let mut worker = Worker::new(Patient::new(may));
        worker.push(piece(&[0; INLINE + 1]));
        assert_eq!(worker.begin(), []);
        for _ in 0..4 {
            assert!(worker.has_room());
            worker.push(piece(&vec![0; FULL / 4]));
        }
        assert!(!worker.has_room());
        // It is still at work.
        assert_eq!(worker.begin(), []);
        for _ in 0..5 {
            go_on.send(()).unwrap();
        }
        assert_eq!(worker.done().await, [Ok(INLINE + 1)]);
        assert_eq!(worker.begin(), []);
        assert!(worker.has_room());
        assert_eq!(worker.done().await, vec![Ok(FULL / 4); 4]);
        assert!(worker.is_idle());
    }

    #[tokio::test]
    async fn what_may_take_long_is_done_aside_however_small_it_is() {
        let (go_on, may) = mpsc::channel();
        let quick = false;
        let mut worker = Worker::new(Patient { may, quick });
        worker.push(piece(&[0; 3]));
        // Done at once it would wait for ever.
        assert_eq!(worker.begin(), []);
        go_on.send(()).unwrap();
        assert_eq!(worker.done().await, [Ok(3)]);
    }

    #[test]
    fn messages_of_nothing_take_room_too() {
        let mut worker = Worker::new(Patient::new(mpsc::channel().1));
        let mut pushed = 0;
        while worker.has_room() {
            worker.push(piece(b""));
            pushed += 1;
        }
        assert!(pushed < FULL, "{pushed}");
    }
}
