//! One volume of a station: a transcode of its ring into one of its own, position by position.

use opus2::{Channels, Decoder};

use super::gain::Gain;
use crate::radio::{
    encode::{CHANNELS, PacketEncoder, SAMPLE_RATE},
    opus::FRAME_SAMPLES,
    ring::{MAX_LAG, Ring, Writer},
    volume::Volume,
};

/// Packets decoded before the first that is heard: a decoder that begins in the middle of a stream
/// needs some to be right (RFC 7845 §4.6 has 80 ms).
const PREROLL: u64 = 5;

/// Decodes, changes the volume, encodes.
#[derive(Debug)]
pub(super) struct Transcode {
    decoder: Decoder,
    gain: Gain,
    encoder: PacketEncoder,
    pcm: Vec<f32>,
    writer: Writer,
    /// The position that is decoded next.
    next: u64,
    /// Packets that are not to be heard.
    mute: u64,
}

impl Transcode {
    /// A transcode that begins at the head of the ring it writes.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub(super) fn new(
        volume: Volume,
        writer: Writer,
        station: &Ring,
    ) -> Result<Self, opus2::Error> {
        let begin = writer.ring().head();
        let mut transcode = Self {
            decoder: Decoder::new(SAMPLE_RATE, Channels::Stereo)?,
            gain: Gain::new(volume.gain()),
            encoder: PacketEncoder::new()?,
            pcm: vec![0.0; usize::from(FRAME_SAMPLES) * CHANNELS],
            writer,
            next: begin,
            mute: 0,
        };
        transcode.begin_at(begin, station);
        Ok(transcode)
    }

    /// Transcodes at most `count` packets. Gives how many were left out because it could not keep
    /// up, and whether there is more to do.
    pub(super) fn run(&mut self, station: &Ring, count: usize) -> (u64, bool) {
        let head = station.head();
        let heard = self.writer.ring().head();
        let mut skipped = 0;
        if self.writer.ring().floor() < station.floor() {
            // The station was closed and opened.
            self.begin_at(station.floor(), station);
        } else if head.saturating_sub(self.next) > MAX_LAG {
            // The machine is too slow, or stood still. Readers are brought back to the cushion.
            self.begin_at(station.cushion(), station);
            skipped = self.writer.ring().head().saturating_sub(heard);
        }
        for _ in 0..count {
            if self.next >= head {
                return (skipped, false);
            }
            self.packet(station);
        }
        (skipped, self.next < head)
    }

    fn packet(&mut self, station: &Ring) {
        let packet = station.get(self.next);
        self.next += 1;
        let decoded = packet.and_then(|packet| {
            self.decoder
                .decode_float(&packet, &mut self.pcm, false)
                .ok()
        });
        if decoded != Some(usize::from(FRAME_SAMPLES)) {
            // Time goes on, and positions with it.
            self.pcm.fill(0.0);
        }
        self.gain.apply(&mut self.pcm);
        let (writer, mute) = (&mut self.writer, &mut self.mute);
        self.encoder.push(&self.pcm, |packet| {
            if *mute > 0 {
                *mute -= 1;
            } else {
                writer.push(packet);
            }
        });
    }

    /// The next packet to be heard is the one at `position`.
    fn begin_at(&mut self, position: u64, station: &Ring) {
        self.writer.skip_to(position);
        let position = self.writer.ring().head();
        self.next = position.saturating_sub(PREROLL).max(station.floor());
        self.mute = position.saturating_sub(self.next);
        self.gain.reset();
        // Both can only fail on an encoder or decoder that does not exist.
        let _ = self.decoder.reset_state();
        self.encoder.align(Gain::DELAY);
    }
}
