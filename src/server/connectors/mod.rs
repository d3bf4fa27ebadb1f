//! How the engine talks to accounting software: one trait, one folder a provider. A connector translates and
//! reports; it never decides what to send, never retries a write and never touches our records.

pub mod outgoing;
pub mod practice;
pub mod tryton;
pub mod xero;

use super::db::{Db, connections::Connection};
use crate::domain::{
    connection::Budget,
    document::{DocumentKind, Line, Totals},
    message::Entity,
    provider::Provider,
    tie_out::ControlTotals,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::watch;

/// What can be asked for page by page. Reference data is always read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataset {
    Accounts,
    TaxRates,
    Tracking,
    Contacts,
    Invoices,
    Bills,
    CreditNotes,
    Payments,
}

impl Dataset {
    /// The key of its cursor in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Dataset::Accounts => "accounts",
            Dataset::TaxRates => "tax_rates",
            Dataset::Tracking => "tracking",
            Dataset::Contacts => "contacts",
            Dataset::Invoices => "invoices",
            Dataset::Bills => "bills",
            Dataset::CreditNotes => "credit_notes",
            Dataset::Payments => "payments",
        }
    }
}

/// What a connector can do; the engine adapts to it.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// Items one push may carry.
    pub batch: usize,
    pub idempotency: Idempotency,
    /// Whether the accounting side refuses a second sales document with the same number.
    pub unique_numbers: bool,
    /// How often everything is to be read again, because it does not report every change; `None`: it does.
    pub read_whole_every: Option<Duration>,
}

/// How the accounting side recognises a repeated request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// It remembers keys for this long; `None`: for ever.
    Key { remembered: Option<Duration> },
    /// It does not: after an unknown outcome only looking up helps.
    None,
}

/// What a probe tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub id: String,
    pub name: String,
    pub currency: String,
    /// Nothing dated on or before this day (`YYYY-MM-DD`) can be changed.
    pub locked_until: Option<String>,
    /// How it is named in the addresses of its pages, where it has one.
    pub short_code: Option<String>,
}

/// An account, tax rate or tracking option of the accounting side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceItem {
    pub external_id: String,
    /// An account's code; a tax rate's name; `Category: Option` of a tracking option.
    pub code: String,
    pub name: String,
    /// Tax rates: percent in ten-thousandths.
    pub rate_e4: Option<i64>,
    pub archived: bool,
}

/// A contact as either side holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactContent {
    pub name: String,
    pub email: String,
    pub address: String,
    pub country: String,
    pub archived: bool,
}

/// A document as either side holds it. Its contact and its references are external ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentContent {
    pub kind: DocumentKind,
    pub number: String,
    /// External id of the contact.
    pub contact_id: String,
    pub reference: String,
    /// `YYYY-MM-DD`.
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub voided: bool,
    /// `account_code`, `tax_type` and `tracking` hold external ids on the way out and codes or names on the way in.
    pub lines: Vec<Line>,
}

impl DocumentContent {
    pub fn totals(&self) -> Totals {
        Totals::of(&self.lines)
    }
}

/// Money against a document. For a credit note the amount is negative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentContent {
    /// External id of the document.
    pub document_id: String,
    pub paid_on: String,
    pub amount: i64,
    pub reference: String,
    /// Where it is no money that moved but credit that is applied to the document: what that is taken from. What is left out
    /// of the JSON leaves the hashes as they are of payments that were stored before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    /// It was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// A credit note, prepayment or overpayment of which some is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// External id.
    pub id: String,
    pub kind: DocumentKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Contact(ContactContent),
    Document(DocumentContent),
    Payment(PaymentContent),
}

impl Content {
    /// What people call it: `Supplier credit note`, `Credit` where that is applied.
    pub fn label(&self) -> &'static str {
        match self {
            Content::Contact(_) => Entity::Contact.label(),
            Content::Document(document) => document.kind.label(),
            Content::Payment(payment) if payment.credit.is_some() => "Credit",
            Content::Payment(_) => Entity::Payment.label(),
        }
    }
}

/// One record of a pulled page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    pub external_id: String,
    pub content: Content,
    /// Documents: what of the gross is still owed.
    pub outstanding: i64,
    /// Credits: all that is applied of them, as payments; `None` where the accounting side does not tell that.
    pub applied: Option<Vec<External>>,
}

/// The accounting side said by itself that a record has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub organisation_id: String,
    /// As [`Connector::read_named`] has it.
    pub dataset: Dataset,
    pub external_id: String,
}

/// A page, and the cursor that continues after it. Reading a page twice is harmless.
#[derive(Clone, Debug)]
pub struct Page {
    pub items: Vec<External>,
    pub cursor: String,
    pub more: bool,
}

/// One record to create (`external_id` is `None`) or to bring up to date.
#[derive(Clone, Debug)]
pub struct PushItem {
    pub external_id: Option<String>,
    /// The same for every attempt at the same intent.
    pub idempotency_key: String,
    pub content: Content,
}

/// What became of one pushed item: its external id, or why not.
pub type PushOutcome = Result<String, ConnectorError>;

/// By what a record can be found when we do not know whether it arrived.
#[derive(Clone, Debug)]
pub enum NaturalKey {
    Contact {
        name: String,
    },
    /// `contact_id`: external id; numbers of bills are unique with their supplier only.
    Document {
        kind: DocumentKind,
        number: String,
        contact_id: String,
    },
    Payment {
        document_id: String,
        paid_on: String,
        amount: i64,
        reference: String,
        credit: Option<Credit>,
    },
}

/// One line of a tie-out listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub external_id: String,
    pub label: String,
    pub totals: ControlTotals,
}

