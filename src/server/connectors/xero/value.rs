//! Xero's JSON. Amounts are decimal numbers, which become integers of minor units by way of their digits; dates come as
//! `/Date(1518685950940+0000)/` and go as `2018-02-15`.

use crate::domain::money::scaled;
use serde_json::{Number, Value};

/// A number of JSON carries so many digits exactly, whoever reads it.
const EXACT_DIGITS: u32 = 15;

/// What stands at a path such as `Contact.ContactID`.
pub fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, field| value.get(field).unwrap_or(&Value::Null))
}

/// A text at a path; empty where there is none.
pub fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    at(value, path).as_str().unwrap_or_default()
}

pub fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

pub fn truth(value: &Value, path: &str) -> bool {
    at(value, path).as_bool().unwrap_or_default()
}

/// A number at a path as an integer of 10^-digits, what is finer rounded half away from zero; nought where there is none.
pub fn rounded(value: &Value, path: &str, digits: u32) -> i64 {
    number(value, path, digits).unwrap_or_default()
}

/// The same; `None` where there is no number, or one beyond all amounts.
pub fn number(value: &Value, path: &str, digits: u32) -> Option<i64> {
    match at(value, path) {
        // The shortest digits that stand for it are those it was written with.
        Value::Number(number) => parse(&number.to_string(), digits),
        Value::String(text) => parse(text, digits),
        _ => None,
    }
}

fn parse(text: &str, digits: u32) -> Option<i64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (negative, unsigned) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i128 = all.parse().ok()?;
    let shift = exponent.parse::<i32>().ok()? + i32::try_from(digits).ok()? - i32::try_from(fraction.len()).ok()?;
    let unit = 10i128.checked_pow(shift.unsigned_abs());
    let value = match (shift >= 0, unit) {
        (true, unit) => value.checked_mul(unit?)?,
        (false, Some(unit)) => (value + unit / 2) / unit,
        // Less than anything that counts.
        (false, None) => 0,
    };
    i64::try_from(if negative { -value } else { value }).ok()
}

/// An integer of 10^-digits as a decimal number; `None` where a number of JSON might not carry it exactly.
pub fn decimal(value: i64, digits: u32) -> Option<Value> {
    if value.unsigned_abs() >= 10u64.pow(EXACT_DIGITS) {
        return None;
    }
    Number::from_f64(scaled(value, digits).parse().ok()?).map(Value::Number)
}

/// A moment at a path, in epoch milliseconds.
pub fn moment(value: &Value, path: &str) -> Option<i64> {
    let said = text(value, path);
    match said.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // What follows the milliseconds says in which zone it is shown; they count from the same moment everywhere.
        Some(inner) => {
            let end = inner.bytes().skip(1).position(|byte| matches!(byte, b'+' | b'-')).map_or(inner.len(), |place| place + 1);
            inner[..end].parse().ok()
        }
        None => {
            let moment = said.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(moment.timestamp().as_millisecond())
        }
    }
}

/// A day at a path, as `YYYY-MM-DD`; empty where there is none.
pub fn day(value: &Value, path: &str) -> String {
    let day = moment(value, path).and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    day.map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_by_their_digits() {
        let read = |text: &str, digits| {
            let value: Value = serde_json::from_str(&format!("{{ \"n\": {text} }}")).unwrap();
            number(&value, "n", digits)
        };
        for (text, digits, minor) in [
            ("0.1", 2, Some(10)),
            ("1.005", 2, Some(101)),
            ("-1.005", 2, Some(-101)),
            ("1.0049999", 2, Some(100)),
            ("20.0000", 4, Some(200_000)),
            ("1e-5", 4, Some(0)),
            ("0.00005", 4, Some(1)),
            ("12E2", 0, Some(1_200)),
            ("1234567890123.45", 2, Some(123_456_789_012_345)),
            ("\"46.00\"", 2, Some(4_600)),
            ("\"\"", 2, None),
            ("\"1,000\"", 2, None),
            ("null", 2, None),
            ("1e300", 2, None),
            ("1e-300", 2, Some(0)),
        ] {
            assert_eq!(read(text, digits), minor, "{text}");
        }
    }

    #[test]
    fn moments_and_days() {
        let value = json!({ "a": "/Date(1518685950940+0000)/", "b": "/Date(-86400000)/", "c": "2018-02-15T09:12:30",
            "d": "/Date(1439434356790+1200)/", "e": "soon", "f": "/Date()/" });
        assert_eq!(moment(&value, "a"), Some(1_518_685_950_940));
        assert_eq!(
            ["a", "b", "c", "d", "e", "f", "g"].map(|path| day(&value, path)),
            ["2018-02-15", "1969-12-31", "2018-02-15", "2015-08-13", "", "", ""]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in -999_999_999_999_999i64..=999_999_999_999_999, digits in 0u32..=4) {
            let written = json!({ "n": decimal(minor, digits).unwrap() }).to_string();
            prop_assert_eq!(number(&serde_json::from_str(&written).unwrap(), "n", digits), Some(minor));
        }

        #[test]
        fn nothing_is_written_that_might_not(beyond in 1_000_000_000_000_000i64..=i64::MAX) {
            prop_assert_eq!(decimal(beyond, 2), None);
            prop_assert_eq!(decimal(-beyond, 2), None);
        }
    }
}
