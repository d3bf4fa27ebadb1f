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
    /// Its id here; `None` where it is about no one record.
    pub local_id: Option<String>,
    pub label: String,
    pub external_id: Option<String>,
    pub direction: Direction,
    pub level: Level,
    pub text: String,
    pub advice: String,
    pub sent: String,
    pub received: String,
}

/// Where a message's own page is, as long as the message is kept.
pub fn message_address(code: &str, id: &str) -> String {
    format!("/companies/{code}/messages/{id}")
}

/// One message with what surrounds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// What was sent and what came back are laid out to be read.
    pub message: MessageRow,
    pub run: super::results::RunRow,
    /// Ids of the messages before and after it of the same record; of the same sync where it is about none.
    pub earlier: Option<String>,
    pub later: Option<String>,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPage {
    pub messages: Vec<MessageRow>,
    /// There are older ones that match.
    pub more: bool,
    /// How far the looking went where it ended before the page was full.
    pub looked: Option<Looked>,
    /// The latest runs, and the one the log is narrowed to where it is older.
    pub runs: Vec<super::results::RunRow>,
}

/// A long log is looked through a part at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Messages looked at.
    pub messages: u64,
    /// When the oldest of them was written.
    pub back_to: super::time::Moment,
    /// Its id: older ones are looked at from here on.
    pub before: String,
}
