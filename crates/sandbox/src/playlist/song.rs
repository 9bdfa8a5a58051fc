//! The songs of a station: invented titles and artists in the scripts that people meet there,
//! some hostile to markdown, and between them every oddity of the real service's metadata.

use std::{sync::Arc, time::Duration};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Station;

/// The lowest pitch, in Hz.
const LOWEST_HZ: f64 = 262.0;
/// The ratio from one pitch to the next: more than 3 %, and all songs together stay within one
/// octave, so that a detector which errs by an octave still names the right song.
const STEP: f64 = 1.032;
/// Pitches are a multiple of this, so that a loop of whole seconds joins without a click.
const PITCH_GRID_HZ: f64 = 0.5;

/// A song, and what the gateway says beside it when it plays.
#[derive(Clone, Debug)]
pub struct Song {
    /// Its id at LISTEN.moe.
    pub id: u64,
    /// What the gateway sends as `song`.
    pub metadata: Value,
    /// What it sends as `requester`.
    pub requester: Value,
    /// What it sends as `event`.
    pub event: Value,
    /// The steady pitch by which it is recognised, in Hz.
    pub pitch_hz: f64,
    /// How long it plays.
    pub length: Duration,
}

impl Song {
    /// The `TITLE` of the audio stream's tags.
    pub fn title(&self) -> Option<&str> {
        let text = |key| self.metadata[key].as_str().filter(|text| !text.is_empty());
        text("title").or_else(|| text("titleRomaji"))
    }

    /// The `ARTIST` of the audio stream's tags.
    pub fn artist(&self) -> Option<String> {
        let names: Vec<_> = self.metadata["artists"]
            .as_array()?
            .iter()
            .filter_map(|artist| artist["name"].as_str().or(artist["nameRomaji"].as_str()))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The file name of its cover, if it has one.
    pub fn cover(&self) -> Option<&str> {
        self.metadata["albums"]
            .as_array()?
            .iter()
            .find_map(|album| album["image"].as_str())
    }

    /// What the control API and the events say about it.
    pub fn described(&self) -> Value {
        json!({
            "id": self.id,
            "title": self.title(),
            "artist": self.artist(),
            "cover": self.cover().map(|file| format!("/cdn/covers/{file}")),
            "pitch_hz": self.pitch_hz,
            "seconds": self.length.as_secs_f64(),
        })
    }
}

/// A line of the playlist files.
#[derive(Deserialize)]
struct Written {
    song: Value,
    #[serde(default)]
    requester: Value,
    #[serde(default)]
    event: Value,
}

/// The songs of a station, in the order in which they play.
#[derive(Clone, Debug)]
pub struct Playlist {
    songs: Vec<Arc<Song>>,
}

impl Playlist {
    /// The playlist of a station; lengths are drawn from `seed`.
    pub fn of(station: Station, seed: u64, (shortest, longest): (Duration, Duration)) -> Self {
        let (text, first) = match station {
            Station::Jpop => (include_str!("jpop.json"), 0),
            Station::Kpop => (include_str!("kpop.json"), 1),
        };
        // The files are part of the program: a test reads them.
        let written: Vec<Written> = serde_json::from_str(text).unwrap_or_default();
        let random = &mut StdRng::seed_from_u64(seed ^ first);
        let count = written.len();
        let songs = written.into_iter().enumerate().map(|(at, written)| {
            let length = whole_seconds(random.random_range(shortest..=longest.max(shortest)));
            // Stepping by 4 makes neighbours differ clearly; the stations take turns.
            let rung = 2 * (at * 4 % count) + usize::try_from(first).unwrap_or(0);
            Arc::new(song(written, pitch(rung), length))
        });
        Self {
            songs: songs.collect(),
        }
    }

    /// The song that is the `number`th to play, from 0; the list repeats.
    ///
    /// # Panics
    /// Never: the lists are not empty.
    pub fn get(&self, number: u64) -> &Arc<Song> {
        let count = self.songs.len().max(1) as u64;
        &self.songs[usize::try_from(number % count).unwrap_or(0)]
    }

