//! What tests tell the server, and what it tells them, at `/_peer/do`: things that people do in Xero, what goes wrong from
//! now on, and everything that is there. Nothing goes wrong with these themselves.

use super::{
    faults::Faults,
    server::{books::Kind, limits::Limits},
    setup::Setup,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Makes an app, or replaces it.
    App {
        client_id: String,
        secret: Option<String>,
        redirects: Vec<String>,
    },
    /// Makes an organisation; answers its tenant id.
    Organisation(Box<Setup>),
    /// What the next person chooses whom an app sends to agree.
    Choose {
        client_id: String,
        tenants: Vec<String>,
        is_refused: bool,
    },
    /// Lets an app in without a person who agrees; answers [`Granted`].
    Grant {
        client_id: String,
        tenants: Vec<String>,
        scopes: Vec<String>,
    },
    /// Takes all apps' connections to an organisation away.
    Disconnect {
        tenant: String,
    },
    /// Ends all grants that let in to an organisation.
    Revoke {
        tenant: String,
    },
    /// Ends the access tokens that let in to an organisation.
    Expire {
        tenant: String,
    },
    /// Answers what an organisation is now.
    Setup {
        tenant: String,
    },
    /// Makes it another one.
    Change {
        tenant: String,
        setup: Box<Setup>,
    },
    /// A write as an app would send it, done by a person; answers the elements.
    Person {
        tenant: String,
        method: String,
        path: String,
        body: Value,
    },
    /// Something that goes through the bank account; answers the id of the credit.
    Bank {
        tenant: String,
        deed: BankDeed,
    },
    Faults {
        tenant: String,
        faults: Faults,
    },
    Limits {
        tenant: String,
        limits: Limits,
    },
    /// How far its clock is ahead of this machine's, in milliseconds.
    Skew {
        tenant: String,
        ms: i64,
    },
    /// For how long access tokens let in that are given from now on, in milliseconds.
    TokenLife {
        tenant: String,
        ms: i64,
    },
    /// Answers [`Held`].
    Held {
        tenant: String,
    },
    /// Answers all [`super::server::books::Write`]s of apps.
    Writes {
        tenant: String,
    },
    /// Answers all [`super::server::events::Event`]s.
    Events {
        tenant: String,
    },
    /// Requests of apps wait before they are worked on, from now on or no more.
    Hold {
        tenant: String,
        is_on: bool,
    },
    /// Answers [`super::server::books::Counts`].
    Counts {
        tenant: String,
    },
    /// From now on it is noted which processes ask.
    NoteAskers,
    /// Answers the [`super::server::askers::Askers`] since.
    Askers,
    /// What clients did that the protocol does not have; `None`: of all organisations.
    Violations {
        tenant: Option<String>,
    },
}

/// What people do in the bank account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BankDeed {
    /// Money before there is an invoice, or beyond it: a prepayment or an overpayment of so many cents.
    Credit { kind: Kind, reference: String, contact: String, date: String, amount: i64 },
    /// Removes it again.
    Undo { id: String },
}

/// Tokens and what they let in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub client_id: String,
    pub tenant_id: String,
    pub connection_id: String,
    pub access_token: String,
    pub refresh_token: String,
}

/// Everything an organisation holds, each record as Xero's JSON shows it, with its lines, archived and voided ones too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub contacts: Vec<Value>,
    pub invoices: Vec<Value>,
    pub credit_notes: Vec<Value>,
    pub prepayments: Vec<Value>,
    pub overpayments: Vec<Value>,
    pub payments: Vec<Value>,
}
