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
