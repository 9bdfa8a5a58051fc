//! Everything that a listener in the voice channel hears, frame by frame, and what is wrong with
//! it. The sandbox decrypts and decodes what the bot sends and streams it as WAV.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::music::Music;
use crate::lab::{Lab, PATIENCE};

/// Samples of one channel in a frame of 20 ms.
const FRAME: usize = 960;
/// Frames a second.
const RATE: u32 = 50;
/// Bytes of a frame: two channels of 16 bits.
const FRAME_BYTES: usize = FRAME * 4;
/// Bytes before the sound.
const WAV_HEADER: usize = 44;
/// Where the packets themselves do not come, the sandbox fills 200 ms at a time with zeros.
const FILLER: u32 = 10;
/// What may be between two songs, in frames: encoders begin and end with a few milliseconds that
/// are neither the one nor the other, a frame that holds both has no pitch, and Liquidsoap leaves
/// out 40 ms of a song after the first 40 (as other decoders of the same stream show).
const SEAM: u32 = 6;
/// A decoder needs a moment to find from one encoder's state into the next one's: what is heard of
/// a song for less than this between other sounds is counted as between the songs.
const FLICKER: u32 = 3;
/// How far the number of a song's frames may be off. Encoders cut songs to whole frames of theirs.
const TOLERANCE: u32 = 5;

/// What one frame holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sound {
    /// The song with that number in the playlist.
    Song(usize),
    /// Silence.
    Silence,
    /// Something else.
    Unclear,
}

/// Frames in a row that sound the same.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub sound: Sound,
    pub frames: u32,
}

/// A recording that goes on.
pub struct Ear {
    runs: Arc<Mutex<Vec<Run>>>,
    changes: watch::Receiver<()>,
    _task: JoinSet<()>,
}

impl Ear {
    /// Begins to listen in a server.
    pub async fn open(lab: &Lab, guild: &str, music: &Music) -> Self {
        let pitches: Vec<f64> = music.songs.iter().map(|song| song.hz).collect();
        let runs = Arc::new(Mutex::new(Vec::new()));
        let (sender, changes) = watch::channel(());
        let mut body = lab.listen(guild).await;
        let mut task = JoinSet::new();
        task.spawn({
            let runs = Arc::clone(&runs);
            async move {
                let mut bytes = Vec::new();
                let mut skip = WAV_HEADER;
                while let Some(Ok(chunk)) = body.next().await {
                    bytes.extend_from_slice(&chunk);
                    while bytes.len() >= skip + FRAME_BYTES {
                        bytes.drain(..skip);
                        skip = 0;
                        let frame: Vec<u8> = bytes.drain(..FRAME_BYTES).collect();
                        let mut runs = runs.lock().expect("nobody panicked");
                        push(&mut runs, sound(&frame, &pitches));
                    }
                    sender.send_replace(());
                }
            }
        });
        Self {
            runs,
            changes,
            _task: task,
        }
    }

    /// The place that the recording has reached.
    pub fn mark(&self) -> usize {
        self.runs.lock().expect("nobody panicked").len()
    }

    /// What was heard from a place on.
    pub fn since(&self, mark: usize) -> Vec<Run> {
        let runs = self.runs.lock().expect("nobody panicked");
        // What still went on at the mark is part of what came after it.
        runs[mark.saturating_sub(1)..].to_vec()
    }

