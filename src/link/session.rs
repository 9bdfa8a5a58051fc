//! What a protocol is to the driver: a value that says what to do, and does nothing itself.

use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Decoder, Fault};
use crate::config::Address;

/// A point in time, for timers and for people. Passed in, so that tests can make it up.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For timers: never jumps.
    pub clock: Instant,
    /// For comparing with what the upstream says.
    pub utc: OffsetDateTime,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self {
            clock: Instant::now(),
            utc: OffsetDateTime::now_utc(),
        }
    }
}

/// A frame that cannot be understood, and why. Quotes nothing of it: frames hold personal data.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// What the driver is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action<E> {
    /// Send a text frame.
    Send(String),
    /// Tell the rest of the bot.
    Emit(E),
    /// The handshake is complete.
    Up,
    /// The frame was of a kind unknown to us, which is counted and does no harm.
    Ignored,
    /// The frame was understood as JSON, but not what it means: counted and logged.
    Malformed(&'static str),
}

/// What a step of a session leads to: what to do, or why to end the connection.
pub type Step<E> = Result<Vec<Action<E>>, Fault>;

/// One connection's worth of a protocol: a pure state machine, given time and frames.
pub trait Session: Send {
    /// A decoded frame.
    type Frame: Send + 'static;
    /// What it has to tell the rest of the bot.
    type Event: Send;

    /// The connection is open.
    fn on_open(&mut self, now: Moment) -> Vec<Action<Self::Event>>;
    /// A frame arrived.
    fn on_frame(&mut self, now: Moment, frame: Self::Frame) -> Step<Self::Event>;
    /// A message came that could not be decoded. It is counted and dropped, unless this says that
    /// the connection is of no use without it.
    fn on_malformed(&mut self) -> Result<(), Fault> {
        Ok(())
    }
    /// [`Session::next_deadline`] has come.
    fn on_deadline(&mut self, now: Moment) -> Step<Self::Event>;
    /// When to be called next if nothing arrives; `None` for never.
    fn next_deadline(&self) -> Option<Instant>;
    /// The bot is stopping: what to send as a goodbye.
    fn on_stop(&mut self) -> Vec<String> {
        vec![]
    }
}

/// A protocol over all its connections: it opens sessions and passes on what they find.
pub trait Protocol: Send {
    /// A connection's worth of it.
    type Session: Session;
    /// What understands its messages.
    type Decoder: Decoder<Frame = <Self::Session as Session>::Frame>;

    /// The upstream's name in logs and metrics.
    fn name(&self) -> &'static str;
    /// Where to connect to.
    fn address(&self) -> &Address;
    /// Largest message accepted, in bytes as they come over the wire.
    fn max_message(&self) -> u64;
    /// What understands the messages of a new connection.
    fn decoder(&mut self) -> Self::Decoder;
    /// Whether a close code means that we sent something wrong, so that trying again soon is
    /// of no use.
    fn rejects(&self, close_code: u16) -> bool;
    /// A new connection is open.
    fn session(&mut self, now: Moment) -> Self::Session;
    /// The session has something to tell. Must not block.
    fn deliver(&mut self, event: <Self::Session as Session>::Event);
    /// The connection is gone.
    fn lost(&mut self, now: Moment);
}
