//! Any usual sample rate -> 48 kHz.

use rubato::{FftFixedInOut, Resampler as _};

use crate::radio::encode::{CHANNELS, SAMPLE_RATE};

/// Whether audio of this rate in Hz can be played. Every rate in use is a multiple of 25 Hz; the
/// memory that a conversion takes grows with what the two rates do not have in common.
pub(crate) const fn is_convertible(rate: u32) -> bool {
    matches!(rate, 8_000..=192_000) && rate.is_multiple_of(25)
}

/// Converts interleaved stereo.
pub(super) struct Resampler {
    rate: u32,
    /// `None` at 48 kHz.
    converter: Option<Converter>,
}

struct Converter {
    fft: FftFixedInOut<f32>,
    /// Per channel, less than a chunk between calls.
    pending: [Vec<f32>; CHANNELS],
    output: [Vec<f32>; CHANNELS],
}

impl Resampler {
    /// A converter from this rate.
    ///
    /// # Errors
    /// When the rate is not convertible.
    pub(super) fn new(rate: u32) -> Result<Self, super::Undecodable> {
        let converter = match rate {
            SAMPLE_RATE => None,
            rate if is_convertible(rate) => Some(Converter::new(rate)?),
            _ => return Err(super::Undecodable),
        };
        Ok(Self { rate, converter })
    }

    pub(super) const fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes interleaved samples and appends what they become to `out`.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        match &mut self.converter {
            Some(converter) => converter.push(samples, out),
            None => out.extend_from_slice(samples),
        }
    }
}

impl Converter {
    fn new(rate: u32) -> Result<Self, super::Undecodable> {
        let from = usize::try_from(rate).map_err(|_| super::Undecodable)?;
        let to = usize::try_from(SAMPLE_RATE).map_err(|_| super::Undecodable)?;
        // 20 ms at a time.
        let fft =
            FftFixedInOut::new(from, to, from / 50, CHANNELS).map_err(|_| super::Undecodable)?;
        let output = vec![0.0; fft.output_frames_max()];
        Ok(Self {
            fft,
            pending: [Vec::new(), Vec::new()],
            output: [output.clone(), output],
        })
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        for frame in samples.chunks_exact(CHANNELS) {
            for (pending, sample) in self.pending.iter_mut().zip(frame) {
                pending.push(*sample);
            }
        }
        let chunk = self.fft.input_frames_next();
        while self.pending[0].len() >= chunk {
            let converted = self
                .fft
                .process_into_buffer(&self.pending, &mut self.output, None);
            for pending in &mut self.pending {
                pending.drain(..chunk);
            }
            let Ok((_, count)) = converted else {
                // It takes any samples there are.
                return;
            };
            let [left, right] = &self.output;
            out.extend(
                left.iter()
                    .zip(right)
                    .take(count)
                    .flat_map(|(l, r)| [*l, *r]),
            );
        }
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_and_level_at_any_rate() {
        for rate in [
            8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000,
        ] {
            let mut resampler = Resampler::new(rate).unwrap();
            let samples: Vec<f32> = (0..rate)
                .flat_map(|at| {
                    let value = (TAU * 440.0 * at as f32 / rate as f32).sin();
                    [value, -value]
                })
                .collect();
            let mut out = Vec::new();
            for piece in samples.chunks(2 * 1152) {
                resampler.push(piece, &mut out);
            }
            // A second, but for the last unfinished chunk.
            assert!((46_000..=48_000).contains(&(out.len() / 2)), "{rate}");
            let middle = &out[20_000..80_000];
            let crossings = middle
                .windows(3)
                .step_by(2)
                .filter(|window| window[0] < 0.0 && window[2] >= 0.0)
                .count();
            let pitch = crossings as f32 * 96_000.0 / middle.len() as f32;
            assert!((pitch - 440.0).abs() < 4.0, "{rate}: {pitch} Hz");
            let power: f32 = middle.iter().map(|value| value * value).sum();
            let level = (power / middle.len() as f32).sqrt();
            assert!((level - 0.707).abs() < 0.01, "{rate}: {level}");
            assert!(
                middle
                    .chunks(2)
                    .all(|frame| (frame[0] + frame[1]).abs() < 1e-4)
            );
        }
    }

    #[test]
    fn rates_that_no_audio_has_are_refused() {
        for rate in [0, 1, 7_999, 44_101, 192_025, u32::MAX] {
            assert!(
                !is_convertible(rate) && Resampler::new(rate).is_err(),
                "{rate}"
            );
        }
    }
}
