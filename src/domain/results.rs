//! What the results page of a company shows: what needs a person, whether both sides agree, and the recent syncs.

mod asked;
mod conflict;

pub use asked::{Asked, MOST_OPEN};
pub use conflict::{Compared, ConflictSide, compare};

use super::matching::{ExternalItem, ReferenceKind, key};
use super::message::{Direction, Entity, Level, ProblemKind};
use super::neighbour::Beside;
use super::run::{RunKind, RunScope, RunState, Stage, words};
use super::tie_out::EntityTieOut;
use super::time::Moment;
use serde::{Deserialize, Serialize};

/// Causes the page lists; the rest are counted.
pub const CAUSES: usize = 8;

/// Messages of a record that are shown under its row.
pub const ATTEMPTS: usize = 10;

/// For how long what was done can be undone from the results page, milliseconds.
pub const UNDO_MS: i64 = 15 * 60 * 1000;

/// The longest note to a problem that is set aside, in characters.
pub const MAX_NOTE: u32 = 500;

/// What of a record leads to its problem: a value here that can be mapped to something else there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub kind: ReferenceKind,
    /// As documents carry it: an account code, the name of a tax rate, a tracking option.
    pub value: String,
}

/// Something there that values can be mapped to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub item: ExternalItem,
    /// The values it was matched with, whether or not documents still use them.
    pub stands_for: Vec<String>,
}

impl Choice {
    /// Whether a value may be mapped to it: each item stands for one value, blanks and capitals aside.
    pub fn fits(&self, subject: &Subject) -> bool {
        self.item.kind == subject.kind && self.stands_for.iter().all(|value| key(value) == key(&subject.value))
    }
}

/// Problems with the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseGroup {
    pub cause: String,
    pub advice: String,
    pub kind: ProblemKind,
    /// Records of each kind, most first.
    pub records: Vec<(Entity, u64)>,
    /// What can be mapped to something else to mend all of them.
    pub subject: Option<Subject>,
}

words! {
    /// Whether the two sides know of each other's record.
    LinkStatus {
        Linked = "linked", "Linked";
        Not = "not", "Not linked";
        /// Left out of syncs by a person.
        Unlinked = "unlinked", "Unlinked";
    }
}

/// A record that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub label: String,
    /// Where its page is.
    pub address: Option<String>,
}

/// A problem that a person set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    pub by: String,
    pub at: Moment,
    /// `None`: until it changes.
    pub until: Option<Moment>,
    pub note: String,
}

/// A row: one record, however often it failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProblemRow {
    pub id: String,
    pub entity: Entity,
    pub label: String,
    /// Where the record's page is; `None` where only the other side holds it.
    pub address: Option<String>,
    pub external_id: Option<String>,
    pub direction: Direction,
    pub link: LinkStatus,
    pub kind: ProblemKind,
    /// The readable cause; the same for every record that fails for the same reason.
    pub cause: String,
    pub advice: String,
    /// What the accounting software said, word for word.
    pub detail: String,
    pub blocked_by: Option<Blocker>,
    /// Conflicts: what we hold, and what they hold.
    pub sides: Option<(ConflictSide, ConflictSide)>,
    /// A person chose to take theirs over, and the next sync does it.
    pub adopting: bool,
    pub set_aside: Option<SetAside>,
    pub resolved: Option<Moment>,
    pub first_seen: Moment,
    pub last_seen: Moment,
    pub times: u64,
}

impl ProblemRow {
    /// Whether it counts as open: neither resolved nor set aside nor left out of syncs.
    pub fn is_open(&self) -> bool {
        self.resolved.is_none() && self.set_aside.is_none() && self.kind != ProblemKind::Unlinked
    }
}

/// One message about a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The message's id.
    pub id: String,
    pub run_id: String,
    pub at: Moment,
    pub direction: Direction,
    pub level: Level,
    pub text: String,
}

/// What is unfolded under a row: the latest attempts, newest first, and what went over in the last exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Whose row it belongs under.
    pub problem: String,
    pub attempts: Vec<Attempt>,
    pub sent: String,
    pub received: String,
}

/// Something that was done a moment ago and can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    pub id: String,
    pub summary: String,
    pub at: Moment,
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

impl RunRow {
    /// Whether this sync has gone through since a tie-out, and made none itself.
    pub fn is_after(&self, tie_out: &TieOutView) -> bool {
        self.id != tie_out.run_id && self.state == RunState::Completed
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
    /// What the address asks for; a page beyond the last is the last.
    pub asked: Asked,
    /// What of the address was not understood.
    pub notices: Vec<String>,
    /// Records that need a person, the chosen cause aside.
    pub failing: u64,
    /// Those that come right with what they wait for.
    pub blocked: u64,
    /// Those left out of syncs.
    pub unlinked: u64,
    /// What needs a person first, most records first. Of open problems only.
    pub causes: Vec<CauseGroup>,
    /// Causes there are besides.
    pub more_causes: u64,
    /// What values here can be mapped to, where a cause asks for it.
    pub choices: Vec<Choice>,
    /// What fails first, then what is blocked by it; the latest first.
    pub problems: Vec<ProblemRow>,
    /// Rows of the list, all its pages taken together.
    pub listed: u64,
    /// Of the rows that are unfolded.
    pub trails: Vec<Trail>,
    /// There are open problems that were not seen since the last success, so that the list leaves them out.
    pub older: bool,
    /// Nothing is listed, and something is set aside.
    pub set_aside: bool,
    pub undoable: Option<Undoable>,
    pub beside: Beside,
    pub tie_out: Option<TieOutView>,
    pub runs: Vec<RunRow>,
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
