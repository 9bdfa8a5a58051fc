//! The identity of a play, and the handles that tell what is on air.

use std::{fmt, str::FromStr, sync::Arc};

use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use super::OnAir;
use crate::{hash, station::Station};

/// Tells what is on air on one station: always the newest, never a queue. `None` until the
/// first song is known.
pub type OnAirRx = watch::Receiver<Option<Arc<OnAir>>>;

/// Each play of one station once, in order: unlike [`OnAirRx`], nothing is passed over when several
/// come at once.
pub type Plays = mpsc::Receiver<Arc<OnAir>>;

/// What is on air, on both stations.
#[derive(Clone, Debug)]
pub struct Stations {
    /// J-pop.
    pub jpop: OnAirRx,
    /// K-pop.
    pub kpop: OnAirRx,
}

impl Stations {
    /// The receiver of a station. Clone it to wait for changes.
    pub const fn get(&self, station: Station) -> &OnAirRx {
        match station {
            Station::Jpop => &self.jpop,
            Station::Kpop => &self.kpop,
        }
    }
}

/// Identifies one play of one song on one station, across reconnects and restarts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PlayId {
    station: Station,
    song: u64,
    /// In milliseconds since 1970, the precision of the gateway; `None` when it sent none.
    start_time: Option<i64>,
}

impl PlayId {
    /// The play of `song` whose frame said `start_time`.
    pub fn new(station: Station, song: u64, start_time: Option<OffsetDateTime>) -> Self {
        // Cannot overflow: `time` knows the years up to 9999.
        let millis =
            |time: OffsetDateTime| time.unix_timestamp() * 1000 + i64::from(time.millisecond());
        Self {
            station,
            song,
            start_time: start_time.map(millis),
        }
    }

    /// The station it is on.
    pub const fn station(&self) -> Station {
        self.station
    }
}

/// What an announcement is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Occasion {
    /// A song began.
    Play(PlayId),
    /// A live event began.
    Event {
        /// The station it is on.
        station: Station,
        /// The event's id; a hash of its name when it has none.
        event: u64,
    },
}

impl OnAir {
    /// The beginning of the song, as something to announce.
    pub fn occasion(&self) -> Occasion {
        Occasion::Play(self.play_id())
    }

    /// The beginning of the live event, if there is one.
    pub fn event_occasion(&self) -> Option<Occasion> {
        let event = self.event.as_ref()?;
        Some(Occasion::Event {
            station: self.station,
            event: event.id.unwrap_or_else(|| hash::stable(&event.name)),
        })
    }

    /// Which play this is: the same for every frame about it.
    pub fn play_id(&self) -> PlayId {
        PlayId::new(self.station, self.song.id, self.start_time)
    }
}

/// Written as `station/song/milliseconds`, with `-` for an unknown time.
impl fmt::Display for PlayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.station, self.song)?;
        match self.start_time {
            Some(millis) => write!(f, "{millis}"),
            None => f.write_str("-"),
        }
    }
}

/// A play as it is, an event as `station/event/number`.
impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Play(play) => play.fmt(f),
            Self::Event { station, event } => write!(f, "{station}/event/{event}"),
        }
    }
}

impl FromStr for Occasion {
    type Err = NotAPlay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((station, event)) = text.split_once("/event/") else {
            return text.parse().map(Self::Play);
        };
        Ok(Self::Event {
            station: station.parse().map_err(|_| NotAPlay)?,
            event: event.parse().map_err(|_| NotAPlay)?,
        })
    }
}

/// A text that is not a [`PlayId`] or an [`Occasion`].
#[derive(Debug, thiserror::Error)]
#[error("not a play: expected `station/song/milliseconds`")]
pub struct NotAPlay;

impl FromStr for PlayId {
    type Err = NotAPlay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        let (Some(station), Some(song), Some(start), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAPlay);
        };
        Ok(Self {
            station: station.parse().map_err(|_| NotAPlay)?,
            song: song.parse().map_err(|_| NotAPlay)?,
            start_time: match start {
                "-" => None,
                millis => Some(millis.parse().map_err(|_| NotAPlay)?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_play_survives_being_stored(kpop: bool, song: u64, start in proptest::option::of(any::<i64>())) {
            let station = if kpop { Station::Kpop } else { Station::Jpop };
            let play = PlayId { station, song, start_time: start };
            prop_assert_eq!(play.to_string().parse::<PlayId>().unwrap(), play);
        }

        #[test]
        fn an_event_survives_being_stored(kpop: bool, event: u64) {
            let station = if kpop { Station::Kpop } else { Station::Jpop };
            let occasion = Occasion::Event { station, event };
            prop_assert_eq!(occasion.to_string().parse::<Occasion>().unwrap(), occasion);
        }

        #[test]
        fn any_text_parses_or_is_refused(text: String) {
            let _ = text.parse::<Occasion>();
        }
    }
}
