//! The presences, for those who read them.
//!
//! Nothing is written to disk and no history is kept, and whoever disappears from Lanyard's
//! `INIT_STATE` is forgotten: presences are public by their owners' choice, and that choice can be
//! taken back.

use std::sync::{Arc, PoisonError, RwLock};

use time::OffsetDateTime;

use super::{
    Presence, parse,
    table::{Held, Table},
};

/// Whether what [`Presences::find`] answers is current.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Freshness {
    /// Connected: changes arrive as they happen.
    Live,
    /// The connection is lost; what is known may be out of date.
    Stale {
        /// Since when.
        since: OffsetDateTime,
    },
    /// Nothing is known yet: that a user is missing means nothing.
    #[default]
    Empty,
}

/// What is known of a user.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Their presence.
    Shown(Box<Presence>),
    /// They have set the key `uguisu` of their Lanyard to `off`: nothing is held of them.
    Hidden,
    /// They are not on Lanyard, or not yet known.
    Nobody,
}

/// The presences of everyone who opted in. A cheap handle: clone it. Reading waits for nobody but
/// for a moment.
#[derive(Clone, Debug, Default)]
pub struct Presences(Arc<State>);

#[derive(Debug, Default)]
struct State {
    table: Arc<Table>,
    freshness: RwLock<Freshness>,
}

impl Presences {
    /// What is known of a user.
    pub fn find(&self, user: u64) -> Found {
        match self.0.table.get(user) {
            Some(Held::Hidden) => Found::Hidden,
            Some(Held::Presence(json)) => parse::presence(user, &json)
                .map_or(Found::Nobody, |presence| Found::Shown(presence.into())),
            None => Found::Nobody,
        }
    }

    /// A number that changes whenever what is held of a user does; `None` for nothing.
    pub fn version(&self, user: u64) -> Option<u64> {
        self.0.table.version(user)
    }

    /// Whether there is a presence of a user to be shown.
    pub fn is_shown(&self, user: u64) -> bool {
        self.0.table.is_shown(user)
    }

    /// How many users are known.
    pub fn len(&self) -> usize {
        self.0.table.len()
    }

    /// Whether no user is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that they take, in bytes.
    pub fn memory(&self) -> usize {
        self.0.table.memory()
    }

    /// Whether the answers are current.
    pub fn freshness(&self) -> Freshness {
        *self
            .0
            .freshness
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.0.table)
    }

    /// An `INIT_STATE` is in: everything is as it is.
    pub(super) fn live(&self) {
        self.set(|_| Freshness::Live);
    }

    /// The connection was lost. Keeps answering, but says so.
    pub(super) fn lost(&self, now: OffsetDateTime) {
        self.set(|freshness| match freshness {
            Freshness::Live => Freshness::Stale { since: now },
            other => other,
        });
    }

    fn set(&self, change: impl FnOnce(Freshness) -> Freshness) {
        let mut freshness = self
            .0
            .freshness
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *freshness = change(*freshness);
    }
}
