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

/// A decimal as an integer of 10^-digits; `None` where it is none, or does not fit without loss.
pub fn scaled(record: &Value, path: &str, digits: u32) -> Option<i64> {
    parse_scaled(text(at(record, path), "decimal"), digits).ok()
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
