//! Lanyard's socket over all its connections.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tracing::{debug, info};

use super::{
    Limits, Presences, Subscription,
    decoder::Decoder,
    keeper::Keeper,
    socket::{Event, Socket},
};
use crate::{
    config::Address,
    link::{Moment, Protocol},
};

/// How often we ask for everyone anew, unless it is said.
const REFRESH: Duration = Duration::from_hours(6);

/// Keeps the presences of those who opted in: run it with [`crate::link::run`].
#[derive(Debug)]
pub struct Upstream {
    address: Address,
    subscription: Subscription,
    refresh: Duration,
    limits: Limits,
    presences: Presences,
    keeper: Arc<Mutex<Keeper>>,
}

impl Upstream {
    /// Lanyard at `address`, and where its presences can be read.
    pub fn new(address: Address, subscription: Subscription, limits: Limits) -> (Self, Presences) {
        let presences = Presences::default();
        let upstream = Self {
            address,
            subscription,
            refresh: REFRESH,
            limits,
            keeper: Arc::new(Mutex::new(Keeper::new(presences.table(), limits.memory))),
            presences: presences.clone(),
        };
        (upstream, presences)
    }

    /// Asks for everyone anew so often, up to a quarter sooner or later: who has left Lanyard is
    /// forgotten then.
    #[must_use]
    pub fn refreshed_every(self, refresh: Duration) -> Self {
        Self { refresh, ..self }
    }
}

impl Protocol for Upstream {
    type Session = Socket;
    type Decoder = Decoder;

    fn name(&self) -> &'static str {
        "lanyard"
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn max_message(&self) -> u64 {
        self.limits.message
    }

    fn decoder(&mut self) -> Decoder {
        Decoder::new(self.limits, Arc::clone(&self.keeper))
    }

    fn rejects(&self, close_code: u16) -> bool {
        // Unknown opcode, requires data object, invalid payload.
        matches!(close_code, 4004..=4006)
    }

    fn session(&mut self, now: Moment) -> Socket {
        Socket::new(now, self.subscription.clone(), self.refresh, rand::random())
    }

    fn deliver(&mut self, event: Event) {
        let Event::Snapshot(summary) = event;
        self.presences.live();
        let (held, gone) = (self.presences.len(), summary.gone);
        if summary.skipped + summary.refused == 0 {
            debug!(held, gone, "Everyone's presence is in");
        } else {
            let (skipped, refused) = (summary.skipped, summary.refused);
            info!(
                held,
                gone, skipped, refused, "Everyone's presence is in, but for some that are none"
            );
        }
    }

    fn lost(&mut self, now: Moment) {
        self.presences.lost(now.utc);
    }
}
