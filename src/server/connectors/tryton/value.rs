//! Tryton's JSON: plain values, and objects with a `__class__` for decimals, days and moments. A value that is not there
//! or not what it should be reads as empty; what must be there is asked for by its own function.

use crate::domain::money::parse_scaled;
use jiff::{SignedDuration, civil};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A moment by the clock of Tryton's database, to the microsecond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(civil::DateTime);

impl TryFrom<String> for Moment {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Moment, jiff::Error> {
        text.parse().map(Moment)
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.0.to_string()
    }
}

impl Moment {
    /// What stands at a path; `None` where nothing does.
    pub fn at(record: &Value, path: &str) -> Option<Moment> {
        let value = at(record, path);
        let part = |name: &str| value.get(name).and_then(Value::as_i64).unwrap_or_default();
        let whole = |name: &str| i8::try_from(part(name)).ok();
        let nanoseconds = i32::try_from(part("microsecond")).ok()?.checked_mul(1000)?;
        let year = i16::try_from(part("year")).ok()?;
        let moment = civil::DateTime::new(
            year,
            whole("month")?,
            whole("day")?,
            whole("hour")?,
            whole("minute")?,
            whole("second")?,
            nanoseconds,
        );
        moment.ok().map(Moment)
    }

    pub fn before(self, milliseconds: i64) -> Moment {
        Moment(self.0.saturating_sub(SignedDuration::from_millis(milliseconds)))
    }

    pub fn write(&self) -> Value {
        let moment = self.0;
        json!({
            "__class__": "datetime",
            "year": moment.year(), "month": moment.month(), "day": moment.day(),
            "hour": moment.hour(), "minute": moment.minute(), "second": moment.second(),
            "microsecond": moment.subsec_nanosecond() / 1000,
        })
    }
}

/// What stands at a path such as `party.name`; `Null` where nothing does.
pub fn at<'a>(record: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(record, |value, name| value.get(name).unwrap_or(&Value::Null))
}

pub fn text<'a>(record: &'a Value, path: &str) -> &'a str {
    at(record, path).as_str().unwrap_or_default()
}

pub fn id(record: &Value, path: &str) -> Option<i64> {
    at(record, path).as_i64()
}

/// SQLite answers 0 and 1 for some.
pub fn truth(record: &Value, path: &str) -> bool {
    let value = at(record, path);
    value.as_bool().or_else(|| value.as_i64().map(|number| number != 0)).unwrap_or_default()
}

pub fn list<'a>(record: &'a Value, path: &str) -> &'a [Value] {
    at(record, path).as_array().map_or(&[], Vec::as_slice)
}

/// A decimal in plain digits: Python writes some with an exponent, as `0E-10` and `1E+2`. Empty where there is none.
pub fn decimal(record: &Value, path: &str) -> String {
    let text = text(at(record, path), "decimal");
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return text.to_owned() };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let digits = format!("{whole}{fraction}");
    // Where the point stands among the digits; no amount has a thousand of them.
    let point = (whole.len() as i64 + exponent).clamp(-1_000, 1_000);
    let length = digits.len() as i64;
    let nought = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    match point {
        ..=0 => format!("{sign}0.{}{digits}", nought(-point)),
        _ if point >= length => format!("{sign}{digits}{}", nought(point - length)),
        _ => {
            let (whole, fraction) = digits.split_at(point as usize);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// A decimal as an integer of 10^-digits, further places rounded half away from zero; nought where there is none.
pub fn rounded(record: &Value, path: &str, digits: u32) -> i64 {
    let text = &decimal(record, path);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let kept = fraction.char_indices().nth(digits as usize);
    let Some((end, next)) = kept else { return parse_scaled(text, digits).unwrap_or_default() };
    let cut = parse_scaled(&format!("{whole}.{}", &fraction[..end]), digits).unwrap_or_default();
    match next >= '5' {
        true if text.starts_with('-') => cut - 1,
        true => cut + 1,
        false => cut,
    }
}

/// A day as `YYYY-MM-DD`; empty where there is none.
pub fn day(record: &Value, path: &str) -> String {
    let day = at(record, path);
    match (id(day, "year"), id(day, "month"), id(day, "day")) {
        (Some(year), Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
        _ => String::new(),
    }
}

/// `YYYY-MM-DD` as Tryton writes a day; `None` where it is none.
pub fn write_day(day: &str) -> Option<Value> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(json!({ "__class__": "date", "year": day.year(), "month": day.month(), "day": day.day() }))
}

/// A decimal such as `-1250.00` as Tryton writes it.
pub fn write_decimal(decimal: &str) -> Value {
    json!({ "__class__": "Decimal", "decimal": decimal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_what_they_are_and_missing_ones_as_empty() {
        let record = json!({
            "party": { "name": "Ann" },
            "closed": 1,
            "date": { "__class__": "date", "year": 2010, "month": 12, "day": 1 },
            "amount": { "__class__": "Decimal", "decimal": "-1250.005" },
        });
        assert_eq!(text(&record, "party.name"), "Ann");
        assert_eq!((text(&record, "party.code"), day(&record, "due")), ("", String::new()));
        assert!(truth(&record, "closed") && !truth(&record, "active"));
        assert_eq!(day(&record, "date"), "2010-12-01");
        assert_eq!(write_day("2010-12-01").as_ref(), record.get("date"));
        assert_eq!(write_day("1 December"), None);
        let amounts: Vec<i64> = (0..=4).map(|digits| rounded(&record, "amount", digits)).collect();
        assert_eq!(amounts, [-1250, -12_500, -125_001, -1_250_005, -12_500_050]);
        assert_eq!(rounded(&record, "missing", 2), 0);
        for (python, plain) in
            [("0E-10", "0.0000000000"), ("1E+2", "100"), ("-1.5E+1", "-15"), ("1.25E+1", "12.5"), ("-2E-7", "-0.0000002")]
        {
            assert_eq!(decimal(&json!({ "rate": write_decimal(python) }), "rate"), plain);
        }
    }
}