/// Why something did not work, in terms the engine can act on.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConnectorError {
    /// The access ended and cannot be renewed without a person. Nothing was applied.
    #[error("{0}")]
    NeedsReconnect(String),
    /// Nothing was applied; the same again after the pause works.
    #[error("rate limit: wait {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// The record as it is will not be taken.
    #[error("{message}")]
    Validation { code: String, field: Option<String>, message: String },
    /// It exists already, or was changed there meanwhile.
    #[error("{message}")]
    Conflict { code: String, message: String },
    /// Provably not applied; the same again may work.
    #[error("{0}")]
    Transient(String),
    /// The request went out and no answer came back.
    #[error("{0}")]
    UnknownOutcome(String),
    /// The answer was not what the protocol says.
    #[error("{0}")]
    Protocol(String),
    /// This server may not ask there. Nothing was sent; who runs it can change that, and another try cannot.
    #[error("{0}")]
    Barred(String),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

impl ConnectorError {
    /// Whether it says something about the one record, and not about the connection.
    pub fn is_about_the_record(&self) -> bool {
        matches!(self, ConnectorError::Validation { .. } | ConnectorError::Conflict { .. })
    }
}

/// What is asked for. Where an accounting system limits requests, it says who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody waits for it: a page, a check, a command.
    Person,
    Sync,
    /// A company's first sync, which may take a day's budget and more.
    FirstSync,
}

/// One connection to one organisation of an accounting system.
#[async_trait]
pub trait Connector: Send + Sync {
    fn caps(&self) -> Caps;

    /// Who is there, and does it still let us in?
    async fn probe(&self) -> Result<Organisation, ConnectorError>;

    /// What is left of its rate limit, where that can be told without a call that counts.
    async fn budget(&self) -> Result<Option<Budget>, ConnectorError> {
        Ok(None)
    }

    /// Until when it waits for a rate limit inside of a call, epoch milliseconds, and `None` while it does not; where it ever
    /// does that.
    fn waits(&self) -> Option<watch::Receiver<Option<i64>>> {
        None
    }

    /// Nothing is asked for now, and perhaps not for long.
    async fn rest(&self) {}

    /// All items of a kind of reference data, archived ones too.
    async fn reference(&self, dataset: Dataset) -> Result<Vec<ReferenceItem>, ConnectorError>;

    /// What changed since the cursor; `None` is from the beginning. Drafts are left out.
    async fn pull(&self, dataset: Dataset, cursor: Option<&str>) -> Result<Page, ConnectorError>;

    /// What it will show of a record that it is sent, in codes and names: some of what we say it holds otherwise, or not at all.
    fn as_shown(&self, content: Content) -> Content {
        content
    }

    /// The records of these ids as they are now, in no order: for those whose change a [`Notice`] told. `dataset` is what the
    /// notices had; those that are not there, and drafts, are left out.
    async fn read_named(&self, _dataset: Dataset, _ids: &[String]) -> Result<Vec<External>, ConnectorError> {
        Err(ConnectorError::Unsupported("reading records by their ids"))
    }

    /// One outcome per item, in the same order. An `Err` of the whole means that none was applied, except
    /// [`ConnectorError::UnknownOutcome`]: any of them may have been.
    async fn push(&self, items: &[PushItem]) -> Result<Vec<PushOutcome>, ConnectorError>;

    /// The records that carry a natural key, voided ones left out.
    async fn find(&self, key: &NaturalKey) -> Result<Vec<External>, ConnectorError>;

    /// Control totals of what it holds of an entity dated on or after `from`, voided documents left out. A payment
    /// goes with its document: the document's date decides, for what is outstanding on it has to agree, whenever it
    /// was paid, and money against a document that is left alone is left alone too.
    async fn control_totals(&self, entity: Entity, from: &str) -> Result<ControlTotals, ConnectorError>;

    /// The records behind those totals, a page at a time: what a difference is searched in.
    async fn headers(
        &self,
        entity: Entity,
        from: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<Header>, Option<String>), ConnectorError>;
}

/// The connector to where a connection leads, with what lets it in, for what a person waits for.
pub async fn open(db: &Db, connection: &Connection) -> anyhow::Result<Box<dyn Connector>> {
    open_for(db, connection, Purpose::Person).await
}

/// The same for another purpose.
pub async fn open_for(db: &Db, connection: &Connection, purpose: Purpose) -> anyhow::Result<Box<dyn Connector>> {
    let provider = connection.provider();
    let provider = provider.ok_or_else(|| anyhow::anyhow!("this version has no connector for “{}”", connection.provider))?;
    let secret = super::db::secrets::of_connection(db, db.vault(), &connection.id).await?.unwrap_or_default();
    match provider {
        // Its access is renewed while it is used, and kept where the others find it.
        Provider::Xero => {
            let opened = xero::XeroConnector::from_secret(db, &secret, &connection.organisation_id, Some(&connection.id))?;
            Ok(Box::new(opened.meant_for(purpose)))
        }
        Provider::Practice | Provider::Tryton => with_secret(db, provider, &connection.organisation_id, secret),
    }
}

/// The connector to an organisation, before there is a connection that keeps the secret.
pub fn with_secret(db: &Db, provider: Provider, organisation_id: &str, secret: String) -> anyhow::Result<Box<dyn Connector>> {
    match provider {
        Provider::Practice => Ok(Box::new(practice::PracticeConnector::new(db.clone(), organisation_id, secret))),
        Provider::Tryton => Ok(Box::new(tryton::TrytonConnector::from_secret(&secret, organisation_id)?)),
        Provider::Xero => Ok(Box::new(xero::XeroConnector::from_secret(db, &secret, organisation_id, None)?)),
    }
}
