//! Bytes of an HTTP body -> tags, and frames of whatever codec it is.
//!
//! What it is shows from the bytes: addresses and content types lie. Both readers look at the
//! beginning until one of them recognises its own.
//!
//! - `ogg`: chained Ogg, with Opus or Vorbis in it.
//! - `mp3`: frames of MP3.
//! - `icy`: titles between the bytes of a stream.

mod icy;
mod mp3;
mod ogg;

use std::fmt;

use bytes::Bytes;

use self::{
    icy::{Icy, Part},
    mp3::{Mp3, Mp3Reader},
    ogg::OggReader,
};
use super::tags::Tags;

/// What a stream consists of, in the order of playing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    /// From here on this is played, usually a song.
    Tags(Tags),
    /// The frames from here on that must be transcoded need a new decoder.
    Head(Head),
    /// A packet or frame of the codec.
    Frame {
        /// Its bytes.
        data: Bytes,
        /// It is 20 ms of Opus and can be sent as it is.
        relayed: bool,
    },
}

impl Item {
    const fn relayed(data: Bytes) -> Self {
        Self::Frame {
            data,
            relayed: true,
        }
    }

    const fn transcoded(data: Bytes) -> Self {
        Self::Frame {
            data,
            relayed: false,
        }
    }
}

/// What a decoder must know before the first frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Head {
    /// Opus that cannot be relayed.
    Opus {
        /// What to change the volume by, in 256ths of a dB.
        gain: i16,
    },
    /// Vorbis.
    Vorbis {
        /// Its first header.
        identification: Bytes,
        /// Its third header.
        setup: Bytes,
    },
    /// MP3.
    Mp3,
}

/// How a stream is encoded.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Codec {
    /// Opus in Ogg.
    Opus,
    /// Vorbis in Ogg.
    Vorbis,
    /// MP3.
    Mp3,
}

impl Codec {
    /// Every codec, in the order of their discriminants.
    pub(crate) const ALL: [Self; 3] = [Self::Opus, Self::Vorbis, Self::Mp3];

    /// The name in metrics.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vorbis => "vorbis",
            Self::Mp3 => "mp3",
        }
    }
}

impl fmt::Display for Codec {
    /// The name that people read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opus => "Opus",
            Self::Vorbis => "Vorbis",
            Self::Mp3 => "MP3",
        })
    }
}

/// Why a stream cannot be played at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Unsupported {
    /// More than two channels.
    #[error("surround sound, which is not supported")]
    Channels,
    /// One that no audio has.
    #[error("an unusual sample rate, which is not supported")]
    SampleRate,
}

/// Why a packet was left out.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Dropped {
    /// It has no bytes. Liquidsoap ends each stream with one.
    Empty,
    /// It is not what its codec knows.
    Malformed,
    /// What a decoder must know before it was lost.
    Headless,
    /// The decoder refused it.
    Undecodable,
}

impl Dropped {
    /// Every reason, in the order of their discriminants.
    pub(crate) const ALL: [Self; 4] = [
        Self::Empty,
        Self::Malformed,
        Self::Headless,
        Self::Undecodable,
    ];

    /// The name under which it is counted.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::Headless => "headless",
            Self::Undecodable => "undecodable",
        }
    }
}

/// What happened to the packets so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Packets and frames given out.
    pub(crate) frames: u64,
    /// Logical streams begun; once for MP3, which has none.
    pub(crate) streams: u64,
    /// Packets left out, by the order of [`Dropped::ALL`].
    pub(crate) dropped: [u64; Dropped::ALL.len()],
    /// Holes in the numbering of pages, but for the one that a server makes for who joins: the
    /// headers, then pages from the middle. In MP3, new beginnings.
    pub(crate) lost_pages: u64,
    /// Pages with a wrong checksum.
    pub(crate) damaged_pages: u64,
    /// Bytes outside pages and frames.
    pub(crate) skipped_bytes: u64,
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            frames: self.frames + other.frames,
            streams: self.streams + other.streams,
            dropped: std::array::from_fn(|why| self.dropped[why] + other.dropped[why]),
            lost_pages: self.lost_pages + other.lost_pages,
            damaged_pages: self.damaged_pages + other.damaged_pages,
            skipped_bytes: self.skipped_bytes + other.skipped_bytes,
        }
    }
}

