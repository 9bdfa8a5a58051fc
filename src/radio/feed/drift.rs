//! Two clocks: the station's, which decides how many packets come, and this machine's, by which
//! Discord is sent 50 a second.
//!
//! Crystals differ by some ten millionths, so over days a reader's cushion would run dry or over. It
//! is kept by leaving out a packet, or playing one twice, here, where one decision serves all
//! readers: where the music is silent if it is silent in time, anywhere otherwise. At a difference
//! of 100 ppm that is one packet in 200 s.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// Packets that are played in a second.
const RATE: f64 = 50.0;
/// How far ahead a stream is, is the most it was in this time: packets may come late, in bunches or
/// after a reconnect, but never early.
const WINDOW: Duration = Duration::from_mins(1);
/// The window moves in so many steps.
const STEPS: u32 = 6;
/// Packets off at which silence is used to correct it.
const QUIETLY: f64 = 1.0;
/// Packets off at which it is corrected anyway: 100 ms, half of what a reader has at least.
const ANYWAY: f64 = 5.0;
/// Packets off at which it is no drift: something was lost or repeated, and readers have had their
/// silence or their jump already.
const NO_DRIFT: f64 = 25.0;
/// Bytes up to which a packet is silence. Music takes ten times as many.
const SILENT: usize = 16;

/// Decides which packets are left out or played twice.
#[derive(Debug)]
pub(super) struct Drift {
    /// When the counting began.
    start: Option<Instant>,
    /// Packets played since.
    played: u64,
    /// The most that the stream was ahead, per step, oldest first; the last is not complete.
    steps: VecDeque<f64>,
    /// Number of the last step since the start.
    step: u32,
    /// How far ahead it was at first, and is to stay.
    wanted: Option<f64>,
    /// How far off it is now.
    off: f64,
    counts: Corrections,
}

/// What was corrected so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Corrections {
    /// Packets left out, because the station is faster.
    pub(crate) dropped: u64,
    /// Packets played twice, because it is slower.
    pub(crate) repeated: u64,
}

impl Drift {
    pub(super) fn new() -> Self {
        Self {
            start: None,
            played: 0,
            steps: VecDeque::new(),
            step: 0,
            wanted: None,
            off: 0.0,
            counts: Corrections::default(),
        }
    }

    /// What was corrected so far.
    pub(super) const fn counts(&self) -> Corrections {
        self.counts
    }

    /// What comes next does not follow on what came before: counting begins anew.
    pub(super) fn restart(&mut self) {
        *self = Self {
            counts: self.counts,
            ..Self::new()
        };
    }

