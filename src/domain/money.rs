//! Money is an integer of minor units beside its currency; quantities and unit amounts are integers of
//! ten-thousandths. No floating point anywhere, so both sides can agree to the cent.

/// Decimal places of a currency's minor unit (ISO 4217).
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// A currency code as ISO 4217 writes it: three capital letters.
pub fn is_currency_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Minor units as a plain decimal string, as JSON and exports carry it: `-1257.39`.
pub fn decimal(minor: i64, currency: &str) -> String {
    scaled(minor, minor_digits(currency))
}

/// Minor units as people read them, with thousands separated: `-1,257.39`.
pub fn grouped(minor: i64, currency: &str) -> String {
    let plain = decimal(minor, currency);
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// An integer of 10^-digits as a decimal string: `scaled(-5, 2)` is `-0.05`.
pub fn scaled(value: i64, digits: u32) -> String {
    let unit = 10u64.pow(digits);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    match digits {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:0width$}", width = digits as usize),
    }
}

/// Reads `-1234.5` as an integer of 10^-digits. Exact: more places than fit (other than zeros), thousands
/// separators, exponents and blanks are refused with the reason.
pub fn parse_scaled(text: &str, digits: u32) -> Result<i64, &'static str> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err("is not a number");
    }
    if unsigned.bytes().any(|byte| byte == b',') {
        return Err("has a comma: write the number without thousands separators, with a point before the decimals");
    }
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err("is not a number");
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > digits as usize {
        return Err("has too many decimal places");
    }
    let mut value: i64 = 0;
    let padding = std::iter::repeat_n(b'0', digits as usize - kept.len());
    for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
        value = value.checked_mul(10).and_then(|value| value.checked_add(i64::from(digit - b'0'))).ok_or("is too large")?;
    }
    Ok(if negative { -value } else { value })
}

/// All of a percentage, in ten-thousandths.
const PERCENT: i128 = 1_000_000;

/// Net and tax of a line in minor units; arguments in ten-thousandths (discount and rate: of a percent).
/// Each is rounded half away from zero. `None` where the result does not fit.
pub fn line_amounts(
    quantity_e4: i64,
    unit_amount_e4: i64,
    discount_e4: i64,
    rate_e4: i64,
    minor_digits: u32,
) -> Option<(i64, i64)> {
    let exact =
        i128::from(quantity_e4).checked_mul(i128::from(unit_amount_e4))?.checked_mul(PERCENT - i128::from(discount_e4))?;
    // exact is in 10^-8 units times 10^6; one minor unit is 10^-digits.
    let per_minor = 10i128.pow(8 - minor_digits) * PERCENT;
    let net = round_half_away(exact, per_minor);
    let net = i64::try_from(net).ok()?;
    Some((net, tax_of(net, rate_e4)?))
}

/// The tax on a net amount, both in minor units; the rate is percent in ten-thousandths. Rounded half away from zero;
/// `None` where the result does not fit.
pub fn tax_of(net: i64, rate_e4: i64) -> Option<i64> {
    i64::try_from(round_half_away(i128::from(net) * i128::from(rate_e4), PERCENT)).ok()
}

fn round_half_away(value: i128, unit: i128) -> i128 {
    let half = unit / 2;
    if value >= 0 { (value + half) / unit } else { (value - half) / unit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_round_to_the_minor_unit() {
        // 12 at 0.85 with 20 %
        assert_eq!(line_amounts(120_000, 8_500, 0, 200_000, 2), Some((1020, 204)));
        // A half is rounded away from zero on both sides.
        assert_eq!(line_amounts(10_000, 50, 0, 0, 2), Some((1, 0)));
        assert_eq!(line_amounts(-10_000, 50, 0, 0, 2), Some((-1, 0)));
        // 10 % off
        assert_eq!(line_amounts(10_000, 1_000_000, 100_000, 200_000, 2), Some((9000, 1800)));
        assert_eq!(line_amounts(10_000, 1_000_000, 0, 100_000, 0), Some((100, 10)));
        assert_eq!(line_amounts(i64::MAX, i64::MAX, 0, 0, 2), None);
    }

    #[test]
    fn text_forms() {
        assert_eq!(decimal(-125_739, "GBP"), "-1257.39");
        assert_eq!(grouped(-125_739, "GBP"), "-1,257.39");
        assert_eq!(grouped(100, "JPY"), "100");
        assert_eq!(grouped(1_234_567, "KWD"), "1,234.567");
        assert_eq!(scaled(-5, 2), "-0.05");
        for bad in ["", ".", "-", "1,000", "1e3", " 1", "1.23456", "9223372036854775808"] {
            assert!(parse_scaled(bad, 4).is_err(), "{bad:?}");
        }
        assert_eq!(parse_scaled("1.50000", 4), Ok(15_000));
        assert_eq!(parse_scaled(".5", 4), Ok(5_000));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in (i64::MIN + 1)..=i64::MAX, digits in 0u32..=4) {
            prop_assert_eq!(parse_scaled(&scaled(value, digits), digits), Ok(value));
        }

        #[test]
        fn a_credit_mirrors_its_invoice(quantity in -10_000_000i64..10_000_000, unit in 0i64..100_000_000, rate in 0i64..1_000_000) {
            let (net, tax) = line_amounts(quantity, unit, 0, rate, 2).unwrap();
            prop_assert_eq!(line_amounts(-quantity, unit, 0, rate, 2), Some((-net, -tax)));
        }
    }
}
