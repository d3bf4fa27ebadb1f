//! Files that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that a spreadsheet would take for a formula is marked as text: names come from outside.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_formula_gets_through() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["Rent = 5", "a=1", ""] {
            assert_eq!(harmless(text), text);
        }
    }
}
