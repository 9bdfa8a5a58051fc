//! Messages to a client: framing, sequence numbers, and the buffer that makes a resume lossless.
//!
//! Version 8 numbers the server's messages and repeats after a resume what the client has not
//! seen. Older versions do neither: what is said while the socket is away is lost.
//!
//! Source: [Discord](https://discord.com/developers/docs/topics/voice-connections#buffered-resume).

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::sync::mpsc;

use super::signalling::{Close, Op};

/// The version since which messages are numbered.
const NUMBERED: u8 = 8;

/// Numbered messages kept for a resume. A client that misses more cannot resume.
const BUFFER: usize = 256;

/// Messages that wait for a slow socket. When full, the socket is given up.
pub const SOCKET_QUEUE: usize = 256;

/// What a socket is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A JSON message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// The end.
    Close(Close),
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    op: u8,
    d: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u16>,
}

/// A JSON message without a number: hello, heartbeat acknowledgements, resumed.
pub fn unnumbered(op: Op, data: &impl Serialize) -> Frame {
    text(op, data, None)
}

fn text(op: Op, data: &impl Serialize, seq: Option<u16>) -> Frame {
    let envelope = Envelope {
        op: op as u8,
        d: data,
        seq,
    };
    // Only maps with keys that are no strings can fail, and none of our types is one.
    Frame::Text(serde_json::to_string(&envelope).unwrap_or_default())
}

/// A resume asked for messages that are no longer buffered.
#[derive(Debug, PartialEq, Eq)]
pub struct TooOld;

/// The messages of one session, across its sockets.
#[derive(Debug)]
pub struct Outbox {
    version: u8,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    socket: Option<(u64, mpsc::Sender<Frame>)>,
    last: u16,
    sent: VecDeque<(u16, Frame)>,
}

