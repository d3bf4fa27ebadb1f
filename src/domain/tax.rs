//! How many percent a tax type stands for, as far as its name says so.

use super::money::parse_scaled;

/// Xero's names for UK rates of nought percent, in lower case.
const WITHOUT_TAX: [&str; 15] = [
    "ec acquisitions (zero)",
    "exempt",
    "exempt expenses",
    "exempt income",
    "no vat",
    "none",
    "outside the scope of vat",
    "tax exempt",
    "zero rated",
    "zero rated capital purchases",
    "zero rated ec expenses",
    "zero rated ec goods income",
    "zero rated ec services",
    "zero rated expenses",
    "zero rated income",
];

/// What is understood, for people whose tax type was not.
pub const KNOWN_TAX_TYPES: &str =
    "a name that begins with its percentage, such as “20% (VAT on Income)”, or “Zero Rated Income”, “Exempt Income” or “No VAT”";

/// Percent in ten-thousandths: `20% (VAT on Income)` is 200000. `None` where the name does not tell.
pub fn rate_e4(tax_type: &str) -> Option<i64> {
    let name = tax_type.trim();
    if WITHOUT_TAX.contains(&name.to_lowercase().as_str()) {
        return Some(0);
    }
    let (number, _) = name.split_once('%')?;
    parse_scaled(number.trim_end(), 4).ok().filter(|rate| (0..=1_000_000).contains(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_rate() {
        for (name, rate) in [
            ("20% (VAT on Income)", Some(200_000)),
            (" 5% (VAT on Expenses) ", Some(50_000)),
            ("17.5 % (VAT on Income)", Some(175_000)),
            ("Zero Rated Income", Some(0)),
            ("EXEMPT INCOME", Some(0)),
            ("No VAT", Some(0)),
            ("Reverse Charge", None),
            ("", None),
            ("%", None),
            ("120% of something", None),
            ("-5% (Odd)", None),
            ("VAT 20%", None),
        ] {
            assert_eq!(rate_e4(name), rate, "{name}");
        }
    }

    #[test]
    fn the_names_without_tax_are_in_order_and_in_lower_case() {
        assert!(WITHOUT_TAX.is_sorted());
        assert!(WITHOUT_TAX.iter().all(|name| *name == name.to_lowercase()));
    }
}
