//! Times in words, in a company's own time zone: the browser gets text and carries no time zone data.

use crate::domain::time::Moment;
use jiff::{Timestamp, tz::TimeZone};

/// A company's clock on the wall.
#[derive(Clone, Debug)]
pub struct LocalTime(TimeZone);

impl LocalTime {
    /// A zone the database does not know is read as UTC, and the text says so by ending in `UTC`.
    pub fn of(time_zone: &str) -> LocalTime {
        LocalTime(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC))
    }

    /// `23 Nov 2026, 06:02`.
    pub fn moment(&self, ms: i64) -> Moment {
        let suffix = if self.0 == TimeZone::UTC { " UTC" } else { "" };
        let text = Timestamp::from_millisecond(ms)
            .map(|at| at.to_zoned(self.0.clone()).strftime("%-d %b %Y, %H:%M").to_string() + suffix)
            .unwrap_or_default();
        Moment { ms, text }
    }

    /// ISO 8601 in UTC, to the millisecond: `2026-11-23T06:02:00.000Z`.
    pub fn utc(ms: i64) -> String {
        Timestamp::from_millisecond(ms).map(|at| format!("{at:.3}")).unwrap_or_default()
    }

    /// The first moment of a day (`YYYY-MM-DD` and nothing else), epoch milliseconds; `None`: it is no such day.
    pub fn begin_of(&self, day: &str) -> Option<i64> {
        let date: jiff::civil::Date = day.parse().ok()?;
        let begins = date.to_zoned(self.0.clone()).ok()?.timestamp().as_millisecond();
        (date.to_string() == day).then_some(begins)
    }

    /// A day (`YYYY-MM-DD`) in words: `1 Jan 2018`. What is no day stays as it is.
    pub fn day(day: &str) -> String {
        let date: Result<jiff::civil::Date, _> = day.parse();
        date.map_or_else(|_| day.to_owned(), |date| date.strftime("%-d %b %Y").to_string())
    }

    /// The calendar day it is, `YYYY-MM-DD`.
    pub fn today(&self, now_ms: i64) -> String {
        Timestamp::from_millisecond(now_ms).map(|now| now.to_zoned(self.0.clone()).date().to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter_are_told_apart() {
        let london = LocalTime::of("Europe/London");
        assert_eq!(london.moment(1_795_413_720_000).text, "23 Nov 2026, 06:02");
        assert_eq!(london.moment(1_782_194_520_000).text, "23 Jun 2026, 07:02");
        assert_eq!(LocalTime::of("Nowhere").moment(0).text, "1 Jan 1970, 00:00 UTC");
        assert_eq!(london.today(1_782_257_400_000), "2026-06-24");
        assert_eq!(LocalTime::utc(1_795_413_720_005), "2026-11-23T06:02:00.005Z");
        assert_eq!((LocalTime::day("2018-01-01"), LocalTime::day("soon")), ("1 Jan 2018".into(), "soon".into()));
        assert_eq!(london.moment(i64::MAX).text, "");
        assert_eq!(london.begin_of("2026-06-24"), Some(1_782_255_600_000));
        assert_eq!((london.begin_of("2026-02-30"), london.begin_of("24 June 2026")), (None, None));
    }
}