    /// Waits until what was heard from a place on is to somebody's content.
    pub async fn until<T>(
        &self,
        mark: usize,
        what: &str,
        wanted: impl Fn(&[Run]) -> Option<T>,
    ) -> T {
        let mut changes = self.changes.clone();
        let search = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = wanted(&self.since(mark)) {
                    return found;
                }
                changes.changed().await.expect("the sound goes on");
            }
        };
        match timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}; heard {:?}", self.since(mark)),
        }
    }

    /// Waits until some song has been heard for a quarter of a second; answers with its number.
    pub async fn until_any_song(&self, mark: usize) -> usize {
        self.until(mark, "any song", |runs| match runs.last() {
            Some(Run {
                sound: Sound::Song(song),
                frames,
            }) if *frames >= RATE / 4 => Some(*song),
            _ => None,
        })
        .await
    }

    /// Waits until a song has been heard for a quarter of a second.
    pub async fn until_song(&self, mark: usize, song: usize) {
        self.until(mark, &format!("song {song}"), |runs| {
            runs.iter()
                .any(|run| run.sound == Sound::Song(song) && run.frames >= RATE / 4)
                .then_some(())
        })
        .await;
    }

    /// Waits until it has been silent for a second.
    pub async fn until_silence(&self, mark: usize) {
        self.until(mark, "silence", |runs| {
            let last = runs.last()?;
            (last.sound == Sound::Silence && last.frames >= RATE).then_some(())
        })
        .await;
    }

    /// Waits until so many frames more have been heard.
    pub async fn until_frames(&self, count: u32) {
        let mark = self.mark();
        let total = |runs: &[Run]| runs.iter().map(|run| run.frames).sum::<u32>();
        let before = total(&self.since(mark));
        self.until(mark, "more sound", |runs| {
            (total(runs) >= before + count).then_some(())
        })
        .await;
    }

    /// Waits until songs have changed so often since the mark.
    pub async fn until_changes(&self, mark: usize, count: usize) {
        // Each in turn, so that patience is for one song.
        for wanted in 1..=count {
            self.until(mark, "another song", |runs| {
                (songs(runs).len() > wanted).then_some(())
            })
            .await;
        }
    }
}

/// Songs that follow each other as they should, oldest first.
///
/// # Errors
/// What a listener would complain about, in words: anything between two frames of one song,
/// silence or noise between two songs, a song out of turn, or one that is too short or too long.
pub fn judge(runs: &[Run], music: &Music) -> Result<Vec<usize>, String> {
    let complain = |what: &str| Err(format!("{what} in {runs:?}"));
    let mut songs: Vec<(usize, u32)> = Vec::new();
    let mut between = 0;
    for run in without_pauses(runs) {
        match run.sound {
            Sound::Song(song) if run.frames >= FLICKER => {
                match songs.last_mut() {
                    Some((last, frames)) if *last == song => {
                        // Sources leave their seam a few frames into the song that follows.
                        if between > 0 && *frames > SEAM {
                            return complain("a song was interrupted");
                        }
                        *frames += run.frames;
                    }
                    _ => songs.push((song, run.frames)),
                }
                between = 0;
            }
            Sound::Song(_) | Sound::Silence | Sound::Unclear => {
                between += run.frames;
                if between > SEAM && !songs.is_empty() {
                    return complain("there was a gap");
                }
            }
        }
    }
    let count = music.songs.len();
    if songs
        .windows(2)
        .any(|pair| pair[1].0 != (pair[0].0 + 1) % count)
    {
        return complain("a song came out of turn");
    }
    // The first and the last were not heard whole.
    let whole = songs.get(1..songs.len().saturating_sub(1));
    let length = music.seconds * RATE;
    if whole
        .unwrap_or_default()
        .iter()
        .any(|(_, frames)| frames.abs_diff(length) > TOLERANCE)
    {
        return complain("a song was not as long as it is");
    }
    Ok(songs.into_iter().map(|(song, _)| song).collect())
}

/// Leaves out where the packets came late, all of them: the machine was busy.
fn without_pauses(runs: &[Run]) -> Vec<Run> {
    let mut sound: Vec<Run> = Vec::new();
    for run in runs {
        match sound.last_mut() {
            _ if run.sound == Sound::Silence && run.frames % FILLER == 0 => {}
            Some(last) if last.sound == run.sound => last.frames += run.frames,
            _ => sound.push(*run),
        }
    }
    sound
}

