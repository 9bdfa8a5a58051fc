//! The gateway of one station over all its connections.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::watch;
use tracing::info;

use super::{
    OnAir, OnAirRx,
    frame::{self, Frame},
    gateway::Gateway,
};
use crate::{
    config::Address,
    link::{Malformed, Moment, Protocol, RawFrame},
    station::Station,
};

/// Follows what is on air on one station: run it with [`crate::link::run`].
#[derive(Debug)]
pub struct Upstream {
    station: Station,
    address: Address,
    token: Option<SecretString>,
    on_air: watch::Sender<Option<Arc<OnAir>>>,
}

impl Upstream {
    /// The gateway of `station` at `address`, with the token of an account if there is one, and
    /// where its songs can be read.
    pub fn new(station: Station, address: Address, token: Option<SecretString>) -> (Self, OnAirRx) {
        let (on_air, receiver) = watch::channel(None);
        let upstream = Self {
            station,
            address,
            token,
            on_air,
        };
        (upstream, receiver)
    }
}

impl Protocol for Upstream {
    type Session = Gateway;

    // A frame is a few kilobytes.
    const MAX_MESSAGE: usize = 1024 * 1024;

    fn name(&self) -> &'static str {
        match self.station {
            Station::Jpop => "listen-moe-jpop",
            Station::Kpop => "listen-moe-kpop",
        }
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn decode(frame: &RawFrame) -> Result<Frame, Malformed> {
        frame::decode(&frame.payload)
    }

    fn rejects(&self, _close_code: u16) -> bool {
        // Its documentation knows no such codes.
        false
    }

    fn session(&mut self, now: Moment) -> Gateway {
        let current = self.on_air.borrow().clone();
        Gateway::new(self.station, self.token.clone(), current, now)
    }

    fn deliver(&mut self, on_air: Arc<OnAir>) {
        let (station, song) = (self.station, &on_air.song);
        if self.on_air.borrow().as_ref().map(|before| before.play_id()) != Some(on_air.play_id()) {
            info!(%station, song = song.id, title = song.title.as_deref(), "On air");
        }
        self.on_air.send_replace(Some(on_air));
    }

    fn lost(&mut self, _now: Moment) {
        // The song goes on without us; what was last known is the best there is to say.
    }
}
