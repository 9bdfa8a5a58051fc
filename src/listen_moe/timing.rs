//! What the contested `startTime` of a track says about its start and end.
//!
//! The gateway's document and older clients read it as the start of the song; the Android app of
//! 2026 found it to be the end. A frame that arrives at a song change tells which: about now is
//! the start, about now plus the duration is the end.

use std::time::Duration;

use time::OffsetDateTime;

use super::Timing;

/// How far off a claim may be at a song change: two clocks that differ, and a frame on its way.
const TOLERANCE: Duration = Duration::from_secs(15);

/// How far two clocks may differ.
const SKEW: Duration = Duration::from_secs(5);

/// When the frame arrived, in the life of the song.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrival {
    /// At the song's beginning: the gateway announced a change.
    AtStart,
    /// Anywhere in it: we have just connected, or asked.
    During,
}

/// Reads `start_time`. Both times are `None` when the claim fits neither reading.
pub(super) fn read(
    start_time: Option<OffsetDateTime>,
    duration: Option<Duration>,
    arrival: Arrival,
    now: OffsetDateTime,
) -> Timing {
    let Some(claim) = start_time else {
        return Timing::default();
    };
    let is_start = || Timing {
        start: Some(claim),
        end: duration.and_then(|duration| claim.checked_add(duration.try_into().ok()?)),
    };
    let is_end = |duration: Duration| Timing {
        start: duration
            .try_into()
            .ok()
            .and_then(|length| claim.checked_sub(length)),
        end: Some(claim),
    };
    match (arrival, duration) {
        (Arrival::AtStart, Some(duration)) => {
            let as_start = (claim - now).unsigned_abs();
            let as_end = (claim - now - duration).unsigned_abs();
            if as_start.min(as_end) > TOLERANCE {
                Timing::default()
            } else if as_start <= as_end {
                is_start()
            } else {
                is_end(duration)
            }
        }
        (Arrival::AtStart, None) if (claim - now).unsigned_abs() <= TOLERANCE => is_start(),
        (Arrival::During, Some(duration)) => {
            // While the song plays, its start is in the past and its end in the future.
            let distance = (claim - now).unsigned_abs();
            if claim <= now + SKEW && distance <= duration + SKEW {
                is_start()
            } else if claim > now && distance <= duration + SKEW {
                is_end(duration)
            } else {
                Timing::default()
            }
        }
        (_, None) => Timing::default(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const LENGTH: Duration = Duration::from_mins(4);

    fn read_at(seconds_from_now: i64, duration: Option<Duration>, arrival: Arrival) -> Timing {
        let claim = NOW + time::Duration::seconds(seconds_from_now);
        read(Some(claim), duration, arrival, NOW)
    }

    fn from_now(seconds: i64) -> OffsetDateTime {
        NOW + time::Duration::seconds(seconds)
    }

    fn between(start: OffsetDateTime, end: OffsetDateTime) -> Timing {
        Timing {
            start: Some(start),
            end: Some(end),
        }
    }

    #[test]
    fn at_a_song_change_about_now_is_the_start() {
        let timing = read_at(-3, Some(LENGTH), Arrival::AtStart);
        assert_eq!(timing, between(from_now(-3), from_now(237)));
    }

    #[test]
    fn at_a_song_change_about_now_and_the_duration_is_the_end() {
        let timing = read_at(238, Some(LENGTH), Arrival::AtStart);
        assert_eq!(timing, between(from_now(-2), from_now(238)));
    }

    #[test]
    fn what_fits_neither_reading_says_nothing() {
        for seconds in [-4000, -100, 100, 300, 4000] {
            let timing = read_at(seconds, Some(LENGTH), Arrival::AtStart);
            assert_eq!(timing, Timing::default(), "{seconds}");
        }
        assert_eq!(
            read_at(-400, Some(LENGTH), Arrival::During),
            Timing::default()
        );
        assert_eq!(
            read_at(400, Some(LENGTH), Arrival::During),
            Timing::default()
        );
        assert_eq!(
            read(None, Some(LENGTH), Arrival::AtStart, NOW),
            Timing::default()
        );
    }

    #[test]
    fn in_the_middle_of_a_song_the_past_is_its_start_and_the_future_its_end() {
        let timing = read_at(-100, Some(LENGTH), Arrival::During);
        assert_eq!(timing, between(from_now(-100), from_now(140)));
        let timing = read_at(140, Some(LENGTH), Arrival::During);
        assert_eq!(timing, between(from_now(-100), from_now(140)));
    }

    #[test]
    fn without_a_duration_only_a_start_just_now_is_believed() {
        let timing = read_at(2, None, Arrival::AtStart);
        assert_eq!((timing.start, timing.end), (Some(from_now(2)), None));
        assert_eq!(read_at(60, None, Arrival::AtStart), Timing::default());
        assert_eq!(read_at(-2, None, Arrival::During), Timing::default());
    }

    proptest! {
        #[test]
        fn any_claim_is_read_without_a_panic(
            claim in -377_705_116_800_i64..=253_402_300_799,
            duration in proptest::option::of(0_u64..1_000_000),
            at_start: bool,
        ) {
            let claim = OffsetDateTime::from_unix_timestamp(claim).unwrap();
            let arrival = if at_start { Arrival::AtStart } else { Arrival::During };
            let timing = read(Some(claim), duration.map(Duration::from_secs), arrival, NOW);
            if let (Some(start), Some(end)) = (timing.start, timing.end) {
                prop_assert!(start <= end);
            }
        }
    }
}
