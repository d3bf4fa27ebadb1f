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

impl RunRow {
    /// Where the run's own page is.
    pub fn address(&self, code: &str) -> String {
        run_address(code, &self.id)
    }
}

/// Where a run's own page is.
pub fn run_address(code: &str, id: &str) -> String {
    format!("/companies/{code}/runs/{id}")
}

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRow {
    pub stage: Stage,
    /// Up to now where it goes on, milliseconds.
    pub took_ms: i64,
    pub goes_on: bool,
    pub sent: u64,
    pub received: u64,
    pub failed: u64,
    pub blocked: u64,
    /// Read or compared, and the same on both sides.
    pub unchanged: u64,
    /// Of the time it took, what it waited for rate limits, milliseconds.
    pub waited_ms: i64,
}

/// A run's page, but for the company's head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub run: RunRow,
    pub asked_for: Moment,
    pub started: Option<Moment>,
    pub ended: Option<Moment>,
    /// Taken up so many times; more than once where a server stopped meanwhile.
    pub attempts: u64,
    /// A rate limit makes it wait until then.
    pub waits_until: Option<Moment>,
    /// In their order; empty for runs of versions that kept none.
    pub stages: Vec<StageRow>,
    pub tie_out: Option<TieOutView>,
    /// Its newest messages.
    pub log: super::message::LogPage,
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
