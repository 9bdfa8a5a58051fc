//! Lanyard's socket over all its connections.

use super::{
    Presences,
    frame::{self, Frame},
    socket::{Event, Socket},
};
use crate::{
    config::Address,
    link::{Malformed, Moment, Protocol, RawFrame},
};

/// Keeps the presences of everyone who opted in: run it with [`crate::link::run`].
#[derive(Debug)]
pub struct Upstream {
    address: Address,
    presences: Presences,
}

impl Upstream {
    /// Lanyard at `address`, and where its presences can be read.
    pub fn new(address: Address) -> (Self, Presences) {
        let presences = Presences::default();
        let upstream = Self {
            address,
            presences: presences.clone(),
        };
        (upstream, presences)
    }
}

impl Protocol for Upstream {
    type Session = Socket;

    // Measured: a snapshot of 200,000 users is 176 MB of JSON, or 24 MB with zlib_json.
    const MAX_MESSAGE: usize = 512 * 1024 * 1024;

    fn name(&self) -> &'static str {
        "lanyard"
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn decode(frame: &RawFrame) -> Result<Frame, Malformed> {
        frame::decode(frame)
    }

    fn rejects(&self, close_code: u16) -> bool {
        // Unknown opcode, requires data object, invalid payload.
        matches!(close_code, 4004..=4006)
    }

    fn session(&mut self, now: Moment) -> Socket {
        Socket::new(now)
    }

    fn deliver(&mut self, event: Event) {
        match event {
            Event::Snapshot(presences) => {
                let old = self.presences.replace_all(presences);
                // Nobody waits for it: there is nothing to do when memory is free.
                drop(tokio::task::spawn_blocking(move || drop(old)));
            }
            Event::Update(user, presence) => self.presences.apply(user, presence),
        }
    }

    fn lost(&mut self, now: Moment) {
        self.presences.lost(now.utc);
    }
}
