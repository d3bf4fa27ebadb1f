//! What the results page of a company shows: what needs a person, whether both sides agree, and the recent syncs.

use super::message::{Entity, ProblemKind, ProblemRow};
use super::run::{RunKind, RunScope, RunState, Stage};
use super::tie_out::EntityTieOut;
use super::time::Moment;
use serde::{Deserialize, Serialize};

/// Problems on a page.
pub const PAGE: u64 = 50;

/// Open problems with the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseGroup {
    pub cause: String,
    pub advice: String,
    pub entity: Entity,
    pub kind: ProblemKind,
    pub records: u64,
}

/// The last tie-out that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieOutView {
    pub at: Moment,
    pub run_id: String,
    pub entities: Vec<EntityTieOut>,
}

impl TieOutView {
    pub fn in_balance(&self) -> bool {
        self.entities.iter().all(EntityTieOut::in_balance)
    }
}

/// A sync as the list of recent ones shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    pub id: String,
    pub kind: RunKind,
    pub scope: RunScope,
    pub state: RunState,
    pub requested_by: String,
    /// When it started; while it waits, when it was asked for.
    pub at: Moment,
    /// From start to end, milliseconds; `None` while it goes on.
    pub took_ms: Option<i64>,
    pub stage: Option<Stage>,
    pub sent: u64,
    pub received: u64,
    pub failed: u64,
    pub blocked: u64,
    pub errors: u64,
    pub reason: String,
}

/// The page, but for the company's head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Most records first.
    pub causes: Vec<CauseGroup>,
    /// What fails first, then what is blocked by it.
    pub problems: Vec<ProblemRow>,
    /// Problems in the list, all its pages taken together.
    pub listed: u64,
    /// From 1.
    pub page: u64,
    /// The cause the list is narrowed to.
    pub cause: Option<String>,
    pub tie_out: Option<TieOutView>,
    pub runs: Vec<RunRow>,
}

impl Results {
    pub fn pages(&self) -> u64 {
        self.listed.div_ceil(PAGE).max(1)
    }

    /// Records that need a person; blocked ones come right with what they wait for.
    pub fn failing(&self) -> u64 {
        self.causes.iter().filter(|group| group.kind != ProblemKind::Blocked).map(|group| group.records).sum()
    }

    pub fn blocked(&self) -> u64 {
        self.causes.iter().filter(|group| group.kind == ProblemKind::Blocked).map(|group| group.records).sum()
    }
}

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

/// What unlinking would leave out of syncs, before it happens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlinkPreview {
    /// Of each kind of record: how many were chosen, and how many more go with them.
    pub counts: Vec<LeftOut>,
    /// The first of them: chosen ones first.
    pub records: Vec<LeftOutRecord>,
}

impl UnlinkPreview {
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.chosen + count.with_them).sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub entity: Entity,
    pub chosen: u64,
    pub with_them: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutRecord {
    pub entity: Entity,
    pub local_id: String,
    pub label: String,
    /// Whether it was chosen, or goes with one that was.
    pub chosen: bool,
    /// Its id there; `None` where it was never sent.
    pub external_id: Option<String>,
}
