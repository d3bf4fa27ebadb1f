//! Files that people open in a spreadsheet.

use std::borrow::Cow;

/// Shown as nothing at all.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A cell that a spreadsheet would take for a formula is marked as text: names come from outside. Some trim a cell before
/// they look at it, and some read the wide signs of East Asian keyboards like the narrow ones.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || c == BYTE_ORDER_MARK;
    let is_formula = cell.trim_start_matches(is_blank).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let is_moved = cell.starts_with(|c: char| c.is_control());
    if is_formula || is_moved { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_formula_gets_through() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{a0}=1", "\u{feff}=1", "＝1", "\tx"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["Rent = 5", "a=1", "", " ", " Rent"] {
            assert_eq!(harmless(text), text);
        }
    }
}
