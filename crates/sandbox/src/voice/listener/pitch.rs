//! The pitch of a sound: its fundamental frequency.
//!
//! YIN ([de Cheveigné and Kawahara 2002](https://doi.org/10.1121/1.1458024)) on short frames at a
//! quarter of the rate; the median of what they say is then made precise at the full rate.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of samples are far below 2^52"
)]

const RATE: f64 = 48_000.0;
/// How much the search is slowed down for speed: 12 kHz.
const DECIMATION: usize = 4;
/// 85 ms at 12 kHz: two periods of the lowest pitch and more.
const FRAME: usize = 1024;
/// 2,000 Hz and 50 Hz at 12 kHz.
const LAGS: std::ops::RangeInclusive<usize> = 6..=240;
/// A dip below this is a period (YIN's absolute threshold).
const CLEAR: f64 = 0.15;
/// Below this level, about -60 dBFS, there is no pitch.
const SILENT: f64 = 30.0;

/// The fundamental frequency in hertz of 48 kHz mono samples, 50 to 2,000 Hz. `None` when there
/// is too little sound (less than 0.2 s or below -60 dBFS) or no pitch in most of it.
pub fn pitch_hz(samples: &[i16]) -> Option<f64> {
    let slow: Vec<f64> = samples
        .windows(2 * DECIMATION)
        .step_by(DECIMATION)
        .map(|window| window.iter().map(|&sample| f64::from(sample)).sum::<f64>() / 8.0)
        .collect();
    let frames: Vec<&[f64]> = slow.windows(FRAME).step_by(FRAME).collect();
    let mut periods: Vec<(usize, usize)> = frames
        .iter()
        .enumerate()
        .filter_map(|(index, frame)| Some((period(frame)?, index)))
        .collect();
    if frames.len() < 2 || periods.len() * 2 < frames.len() {
        return None;
    }
    periods.sort_unstable();
    let (lag, index) = periods[periods.len() / 2];
    let start = index * FRAME * DECIMATION;
    Some(RATE / refine(&samples[start..], lag * DECIMATION))
}

/// The period of a frame in samples, when it has one.
fn period(frame: &[f64]) -> Option<usize> {
    let level = (frame.iter().map(|x| x * x).sum::<f64>() / frame.len() as f64).sqrt();
    if level < SILENT {
        return None;
    }
    let window = FRAME - LAGS.end();
    // Cumulative mean normalised difference, YIN's equation 8.
    let mut sum = 0.0;
    let normalised: Vec<f64> = (1..=*LAGS.end())
        .map(|lag| {
            let difference: f64 = frame[..window]
                .iter()
                .zip(&frame[lag..])
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            sum += difference;
            if sum > 0.0 {
                difference * lag as f64 / sum
            } else {
                1.0
            }
        })
        .collect();
    let at = |lag: usize| normalised[lag - 1];
    let mut lag = *LAGS.start();
    while lag < *LAGS.end() {
        if at(lag) < CLEAR {
            while lag < *LAGS.end() && at(lag + 1) < at(lag) {
                lag += 1;
            }
            return Some(lag);
        }
        lag += 1;
    }
    None
}

/// The period around `coarse`, in samples of the full rate and fractions of them.
fn refine(samples: &[i16], coarse: usize) -> f64 {
    let reach = DECIMATION + 2;
    let longest = coarse + reach;
    let window = (FRAME * DECIMATION)
        .min(samples.len())
        .saturating_sub(longest);
    let difference = |lag: usize| -> f64 {
        samples[..window]
            .iter()
            .zip(&samples[lag..])
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum()
    };
    let candidates = coarse.saturating_sub(reach).max(1)..=longest;
    let best = candidates
        .min_by(|&a, &b| difference(a).total_cmp(&difference(b)))
        .unwrap_or(coarse);
    let (before, here, after) = (difference(best - 1), difference(best), difference(best + 1));
    let curvature = before - 2.0 * here + after;
    let shift = if curvature > 0.0 {
        (before - after) / (2.0 * curvature)
    } else {
        0.0
    };
    best as f64 + shift.clamp(-0.5, 0.5)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    fn sound(seconds: f64, wave: impl Fn(f64) -> f64) -> Vec<i16> {
        let count = (seconds * RATE) as u32;
        (0..count)
            .map(|n| (wave(f64::from(n) / RATE) * 32_000.0) as i16)
            .collect()
    }

    fn sine(hz: f64) -> impl Fn(f64) -> f64 {
        move |t| (TAU * hz * t).sin()
    }

    fn assert_pitch(samples: &[i16], hz: f64) {
        let found = pitch_hz(samples).unwrap();
        assert!(
            (found / hz - 1.0).abs() < 0.005,
            "{found} Hz instead of {hz}"
        );
    }

    #[test]
    fn sines_are_found_over_the_whole_range() {
        for hz in [
            55.0, 110.0, 220.0, 261.63, 440.0, 523.25, 880.0, 1046.5, 1760.0,
        ] {
            assert_pitch(&sound(1.0, |t| 0.3 * sine(hz)(t)), hz);
        }
    }

    #[test]
    fn overtones_do_not_hide_the_fundamental() {
        for hz in [98.0, 330.0, 587.33] {
            let wave = |t| 0.2 * sine(hz)(t) + 0.3 * sine(2.0 * hz)(t) + 0.2 * sine(3.0 * hz)(t);
            assert_pitch(&sound(1.0, wave), hz);
        }
    }

    #[test]
    fn a_short_interruption_does_not_matter() {
        let wave = |t| {
            if (0.4..0.5).contains(&t) {
                0.0
            } else {
                0.5 * sine(440.0)(t)
            }
        };
        assert_pitch(&sound(1.0, wave), 440.0);
    }

    #[test]
    fn silence_noise_and_scraps_have_no_pitch() {
        assert_eq!(pitch_hz(&sound(1.0, |_| 0.0)), None);
        assert_eq!(pitch_hz(&sound(0.05, sine(440.0))), None);
        assert_eq!(pitch_hz(&[]), None);
        let mut state = 1_u32;
        let noise: Vec<i16> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16
        })
        .take(48_000)
        .collect();
        assert_eq!(pitch_hz(&noise), None);
    }
}
