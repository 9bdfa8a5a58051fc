//! Songs that can be told apart by their pitch: sines, 12% from one another, and a quiet noise over
//! them, so that encoders have as much to do as with music.

use std::{f64::consts::TAU, path::PathBuf};

use tokio::process::Command;

/// Samples a second of the files.
const RATE: u32 = 44_100;
/// A third of full scale: encoders have room above it.
const LOUDNESS: f64 = 11_000.0;
/// -40 dBFS: whoever counts zero crossings does not notice.
const NOISE: f64 = 100.0;

/// One song.
#[derive(Clone, Debug)]
pub struct Song {
    pub title: String,
    pub artist: String,
    pub hz: f64,
    /// The WAV file.
    pub path: PathBuf,
}

/// A playlist whose songs are all equally long, as WAV files in a temporary directory.
pub struct Music {
    pub songs: Vec<Song>,
    /// The length of each song, in seconds.
    pub seconds: u32,
    directory: tempfile::TempDir,
}

/// How a song is stored.
#[derive(Clone, Copy, Debug)]
pub enum Codec {
    Opus,
    /// In packets of 60 ms, of one channel.
    OpusSixty,
    Vorbis,
}

impl Music {
    /// Writes the files.
    pub fn write(songs: u32, seconds: u32) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let songs = (0..songs)
            .map(|number| {
                let hz = 330.0 * 1.12_f64.powf(f64::from(number));
                let path = directory.path().join(format!("{number}.wav"));
                std::fs::write(&path, wav(hz, seconds)).expect("the file is written");
                Song {
                    // What encoders, Icecast and ICY must carry: other scripts, and characters
                    // that quote, escape or end something somewhere on the way.
                    title: format!("第{number}曲 Don't & <Stop>"),
                    artist: format!("歌手{number}"),
                    hz,
                    path,
                }
            })
            .collect();
        Self {
            songs,
            seconds,
            directory,
        }
    }

    /// Where there is room for more files.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// The songs as Ogg files with tags, all under one serial number, as sources have it that loop
    /// over their files. (Liquidsoap draws a new one for each song.)
    pub async fn encode(&self, codec: Codec) -> Vec<Vec<u8>> {
        let mut files = Vec::new();
        for song in &self.songs {
            let out = song.path.with_extension("ogg");
            let mut command = match codec {
                Codec::Opus | Codec::OpusSixty => Command::new("opusenc"),
                Codec::Vorbis => Command::new("oggenc"),
            };
            command.args(["--quiet", "--bitrate", "128", "--serial", "1"]);
            command.args(["--title", &song.title, "--artist", &song.artist]);
            match codec {
                Codec::Opus => command.arg(&song.path).arg(&out),
                Codec::OpusSixty => command
                    .args(["--framesize", "60", "--downmix-mono"])
                    .arg(&song.path)
                    .arg(&out),
                Codec::Vorbis => command
                    .arg("--utf8")
                    .arg(&song.path)
                    .arg("--output")
                    .arg(&out),
            };
            let done = command.output().await;
            let done = done.expect("opusenc and oggenc are installed (make test-icecast)");
            assert!(done.status.success(), "{codec:?}: {done:?}");
            files.push(std::fs::read(out).expect("the encoder wrote a file"));
        }
        files
    }
}

/// A sine with noise as a WAV file: stereo, 16 bit. <http://soundfile.sapp.org/doc/WaveFormat/>
#[expect(clippy::cast_possible_truncation, reason = "far below full scale")]
fn wav(hz: f64, seconds: u32) -> Vec<u8> {
    let mut samples = Vec::new();
    for number in 0..seconds * RATE {
        let phase = TAU * hz * f64::from(number) / f64::from(RATE);
        for _channel in 0..2 {
            let noise = rand::random_range(-NOISE..NOISE);
            let sample = (phase.sin() * LOUDNESS + noise) as i16;
            samples.extend(sample.to_le_bytes());
        }
    }
    let length = u32::try_from(samples.len()).expect("a few seconds");
    let mut file = b"RIFF".to_vec();
    file.extend((length + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 2, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 4).to_le_bytes());
    file.extend([4, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
}
