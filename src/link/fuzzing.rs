//! What fuzzing starts from: what a server sends over a WebSocket, at once and in pieces.

use super::frames::{Came, Frames, Violation};

/// Small enough to be reached.
const MAX_MESSAGE: u64 = 10_000;

/// What has been read: messages that are whole, and control frames.
#[derive(Debug, Eq, PartialEq)]
enum Read {
    Message(Vec<u8>, bool),
    Ping(Vec<u8>),
    Pong,
    Close(u16, String),
    Violation(Violation),
}

/// Frames come to the same however they are cut.
pub(crate) fn frames(bytes: &[u8], size: usize) {
    assert_eq!(read(bytes, bytes.len().max(1)), read(bytes, size));
}

fn read(bytes: &[u8], size: usize) -> Vec<Read> {
    let mut frames = Frames::new(MAX_MESSAGE);
    let (mut read, mut message) = (vec![], vec![]);
    for mut piece in bytes.chunks(size) {
        loop {
            let came = match frames.next(&mut piece) {
                Ok(None) => break,
                Ok(Some(came)) => came,
                Err(violation) => {
                    read.push(Read::Violation(violation));
                    return read;
                }
            };
            read.push(match came {
                Came::Part {
                    bytes,
                    binary,
                    first,
                    last,
                } => {
                    assert!(!first || message.is_empty(), "a message in another");
                    message.extend_from_slice(bytes);
                    assert!(message.len() as u64 <= MAX_MESSAGE, "over the limit");
                    if !last {
                        continue;
                    }
                    Read::Message(std::mem::take(&mut message), binary)
                }
                Came::Ping(payload) => Read::Ping(payload),
                Came::Pong => Read::Pong,
                Came::Close(code, reason) => Read::Close(code, reason),
            });
        }
    }
    read
}
