//! One reconnecting WebSocket, used for LISTEN.moe and for Lanyard.
//!
//! - `session`: what a protocol is: a pure state machine that says what to do.
//! - `decode`: what understands its messages, a piece at a time.
//! - `driver`: comes back after any end of a connection.
//! - `connection`: one connection: pumps messages through the session and does what it says.
//! - `worker`: decoding aside, so that deadlines are kept meanwhile.
//! - `socket`: opening a WebSocket; `frames`: what goes over it; `liveness`: noticing that it is
//!   dead.
//! - `fault`: what ends a connection, and how soon to try again.
//! - `backoff`: how long to wait before the next attempt.
//! - `status`: what the rest of the bot may know.

mod backoff;
mod connection;
mod decode;
mod driver;
mod fault;
mod frames;
pub(crate) mod fuzzing;
mod liveness;
mod session;
mod socket;
mod status;
#[cfg(test)]
mod tests;
mod worker;

pub use self::{
    backoff::Backoff,
    decode::{Decoder, Piece, Undecodable, Whole},
    driver::run,
    fault::{Close, Fault, Pace},
    session::{Action, Malformed, Moment, Protocol, Session, Step},
    status::{LinkReporter, LinkState, LinkStatus},
};
