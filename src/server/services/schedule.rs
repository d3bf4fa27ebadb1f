//! When a connection's next automatic sync is due. In the company's own time zone: business hours are the hours
//! of the people who look at its books, on both sides of a clock change.

use crate::domain::schedule::Schedule;
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday, time},
    tz::TimeZone,
};
use sha2::{Digest, Sha256};

/// The hours in which an hourly sync starts, Monday to Friday: the first from 08:00, the last before 18:00.
const BUSINESS_HOURS: std::ops::Range<i8> = 8..18;
/// Overnight syncs start from 01:00 until 04:59.
const OVERNIGHT_FROM: i8 = 1;
const OVERNIGHT_MINUTES: u64 = 4 * 60;

/// The first due time after `after_ms`, epoch milliseconds; `None` where the schedule is off. Companies are spread
/// over the minutes by their id, so that a thousand of them do not all start on the hour.
pub fn next_sync_at(schedule: Schedule, company_id: &str, time_zone: &str, after_ms: i64) -> Result<Option<i64>, jiff::Error> {
    if schedule == Schedule::Off {
        return Ok(None);
    }
    let zone = TimeZone::get(time_zone)?;
    let after = Timestamp::from_millisecond(after_ms)?;
    let today = after.to_zoned(zone.clone()).date();
    let spread = Spread::of(company_id);
    // Yesterday's overnight slot may have been moved to today by a clock change, and today's slots may all be over.
    let mut due = None;
    for days in -1..=2 {
        let date = today.checked_add(days.days())?;
        for slot in slots(schedule, date, spread) {
            // A time that a clock change leaves out happens as much later; one that it repeats, the first time.
            let at = zone.to_ambiguous_timestamp(date.to_datetime(slot)).compatible()?;
            if at > after && due.is_none_or(|due| at < due) {
                due = Some(at);
            }
        }
    }
    Ok(due.map(Timestamp::as_millisecond))
}

/// Whether the name is one of the time zone database.
pub fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

#[derive(Clone, Copy)]
struct Spread {
    minute_of_hour: i8,
    overnight: Time,
}

impl Spread {
    fn of(company_id: &str) -> Spread {
        let digest = Sha256::digest(company_id.as_bytes());
        let number = |from: usize| u64::from(u16::from_be_bytes([digest[from], digest[from + 1]]));
        let overnight = number(2) % OVERNIGHT_MINUTES;
        // Both remainders are far below what an i8 holds.
        Spread {
            minute_of_hour: (number(0) % 60) as i8,
            overnight: time(OVERNIGHT_FROM + (overnight / 60) as i8, (overnight % 60) as i8, 0, 0),
        }
    }
}

fn slots(schedule: Schedule, date: Date, spread: Spread) -> impl Iterator<Item = Time> {
    let hourly = schedule == Schedule::Hourly && !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let business = BUSINESS_HOURS.filter(move |_| hourly).map(move |hour| time(hour, spread.minute_of_hour, 0, 0));
    std::iter::once(spread.overnight).chain(business)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONDON: &str = "Europe/London";
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn local(at: i64, zone: &str) -> jiff::Zoned {
        Timestamp::from_millisecond(at).unwrap().in_tz(zone).unwrap()
    }

    #[test]
    fn off_is_never_due() {
        assert_eq!(next_sync_at(Schedule::Off, "c", "Nowhere/At-all", 0).unwrap(), None);
    }

    #[test]
    fn an_unknown_zone_is_named() {
        assert!(next_sync_at(Schedule::Nightly, "c", "Europe/Lundon", 0).unwrap_err().to_string().contains("Europe/Lundon"));
    }

    #[test]
    fn hourly_rests_at_the_weekend_but_for_the_nights() {
        // From Friday 17:59 local to Monday 08:59 there are three nights and at most the first business hour.
        let friday = ms("2026-11-20T17:59:00Z");
        let mut at = friday;
        let mut due = Vec::new();
        while at < ms("2026-11-23T07:59:00Z") {
            at = next_sync_at(Schedule::Hourly, "0198-quay", LONDON, at).unwrap().unwrap();
            due.push(local(at, LONDON));
        }
        let hours: Vec<i8> = due.iter().map(|at| at.hour()).collect();
        assert!(hours[..3].iter().all(|hour| (1..5).contains(hour)), "{due:?}");
        assert_eq!(hours[3..], [8], "{due:?}");
    }

    #[test]
    fn a_working_day_has_eleven_syncs() {
        let mut at = ms("2026-11-18T00:00:00Z");
        let mut times = 0;
        loop {
            at = next_sync_at(Schedule::Hourly, "0198-quay", LONDON, at).unwrap().unwrap();
            if at >= ms("2026-11-19T00:00:00Z") {
                break;
            }
            times += 1;
        }
        assert_eq!(times, 11);
    }

    /// Each night has one sync, the night of 23 hours and the night of 25 hours too.
    #[test]
    fn a_clock_change_neither_skips_nor_repeats_a_night() {
        for (company, month) in (0..40).flat_map(|n| [(n, 3), (n, 10)]) {
            let company = format!("company-{company}");
            let from = ms(&format!("2026-{month:02}-20T12:00:00Z"));
            let until = ms(&format!("2026-{month:02}-31T12:00:00Z"));
            let mut at = from;
            let mut dates = Vec::new();
            loop {
                at = next_sync_at(Schedule::Nightly, &company, LONDON, at).unwrap().unwrap();
                if at > until {
                    break;
                }
                dates.push(local(at, LONDON).date().day());
            }
            assert_eq!(dates, (21..=31).collect::<Vec<i8>>());
        }
    }

    proptest! {
        #[test]
        fn the_next_one_is_later_and_within_the_hours(
            company in "[0-9a-f]{8}",
            zone in prop::sample::select(vec![LONDON, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC", "America/Sao_Paulo"]),
            after in 1_600_000_000_000i64..2_200_000_000_000,
            hourly: bool,
        ) {
            let schedule = if hourly { Schedule::Hourly } else { Schedule::Nightly };
            let due = next_sync_at(schedule, &company, zone, after).unwrap().unwrap();
            prop_assert!(due > after);
            prop_assert!(due - after <= 26 * HOUR, "{} h", (due - after) / HOUR);
            let at = local(due, zone);
            // A clock change may move a night's sync on by the hour that was left out.
            let overnight = (1..=5).contains(&at.hour());
            let business = hourly && (8..18).contains(&at.hour()) && !matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
            prop_assert!(overnight || business, "{at}");
            // Nothing is due between now and then: asking a moment before gives the same.
            prop_assert_eq!(next_sync_at(schedule, &company, zone, due - 1).unwrap(), Some(due));
        }
    }
}