/// Which songs were heard, one after another.
fn songs(runs: &[Run]) -> Vec<usize> {
    let mut songs: Vec<usize> = runs
        .iter()
        .filter(|run| run.frames >= FLICKER)
        .filter_map(|run| match run.sound {
            Sound::Song(song) => Some(song),
            Sound::Silence | Sound::Unclear => None,
        })
        .collect();
    songs.dedup();
    songs
}

fn push(runs: &mut Vec<Run>, sound: Sound) {
    match runs.last_mut() {
        Some(run) if run.sound == sound => run.frames += 1,
        _ => runs.push(Run { sound, frames: 1 }),
    }
}

fn sound(frame: &[u8], pitches: &[f64]) -> Sound {
    let left: Vec<f64> = frame
        .chunks_exact(4)
        .map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]])))
        .collect();
    // -50 dBFS.
    if left.iter().all(|sample| sample.abs() < 100.0) {
        return Sound::Silence;
    }
    pitch(&left)
        .and_then(|hz| nearest(pitches, hz))
        .map_or(Sound::Unclear, Sound::Song)
}

/// The frequency of a sine: of its rising zero crossings, the first and the last and how many
/// periods are between them.
fn pitch(samples: &[f64]) -> Option<f64> {
    let mut crossings = (0_u16..).zip(samples.windows(2)).filter_map(|(at, pair)| {
        let rises = pair[0] < 0.0 && pair[1] >= 0.0;
        rises.then(|| f64::from(at) + pair[0] / (pair[0] - pair[1]))
    });
    let first = crossings.next()?;
    let mut last = None;
    let mut periods = 0.0;
    for crossing in crossings {
        last = Some(crossing);
        periods += 1.0;
    }
    Some(48_000.0 * periods / (last? - first))
}

fn nearest(pitches: &[f64], hz: f64) -> Option<usize> {
    pitches
        .iter()
        .position(|pitch| (hz / pitch - 1.0).abs() < 0.03)
}

#[test]
fn the_judge_hears_what_a_listener_would() {
    use Sound::{Silence, Song, Unclear};
    let music = Music::write(3, 1);
    let judged = |runs: &[(Sound, u32)]| {
        let runs: Vec<Run> = runs
            .iter()
            .map(|(sound, frames)| Run {
                sound: *sound,
                frames: *frames,
            })
            .collect();
        judge(&runs, &music).map_err(|complaint| complaint[..12].to_owned())
    };
    let good = [
        (Silence, 50),
        (Song(2), 20),
        (Unclear, 1),
        (Song(0), 1),
        (Unclear, 1),
        (Song(0), 30),
        (Silence, 20),
        (Song(0), 1),
        (Silence, 10),
        (Song(0), 18),
        (Song(1), 51),
        (Silence, 1),
        (Song(2), 5),
    ];
    assert_eq!(judged(&good), Ok(vec![2, 0, 1, 2]));
    assert!(judged(&[(Song(0), 9), (Unclear, 1), (Song(0), 9)]).is_err());
    assert!(judged(&[(Song(0), 9), (Silence, 7), (Song(1), 9)]).is_err());
    assert!(judged(&[(Song(0), 9), (Song(2), 9)]).is_err());
    assert!(judged(&[(Song(0), 9), (Song(1), 44), (Song(2), 9)]).is_err());
}

#[test]
fn a_sine_is_known_by_its_pitch() {
    let music = Music::write(11, 1);
    let pitches: Vec<f64> = music.songs.iter().map(|song| song.hz).collect();
    for (number, hz) in pitches.iter().enumerate() {
        let frame: Vec<u8> = (0..960_u16)
            .flat_map(|n| {
                let phase = std::f64::consts::TAU * hz * f64::from(n) / 48_000.0;
                #[expect(clippy::cast_possible_truncation)]
                let sample = (phase.sin() * 9000.0) as i16;
                sample.to_le_bytes().repeat(2)
            })
            .collect();
        assert_eq!(sound(&frame, &pitches), Sound::Song(number));
    }
    assert_eq!(sound(&[0; FRAME_BYTES], &pitches), Sound::Silence);
}
