//! When packets arrive: how far from the 20 ms between two of them, and whether they paused.

use std::time::{Duration, Instant};

/// The time one Opus packet lasts on Discord.
pub const PACKET: Duration = Duration::from_millis(20);

/// Two packets further apart than this make a gap that a listener notices.
pub const GAP: Duration = Duration::from_millis(100);

/// Statistics of arrival, since the first packet or the last [`Arrivals::restart`]. Memory does
/// not grow.
#[derive(Debug, Default)]
pub struct Arrivals {
    last: Option<Instant>,
    packets: u64,
    /// Of them, before the restart.
    before: u64,
    gaps: u64,
    longest: Duration,
    deviation: Histogram,
}

impl Arrivals {
    /// A packet has arrived.
    pub fn record(&mut self, now: Instant) {
        if let Some(last) = self.last.replace(now) {
            let apart = now.saturating_duration_since(last);
            if apart > GAP {
                self.gaps += 1;
            }
            self.longest = self.longest.max(apart);
            self.deviation.record(apart.abs_diff(PACKET));
        }
        self.packets += 1;
    }

    /// Begins anew, but for [`Arrivals::packets`] and [`Arrivals::last`].
    pub fn restart(&mut self) {
        *self = Self {
            last: self.last,
            packets: self.packets,
            before: self.packets,
            ..Self::default()
        };
    }

    /// Takes in what was measured of another call.
    pub fn merge(&mut self, other: &Self) {
        self.packets += other.measured();
        self.gaps += other.gaps;
        self.longest = self.longest.max(other.longest);
        self.deviation.merge(&other.deviation);
    }

    /// How many have arrived since the restart.
    pub fn measured(&self) -> u64 {
        self.packets - self.before
    }

    /// How many have arrived.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// When the last one did.
    pub fn last(&self) -> Option<Instant> {
        self.last
    }

    /// How often two packets were more than [`GAP`] apart.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The longest time between two packets.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The deviation from [`PACKET`] that a `share` of packets (0.0 to 1.0) does not exceed.
    pub fn deviation(&self, share: f64) -> Duration {
        self.deviation.quantile(share)
    }
}

const STEPS: u32 = 32;
const OCTAVES: u32 = 24;

/// Counts durations in buckets that grow with them: the error is at most 1/32 of the value, the
/// range 1 us to 9 min.
#[derive(Debug)]
struct Histogram {
    counts: Box<[u32]>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; (STEPS * (OCTAVES + 1)) as usize].into(),
            total: 0,
        }
    }
}

impl Histogram {
    fn record(&mut self, value: Duration) {
        let micros = u32::try_from(value.as_micros()).unwrap_or(u32::MAX);
        let last = self.counts.len() - 1;
        self.counts[bucket(micros).min(last)] += 1;
        self.total += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share of a count needs no more"
        )]
        let wanted = share * self.total as f64;
        let mut seen = 0_u64;
        for (index, &count) in self.counts.iter().enumerate() {
            seen += u64::from(count);
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            if count > 0 && seen as f64 >= wanted {
                return Duration::from_micros(floor(index));
            }
        }
        Duration::ZERO
    }
}

/// Values below `STEPS` have a bucket each; above, each octave has `STEPS` buckets.
fn bucket(micros: u32) -> usize {
    if micros < STEPS {
        return micros as usize;
    }
    let octave = micros.ilog2() - STEPS.ilog2();
    (STEPS * octave + (micros >> octave)) as usize
}

/// The smallest value of a bucket.
fn floor(bucket: usize) -> u64 {
    let (bucket, steps) = (bucket as u64, u64::from(STEPS));
    if bucket < steps {
        return bucket;
    }
    let octave = bucket / steps - 1;
    (bucket - steps * octave) << octave
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(arrivals: &mut Arrivals, start: Instant, times_ms: &[u64]) {
        for &ms in times_ms {
            arrivals.record(start + Duration::from_millis(ms));
        }
    }

    #[test]
    fn an_even_stream_has_no_gap_and_no_deviation() {
        let mut arrivals = Arrivals::default();
        after(&mut arrivals, Instant::now(), &[0, 20, 40, 60]);
        assert_eq!((arrivals.packets(), arrivals.gaps()), (4, 0));
        assert_eq!(arrivals.deviation(0.99), Duration::ZERO);
    }

    #[test]
    fn a_pause_of_more_than_100_ms_is_a_gap() {
        let mut arrivals = Arrivals::default();
        after(&mut arrivals, Instant::now(), &[0, 100, 201, 401]);
        assert_eq!(arrivals.gaps(), 2);
        assert_eq!(arrivals.longest(), Duration::from_millis(200));
    }

    #[test]
    fn a_restart_forgets_all_but_how_many_there_were() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        after(&mut arrivals, start, &[0, 500]);
        arrivals.restart();
        assert_eq!((arrivals.packets(), arrivals.measured()), (2, 0));
        after(&mut arrivals, start, &[520, 540]);
        assert_eq!((arrivals.packets(), arrivals.measured()), (4, 2));
        assert_eq!(arrivals.gaps(), 0);
        assert_eq!(arrivals.longest(), PACKET, "also across the restart");

        let mut all = Arrivals::default();
        all.merge(&arrivals);
        all.merge(&arrivals);
        assert_eq!((all.packets(), all.longest()), (4, PACKET));
        assert_eq!(all.deviation.total, 4);
    }

    #[test]
    fn quantiles_are_right_within_a_thirty_second() {
        let mut arrivals = Arrivals::default();
        let start = Instant::now();
        let mut now = start;
        arrivals.record(now);
        for index in 0..100_u64 {
            now += PACKET + Duration::from_micros(if index < 98 { 500 } else { 40_000 });
            arrivals.record(now);
        }
        let near = |value: Duration, wanted: f64| {
            let ratio = value.as_secs_f64() / wanted;
            assert!((0.96..=1.0).contains(&ratio), "{value:?} is not {wanted} s");
        };
        near(arrivals.deviation(0.5), 0.000_5);
        near(arrivals.deviation(0.99), 0.04);
    }

    #[test]
    fn every_value_lies_in_its_bucket() {
        for micros in (0..40_u32).chain([1_000, 20_000, 1 << 20, u32::MAX]) {
            let index = bucket(micros);
            assert!(floor(index) <= u64::from(micros) && u64::from(micros) < floor(index + 1));
        }
    }
}
