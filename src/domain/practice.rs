//! What the panel of a practice ledger shows: the accounting side as a person sees it who works there. The panel
//! is how each status can be brought about by hand, and resolved by hand.

use super::document::DocumentKind;
use serde::{Deserialize, Serialize};

/// The slowest a practice ledger can be made to answer: twice what a client waits.
pub const MAX_DELAY_MS: i64 = 60_000;
/// The most requests a minute a limit can allow; without a limit there is no bound.
pub const MAX_RATE_LIMIT: i64 = 10_000;

/// One practice ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelState {
    pub ledger_id: String,
    pub name: String,
    pub currency: String,
    /// Whether the access it granted still holds.
    pub access: bool,
    pub offline: bool,
    pub delay_ms: i64,
    /// Requests a minute; 0: no limit.
    pub rate_limit: i64,
    /// Nothing dated on or before this day (`YYYY-MM-DD`) can be changed.
    pub locked_until: Option<String>,
    /// By code.
    pub accounts: Vec<PanelAccount>,
    pub tax_rates: Vec<PanelTaxRate>,
    /// The archived ones, then those changed last; a few of each.
    pub contacts: Vec<PanelContact>,
    /// Those changed last, newest first; a few.
    pub documents: Vec<PanelDocument>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelAccount {
    pub id: String,
    pub code: String,
    pub name: String,
    /// `revenue`, `expense`, `bank`, `asset`, `liability` or `equity`.
    pub class: String,
    /// Kept by the ledger itself: takes no lines and cannot be archived.
    pub system: bool,
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelTaxRate {
    pub id: String,
    pub name: String,
    /// Percent in ten-thousandths.
    pub rate_e4: i64,
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelContact {
    pub id: String,
    pub name: String,
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelDocument {
    pub id: String,
    pub kind: DocumentKind,
    pub number: String,
    pub contact: String,
    pub reference: String,
    /// `YYYY-MM-DD`.
    pub issue_date: String,
    /// In minor units; credit notes are negative.
    pub gross: i64,
    pub outstanding: i64,
    pub voided: bool,
}
