//! One reconnecting WebSocket, used for LISTEN.moe and for Lanyard.
//!
//! - `session`: what a protocol is: a pure state machine that says what to do.
//! - `driver`: comes back after any end of a connection.
//! - `connection`: one connection: pumps frames through the session and does what it says.
//! - `socket`: opening a WebSocket; `liveness`: noticing that it is dead.
//! - `fault`: what ends a connection, and how soon to try again.
//! - `backoff`: how long to wait before the next attempt.
//! - `status`: what the rest of the bot may know.

mod backoff;
mod connection;
mod driver;
mod fault;
mod liveness;
mod session;
mod socket;
mod status;
#[cfg(test)]
mod tests;

pub use self::{
    backoff::Backoff,
    driver::run,
    fault::{Close, Fault, Pace},
    session::{Action, Malformed, Moment, Protocol, RawFrame, Session, Step},
    status::{LinkReporter, LinkState, LinkStatus},
};
