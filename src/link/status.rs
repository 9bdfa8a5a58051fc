//! What the rest of the bot may know of a link: its state, and when it last heard something.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
    /// There is no connection because nobody needs one.
    Idle,
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
            Self::Idle => "idle",
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
    counted: Arc<Counted>,
}

/// What both ends share.
#[derive(Debug)]
struct Counted {
    last_frame: Mutex<Instant>,
    malformed: AtomicU64,
    ignored: AtomicU64,
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
        self.counted
            .last_frame
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }

    /// Frames that could not be understood and were dropped, so far.
    pub fn malformed(&self) -> u64 {
        self.counted.malformed.load(Ordering::Relaxed)
    }

    /// Well-formed frames of an unknown kind, so far.
    pub fn ignored(&self) -> u64 {
        self.counted.ignored.load(Ordering::Relaxed)
    }
}

/// Reports the state of a link: the other end of [`LinkStatus`].
#[derive(Debug)]
pub struct LinkReporter {
    state: watch::Sender<LinkState>,
    counted: Arc<Counted>,
}

impl LinkReporter {
    /// A link that is [`LinkState::Connecting`], and the handle that reads it.
    pub fn new() -> (Self, LinkStatus) {
        let (sender, receiver) = watch::channel(LinkState::Connecting);
        let counted = Arc::new(Counted {
            last_frame: Mutex::new(Instant::now()),
            malformed: AtomicU64::new(0),
            ignored: AtomicU64::new(0),
        });
        let status = LinkStatus {
            state: receiver,
            counted: Arc::clone(&counted),
        };
        let reporter = Self {
            state: sender,
            counted,
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
            .counted
            .last_frame
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// A frame could not be understood and was dropped.
    pub fn malformed(&self) {
        self.counted.malformed.fetch_add(1, Ordering::Relaxed);
    }

    /// A frame was well-formed, but of an unknown kind.
    pub fn ignored(&self) {
        self.counted.ignored.fetch_add(1, Ordering::Relaxed);
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
