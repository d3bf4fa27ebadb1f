//! What the log says of every record and attempt.

use super::run::words;
use serde::{Deserialize, Serialize};

words! {
    Level {
        Info = "info", "Info";
        Warning = "warning", "Warning";
        Error = "error", "Error";
    }
}

words! {
    Direction {
        Out = "out", "Outgoing";
        In = "in", "Incoming";
        None = "none", "Neither way";
    }
}

words! {
    /// What a message, a link or a problem is about.
    Entity {
        Run = "run", "Sync";
        Account = "account", "Account";
        TaxRate = "tax_rate", "Tax rate";
        Tracking = "tracking", "Tracking option";
        Contact = "contact", "Contact";
        Invoice = "invoice", "Invoice";
        Bill = "bill", "Bill";
        CreditNote = "credit_note", "Credit note";
        Payment = "payment", "Payment";
    }
}

words! {
    /// Why a record needs a person.
    ProblemKind {
        Failed = "failed", "Failed";
        /// Waits for another record that failed; not an error of its own.
        Blocked = "blocked", "Blocked";
        /// Both sides differ and only a person can say which is right.
        Conflict = "conflict", "Conflict";
        /// The tie-out found a difference nothing else explains.
        Difference = "difference", "Difference";
        /// Left out of syncs by a person: no error, and listed so that it is not forgotten.
        Unlinked = "unlinked", "Unlinked";
    }
}

/// One line of the message log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: String,
    pub run_id: String,
    pub at: super::time::Moment,
    pub entity: Entity,
    pub label: String,
    pub external_id: Option<String>,
    pub direction: Direction,
    pub level: Level,
    pub text: String,
    pub advice: String,
    pub sent: String,
    pub received: String,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPage {
    pub messages: Vec<MessageRow>,
    /// There are older ones that match.
    pub more: bool,
    /// The latest runs, and the one the log is narrowed to where it is older.
    pub runs: Vec<super::results::RunRow>,
}
