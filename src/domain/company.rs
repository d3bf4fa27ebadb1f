//! What pages show of companies: the overview's rows, tiles and changes.

use super::provider::Provider;
use super::run::{Progress, RunState};
use super::status::SyncStatus;
use super::time::Moment;
use serde::{Deserialize, Serialize};

/// How the last run that ended did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    pub id: String,
    pub at: Moment,
    pub state: RunState,
    /// `completed, 37 failed of 236`, `stopped: the ledger did not answer`.
    pub summary: String,
}

/// A row of the overview: three different facts side by side, how the connection is now, when all was last
/// well, and how the last run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyRow {
    pub code: String,
    pub name: String,
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    pub status: SyncStatus,
    /// The readable reason under the status: `37 invoices: account 200 is archived`.
    pub reason: String,
    pub open_errors: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// Why a sync cannot be started now; `None` where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_blocked: Option<String>,
}

/// One company as its own pages show it, and where to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyNow {
    pub row: CompanyRow,
    /// Everything up to here is in this answer; ask for changes since.
    pub cursor: i64,
    /// The server's clock, epoch milliseconds.
    pub now: i64,
}

/// Counts beside each choice. Each is counted with every other filter applied and its own left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// In the order of [`SyncStatus::ALL`], zeros included.
    pub statuses: Vec<(SyncStatus, u64)>,
    /// In the order of [`Provider::ALL`], zeros included; companies without a connection are in none.
    pub providers: Vec<(Provider, u64)>,
    /// Companies that match the whole filter.
    pub matching: u64,
    /// Companies of the group; no filter applied.
    pub companies: u64,
    pub standing: Standing,
}

/// How the whole group stands, whatever is filtered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Companies that need a person.
    pub attention: u64,
    /// Companies that sync now or wait for their turn.
    pub running: u64,
    /// A sync that goes on has found errors.
    pub troubled: bool,
}

/// The worst of how things stand, as the sync icon shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Something ended in a state that needs a person.
    Attention,
    /// Errors were found by a sync that goes on; they can be mended meanwhile.
    Troubled,
    Fine,
}

impl Standing {
    pub fn flag(self) -> Flag {
        match self {
            Standing { attention: 1.., .. } => Flag::Attention,
            Standing { troubled: true, .. } => Flag::Troubled,
            _ => Flag::Fine,
        }
    }
}

/// The overview's first answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewPage {
    pub group: String,
    pub filter: super::filter::Filter,
    /// What of the URL was not understood.
    pub notices: Vec<String>,
    pub rows: Vec<CompanyRow>,
    pub facets: Facets,
    /// Everything up to here is in this answer; ask for changes since.
    pub cursor: i64,
    /// The server's clock, epoch milliseconds.
    pub now: i64,
}

/// What changed since a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub cursor: i64,
    /// 0 where nothing changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub now: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<CompanyRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<Facets>,
    /// Only where it was asked for: the quick links are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick: Option<QuickLinks>,
    /// More than one answer holds: ask again at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Whether a sync of a company was started, by its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncStarted {
    pub code: String,
    /// Why not, where it was not.
    pub refused: Option<String>,
}

/// A company as the quick links and other short lists name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyLink {
    pub code: String,
    pub name: String,
    pub status: SyncStatus,
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Why a sync cannot be started now; `None` where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_blocked: Option<String>,
}

/// What the quick-links bar shows on every page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickLinks {
    pub cursor: i64,
    /// The server's clock, epoch milliseconds.
    pub now: i64,
    pub standing: Standing,
    /// The first few that run, most recently started first.
    pub active: Vec<CompanyLink>,
    /// The latest few companies that need a person.
    pub problems: Vec<CompanyLink>,
    /// The company the page is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyLink>,
}

/// A company as Settings lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCompany {
    pub code: String,
    pub name: String,
    pub currency: String,
    pub time_zone: String,
    pub status: SyncStatus,
    /// Since when it is archived.
    pub archived: Option<Moment>,
}

/// A page of companies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCompanies {
    pub rows: Vec<ListedCompany>,
    /// Companies whose name or code holds the text.
    pub total: u64,
    pub rows_a_page: u32,
    /// From 1.
    pub page: u32,
    /// Companies in the archive.
    pub archived: u64,
    pub text: String,
}

/// A company and what may be changed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanySettings {
    pub company: ListedCompany,
    /// Documents or a connection are kept in its currency, which stays.
    pub has_books: bool,
}
