//! Days and moments as Xero writes and reads them: `/Date(1293753600000+0000)/` on the way out, that or `2010-12-31` on
//! the way in.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds of this machine's clock.
pub fn machine_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    i64::try_from(passed.as_millis()).expect("the clock is before the end of time")
}

/// A moment in milliseconds.
pub fn moment(ms: i64) -> String {
    format!("/Date({ms}+0000)/")
}

/// `2010-12-31T00:00:00` of a day `2010-12-31`.
pub fn day_text(day: &str) -> String {
    format!("{day}T00:00:00")
}

/// A day `YYYY-MM-DD` as a moment.
pub fn day(day: &str) -> String {
    let date: Date = day.parse().expect("the books hold days only");
    moment(date.to_zoned(TimeZone::UTC).expect("a day of books").timestamp().as_millisecond())
}

/// `31 December 2010`, as messages have it.
pub fn day_in_words(day: &str) -> String {
    let date: Date = day.parse().expect("the books hold days only");
    date.strftime("%-d %B %Y").to_string()
}

/// The day `YYYY-MM-DD` that a client means.
pub fn read_day(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        let digits = inside.split_at(inside.rfind(['+', '-']).filter(|at| *at > 0).unwrap_or(inside.len())).0;
        return Some(day_of(digits.parse().ok()?));
    }
    let day = text.split('T').next().filter(|day| day.len() == 10)?;
    day.parse::<Date>().ok().map(|date| date.to_string())
}

/// The day a moment is in.
pub fn day_of(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).expect("a moment of books");
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

/// `2010-12-31T12:00:00` of a moment.
pub fn moment_text(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).expect("a moment of books");
    moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Milliseconds of what `If-Modified-Since` says: `2010-12-31T12:00:00`, in UTC, or a date as HTTP has it.
pub fn read_since(text: &str) -> Option<i64> {
    let plain = text.trim_end_matches('Z').split('.').next().unwrap_or(text);
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%dT%H:%M:%S", plain)
        .or_else(|_| jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text));
    Some(civil.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
