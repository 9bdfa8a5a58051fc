//! What fuzzing starts from: a message of the socket goes the whole way, in one piece and in many.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::de::IgnoredAny;

use super::{
    Limits,
    decoder::Decoder,
    keeper::Keeper,
    parse,
    split::{Message, Summary},
    table::Table,
};
use crate::link::{Decoder as _, Piece, Undecodable};

/// Small enough to be reached.
const LIMITS: Limits = Limits {
    message: 1_000_000,
    inflated: 1_000_000,
    presence: 4000,
    nesting: 64,
    memory: 10_000_000,
};

/// One that follows Lanyard.
struct Follower {
    table: Arc<Table>,
    decoder: Decoder,
}

impl Follower {
    fn new() -> Self {
        let table = Arc::new(Table::default());
        let keeper = Keeper::new(Arc::clone(&table), LIMITS.memory);
        Self {
            table,
            decoder: Decoder::new(LIMITS, Arc::new(Mutex::new(keeper))),
        }
    }

    /// Reads a message in pieces of this size. Whatever remains when the outcome is clear is read
    /// as well, and changes nothing.
    fn read(&mut self, message: &[u8], binary: bool, size: usize) -> Result<Message, Undecodable> {
        let count = message.len().div_ceil(size).max(1);
        let mut outcome = None;
        for number in 0..count {
            let to = message.len().min((number + 1) * size);
            let read = self.decoder.read(Piece {
                bytes: &message[number * size..to],
                binary,
                first: number == 0,
                last: number + 1 == count,
            });
            assert!(outcome.is_none() || read.is_none(), "two outcomes");
            outcome = outcome.or(read);
        }
        outcome.expect("an outcome at the end of a message")
    }

    /// What is held, which is JSON whatever came.
    fn held(&self) -> BTreeMap<u64, Vec<u8>> {
        let held = self.table.plain(usize::MAX).into_iter();
        held.map(|(user, _, presence)| {
            serde_json::from_slice::<IgnoredAny>(&presence).expect("a presence is JSON");
            let _ = parse::presence(user, &presence);
            (user, presence)
        })
        .collect()
    }
}

/// A message that begins with nothing known: it comes to the same however it is cut, and saying it
/// once more changes nothing.
pub(crate) fn message(message: &[u8], binary: bool, size: usize) {
    let (mut whole, mut cut) = (Follower::new(), Follower::new());
    let outcome = whole.read(message, binary, message.len().max(1));
    let again = cut.read(message, binary, size);
    assert_eq!(outcome.is_ok(), again.is_ok());
    let held = whole.held();
    if outcome.is_ok() {
        assert_eq!(outcome, again);
        assert_eq!(held, cut.held());
        assert_eq!(outcome, whole.read(message, binary, message.len().max(1)));
        assert_eq!(held, whole.held());
    }
    let users = whole.table.len();
    assert!(users >= held.len());
    let nobody = br#"{"op":0,"t":"INIT_STATE","d":{}}"#;
    let empty = Summary {
        gone: users,
        ..Summary::default()
    };
    let outcome = whole.read(nobody, false, nobody.len());
    assert_eq!(outcome, Ok(Message::Snapshot(empty)));
    assert_eq!(whole.table.len(), 0);
}
