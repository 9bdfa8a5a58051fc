//! What cannot be relayed as it comes: decoded, brought to 48 kHz, encoded, once for all calls.
//!
//! The encoder goes on across songs and reconnects, so that what is heard changes there only as
//! much as the station's sound does. There is one transcoder a station; its work is done on a
//! blocking thread, a piece of the connection's body at a time.
//!
//! - `decode`: frames of any codec become samples.
//! - `resample`: samples of any rate become such of 48 kHz.

mod decode;
mod resample;
#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "counts of samples")]
mod tests;

use std::time::Duration;

use bytes::Bytes;

pub(crate) use self::resample::is_convertible;
use self::{decode::Decoder, resample::Resampler};
use super::{
    demux::{Head, Item},
    encode::{CHANNELS, PacketEncoder},
    tags::Tags,
};

/// What a decoder refused.
#[derive(Clone, Copy, Debug)]
struct Undecodable;

/// What is played, in its order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Sound {
    /// From here on this is played.
    Tags(Tags),
    /// 20 ms of Opus that can be sent.
    Packet(Bytes),
}

impl Sound {
    /// What needs no transcoder.
    pub(crate) fn as_it_is(item: Item) -> Option<Self> {
        match item {
            Item::Tags(tags) => Some(Self::Tags(tags)),
            Item::Frame {
                data,
                relayed: true,
            } => Some(Self::Packet(data)),
            Item::Head(_) | Item::Frame { .. } => None,
        }
    }
}

/// Makes packets of frames.
pub(crate) struct Transcoder {
    decoder: Option<Decoder>,
    resampler: Option<Resampler>,
    encoder: PacketEncoder,
    decoded: Vec<f32>,
    converted: Vec<f32>,
    undecodable: u64,
    frames: u64,
    packets: u64,
}

impl std::fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transcoder")
            .field("frames", &self.frames)
            .field("packets", &self.packets)
            .finish_non_exhaustive()
    }
}

impl Transcoder {
    /// A transcoder that has yet to be told what it gets.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub(crate) fn new() -> Result<Self, opus2::Error> {
        Ok(Self {
            decoder: None,
            resampler: None,
            encoder: PacketEncoder::new()?,
            decoded: Vec::new(),
            converted: Vec::new(),
            undecodable: 0,
            frames: 0,
            packets: 0,
        })
    }

    /// Frames that the decoder refused, so far.
    pub(crate) const fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// How long a frame lasts, on average.
    pub(crate) fn frame_duration(&self) -> Option<Duration> {
        let packets = u32::try_from(self.packets).ok()?;
        let frames = u32::try_from(self.frames)
            .ok()
            .filter(|frames| *frames > 0)?;
        Some(Duration::from_millis(20) * packets / frames)
    }

    /// Makes sound of what is to be played. Tags keep their place to within a packet or two.
    pub(crate) fn run(&mut self, items: Vec<Item>) -> Vec<Sound> {
        let mut sound = Vec::new();
        for item in items {
            match item {
                Item::Head(head) => self.begin(&head),
                Item::Frame {
                    data,
                    relayed: false,
                } => self.frame(&data, &mut sound),
                item => sound.extend(Sound::as_it_is(item)),
            }
        }
        sound
    }

    fn begin(&mut self, head: &Head) {
        // A stream whose head is damaged has no decoder; its frames are counted as undecodable.
        self.decoder = Decoder::new(head).ok();
        // Rates change seldom, so this is mostly of one kind.
        (self.frames, self.packets) = (0, 0);
    }

    fn frame(&mut self, frame: &[u8], sound: &mut Vec<Sound>) {
        if self.decode(frame).is_err() {
            self.undecodable += 1;
            // As long as the last one was: time goes on.
            self.decoded.fill(0.0);
        }
        let Some(resampler) = &mut self.resampler else {
            return;
        };
        self.converted.clear();
        resampler.push(&self.decoded, &mut self.converted);
        self.frames += 1;
        let packets = &mut self.packets;
        self.encoder.push(&self.converted, |packet| {
            *packets += 1;
            sound.push(Sound::Packet(packet));
        });
    }

    fn decode(&mut self, frame: &[u8]) -> Result<(), Undecodable> {
        let decoder = self.decoder.as_mut().ok_or(Undecodable)?;
        let length = self.decoded.len();
        let rate = match decoder.decode(frame, &mut self.decoded) {
            Ok(rate) => rate,
            Err(error) => {
                self.decoded.resize(length, 0.0);
                return Err(error);
            }
        };
        if self
            .resampler
            .as_ref()
            .is_none_or(|resampler| resampler.rate() != rate)
        {
            self.resampler = Some(Resampler::new(rate)?);
        }
        debug_assert!(self.decoded.len().is_multiple_of(CHANNELS));
        Ok(())
    }
}
