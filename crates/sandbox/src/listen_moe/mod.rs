//! LISTEN.moe's metadata gateway, both generations of it.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`frames`] | what the gateway says |
//! | [`session`] | one client's connection |
//! | [`routes`] | where it is, and `/control/listen-moe` |

pub mod frames;
pub mod routes;
pub mod session;

#[cfg(test)]
mod tests;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::broadcast;

use crate::{
    context::Context,
    options::StartTime,
    playlist::{OnAir, PerStation, Station},
    stream::Broadcast,
};

/// How many frames a client may be behind before it misses the oldest.
const BEHIND: usize = 64;

/// One station's gateway. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// What it tells about.
    pub on_air: OnAir,
    /// The audio, whose listeners it counts.
    pub audio: Broadcast,
    start_time: StartTime,
    /// Frames that are sent to everyone beside the songs.
    extra: broadcast::Sender<String>,
    clients: Arc<AtomicUsize>,
}

impl Gateway {
    /// The gateway of a station.
    pub fn new(context: &Context, on_air: OnAir, audio: Broadcast) -> Self {
        Self {
            start_time: *context.options.start_time.get(on_air.station),
            on_air,
            audio,
            extra: broadcast::Sender::new(BEHIND),
            clients: Arc::default(),
        }
    }

    /// Sends a frame to everyone who is connected: any text. Returns to how many.
    pub fn send(&self, frame: String) -> usize {
        self.extra.send(frame).unwrap_or(0)
    }

    /// How many are connected.
    pub fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// The station's listeners, as the metadata tells them: those of the sandbox, and some more
    /// who are only said to be there.
    pub fn listeners(&self) -> usize {
        let base = match self.on_air.station {
            Station::Jpop => 92,
            Station::Kpop => 41,
        };
        let wave = usize::try_from(self.on_air.now().number * 7 % 13).unwrap_or(0);
        base + wave + self.audio.listeners()
    }
}

/// Both gateways.
pub type Gateways = PerStation<Gateway>;
