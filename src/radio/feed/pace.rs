//! How fast a stream may be read: as fast as it plays, after a burst.

use std::time::Duration;

use tokio::time::Instant;

/// Packets a second that are let through, 400 ppm more than are played: no clock of an upstream is
/// that far off, so a live stream is never held back for long.
const RATE: f64 = 50.02;
/// Packets let through at once, in 20 ms each: more than servers send on connecting (4 s). Where it
/// has to be transcoded, or a low bit rate makes much of 64 kB, a reader may begin before all of it
/// has come, and must not fall behind so far that it jumps (8 s).
const BURST: f64 = 250.0;

/// Holds back a server that sends faster than real time (a file instead of a stream, a burst of
/// minutes): reading no further makes TCP tell the server to wait.
#[derive(Debug)]
pub(super) struct Pace {
    /// Packets that may pass now; negative when more have passed already.
    credit: f64,
    at: Instant,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            credit: BURST,
            at: now,
        }
    }

    /// So many packets have passed: how long to wait before reading on.
    pub(super) fn passed(&mut self, packets: u32, now: Instant) -> Duration {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.credit = (self.credit + elapsed * RATE).min(BURST) - f64::from(packets);
        Duration::try_from_secs_f64(-self.credit / RATE).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_at_once_and_real_time_for_ever() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.passed(200, now), Duration::ZERO);
        for _ in 0..100_000 {
            now += Duration::from_millis(20);
            assert_eq!(pace.passed(1, now), Duration::ZERO);
        }
    }

    #[test]
    fn a_file_is_read_at_the_speed_it_plays() {
        let start = Instant::now();
        let mut now = start;
        let mut pace = Pace::new(now);
        let packets = 3000;
        for _ in 0..packets / 30 {
            now += pace.passed(30, now);
        }
        // A minute of audio, all but the burst of 5 s.
        let seconds = now.duration_since(start).as_secs_f64();
        assert!((54.0..56.0).contains(&seconds), "{seconds}");
    }
}