    /// All songs.
    pub fn songs(&self) -> &[Arc<Song>] {
        &self.songs
    }
}

fn pitch(rung: usize) -> f64 {
    let exponent = i32::try_from(rung).unwrap_or(0);
    (LOWEST_HZ * STEP.powi(exponent) / PITCH_GRID_HZ).round() * PITCH_GRID_HZ
}

/// The gateway tells whole seconds, so lengths are, unless a test wants them under one.
fn whole_seconds(length: Duration) -> Duration {
    match length.as_secs() {
        0 => length,
        seconds => Duration::from_secs(seconds),
    }
}

fn song(written: Written, pitch_hz: f64, length: Duration) -> Song {
    let mut metadata = written.song;
    let id = metadata["id"].as_u64().unwrap_or_default();
    // A duration in the file is one of the oddities and stays; the bare song stays bare.
    if let Value::Object(map) = &mut metadata
        && map.len() > 1
    {
        map.entry("duration")
            .or_insert_with(|| length.as_secs().max(1).into());
    }
    Song {
        id,
        metadata,
        requester: written.requester,
        event: written.event,
        pitch_hz,
        length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> [Playlist; 2] {
        let lengths = (Duration::from_secs(8), Duration::from_secs(40));
        Station::ALL.map(|station| Playlist::of(station, 1, lengths))
    }

    #[test]
    fn pitches_are_more_than_three_percent_apart_and_within_an_octave() {
        let mut pitches: Vec<_> = both()
            .iter()
            .flat_map(|list| list.songs.iter().map(|song| song.pitch_hz))
            .collect();
        pitches.sort_by(f64::total_cmp);
        assert_eq!(pitches.len(), 22);
        for pair in pitches.windows(2) {
            assert!(pair[1] / pair[0] > 1.03, "{pair:?}");
        }
        assert!(pitches[21] / pitches[0] < 1.97);
    }

    #[test]
    fn neighbours_differ_clearly() {
        for list in both() {
            for at in 0..11 {
                let ratio = list.get(at).pitch_hz / list.get(at + 1).pitch_hz;
                assert!(!(0.85..1.15).contains(&ratio), "{at}: {ratio}");
            }
        }
    }

    #[test]
    fn the_oddities_are_there() {
        let [jpop, kpop] = both();
        let all: Vec<_> = jpop.songs.iter().chain(&kpop.songs).collect();
        let any = |what: &str, holds: &dyn Fn(&Song) -> bool| {
            assert!(all.iter().any(|song| holds(song)), "no song with {what}");
        };
        any("a null title", &|song| song.metadata["title"].is_null());
        any("a duration of 0", &|song| song.metadata["duration"] == 0);
        any("a null duration", &|song| {
            song.metadata.get("duration").is_some_and(Value::is_null)
        });
        any("only its id", &|song| {
            song.metadata.as_object().unwrap().len() == 1
        });
        any("null artists", &|song| {
            song.metadata.get("artists").is_some_and(Value::is_null)
        });
        any("characters", &|song| {
            song.metadata["characters"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        });
        any("a source in Latin letters only", &|song| {
            song.metadata["sources"][0]["name"].is_null()
                && song.metadata["sources"][0]["nameRomaji"].is_string()
        });
        any("an old requester", &|song| {
            song.requester["name"].is_string()
        });
        any("a new requester", &|song| {
            song.requester["uuid"].is_string()
        });
        any("an event with an image", &|song| {
            song.event["image"].is_string()
        });
        any("a mention", &|song| {
            song.title()
                .is_some_and(|title| title.contains("@everyone"))
        });
        let mut ids: Vec<_> = all.iter().map(|song| song.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 22, "ids are unique");
    }

    #[test]
    fn lengths_are_whole_seconds_within_the_range_and_by_seed() {
        let lengths = |seed| {
            let range = (Duration::from_secs(8), Duration::from_secs(40));
            Playlist::of(Station::Jpop, seed, range)
                .songs
                .iter()
                .map(|song| song.length.as_millis())
                .collect::<Vec<_>>()
        };
        assert!(
            lengths(1)
                .iter()
                .all(|ms| ms % 1000 == 0 && (8000..=40_000).contains(ms))
        );
        assert_eq!(lengths(1), lengths(1));
        assert_ne!(lengths(1), lengths(2));
    }
}
