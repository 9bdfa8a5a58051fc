//! A listener's ears: an Opus decoder and the last second of what came out of it.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of samples are far below 2^52"
)]

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use opus2::{Channels, Decoder};

use super::pitch::pitch_hz;

/// Level reported for silence, in dBFS.
pub const FLOOR_DBFS: f64 = -120.0;

const RATE: u32 = 48_000;
/// The longest Opus packet: 120 ms, stereo.
const LONGEST: usize = 2 * 48 * 120;
const SECOND: Duration = Duration::from_secs(1);

/// The last second, copied out of a [`Hearing`] to be measured without holding it.
#[derive(Clone, Debug, Default)]
pub struct LastSecond {
    mono: Vec<i16>,
    /// Sum of the squares of all samples of both channels.
    energy: f64,
    /// How many samples a second of this call has, less at its beginning.
    expected: usize,
}

impl LastSecond {
    /// RMS level in dBFS, [`FLOOR_DBFS`] to 0. A full-scale sine is -3. Time without packets
    /// counts as silence.
    pub fn dbfs(&self) -> f64 {
        let samples = self.expected.max(self.mono.len()) * 2;
        if samples == 0 || self.energy <= 0.0 {
            return FLOOR_DBFS;
        }
        let rms = (self.energy / samples as f64).sqrt() / f64::from(i16::MAX);
        (20.0 * rms.log10()).clamp(FLOOR_DBFS, 0.0)
    }

    /// Fundamental frequency in hertz, 50 to 2,000.
    pub fn pitch_hz(&self) -> Option<f64> {
        pitch_hz(&self.mono)
    }
}

#[derive(Debug)]
struct Frame {
    at: Instant,
    mono: Box<[i16]>,
    energy: f64,
}

/// Decodes one call and remembers its last second.
#[derive(Default)]
pub struct Hearing {
    /// Made with the first packet: a call that is not decoded needs none.
    decoder: Option<Decoder>,
    frames: VecDeque<Frame>,
    first: Option<Instant>,
    samples: u64,
    heard: u64,
    errors: u64,
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing")
            .field("samples", &self.samples)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl Hearing {
    /// Decodes an Opus packet to 48 kHz interleaved stereo. `None`, counted, when it is not Opus.
    pub fn hear(&mut self, at: Instant, packet: &[u8]) -> Option<Vec<i16>> {
        let decoded = self.decode(packet);
        if decoded.is_none() {
            self.errors += 1;
        }
        let stereo = decoded?;
        let mono: Box<[i16]> = stereo
            .chunks_exact(2)
            .map(|pair| pair[0].midpoint(pair[1]))
            .collect();
        let energy = stereo.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        self.samples += mono.len() as u64;
        self.heard += 1;
        self.first.get_or_insert(at);
        self.frames.push_back(Frame { at, mono, energy });
        while self
            .frames
            .front()
            .is_some_and(|frame| at.saturating_duration_since(frame.at) > SECOND)
        {
            self.frames.pop_front();
        }
        Some(stereo)
    }

    fn decode(&mut self, packet: &[u8]) -> Option<Vec<i16>> {
        // An empty packet would ask the decoder to conceal a loss.
        if packet.is_empty() {
            return None;
        }
        if self.decoder.is_none() {
            self.decoder = Some(Decoder::new(RATE, Channels::Stereo).ok()?);
        }
        let mut pcm = vec![0; LONGEST];
        let frames = self
            .decoder
            .as_mut()?
            .decode(packet, &mut pcm, false)
            .ok()?;
        pcm.truncate(2 * frames);
        Some(pcm)
    }

    /// Seconds of audio decoded.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(RATE)
    }

    /// Packets decoded.
    pub fn frames_heard(&self) -> u64 {
        self.heard
    }

    /// Packets that were not Opus.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// What was heard in the second before `now`.
    pub fn last_second(&self, now: Instant) -> LastSecond {
        let Some(first) = self.first else {
            return LastSecond::default();
        };
        let mut last = LastSecond::default();
        for frame in &self.frames {
            if now.saturating_duration_since(frame.at) <= SECOND {
                last.mono.extend_from_slice(&frame.mono);
                last.energy += frame.energy;
            }
        }
        let age = now.saturating_duration_since(first).min(SECOND);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 48,000"
        )]
        let expected = (age.as_secs_f64() * f64::from(RATE)) as usize;
        last.expected = expected;
        last
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use opus2::{Application, Encoder};

    use super::*;

    fn tone(hz: f64, packets: u32) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(RATE, Channels::Stereo, Application::Audio).unwrap();
        (0..packets)
            .map(|packet| {
                #[expect(clippy::cast_possible_truncation)]
                let pcm: Vec<i16> = (0..1920)
                    .map(|n| {
                        let t = f64::from(packet * 960 + n / 2) / f64::from(RATE);
                        ((TAU * hz * t).sin() * 16_384.0) as i16
                    })
                    .collect();
                encoder.encode_vec(&pcm, 1275).unwrap()
            })
            .collect()
    }

    #[test]
    fn a_tone_is_heard_with_its_level_and_pitch() {
        let mut hearing = Hearing::default();
        let start = Instant::now();
        let mut now = start;
        for packet in tone(440.0, 100) {
            assert_eq!(hearing.hear(now, &packet).map(|pcm| pcm.len()), Some(1920));
            now += Duration::from_millis(20);
        }
        let last = hearing.last_second(now);
        // Half of full scale: 6 dB below a full-scale sine's -3.
        assert!((last.dbfs() + 9.03).abs() < 0.5, "{}", last.dbfs());
        assert!((last.pitch_hz().unwrap() / 440.0 - 1.0).abs() < 0.005);
        assert!((hearing.seconds() - 2.0).abs() < 1e-9);

        // Half a second without packets: half the energy. After a second: silence.
        let half = hearing.last_second(now + Duration::from_millis(500));
        assert!((half.dbfs() + 12.04).abs() < 0.7, "{}", half.dbfs());
        let gone = hearing.last_second(now + Duration::from_millis(1100));
        assert_eq!(
            (gone.dbfs().to_bits(), gone.pitch_hz()),
            (FLOOR_DBFS.to_bits(), None)
        );
    }

    #[test]
    fn what_is_not_opus_is_counted_and_nothing_else() {
        let mut hearing = Hearing::default();
        let now = Instant::now();
        assert!(hearing.hear(now, &[]).is_none());
        // Code 3 with a frame count of zero.
        assert!(hearing.hear(now, &[0xFF, 0]).is_none());
        assert_eq!(
            (hearing.errors(), hearing.seconds().to_bits()),
            (2, 0.0_f64.to_bits())
        );
        assert!(hearing.hear(now, &[0xF8, 0xFF, 0xFE]).is_some());
    }
}
