//! What rate documents were taxed at: their lines carry net and tax, so it can be told, and laid beside what the accounting
//! side says of a tax rate.

use crate::domain::record::diff::plain;
use serde::{Deserialize, Serialize};

/// What the lines of one tax type come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxedLines {
    pub lines: i64,
    /// Sums of the amounts without their signs, in minor units.
    pub net: i64,
    pub tax: i64,
}

impl TaxedLines {
    /// Whether they were taxed at a rate (percent in ten-thousandths). Each line was rounded, so each may be off by a
    /// minor unit.
    pub fn are_at(self, rate_e4: i64) -> bool {
        let difference = i128::from(self.tax) * 1_000_000 - i128::from(self.net) * i128::from(rate_e4);
        difference.abs() <= i128::from(self.lines) * 1_000_000
    }

    /// The roundest rate that explains them, percent in ten-thousandths; `None` where there is no amount to tell it by.
    pub fn rate_e4(self) -> Option<i64> {
        if self.net <= 0 {
            return None;
        }
        let exact = i128::from(self.tax) * 1_000_000 / i128::from(self.net);
        let exact = i64::try_from(exact).ok()?;
        let rounded = |step: i64| (exact + step / 2) / step * step;
        Some([10_000, 5_000, 1_000, 100].map(rounded).into_iter().find(|rate| self.are_at(*rate)).unwrap_or_else(|| rounded(100)))
    }
}

/// `20%`, `17.5%`.
pub fn percent(rate_e4: i64) -> String {
    format!("{}%", plain(rate_e4, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roundest_rate_that_explains_the_lines_is_theirs() {
        let rate = |lines, net, tax| TaxedLines { lines, net, tax }.rate_e4().map(percent);
        assert_eq!(rate(3, 99_999, 20_001).as_deref(), Some("20%"));
        assert_eq!(rate(1, 100_000, 17_500).as_deref(), Some("17.5%"));
        assert_eq!(rate(2, 100_000, 0).as_deref(), Some("0%"));
        // Two rates under one name are neither of them.
        assert_eq!(rate(2, 200_000, 27_777).as_deref(), Some("13.89%"));
        assert_eq!(rate(1, 0, 0), None);
    }

    #[test]
    fn another_rate_is_told_apart_and_a_rounded_penny_is_not() {
        let lines = TaxedLines { lines: 2, net: 10_001, tax: 2_001 };
        assert!(lines.are_at(200_000));
        assert!(!lines.are_at(175_000) && !lines.are_at(0));
        assert!(TaxedLines { lines: 1, net: i64::MAX, tax: i64::MAX }.are_at(1_000_000));
    }
}
