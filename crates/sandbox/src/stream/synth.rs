//! A short tune of one pitch: plucked notes of a soft organ, all octaves of the same tone, so that
//! any second of it tells which song it is.

use std::f64::consts::TAU;

/// Samples a second, in each channel.
pub const RATE: usize = 48_000;
const RATE_HZ: f64 = 48_000.0;
/// How long the tune is before it repeats, in seconds. Every pitch on the grid of 0.5 Hz makes
/// whole cycles in it.
pub const LOOP_SECONDS: usize = 6;
/// The length of a note, in samples. Notes fill the loop.
const NOTE: usize = RATE / 2;
/// The loudest sample, out of 1: -14 dB, as loud as radio is.
const LEVEL: f64 = 0.2;
/// How loud each note of the loop is: the rhythm of the tune.
const RHYTHM: [f64; 12] = [
    1.0, 0.75, 0.85, 0.75, 0.95, 0.7, 0.85, 0.8, 1.0, 0.7, 0.9, 0.65,
];
/// How much the octave above sounds in each note: what little melody one pitch allows.
const SPARKLE: [f64; 12] = [
    0.1, 0.3, 0.15, 0.0, 0.25, 0.1, 0.3, 0.2, 0.1, 0.0, 0.35, 0.15,
];

/// A rotating phasor: one sine without a call to `sin` for each sample.
struct Phasor {
    now: (f64, f64),
    step: (f64, f64),
}

impl Phasor {
    fn new(hz: f64) -> Self {
        let angle = TAU * hz / RATE_HZ;
        Self {
            now: (1.0, 0.0),
            step: (angle.cos(), angle.sin()),
        }
    }

    fn next(&mut self) -> f64 {
        let ((re, im), (c, s)) = (self.now, self.step);
        self.now = (re * c - im * s, re * s + im * c);
        self.now.1
    }
}

/// One loop of the tune at `pitch_hz`: 48 kHz, interleaved stereo. Its end joins its start.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small counts to floats; samples are within i16 by LEVEL"
)]
pub fn tune(pitch_hz: f64) -> Vec<i16> {
    let mut fundamental = Phasor::new(pitch_hz);
    let mut octave = Phasor::new(2.0 * pitch_hz);
    let mut pan = Phasor::new(1.0 / LOOP_SECONDS as f64);
    let mut samples = Vec::with_capacity(LOOP_SECONDS * RATE * 2);
    for (strength, sparkle) in RHYTHM.into_iter().zip(SPARKLE) {
        for at in 0..NOTE {
            let progress = at as f64 / NOTE as f64;
            // Soft attack over the first tenth, then a slow fall; never silent.
            let attack = (progress * 10.0).min(1.0);
            let envelope = 0.5 + 0.5 * attack * (1.0 - progress);
            let tone = fundamental.next() + sparkle * envelope * octave.next();
            let value = tone * envelope * strength * LEVEL * f64::from(i16::MAX);
            let side = 0.15 * pan.next();
            samples.push((value * (1.0 - side)) as i16);
            samples.push((value * (1.0 + side)) as i16);
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tune_has_its_pitch_in_every_second() {
        for pitch in [262.0, 341.5, 508.0] {
            let tune = tune(pitch);
            assert_eq!(tune.len(), RATE * LOOP_SECONDS * 2);
            for second in tune.chunks(RATE * 2) {
                // The power at a frequency, by correlation with a sine and a cosine.
                let power = |hz: f64| {
                    let (mut re, mut im) = (0.0, 0.0);
                    for (at, frame) in (0_u32..).zip(second.chunks(2)) {
                        let angle = TAU * hz * f64::from(at) / RATE_HZ;
                        re += f64::from(frame[0]) * angle.cos();
                        im += f64::from(frame[0]) * angle.sin();
                    }
                    re.hypot(im)
                };
                let own = power(pitch);
                for other in [0.5, 0.97, 1.03, 2.0] {
                    assert!(own > 3.0 * power(pitch * other), "{pitch} against {other}");
                }
            }
        }
    }
}
