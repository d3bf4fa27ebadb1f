//! Decimal numbers of JSON as integers of a fixed scale and back, without the errors of binary fractions: the books are
//! kept to the cent.

use serde_json::Value;

/// A number as `value * 10^places`, rounded half away from zero; `None` where it is not a number or beyond all books.
pub fn scaled(value: &Value, places: u32) -> Option<i64> {
    let Value::Number(number) = value else { return None };
    let mut text = number.to_string();
    if text.contains(['e', 'E']) {
        text = format!("{:.12}", number.as_f64()?);
    }
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let kept: String = part.chars().chain(std::iter::repeat('0')).take(places as usize + 1).collect();
    let tenfold: i128 = format!("{whole}{kept}").parse().ok()?;
    i64::try_from(sign * ((tenfold + 5) / 10)).ok()
}

/// `value / 10^places` as JSON shows it.
pub fn number(value: i64, places: i32) -> Value {
    Value::from(value as f64 / 10f64.powi(places))
}

/// An amount in cents as JSON shows it.
pub fn money(cents: i64) -> Value {
    number(cents, 2)
}

/// `value / divisor`, rounded half away from zero.
pub fn rounded(value: i128, divisor: i128) -> i64 {
    let half = divisor / 2 * value.signum();
    i64::try_from((value + half) / divisor).expect("an amount of books")
}
