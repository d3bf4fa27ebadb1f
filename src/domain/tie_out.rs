//! Control totals: proof that both sides hold the same, to the cent.

use super::message::Entity;
use serde::{Deserialize, Serialize};

/// What is tied out, in the order it is shown.
pub const TIED_OUT: [Entity; 4] = [Entity::Invoice, Entity::Bill, Entity::CreditNote, Entity::Payment];

/// The name of an entity's totals in JSON.
pub fn plural(entity: Entity) -> &'static str {
    match entity {
        Entity::Invoice => "invoices",
        Entity::Bill => "bills",
        Entity::CreditNote => "credit_notes",
        Entity::Payment => "payments",
        Entity::Contact => "contacts",
        other => other.as_str(),
    }
}

/// Sums over the records of one entity in minor units. Credit notes are negative. A payment has a gross only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotals {
    pub count: i64,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    pub outstanding: i64,
}

impl ControlTotals {
    pub fn add(&mut self, other: ControlTotals) {
        self.count += other.count;
        self.net += other.net;
        self.tax += other.tax;
        self.gross += other.gross;
        self.outstanding += other.outstanding;
    }

    /// These without those.
    pub fn without(self, other: ControlTotals) -> ControlTotals {
        ControlTotals {
            count: self.count - other.count,
            net: self.net - other.net,
            tax: self.tax - other.tax,
            gross: self.gross - other.gross,
            outstanding: self.outstanding - other.outstanding,
        }
    }
}

/// One record that makes up a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub label: String,
    pub local_id: Option<String>,
    pub external_id: Option<String>,
    /// `None`: that side does not hold it.
    pub local: Option<ControlTotals>,
    pub external: Option<ControlTotals>,
}

/// One entity, both sides next to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityTieOut {
    pub entity: Entity,
    pub local: ControlTotals,
    pub external: ControlTotals,
    pub differences: Vec<Difference>,
}

impl EntityTieOut {
    pub fn in_balance(&self) -> bool {
        self.local == self.external && self.differences.is_empty()
    }
}
