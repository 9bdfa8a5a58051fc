//! What every service of the sandbox is built with.

use std::{net::SocketAddr, sync::Arc};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{events::Bus, faults::Faults, options::Options, rest::record::Recorder};

/// Handles that all services share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// What was chosen at start.
    pub options: Arc<Options>,
    /// The address of the one TCP port.
    pub addr: SocketAddr,
    /// Everything that happens is told here.
    pub bus: Bus,
    /// The faults that are on.
    pub faults: Faults,
    /// Writes down what crosses the REST API.
    pub recorder: Recorder,
    /// Owns every task; [`crate::Sandbox::shutdown`] waits for it.
    pub tasks: TaskTracker,
    /// Cancelled when the sandbox stops: every task ends soon after.
    pub token: CancellationToken,
}

impl Context {
    /// Fresh handles for a sandbox on `addr`.
    pub fn new(options: Options, addr: SocketAddr) -> Self {
        let bus = Bus::default();
        Self {
            faults: Faults::new(options.seed, bus.clone()),
            options: Arc::new(options),
            addr,
            bus,
            recorder: Recorder::default(),
            tasks: TaskTracker::new(),
            token: CancellationToken::new(),
        }
    }

    /// `http://IP:PORT`, without a slash at the end.
    pub fn http(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// `ws://IP:PORT`, without a slash at the end.
    pub fn ws(&self) -> String {
        format!("ws://{}", self.addr)
    }
}
