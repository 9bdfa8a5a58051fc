//! PCM -> packets of 20 ms, for what cannot be relayed as it comes.

use bytes::Bytes;
use opus2::{Application, Bitrate, Channels, Encoder};

use super::opus::{self, FRAME_SAMPLES, MAX_FRAME_BYTES, SILENCE};

/// Samples a second.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// Interleaved channels of all PCM here.
pub(crate) const CHANNELS: usize = 2;
/// What LISTEN.moe itself sends.
const BITS_PER_SECOND: i32 = 128_000;
/// Of 0 to 10. Measured with libopus 1.3.1 (`cost_of_complexities`): a packet takes 110 to 150 us up
/// to 6, and 210 to 270 us above, where libopus analyses the music first.
const COMPLEXITY: i32 = 5;
/// Values in a packet.
const FRAME: usize = FRAME_SAMPLES as usize * CHANNELS;

/// Encodes a stream of stereo PCM at 48 kHz whose end never comes.
#[derive(Debug)]
pub(crate) struct PacketEncoder {
    encoder: Encoder,
    /// Interleaved, less than a packet between calls.
    pending: Vec<f32>,
    /// Values to leave out before the next ones.
    skip: usize,
    output: Box<[u8]>,
}

impl PacketEncoder {
    /// A new encoder: 128 kbit/s (variable), 20 ms, stereo.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub(crate) fn new() -> Result<Self, opus2::Error> {
        Self::with_complexity(COMPLEXITY)
    }

    fn with_complexity(complexity: i32) -> Result<Self, opus2::Error> {
        let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Stereo, Application::Audio)?;
        encoder.set_bitrate(Bitrate::Bits(BITS_PER_SECOND))?;
        encoder.set_complexity(complexity)?;
        Ok(Self {
            encoder,
            pending: Vec::with_capacity(2 * FRAME),
            skip: 0,
            output: vec![0; MAX_FRAME_BYTES].into(),
        })
    }

    /// Forgets what is not encoded yet, and makes the first packet begin where the first sample
    /// pushed from now on is heard: as many samples are left out as the encoder, and whatever
    /// comes before it (`delay`, samples a channel), adds.
    pub(crate) fn align(&mut self, delay: usize) {
        let lookahead = self.encoder.get_lookahead().unwrap_or_default();
        let lookahead = usize::try_from(lookahead).unwrap_or_default();
        self.pending.clear();
        self.skip = (lookahead + delay) * CHANNELS;
    }

    /// Takes interleaved samples and gives out the packets they complete.
    pub(crate) fn push(&mut self, samples: &[f32], mut emit: impl FnMut(Bytes)) {
        let skipped = self.skip.min(samples.len());
        self.skip -= skipped;
        self.pending.extend_from_slice(&samples[skipped..]);
        let mut begin = 0;
        while let Some(frame) = self.pending.get(begin..begin + FRAME) {
            begin += FRAME;
            let packet = match self.encoder.encode_float(frame, &mut self.output) {
                Ok(length) => &self.output[..length],
                // Which libopus has no reason for; time goes on.
                Err(_) => &SILENCE,
            };
            let fit = opus::is_relayable(packet);
            emit(Bytes::copy_from_slice(if fit { packet } else { &SILENCE }));
        }
        self.pending.drain(..begin);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{f32::consts::TAU, time::Instant};

    use opus2::Decoder;

    use super::*;

    /// So many packets of a steady tone, of `amplitude` 0 to 1.
    pub(crate) fn tone(hertz: f32, amplitude: f32, packets: usize) -> Vec<Bytes> {
        let mut encoder = PacketEncoder::new().unwrap();
        encoder.align(0);
        let mut out = Vec::new();
        let mut at = 0_u16;
        while out.len() < packets {
            let samples: Vec<f32> = (0..FRAME_SAMPLES)
                .flat_map(|_| {
                    let value = (TAU * hertz * f32::from(at) / 48_000.0).sin() * amplitude;
                    // A second holds a whole number of cycles.
                    at = (at + 1) % 48_000;
                    [value, value]
                })
                .collect();
            encoder.push(&samples, |packet| out.push(packet));
        }
        out
    }

    /// What a listener hears of packets: interleaved samples.
    pub(crate) fn decode(packets: &[Bytes]) -> Vec<f32> {
        let mut decoder = Decoder::new(SAMPLE_RATE, Channels::Stereo).unwrap();
        let mut frame = vec![0.0; FRAME];
        packets
            .iter()
            .flat_map(|packet| {
                let samples = decoder.decode_float(packet, &mut frame, false).unwrap();
                assert_eq!(samples, usize::from(FRAME_SAMPLES));
                frame.clone()
            })
            .collect()
    }

    #[test]
    fn every_packet_can_be_relayed_and_lasts_as_long_as_what_went_in() {
        let mut encoder = PacketEncoder::new().unwrap();
        let mut packets = 0;
        for length in [0, 2, 1918, 1920, 10_000, 6] {
            encoder.push(&vec![0.3; length], |packet| {
                assert!(opus::is_relayable(&packet));
                packets += 1;
            });
        }
        assert_eq!(packets, 13_846 / FRAME);
    }

    #[test]
    #[ignore = "measures"]
    #[expect(clippy::print_stdout, reason = "the measurement")]
    fn cost_of_complexities() {
        let packets = tone(440.0, 0.5, 500);
        for complexity in 0..=10 {
            let mut decoder = Decoder::new(SAMPLE_RATE, Channels::Stereo).unwrap();
            let mut encoder = PacketEncoder::with_complexity(complexity).unwrap();
            let mut noise = 1_u32;
            let mut frame = vec![0.0; FRAME];
            let (mut encoding, mut decoding, mut bytes) = (0, 0, 0);
            for packet in &packets {
                let start = Instant::now();
                decoder.decode_float(packet, &mut frame, false).unwrap();
                decoding += start.elapsed().as_micros();
                for value in &mut frame {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let [.., high] = noise.to_le_bytes();
                    *value += f32::from(high) / 4_000.0;
                }
                let start = Instant::now();
                encoder.push(&frame, |packet| bytes += packet.len());
                encoding += start.elapsed().as_micros();
            }
            println!(
                "complexity {complexity}: {} us to encode, {} us to decode, {} kbit/s",
                encoding / 500,
                decoding / 500,
                bytes * 8 / 10_000
            );
        }
    }
}
