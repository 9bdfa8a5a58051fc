//! What songbird plays: a reader of the shared ring that looks like a parsed file.
//!
//! Songbird copies Opus packets of 20 ms untouched when the track is the only one, at volume 1.0,
//! and every packet is whole: then a call costs its encryption and a `sendto`. Everything here runs
//! on songbird's mixer thread, which it shares with up to 63 other calls. So nothing here waits,
//! panics or fails: an error ends the track for good, an empty packet ends the untouched copying,
//! and a panic ends the thread with all its calls while songbird's own statistics look healthy.

use std::io::Cursor as IoCursor;

use songbird::input::{
    Input, LiveInput, Parsed,
    codecs::{OpusDecoder, get_probe},
};
use symphonia_core::{
    audio::{AsAudioBufferRef, AudioBuffer, AudioBufferRef, Layout, Signal, SignalSpec},
    codecs::{
        CODEC_TYPE_OPUS, CodecDescriptor, CodecParameters, Decoder, DecoderOptions, FinalizeResult,
    },
    errors::{Error, Result, SeekErrorKind},
    formats::{Cue, FormatOptions, FormatReader, Packet, SeekMode, SeekTo, SeekedTo, Track},
    io::{MediaSourceStream, MediaSourceStreamOptions},
    meta::{Metadata, MetadataLog, MetadataOptions},
    probe::{Hint, ProbedMetadata},
    units::TimeBase,
};

use super::{
    feed::Listener,
    opus::{FRAME_SAMPLES, SILENCE},
};

const SAMPLE_RATE: u32 = 48_000;

/// A track that plays what the listener hears, for ever.
pub(crate) fn input(listener: Listener) -> Result<Input> {
    let track = Track::new(0, codec_params());
    let parsed = Parsed {
        track_id: track.id,
        decoder: Box::new(LazyDecoder::new()),
        format: Box::new(RingReader {
            listener,
            tracks: [track],
            samples: 0,
            metadata: MetadataLog::default(),
        }),
        meta: no_metadata()?,
        supports_backseek: false,
    };
    Ok(Input::Live(LiveInput::Parsed(parsed), None))
}

fn codec_params() -> CodecParameters {
    let mut params = CodecParameters::new();
    params
        .for_codec(CODEC_TYPE_OPUS)
        .with_sample_rate(SAMPLE_RATE)
        .with_time_base(TimeBase::new(1, SAMPLE_RATE));
    params
}

/// The value that says nothing about a file can only be had by probing one: the shortest that
/// songbird knows is the header of its own raw format.
fn no_metadata() -> Result<ProbedMetadata> {
    let mut header = b"SbirdRaw".to_vec();
    header.extend(SAMPLE_RATE.to_le_bytes());
    header.extend(2_u32.to_le_bytes());
    let source = MediaSourceStream::new(
        Box::new(IoCursor::new(header)),
        MediaSourceStreamOptions::default(),
    );
    let probed = get_probe().format(
        &Hint::new(),
        source,
        &FormatOptions::default(),
        &MetadataOptions::default(),
    )?;
    Ok(probed.metadata)
}

struct RingReader {
    listener: Listener,
    tracks: [Track; 1],
    /// Samples played, for the packets' timestamps.
    samples: u64,
    metadata: MetadataLog,
}

impl FormatReader for RingReader {
    fn try_new(_source: MediaSourceStream, _options: &FormatOptions) -> Result<Self> {
        Err(Error::Unsupported("a ring is not read from a file"))
    }

    fn cues(&self) -> &[Cue] {
        &[]
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn seek(&mut self, _mode: SeekMode, _to: SeekTo) -> Result<SeekedTo> {
        Err(Error::SeekError(SeekErrorKind::Unseekable))
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> Result<Packet> {
        let at = self.samples;
        let length = u64::from(FRAME_SAMPLES);
        self.samples = at.wrapping_add(length);
        let packet = self.listener.next_packet();
        let bytes = packet.as_deref().unwrap_or(&SILENCE);
        Ok(Packet::new_from_slice(0, at, length, bytes))
    }

    fn into_inner(self: Box<Self>) -> MediaSourceStream {
        // Asked for by nobody: a stream of nothing.
        MediaSourceStream::new(
            Box::new(IoCursor::new([])),
            MediaSourceStreamOptions::default(),
        )
    }
}

/// Decodes only when songbird insists, which it does when it cannot copy: then a decoder is made,
/// so that the other calls do not carry one each.
struct LazyDecoder {
    params: CodecParameters,
    decoder: Option<OpusDecoder>,
    silence: AudioBuffer<f32>,
}

impl LazyDecoder {
    fn new() -> Self {
        let spec = SignalSpec::new_with_layout(SAMPLE_RATE, Layout::Stereo);
        let mut silence = AudioBuffer::new(u64::from(FRAME_SAMPLES), spec);
        silence.render_silence(None);
        Self {
            params: codec_params(),
            decoder: None,
            silence,
        }
    }
}

impl Decoder for LazyDecoder {
    fn try_new(_params: &CodecParameters, _options: &DecoderOptions) -> Result<Self> {
        Ok(Self::new())
    }

    fn supported_codecs() -> &'static [CodecDescriptor] {
        &[]
    }

    fn reset(&mut self) {
        self.decoder = None;
    }

    fn codec_params(&self) -> &CodecParameters {
        &self.params
    }

    fn decode(&mut self, packet: &Packet) -> Result<AudioBufferRef<'_>> {
        if self.decoder.is_none() {
            self.decoder = OpusDecoder::try_new(&self.params, &DecoderOptions::default()).ok();
        }
        let decoded = self.decoder.as_mut().is_some_and(|decoder| {
            decoder
                .decode(packet)
                .is_ok_and(|buffer| buffer.frames() > 0)
        });
        if !decoded {
            // Silence instead: an error would end the track, and an empty buffer makes the mixer
            // ask again without end.
            self.decoder = None;
        }
        Ok(self.last_decoded())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> AudioBufferRef<'_> {
        self.decoder.as_ref().map_or_else(
            || self.silence.as_audio_buffer_ref(),
            OpusDecoder::last_decoded,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Address,
        radio::{feed::Feed, volume::Volume},
        station::Station,
    };

    fn parsed() -> Parsed {
        let address = Address::http("http://localhost/").unwrap();
        let (feed, _task) = Feed::new(Station::Jpop, address.into(), reqwest::Client::new());
        let Ok(Input::Live(LiveInput::Parsed(parsed), None)) =
            input(feed.listen(Volume::UNTOUCHED))
        else {
            panic!("not a parsed input");
        };
        parsed
    }

    #[test]
    fn a_station_without_audio_is_silence_and_never_an_error() {
        let mut parsed = parsed();
        for number in 0..100 {
            let packet = parsed.format.next_packet().unwrap();
            assert_eq!(
                (packet.track_id(), packet.ts(), packet.dur()),
                (0, number * 960, 960)
            );
            assert_eq!(packet.buf(), SILENCE);
        }
    }

    #[test]
    fn whatever_is_decoded_gives_twenty_milliseconds() {
        let mut parsed = parsed();
        for bytes in [&SILENCE[..], &[], &[0xff], &[0xfc; 1275], &SILENCE] {
            let packet = Packet::new_from_slice(0, 0, 960, bytes);
            assert_eq!(parsed.decoder.decode(&packet).unwrap().frames(), 960);
            assert_eq!(parsed.decoder.last_decoded().frames(), 960);
        }
    }
}
