//! What people see of a company's connection.

use super::matching::MatchReport;
use super::practice::PanelState;
use super::provider::Provider;
use super::run::words;
use super::schedule::Schedule;
use super::time::Moment;
use serde::{Deserialize, Serialize};

/// The earliest day a sync may begin from, and where it begins unless somebody says otherwise.
pub const EARLIEST_SYNC_FROM: &str = "2000-01-01";

words! {
    /// Whether the accounting side lets us in.
    Access {
        Valid = "valid", "Connected";
        /// Taken away over there; only a person can get it back.
        Lost = "lost", "Access lost";
        /// Given up here; the pairing stays, so that it can be taken up again.
        Disconnected = "disconnected", "Disconnected";
    }
}

/// What is left of a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub left: u64,
    pub of: u64,
    /// `minute`, `day`.
    pub per: &'static str,
}

impl Budget {
    /// `58 of 60 calls left this minute`.
    pub fn words(self) -> String {
        format!("{} of {} calls left this {}", self.left, self.of, self.per)
    }
}

/// What the daily check said last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub at: Moment,
    /// Why it was not well.
    pub error: Option<String>,
}

/// Who paused a connection, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedBy {
    pub by: String,
    pub at: Moment,
    /// Together with all others.
    pub with_everything: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    pub provider: Provider,
    pub organisation: String,
    pub organisation_id: String,
    pub access: Access,
    /// Why access was lost, in the accounting side's words.
    pub lost_reason: Option<String>,
    pub connected: Moment,
    /// Who connected it; empty where that was not noted.
    pub connected_by: String,
    /// When onboarding was confirmed.
    pub onboarded: Option<Moment>,
    /// `YYYY-MM-DD`.
    pub sync_from: String,
    pub schedule: Schedule,
    pub next_sync: Option<Moment>,
    pub probe: Option<Probe>,
    pub next_probe: Option<Moment>,
    pub paused: Option<PausedBy>,
}

/// One of the organisations an access opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationChoice {
    pub id: String,
    pub name: String,
    pub currency: String,
    /// Why it cannot be chosen.
    pub blocked: Option<String>,
}

/// Access that was asked for and is not used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub provider: Provider,
    /// Where, as people know it.
    pub place: String,
    pub by: String,
    pub at: Moment,
    pub sync_from: String,
    pub schedule: Schedule,
    /// Access was given: what it opens is known.
    pub approved: bool,
    pub choices: Vec<OrganisationChoice>,
    /// Why it leads nowhere for now.
    pub trouble: Option<String>,
    /// When it was last seen to wait.
    pub looked: Option<Moment>,
    /// The page of the accounting software's own on which somebody gives it.
    pub way_out: Option<String>,
}

/// Where a Tryton connection leads, for asking there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrytonPlace {
    pub server: String,
    pub database: String,
    /// In whose name access was given; empty where that is not known any more.
    pub user: String,
}

/// What this server is at Xero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct XeroApp {
    pub is_registered: bool,
    /// The address that has to be registered there, for whoever asks.
    pub redirect: String,
    /// The address that its webhooks go to, where this server has one that Xero can reach.
    pub webhooks: Option<String>,
    /// Whether what comes there is taken.
    pub takes_webhooks: bool,
    /// The client id of the custom connection that lets the company in, where one does.
    pub custom: Option<String>,
}

/// What the integration page of a company shows, but for the company's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    pub connection: Option<ConnectionView>,
    pub asked: Option<Asked>,
    /// What is left of the accounting side's rate limit, in words; `None` where it tells none.
    pub budget: Option<String>,
    /// Practice ledgers nobody uses, by id and name: to connect to, or to try to reconnect with.
    pub ledgers: Vec<(String, String)>,
    pub tryton: Option<TrytonPlace>,
    pub xero: XeroApp,
    /// Where matching stands; there while the accounting side lets us in.
    pub matching: Option<MatchReport>,
    /// The accounting side itself, where that is a practice ledger.
    pub practice: Option<PanelState>,
    /// Today in the company's time zone, `YYYY-MM-DD`.
    pub today: String,
    pub time_zone: String,
}
