//! The store of presences: one writer, many readers, in memory only.
//!
//! Each presence is kept as the JSON it came as, and parsed when someone asks: most are never
//! asked for. Nothing is written to disk and no history is kept, and whoever disappears from
//! Lanyard's snapshot is forgotten: presences are public by their owners' choice, and that
//! choice can be taken back.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use time::OffsetDateTime;

use super::{Presence, parse};

/// Presences as they came, by user id.
pub(super) type RawPresences = HashMap<u64, Box<[u8]>>;

/// Whether what [`Presences::get`] answers is current.
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

/// The presences of everyone who opted in. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Presences(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    presences: RawPresences,
    freshness: Freshness,
}

impl Presences {
    /// The presence of a user, when Lanyard knows them.
    pub fn get(&self, user: u64) -> Option<Presence> {
        let raw = self.read(|state| state.presences.get(&user).cloned())?;
        parse::presence(user, &raw)
    }

    /// How many users are known.
    pub fn len(&self) -> usize {
        self.read(|state| state.presences.len())
    }

    /// Whether no user is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the answers are current.
    pub fn freshness(&self) -> Freshness {
        self.read(|state| state.freshness)
    }

    /// Puts a snapshot in the place of everything known, and returns that: freeing hundreds of
    /// thousands of presences takes a while.
    pub(super) fn replace_all(&self, presences: RawPresences) -> RawPresences {
        self.write(|state| {
            state.freshness = Freshness::Live;
            std::mem::replace(&mut state.presences, presences)
        })
    }

    /// Puts one user's presence in the place of what was known of them.
    pub(super) fn apply(&self, user: u64, presence: Box<[u8]>) {
        self.write(|state| state.presences.insert(user, presence));
    }

    /// The connection was lost. Keeps answering, but says so.
    pub(super) fn lost(&self, now: OffsetDateTime) {
        self.write(|state| {
            if state.freshness == Freshness::Live {
                state.freshness = Freshness::Stale { since: now };
            }
        });
    }

    fn read<T>(&self, with: impl FnOnce(&State) -> T) -> T {
        with(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}
