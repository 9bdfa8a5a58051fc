//! What the rest of the bot may know of a link: its state, and when it last heard something.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

/// Where a connection to an upstream stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkState {
    /// A connection is being opened: name lookup, TCP, TLS, upgrade.
    Connecting,
    /// The connection is open; the upstream has yet to say what it is there for.
    Handshaking,
    /// It works.
    Up {
        /// Since when.
        since: Instant,
    },
    /// There is no connection.
    Waiting {
        /// When the next attempt is made.
        until: Instant,
        /// What ended the last one, in a few words, for logs and people.
        why: Arc<str>,
    },
    /// The bot is stopping.
    Stopped,
}

impl LinkState {
    /// One word for it, for JSON and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Handshaking => "handshaking",
            Self::Up { .. } => "up",
            Self::Waiting { .. } => "waiting",
            Self::Stopped => "stopped",
        }
    }

    /// Whether it is [`LinkState::Up`].
    pub const fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }
}

/// Reads the state of a link. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LinkStatus {
    state: watch::Receiver<LinkState>,
    last_frame: Arc<Mutex<Instant>>,
}

impl LinkStatus {
    /// The state now.
    pub fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// A receiver that is told of each change.
    pub fn watch(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Time since the last frame, or since the link was made when there was none.
    pub fn since_last_frame(&self) -> Duration {
        self.last_frame
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

/// Reports the state of a link: the other end of [`LinkStatus`].
#[derive(Debug)]
pub struct LinkReporter {
    state: watch::Sender<LinkState>,
    last_frame: Arc<Mutex<Instant>>,
}

impl LinkReporter {
    /// A link that is [`LinkState::Connecting`], and the handle that reads it.
    pub fn new() -> (Self, LinkStatus) {
        let (sender, receiver) = watch::channel(LinkState::Connecting);
        let last_frame = Arc::new(Mutex::new(Instant::now()));
        let status = LinkStatus {
            state: receiver,
            last_frame: Arc::clone(&last_frame),
        };
        let reporter = Self {
            state: sender,
            last_frame,
        };
        (reporter, status)
    }

    /// The state is now this one. Readers are woken only when it differs.
    pub fn set(&self, state: LinkState) {
        self.state.send_if_modified(|current| {
            let differs = *current != state;
            *current = state;
            differs
        });
    }

    /// A frame arrived.
    pub fn frame(&self) {
        *self
            .last_frame
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_age_of_the_last_frame_is_counted_from_it() {
        let (reporter, status) = LinkReporter::new();
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(status.since_last_frame(), Duration::from_secs(7));
        reporter.frame();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(status.since_last_frame(), Duration::from_secs(2));
    }

    #[test]
    fn readers_are_woken_by_changes_only() {
        let (reporter, status) = LinkReporter::new();
        let mut watch = status.watch();
        watch.mark_unchanged();
        reporter.set(LinkState::Connecting);
        assert!(!watch.has_changed().unwrap());
        reporter.set(LinkState::Handshaking);
        assert!(watch.has_changed().unwrap());
        assert_eq!(status.state(), LinkState::Handshaking);
    }
}
