//! Both sides of a conflict, and what of them differs.

use crate::domain::{message::Entity, money::grouped};
use serde::{Deserialize, Serialize};

/// What one side holds of a record that is in conflict. Amounts are minor units of the currency; what this kind of
/// record does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConflictSide {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// A document's number, a contact's name, a payment's reference.
    pub label: String,
    /// The contact's name; `None` where this side's contact is not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `YYYY-MM-DD`; of a payment, the day it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<i64>,
    /// Of a payment, its amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gross: Option<i64>,
    /// How many lines it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u32>,
    /// `approved`, `void` or `draft`; of a contact, `active` or `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The other side only: the contact's id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// The other side only: tells whether it is still what a person saw.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
}

/// One thing both sides say, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub what: &'static str,
    pub ours: String,
    pub theirs: String,
    pub differs: bool,
}

/// What either side says of a record, one below the other. `currency` is that of amounts whose side names none.
pub fn compare(entity: Entity, ours: &ConflictSide, theirs: &ConflictSide, currency: &str) -> Vec<Compared> {
    let called = if entity == Entity::Contact { "Name" } else { "Number" };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let money = |side: &ConflictSide, amount: Option<i64>| {
        amount.map(|amount| grouped(amount, side.currency.as_deref().unwrap_or(currency))).unwrap_or_default()
    };
    let said = |side: &ConflictSide| {
        // A payment has no number; what stands for one is its reference.
        let label = if entity == Entity::Payment { String::new() } else { side.label.clone() };
        [
            (called, label),
            ("Contact", text(&side.contact)),
            ("Email", text(&side.email)),
            ("Address", text(&side.address)),
            ("Country", text(&side.country)),
            ("Reference", text(&side.reference)),
            ("Date", text(&side.issue_date)),
            ("Due", text(&side.due_date)),
            ("Currency", text(&side.currency)),
            ("Net", money(side, side.net)),
            ("Tax", money(side, side.tax)),
            ("Total", money(side, side.gross)),
            ("Lines", side.lines.map(|lines| lines.to_string()).unwrap_or_default()),
            ("State", text(&side.state)),
        ]
    };
    said(ours)
        .into_iter()
        .zip(said(theirs))
        .map(|((what, ours), (_, theirs))| Compared { what, differs: ours != theirs, ours, theirs })
        .filter(|row| !row.ours.is_empty() || !row.theirs.is_empty())
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
        let compared = compare(Entity::Invoice, &ours, &theirs, "GBP");
        let differing: Vec<_> = compared.iter().filter(|row| row.differs).collect();
        assert_eq!(compared.len(), 5);
        assert_eq!(differing, [&Compared { what: "Total", ours: "1,020.00".into(), theirs: "999.50".into(), differs: true }]);
        let payment = ConflictSide { gross: Some(5), ..ConflictSide::default() };
        assert_eq!(compare(Entity::Payment, &payment, &ConflictSide::default(), "GBP")[0].ours, "0.05");
    }
}
