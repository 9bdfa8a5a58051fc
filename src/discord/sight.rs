//! What may be seen of somebody's presence, where, and what is seen: for the command, the buttons
//! below its answer, and cards that are kept up to date.

use std::sync::Arc;

use serenity::all::{AuthorizingIntegrationOwner, AuthorizingIntegrationOwners, GuildId, UserId};
use time::OffsetDateTime;

use super::{
    Data,
    cards::{self, status::View},
    face::Face,
};
use crate::{
    language::Wording,
    lanyard::{Found, Freshness, Presence},
    listen_moe::{OnAir, PlayId},
    station::Station,
};

/// Whether the bot itself is in the server where something was asked: only there it answers about
/// others. A user who has installed it for themselves brings it along everywhere else.
pub(super) fn in_server(guild: Option<GuildId>, owners: &AuthorizingIntegrationOwners) -> bool {
    guild.is_some_and(|guild| {
        owners.0.iter().any(|owner| {
            matches!(owner, AuthorizingIntegrationOwner::GuildInstall(Some(of)) if *of == guild)
        })
    })
}

/// What is seen of somebody at a moment.
pub(super) enum Sight {
    /// Their presence.
    Shown(Box<Shown>),
    /// They do not want to be shown.
    Hidden,
    /// They are not on Lanyard.
    Nobody,
    /// Nothing has come from Lanyard yet.
    NotYet,
}

/// A presence and what belongs to it.
pub(super) struct Shown {
    presence: Presence,
    version: Option<u64>,
    freshness: Freshness,
    /// The station that they listen to, if they do.
    station: Option<Station>,
    on_air: Option<Arc<OnAir>>,
}

impl Sight {
    pub(super) fn of(user: UserId, data: &Data) -> Self {
        let freshness = data.presences.freshness();
        // Before it is read: a change in between is seen as one.
        let version = data.presences.version(user.get());
        match data.presences.find(user.get()) {
            Found::Shown(presence) => {
                let station = cards::status::listens_to(&presence);
                Self::Shown(Box::new(Shown {
                    on_air: station.and_then(|station| data.stations.get(station).borrow().clone()),
                    station,
                    presence: *presence,
                    version,
                    freshness,
                }))
            }
            Found::Hidden => Self::Hidden,
            Found::Nobody if freshness == Freshness::Empty => Self::NotYet,
            Found::Nobody => Self::Nobody,
        }
    }

    /// The card, for whoever it is; kept up to date under this number until this time, if it is.
    pub(super) fn face(
        &self,
        whom: &Whom<'_>,
        live: Option<(u64, OffsetDateTime)>,
        wording: Wording,
    ) -> Face {
        let language = wording.language;
        let embed = match self {
            Self::Shown(shown) => return shown.face(live, wording),
            Self::Hidden => cards::status::hidden(whom.oneself, language),
            Self::Nobody => cards::status::not_on_lanyard(whom.name, whom.oneself, language),
            Self::NotYet => cards::status::nothing_known(language),
        };
        Face {
            embeds: vec![embed],
            ..Face::default()
        }
    }
}

/// Who is asked about, for sentences to them or about them.
#[derive(Clone, Copy, Default)]
pub(super) struct Whom<'a> {
    pub(super) name: &'a str,
    pub(super) oneself: bool,
}

impl Shown {
    fn face(&self, live: Option<(u64, OffsetDateTime)>, wording: Wording) -> Face {
        let now = OffsetDateTime::now_utc();
        let view = View {
            presence: &self.presence,
            freshness: self.freshness,
            on_air: self.on_air.as_deref(),
            live_until: live.map(|(_, until)| until),
            now,
            wording,
        };
        Face {
            embeds: cards::status::card(&view),
            buttons: cards::status::buttons(
                &self.presence,
                live.map(|(number, _)| number),
                wording.language,
            ),
            ages: true,
            ..Face::default()
        }
    }

    /// What it was drawn from, to know later whether that has changed.
    pub(super) fn basis(&self) -> Basis {
        Basis {
            version: self.version,
            freshness: self.freshness,
            station: self.station,
            on_air: self.on_air.as_ref().map(|on_air| on_air.play_id()),
            next_change: cards::status::next_change(&self.presence, OffsetDateTime::now_utc()),
        }
    }
}

/// What a card was drawn from: cheap to compare with how it is now, without reading a presence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basis {
    version: Option<u64>,
    freshness: Freshness,
    station: Option<Station>,
    on_air: Option<PlayId>,
    next_change: Option<OffsetDateTime>,
}

impl Basis {
    /// Whether the card may look different by now.
    pub(super) fn has_changed(&self, user: UserId, data: &Data, now: OffsetDateTime) -> bool {
        let on_air = self.station.and_then(|station| {
            let on_air = data.stations.get(station).borrow();
            on_air.as_ref().map(|on_air| on_air.play_id())
        });
        data.presences.version(user.get()) != self.version
            || data.presences.freshness() != self.freshness
            || on_air != self.on_air
            || self.next_change.is_some_and(|change| change <= now)
    }
}