/// Takes a stream apart. Any bytes may be pushed.
#[derive(Debug)]
pub(crate) struct Demux {
    icy: Option<Icy>,
    /// The title that was told last.
    title: Option<Tags>,
    container: Container,
}

#[derive(Debug)]
enum Container {
    /// Not known yet.
    Either(Box<OggReader>, Mp3Reader),
    Ogg(Box<OggReader>),
    Mp3 {
        reader: Mp3Reader,
        frames: u64,
        beginnings: u64,
    },
}

impl Demux {
    /// A demuxer at the beginning of a connection. `metaint` is the answer's `icy-metaint`, and
    /// `known` what was played last: MP3 has no beginning of a song, only a title that changes.
    pub(crate) fn new(metaint: Option<&str>, known: Option<Tags>) -> Self {
        Self {
            icy: metaint.and_then(Icy::new),
            title: known,
            container: Container::Either(Box::new(OggReader::new()), Mp3Reader::default()),
        }
    }

    /// What happened so far.
    pub(crate) fn counts(&self) -> Counts {
        match &self.container {
            Container::Either(ogg, _) | Container::Ogg(ogg) => ogg.counts(),
            Container::Mp3 {
                reader,
                frames,
                beginnings,
            } => Counts {
                frames: *frames,
                streams: 1,
                lost_pages: beginnings.saturating_sub(1),
                skipped_bytes: reader.skipped(),
                ..Counts::default()
            },
        }
    }

    /// How the stream is encoded, as soon as that is known.
    pub(crate) fn codec(&self) -> Option<Codec> {
        match &self.container {
            Container::Either(..) => None,
            Container::Ogg(ogg) => ogg.codec(),
            Container::Mp3 { .. } => Some(Codec::Mp3),
        }
    }

    /// Takes the next piece of the body and gives out what it completes.
    ///
    /// # Errors
    /// When the stream is one that cannot be played: nothing more is to be pushed.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        mut emit: impl FnMut(Item),
    ) -> Result<(), Unsupported> {
        let Some(icy) = &mut self.icy else {
            return self.container.push(bytes, &mut emit);
        };
        let mut outcome = Ok(());
        icy.push(bytes, |part| match part {
            Part::Audio(bytes) if outcome.is_ok() => {
                outcome = self.container.push(bytes, &mut emit);
            }
            Part::Tags(tags) if self.title.as_ref() != Some(&tags) => {
                self.title = Some(tags.clone());
                emit(Item::Tags(tags));
            }
            _ => {}
        });
        outcome
    }
}

impl Container {
    fn push(&mut self, bytes: &[u8], emit: &mut impl FnMut(Item)) -> Result<(), Unsupported> {
        match self {
            Self::Either(ogg, mp3) => {
                // What is recognised begins with what it was recognised by.
                let mut found = Vec::new();
                let outcome = ogg.push(bytes, |item| found.push(item));
                if outcome.is_err() || ogg.counts().streams > 0 {
                    found.into_iter().for_each(emit);
                    *self = Self::Ogg(std::mem::replace(ogg, Box::new(OggReader::new())));
                    return outcome;
                }
                let mut found = Vec::new();
                mp3.push(bytes, |frame| found.push(frame));
                if mp3.is_convinced() {
                    let (mut frames, mut beginnings) = (0, 0);
                    for mp3 in found {
                        give(mp3, &mut frames, &mut beginnings, emit);
                    }
                    *self = Self::Mp3 {
                        reader: std::mem::take(mp3),
                        frames,
                        beginnings,
                    };
                }
                Ok(())
            }
            Self::Ogg(ogg) => ogg.push(bytes, emit),
            Self::Mp3 {
                reader,
                frames,
                beginnings,
            } => {
                reader.push(bytes, |mp3| give(mp3, frames, beginnings, emit));
                Ok(())
            }
        }
    }
}

fn give(mp3: Mp3, frames: &mut u64, beginnings: &mut u64, emit: &mut impl FnMut(Item)) {
    match mp3 {
        Mp3::Begin => {
            *beginnings += 1;
            emit(Item::Head(Head::Mp3));
        }
        Mp3::Frame(data) => {
            *frames += 1;
            emit(Item::transcoded(data));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
