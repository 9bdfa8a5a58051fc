//! The real bot against the sandbox, over real sockets.

#![allow(
    clippy::unwrap_used,
    reason = "in helpers too: a test that cannot go on has failed"
)]

mod configuration;
