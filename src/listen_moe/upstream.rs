//! The gateway of one station over all its connections.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use super::{
    OnAir, OnAirRx, Plays,
    frame::{self, Frame},
    gateway::Gateway,
};
use crate::{
    config::Address,
    link::{Moment, Protocol, Whole},
    station::Station,
};

/// Plays that wait to be announced. More are dropped: each would be late by minutes.
const BACKLOG: usize = 8;

/// Follows what is on air on one station: run it with [`crate::link::run`].
#[derive(Debug)]
pub struct Upstream {
    station: Station,
    address: Address,
    token: Option<SecretString>,
    on_air: watch::Sender<Option<Arc<OnAir>>>,
    plays: mpsc::Sender<Arc<OnAir>>,
}

impl Upstream {
    /// The gateway of `station` at `address`, with the token of an account if there is one; where
    /// its newest song can be read; and where each of its plays arrives once, at most [`BACKLOG`]
    /// of which wait.
    pub fn new(
        station: Station,
        address: Address,
        token: Option<SecretString>,
    ) -> (Self, OnAirRx, Plays) {
        let (on_air, newest) = watch::channel(None);
        let (sender, plays) = mpsc::channel(BACKLOG);
        let upstream = Self {
            station,
            address,
            token,
            on_air,
            plays: sender,
        };
        (upstream, newest, plays)
    }
}

impl Protocol for Upstream {
    type Session = Gateway;
    type Decoder = Whole<Frame>;

    fn name(&self) -> &'static str {
        match self.station {
            Station::Jpop => "listen-moe-jpop",
            Station::Kpop => "listen-moe-kpop",
        }
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn max_message(&self) -> u64 {
        // A frame is a few kilobytes.
        1024 * 1024
    }

    fn decoder(&mut self) -> Whole<Frame> {
        Whole::new(frame::decode)
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
        let play = on_air.play_id();
        let before = self.on_air.send_replace(Some(Arc::clone(&on_air)));
        if before.map(|before| before.play_id()) == Some(play) {
            return;
        }
        let (station, song) = (self.station, &on_air.song);
        info!(%station, song = song.id, title = song.title.as_deref(), "On air");
        if self.plays.try_send(on_air).is_err() {
            warn!(%station, "too many songs at once: this one is not announced");
        }
    }

    fn lost(&mut self, _now: Moment) {
        // The song goes on without us; what was last known is the best there is to say.
    }
}
