//! What cards that are kept up to date show, and whether one looks different by now.

use std::sync::Arc;

use serenity::all::UserId;
use time::OffsetDateTime;

use super::table::Change;
use crate::{
    discord::{
        Data, cards,
        face::Face,
        sight::{self, Sight, Whom},
    },
    language::Wording,
    listen_moe::OnAir,
    station::Station,
};

/// What a card shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::discord) enum Subject {
    /// The presence of somebody.
    Person(UserId),
    /// What is on air.
    Station(Station),
}

/// What there is to be seen of a [`Subject`] at a moment.
pub(in crate::discord) enum View {
    Person(Sight),
    /// `None` when nothing is known of the station.
    Station(Station, Option<Arc<OnAir>>),
}

/// What a card was drawn from: cheap to compare with how it is now.
#[derive(Clone, Debug)]
pub(in crate::discord) enum Basis {
    Person(sight::Basis),
    Station {
        on_air: Arc<OnAir>,
        next_change: Option<OffsetDateTime>,
    },
}

impl Subject {
    /// Looks at it.
    pub(in crate::discord) fn look(self, data: &Data) -> View {
        match self {
            Self::Person(user) => View::Person(Sight::of(user, data)),
            Self::Station(station) => {
                View::Station(station, data.stations.get(station).borrow().clone())
            }
        }
    }

    /// Whether it is about this person.
    pub(super) fn is(self, user: UserId) -> bool {
        self == Self::Person(user)
    }

    /// Whether a card that was drawn from this may look different by now.
    pub(super) fn change(self, basis: &Basis, data: &Data, now: OffsetDateTime) -> Change {
        let changed = match (self, basis) {
            (Self::Person(user), _) if !data.presences.is_shown(user.get()) => {
                return Change::Withdrawn;
            }
            (Self::Person(user), Basis::Person(basis)) => basis.has_changed(user, data, now),
            (
                Self::Station(station),
                Basis::Station {
                    on_air,
                    next_change,
                },
            ) => {
                let newest = data.stations.get(station).borrow();
                let same = newest
                    .as_ref()
                    .is_some_and(|newest| Arc::ptr_eq(newest, on_air));
                !same || next_change.is_some_and(|change| change <= now)
            }
            (Self::Person(_), Basis::Station { .. }) | (Self::Station(_), Basis::Person(_)) => true,
        };
        if changed { Change::Maybe } else { Change::No }
    }
}

impl View {
    /// The card; kept up to date under this number until this time, if it is.
    pub(in crate::discord) fn face(
        &self,
        whom: &Whom<'_>,
        live: Option<(u64, OffsetDateTime)>,
        wording: Wording,
    ) -> Face {
        let language = wording.language;
        match self {
            Self::Person(sight) => sight.face(whom, live, wording),
            Self::Station(station, None) => Face {
                content: language.say(cards::now_playing::unknown(*station)),
                ..Face::default()
            },
            Self::Station(_, Some(on_air)) => Face {
                content: live.map_or_else(String::new, |(_, until)| {
                    cards::now_playing::live_until(until, language)
                }),
                embeds: vec![cards::now_playing::card(
                    on_air,
                    OffsetDateTime::now_utc(),
                    wording,
                )],
                buttons: if live.is_some() {
                    cards::now_playing::live_buttons(on_air, language)
                } else {
                    cards::now_playing::buttons(on_air, language)
                },
                ages: false,
            },
        }
    }

    /// What the card is drawn from; `None` when it is not one to be kept up to date.
    pub(in crate::discord) fn basis(&self) -> Option<Basis> {
        match self {
            Self::Person(Sight::Shown(shown)) => Some(Basis::Person(shown.basis())),
            Self::Person(Sight::Hidden | Sight::Nobody | Sight::NotYet) => None,
            Self::Station(_, on_air) => on_air.as_ref().map(|on_air| Basis::Station {
                on_air: Arc::clone(on_air),
                next_change: cards::now_playing::next_change(on_air, OffsetDateTime::now_utc()),
            }),
        }
    }
}
