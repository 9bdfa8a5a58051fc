//! Louder or quieter, without the peaks being cut off.

use crate::radio::{encode::CHANNELS, opus::FRAME_SAMPLES};

/// Samples a channel over which the limiter changes its mind: 5 ms.
const BLOCK: usize = FRAME_SAMPLES as usize / 4;
/// No sample is larger: what the encoder adds must fit below full scale.
const CEILING: f32 = 0.95;
/// How much the limiter lets go in a block: 6 dB take 175 ms.
const RELEASE: f32 = 1.02;

/// Multiplies, and turns down for a moment what would be too loud then.
///
/// Peaks are seen a block before they are heard. Within a block the limiter's gain is a straight
/// line between two values, neither of which is too much for that block: so no sample exceeds the
/// ceiling, and nothing is bent, as clipping would.
#[derive(Debug)]
pub(super) struct Gain {
    volume: f32,
    /// The block that comes out next.
    held: [f32; BLOCK * CHANNELS],
    /// The limiter's gain that the held block bears, and the one it begins with.
    bears: f32,
    begins: f32,
}

impl Gain {
    /// Samples a channel by which everything comes out later.
    pub(super) const DELAY: usize = BLOCK;

    /// A gain with this factor on the amplitude.
    pub(super) const fn new(volume: f32) -> Self {
        Self {
            volume,
            held: [0.0; BLOCK * CHANNELS],
            bears: 1.0,
            begins: 1.0,
        }
    }

    /// Forgets what came before.
    pub(super) const fn reset(&mut self) {
        *self = Self::new(self.volume);
    }

    /// Changes interleaved samples in place; as many of them as whole blocks have.
    pub(super) fn apply(&mut self, samples: &mut [f32]) {
        for block in samples.chunks_exact_mut(BLOCK * CHANNELS) {
            let mut peak = 0.0_f32;
            for value in &mut *block {
                *value *= self.volume;
                peak = peak.max(value.abs());
            }
            let bears = if peak > CEILING { CEILING / peak } else { 1.0 };
            let ends = (self.begins * RELEASE).min(self.bears).min(bears);
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let step = (ends - self.begins) / BLOCK as f32;
            let mut gain = self.begins;
            for frame in self.held.chunks_exact_mut(CHANNELS) {
                gain += step;
                for value in frame {
                    *value *= gain;
                }
            }
            self.held.swap_with_slice(block);
            (self.bears, self.begins) = (bears, ends);
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "small counts; and what is not changed is exactly the same"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: usize = BLOCK * CHANNELS;

    #[test]
    fn what_has_room_is_scaled_and_nothing_else() {
        let mut gain = Gain::new(2.0);
        let input: Vec<f32> = (0..4 * VALUES).map(|at| (at as f32).sin() * 0.4).collect();
        let mut output = input.clone();
        gain.apply(&mut output);
        assert!(output[..VALUES].iter().all(|value| *value == 0.0));
        for (input, output) in input.iter().zip(&output[VALUES..]) {
            assert_eq!(*output, input * 2.0);
        }
    }

    #[test]
    fn after_a_peak_it_lets_go_slowly() {
        let mut gain = Gain::new(1.0);
        let mut samples = vec![0.1; 80 * VALUES];
        samples[20 * VALUES] = 2.0;
        gain.apply(&mut samples);
        let level = |block: usize| samples[block * VALUES + VALUES - 1];
        assert_eq!(level(19), 0.1, "before the peak's neighbourhood");
        assert!(level(21) < 0.05, "{}", level(21));
        assert!(level(40) < 0.09, "{}", level(40));
        assert_eq!(level(79), 0.1);
    }

    proptest! {
        #[test]
        fn nothing_is_louder_than_the_ceiling(
            volume in 0.05_f32..2.0,
            blocks in proptest::collection::vec(0.0_f32..1.5, 1..60),
        ) {
            let mut gain = Gain::new(volume);
            for (number, amplitude) in blocks.iter().enumerate() {
                let mut block: Vec<f32> = (0..VALUES)
                    .map(|at| ((at * (number + 1)) as f32 * 0.1).sin() * amplitude)
                    .collect();
                gain.apply(&mut block);
                for value in block {
                    prop_assert!(value.abs() <= CEILING * 1.0001, "{value}");
                }
            }
        }
    }
}
