//! Faults on command: what is wrong with which service, and for how long.
//!
//! [`Faults`] is the registry. Three layers ask it, each about what is theirs:
//!
//! | module | layer | faults |
//! | --- | --- | --- |
//! | [`connection`] | the bytes of a TCP connection | cut, silent, half-open, delay, throttle, and truncate or garbage in an audio stream |
//! | [`request`] | one HTTP request, WebSocket handshakes too | refuse, silent, half-open, status, and garbage or truncate in REST |
//! | [`messages`] | the messages of a WebSocket | close, garbage, truncate |
//!
//! The datagrams of voice ask [`Faults::datagram`].

pub mod connection;
pub mod messages;
pub mod model;
pub mod registry;
pub mod request;
pub mod routes;

#[cfg(test)]
mod tests;

pub use messages::{MessageFault, MessageFaults};
pub use model::{Fault, Target};
pub use registry::{Active, Faults};
