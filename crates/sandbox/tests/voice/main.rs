//! The voice server, from a client's point of view: over TLS and UDP, with the encryption of a
//! client that shares no code with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests are tests"
)]

mod audio;
mod client;
mod dave;
mod faults;
mod rules;
mod sound;

use std::time::Duration;

use sandbox::{
    events::Bus,
    voice::{Server, VoiceGrant, VoiceOptions},
};

pub(crate) const GUILD: u64 = 10;
pub(crate) const CHANNEL: u64 = 11;
pub(crate) const BOT: u64 = 12;
pub(crate) const SESSION: &str = "a session";

/// How long anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server, and the bus it publishes on.
pub(crate) async fn start() -> (Server, Bus) {
    let bus = Bus::default();
    let server = Server::start(VoiceOptions::default(), bus.clone())
        .await
        .unwrap();
    (server, bus)
}

/// A grant for the bot, in a channel where DAVE is required or not.
pub(crate) fn grant(dave_required: bool) -> VoiceGrant {
    VoiceGrant {
        guild: GUILD,
        channel: CHANNEL,
        user: BOT,
        session_id: SESSION.into(),
        dave_required,
    }
}
