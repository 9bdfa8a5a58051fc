//! Frames of any codec -> interleaved stereo.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opus2::Channels;
use symphonia_core::{
    audio::{AudioBufferRef, Signal},
    codecs::{CODEC_TYPE_MP3, CODEC_TYPE_VORBIS, CodecParameters, Decoder as _, DecoderOptions},
    formats::Packet,
};

use super::Undecodable;
use crate::radio::{
    demux::Head,
    encode::{CHANNELS, SAMPLE_RATE},
};

/// Samples a channel of the longest packet that Opus knows: 120 ms.
const LONGEST_OPUS: usize = 5760;

/// A decoder of one logical stream.
pub(super) enum Decoder {
    Opus {
        decoder: opus2::Decoder,
        pcm: Box<[f32]>,
    },
    Other(Box<dyn symphonia_core::codecs::Decoder>),
}

impl Decoder {
    /// The decoder for a stream with this head.
    ///
    /// # Errors
    /// When the head is not what its codec knows.
    pub(super) fn new(head: &Head) -> Result<Self, Undecodable> {
        let options = DecoderOptions::default();
        Ok(match head {
            Head::Opus { gain } => {
                let mut decoder = opus2::Decoder::new(SAMPLE_RATE, Channels::Stereo)?;
                decoder.set_gain((*gain).into())?;
                let pcm = vec![0.0; LONGEST_OPUS * CHANNELS].into();
                Self::Opus { decoder, pcm }
            }
            Head::Vorbis {
                identification,
                setup,
            } => {
                let mut params = CodecParameters::new();
                params
                    .for_codec(CODEC_TYPE_VORBIS)
                    .with_extra_data([&identification[..], setup].concat().into());
                let decoder = guarded(|| {
                    symphonia::default::codecs::VorbisDecoder::try_new(&params, &options)
                });
                let decoder = decoder.ok_or(Undecodable)??;
                Self::Other(Box::new(decoder))
            }
            Head::Mp3 => {
                let mut params = CodecParameters::new();
                params.for_codec(CODEC_TYPE_MP3);
                let decoder = symphonia::default::codecs::MpaDecoder::try_new(&params, &options)?;
                Self::Other(Box::new(decoder))
            }
        })
    }

    /// Decodes a frame to interleaved stereo, in the place of what `pcm` holds, and gives its rate
    /// in Hz. Some codecs need a frame before they give any samples.
    ///
    /// # Errors
    /// When the frame is damaged. The next may be decodable.
    pub(super) fn decode(&mut self, frame: &[u8], pcm: &mut Vec<f32>) -> Result<u32, Undecodable> {
        pcm.clear();
        match self {
            Self::Opus {
                decoder,
                pcm: decoded,
            } => {
                let samples = decoder.decode_float(frame, decoded, false)?;
                pcm.extend_from_slice(decoded.get(..samples * CHANNELS).ok_or(Undecodable)?);
                Ok(SAMPLE_RATE)
            }
            Self::Other(decoder) => {
                let packet = Packet::new_from_slice(0, 0, 0, frame);
                let Some(done) = guarded(|| decoder.decode(&packet).map(drop)) else {
                    decoder.reset();
                    return Err(Undecodable);
                };
                done?;
                let AudioBufferRef::F32(decoded) = decoder.last_decoded() else {
                    // Neither decoder has another format.
                    return Err(Undecodable);
                };
                match decoded.spec().channels.count() {
                    1 => pcm.extend(decoded.chan(0).iter().flat_map(|value| [*value, *value])),
                    2 => {
                        let (left, right) = (decoded.chan(0), decoded.chan(1));
                        pcm.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
                    }
                    _ => return Err(Undecodable),
                }
                Ok(decoded.spec().rate)
            }
        }
    }
}

/// Does something with bytes from outside that a decoder may panic at, and gives nothing then: with
/// some damaged heads, symphonia 0.5's of Vorbis looks before the beginning of a table. That is damage
/// like any other.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

impl From<opus2::Error> for Undecodable {
    fn from(_: opus2::Error) -> Self {
        Self
    }
}

impl From<symphonia_core::errors::Error> for Undecodable {
    fn from(_: symphonia_core::errors::Error) -> Self {
        Self
    }
}