    /// How often to play the packet that just arrived: 0, 1 or 2 times.
    pub(super) fn times(&mut self, packet: &[u8], now: Instant) -> u8 {
        let start = *self.start.get_or_insert(now);
        self.look(now.saturating_duration_since(start));
        let limit = if packet.len() <= SILENT {
            QUIETLY
        } else {
            ANYWAY
        };
        let times = if self.off >= limit {
            self.counts.dropped += 1;
            self.corrected(-1.0);
            0
        } else if self.off <= -limit {
            self.counts.repeated += 1;
            self.corrected(1.0);
            2
        } else {
            1
        };
        self.played += u64::from(times);
        let ahead = self.ahead(now.saturating_duration_since(start));
        if let Some(most) = self.steps.back_mut() {
            *most = most.max(ahead);
        }
        times
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 packets take six million years"
    )]
    fn ahead(&self, elapsed: Duration) -> f64 {
        self.played as f64 - elapsed.as_secs_f64() * RATE
    }

    /// Moves the window, and judges when it did.
    fn look(&mut self, elapsed: Duration) {
        let step = u32::try_from(elapsed.as_millis() / (WINDOW / STEPS).as_millis());
        let Ok(step) = step else {
            // After a thousand years.
            self.restart();
            return;
        };
        let passed = step.saturating_sub(self.step);
        if passed >= STEPS {
            // Nothing came for a whole window: nobody can tell what was lost.
            self.restart();
            return;
        }
        if passed > 0 || self.steps.is_empty() {
            self.step = step;
            let complete = self.steps.len() >= STEPS as usize;
            if complete {
                self.judge();
            }
            self.steps.push_back(f64::NEG_INFINITY);
            if self.steps.len() > STEPS as usize {
                self.steps.pop_front();
            }
        }
    }

    fn judge(&mut self) {
        let most = self.steps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let wanted = *self.wanted.get_or_insert(most);
        self.off = most - wanted;
        if self.off.abs() >= NO_DRIFT {
            self.wanted = Some(most);
            self.off = 0.0;
        }
    }

    /// As if it had been so in the whole window.
    fn corrected(&mut self, by: f64) {
        self.off += by;
        for most in &mut self.steps {
            *most += by;
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "numbers of packets, exact in both"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MUSIC: &[u8] = &[0; 320];
    const SILENCE: &[u8] = &[0; 3];

    /// A station whose clock is off, and a reader.
    struct Simulation {
        ppm: f64,
        /// Packets a page has.
        page: u64,
        /// How late pages come at most, in milliseconds.
        late: u64,
        /// Of 10,000 packets so many are silent.
        silent: u64,
    }

    struct Outcome {
        corrections: Corrections,
        /// The least and the most that the reader had.
        cushion: (i64, i64),
        /// Corrections in the middle of music.
        heard: u64,
    }

    impl Simulation {
        fn run(&self, days: u64) -> Outcome {
            let start = Instant::now();
            let mut drift = Drift::new();
            // What Icecast greets with, of which the reader plays the last 2 s.
            let mut written: i64 = 200;
            for _ in 0..200 {
                drift.times(MUSIC, start);
            }
            let begun = 100;
            let mut outcome = Outcome {
                corrections: Corrections::default(),
                cushion: (100, 100),
                heard: 0,
            };
            let mut random = 1_u64;
            let mut sent = 0;
            let pages = days * 86_400 * 50 / self.page;
            for _ in 0..pages {
                sent += self.page;
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let late = (random >> 33) % (self.late + 1);
                let at = sent as f64 / (RATE * (1.0 + self.ppm / 1e6)) + late as f64 / 1e3;
                let now = start + Duration::from_secs_f64(at);
                let read = (at * RATE) as i64 + begun;
                outcome.cushion.0 = outcome.cushion.0.min(written - read);
                for number in sent - self.page..sent {
                    let packet = if number % 10_000 < self.silent {
                        SILENCE
                    } else {
                        MUSIC
                    };
                    let times = drift.times(packet, now);
                    written += i64::from(times);
                    outcome.heard += u64::from(times != 1 && packet == MUSIC);
                }
                outcome.cushion.1 = outcome.cushion.1.max(written - read);
            }
            outcome.corrections = drift.counts();
            outcome
        }
    }

    #[test]
    fn in_silence_it_is_never_heard() {
        for ppm in [-200.0, 200.0] {
            let simulation = Simulation {
                ppm,
                page: 50,
                late: 100,
                silent: 30,
            };
            let outcome = simulation.run(2);
            assert_eq!(outcome.heard, 0, "{ppm}");
            let Corrections { dropped, repeated } = outcome.corrections;
            let expected = 2.0 * 86_400.0 * 50.0 * 200e-6;
            assert!(((dropped + repeated) as f64 - expected).abs() < 8.0);
        }
    }

    #[test]
    fn a_stream_that_lost_something_is_not_repaired_packet_by_packet() {
        let start = Instant::now();
        let mut drift = Drift::new();
        let mut play = |from: u64, to: u64, lost: u64| {
            for number in from..to {
                drift.times(
                    MUSIC,
                    start + Duration::from_millis(20) * (number + lost) as u32,
                );
            }
            drift.counts()
        };
        play(0, 20_000, 0);
        play(20_000, 40_000, 100);
        assert_eq!(play(40_000, 60_000, 5_000), Corrections::default());
    }

    proptest! {
        // Each simulates days.
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn the_cushion_stays_over_days(
            ppm in -200.0_f64..200.0,
            page in 1_u64..=50,
            late in 0_u64..300,
            silent in 0_u64..40,
        ) {
            let simulation = Simulation { ppm, page, late, silent };
            let days = 1;
            let outcome = simulation.run(days);
            let (least, most) = outcome.cushion;
            let late = i64::try_from(late / 20 + 1).unwrap();
            let page = i64::try_from(page).unwrap();
            // Underruns would begin at 0. It may be off by as much as is corrected anyway, and by
            // what comes in a window.
            prop_assert!(least >= 100 - page - late - 8, "{least}");
            prop_assert!(most <= 100 + 8 + late, "{most}");
            let Corrections { dropped, repeated } = outcome.corrections;
            let expected = ppm * 1e-6 * days as f64 * 86_400.0 * 50.0;
            let balance = dropped as f64 - repeated as f64;
            prop_assert!((balance - expected).abs() <= 8.0 + late as f64, "{balance} for {expected}");
            // No more than necessary: lateness is not taken for drift and back.
            prop_assert!(dropped.min(repeated) <= 4, "{dropped} and {repeated}");
        }
    }
}
