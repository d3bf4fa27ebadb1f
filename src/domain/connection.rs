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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    pub provider: Provider,
    pub organisation: String,
    pub access: Access,
    /// Why access was lost, in the accounting side's words.
    pub lost_reason: Option<String>,
    pub connected: Moment,
    /// When onboarding was confirmed.
    pub onboarded: Option<Moment>,
    /// `YYYY-MM-DD`.
    pub sync_from: String,
    pub schedule: Schedule,
    pub next_sync: Option<Moment>,
}

/// What the integration page of a company shows, but for the company's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    pub connection: Option<ConnectionView>,
    /// Where matching stands; there while the accounting side lets us in.
    pub matching: Option<MatchReport>,
    /// The accounting side itself, where that is a practice ledger.
    pub practice: Option<PanelState>,
    /// Today in the company's time zone, `YYYY-MM-DD`.
    pub today: String,
    pub time_zone: String,
}