impl Outbox {
    /// For a session of that version of the voice gateway, 4 to 8.
    pub fn new(version: u8) -> Self {
        Self {
            version,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version of the voice gateway that the client speaks.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Sends a JSON message.
    pub fn json(&self, op: Op, data: &impl Serialize) {
        self.send(|seq| text(op, data, seq));
    }

    /// Sends a binary message.
    pub fn binary(&self, op: Op, payload: &[u8]) {
        self.send(|seq| {
            let mut bytes = Vec::with_capacity(3 + payload.len());
            bytes.extend(seq.map(u16::to_be_bytes).into_iter().flatten());
            bytes.push(op as u8);
            bytes.extend_from_slice(payload);
            Frame::Binary(bytes)
        });
    }

    fn send(&self, frame: impl FnOnce(Option<u16>) -> Frame) {
        let mut state = self.state();
        let frame = if self.version >= NUMBERED {
            state.last = state.last.wrapping_add(1);
            let seq = state.last;
            let frame = frame(Some(seq));
            if state.sent.len() == BUFFER {
                state.sent.pop_front();
            }
            state.sent.push_back((seq, frame.clone()));
            frame
        } else {
            frame(None)
        };
        state.deliver(frame);
    }

    /// Closes the socket, when there is one, and tells whether there was.
    pub fn close(&self, close: Close) -> bool {
        let mut state = self.state();
        let had = state.socket.is_some();
        state.deliver(Frame::Close(close));
        state.socket = None;
        had
    }

    /// Whether a socket is attached.
    pub fn is_attached(&self) -> bool {
        self.state().socket.is_some()
    }

    /// The session goes on over this socket; an earlier one is closed. With `resumed`, that
    /// message is sent and then what the client missed after `acknowledged`.
    pub fn attach(
        &self,
        id: u64,
        socket: mpsc::Sender<Frame>,
        resume: Option<(Frame, Option<u16>)>,
    ) -> Result<(), TooOld> {
        let mut state = self.state();
        let mut frames = Vec::new();
        if let Some((resumed, acknowledged)) = resume {
            frames.push(resumed);
            if self.version >= NUMBERED {
                frames.extend(state.after(acknowledged)?);
            }
        }
        state.deliver(Frame::Close(Close::SESSION_INVALID));
        state.socket = Some((id, socket));
        for frame in frames {
            state.deliver(frame);
        }
        Ok(())
    }

    /// The socket is gone. False when another one has taken over.
    pub fn detach(&self, id: u64) -> bool {
        let mut state = self.state();
        match state.socket {
            Some((current, _)) if current != id => false,
            _ => {
                state.socket = None;
                true
            }
        }
    }

    /// The client has seen the messages up to this one.
    pub fn acknowledge(&self, seq: u16) {
        let mut state = self.state();
        if let Some(at) = state.sent.iter().position(|(sent, _)| *sent == seq) {
            state.sent.drain(..=at);
        }
    }
}

impl State {
    fn deliver(&mut self, frame: Frame) {
        if let Some((_, socket)) = &self.socket
            && socket.try_send(frame).is_err()
        {
            // Dropping the sender ends the socket's loop.
            self.socket = None;
        }
    }

    fn after(&self, acknowledged: Option<u16>) -> Result<Vec<Frame>, TooOld> {
        let acknowledged = acknowledged.unwrap_or(0);
        let missed = usize::from(self.last.wrapping_sub(acknowledged));
        let skipped = self.sent.len().checked_sub(missed).ok_or(TooOld)?;
        Ok(self
            .sent
            .iter()
            .skip(skipped)
            .map(|(_, frame)| frame.clone())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &mut mpsc::Receiver<Frame>) -> Vec<Frame> {
        std::iter::from_fn(|| socket.try_recv().ok()).collect()
    }

    #[test]
    fn version_4_has_only_op_and_d_and_no_numbers() {
        let outbox = Outbox::new(4);
        let (sender, mut socket) = mpsc::channel(8);
        outbox.attach(1, sender, None).unwrap();
        outbox.json(Op::Speaking, &1);
        outbox.binary(Op::MlsProposals, &[9]);
        let frames = received(&mut socket);
        assert_eq!(
            frames,
            [
                Frame::Text(r#"{"op":5,"d":1}"#.into()),
                Frame::Binary(vec![27, 9])
            ]
        );
    }

    #[test]
    fn version_8_numbers_and_repeats_what_was_missed() {
        let outbox = Outbox::new(8);
        let (sender, mut socket) = mpsc::channel(8);
        outbox.attach(1, sender, None).unwrap();
        outbox.json(Op::Speaking, &1);
        outbox.binary(Op::MlsProposals, &[9]);
        let frames = received(&mut socket);
        assert_eq!(frames[0], Frame::Text(r#"{"op":5,"d":1,"seq":1}"#.into()));
        assert_eq!(frames[1], Frame::Binary(vec![0, 2, 27, 9]));
        assert!(outbox.detach(1));
        outbox.json(Op::Speaking, &2);

        let (sender, mut socket) = mpsc::channel(8);
        let hello = unnumbered(Op::Resumed, &());
        outbox
            .attach(2, sender, Some((hello.clone(), Some(1))))
            .unwrap();
        let third = Frame::Text(r#"{"op":5,"d":2,"seq":3}"#.into());
        assert_eq!(
            received(&mut socket),
            [hello.clone(), frames[1].clone(), third]
        );

        outbox.acknowledge(3);
        let (sender, _socket) = mpsc::channel(8);
        assert_eq!(
            outbox.attach(3, sender, Some((hello, Some(1)))),
            Err(TooOld)
        );
        assert!(!outbox.detach(1), "the second socket is still the one");
    }

    #[test]
    fn numbers_wrap_around() {
        let outbox = Outbox::new(8);
        for _ in 0..=u16::MAX {
            outbox.json(Op::Speaking, &1);
        }
        let (sender, mut socket) = mpsc::channel(8);
        let resumed = unnumbered(Op::Resumed, &());
        outbox
            .attach(1, sender, Some((resumed, Some(u16::MAX))))
            .unwrap();
        let last = received(&mut socket).pop();
        assert_eq!(last, Some(Frame::Text(r#"{"op":5,"d":1,"seq":0}"#.into())));
    }

    #[test]
    fn a_socket_that_does_not_keep_up_is_given_up() {
        let outbox = Outbox::new(4);
        let (sender, socket) = mpsc::channel(1);
        outbox.attach(1, sender, None).unwrap();
        outbox.json(Op::Speaking, &1);
        outbox.json(Op::Speaking, &2);
        assert!(!outbox.is_attached());
        drop(socket);
    }
}
