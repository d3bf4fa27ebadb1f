//! Both sides of a conflict, and what of them differs.

use crate::domain::money::grouped;
use serde::{Deserialize, Serialize};

/// One side: what people compare of a record. Contacts and payments leave out what they lack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConflictSide {
    pub external_id: Option<String>,
    /// A document's number, a contact's name.
    #[serde(alias = "number", alias = "name")]
    pub label: String,
    pub contact: Option<String>,
    /// `YYYY-MM-DD`.
    pub issue_date: Option<String>,
    pub due_date: Option<String>,
    pub currency: Option<String>,
    /// Minor units.
    pub net: Option<i64>,
    pub tax: Option<i64>,
    pub gross: Option<i64>,
    /// How many lines a document has.
    pub lines: Option<u64>,
}

/// One thing both sides say, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub what: &'static str,
    pub ours: String,
    pub theirs: String,
    pub differs: bool,
}

/// What either side says, one below the other. `currency` is that of amounts whose side names none.
pub fn compare(ours: &ConflictSide, theirs: &ConflictSide, currency: &str) -> Vec<Compared> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let money = |side: &ConflictSide, amount: Option<i64>| {
        amount.map(|amount| grouped(amount, side.currency.as_deref().unwrap_or(currency))).unwrap_or_default()
    };
    let lines = |side: &ConflictSide| side.lines.map(|lines| lines.to_string()).unwrap_or_default();
    let rows: [(&'static str, &dyn Fn(&ConflictSide) -> String); 9] = [
        ("Number or name", &|side| side.label.clone()),
        ("Contact", &|side| text(&side.contact)),
        ("Date", &|side| text(&side.issue_date)),
        ("Due", &|side| text(&side.due_date)),
        ("Currency", &|side| text(&side.currency)),
        ("Net", &|side| money(side, side.net)),
        ("Tax", &|side| money(side, side.tax)),
        ("Total", &|side| money(side, side.gross)),
        ("Lines", &lines),
    ];
    rows.into_iter()
        .map(|(what, of)| (what, of(ours), of(theirs)))
        .filter(|(_, ours, theirs)| !ours.is_empty() || !theirs.is_empty())
        .map(|(what, ours, theirs)| Compared { what, differs: ours != theirs, ours, theirs })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_marked_and_what_neither_has_is_left_out() {
        let ours = ConflictSide {
            label: "1001".into(),
            contact: Some("Marlow Bakery".into()),
            currency: Some("GBP".into()),
            gross: Some(102_000),
            lines: Some(1),
            ..ConflictSide::default()
        };
        let theirs = ConflictSide { external_id: Some("X".into()), gross: Some(99_950), ..ours.clone() };
        let compared = compare(&ours, &theirs, "GBP");
        let differing: Vec<_> = compared.iter().filter(|row| row.differs).collect();
        assert_eq!(compared.len(), 5);
        assert_eq!(differing, [&Compared { what: "Total", ours: "1,020.00".into(), theirs: "999.50".into(), differs: true }]);
        let payment = ConflictSide { gross: Some(5), ..ConflictSide::default() };
        assert_eq!(compare(&payment, &ConflictSide::default(), "GBP")[0].ours, "0.05");
    }
}
