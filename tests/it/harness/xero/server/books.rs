//! What an organisation holds, and the changes to it. Everything that changes goes through [`Books::apply`], when it
//! happens and when the journal is read again.

use super::{
    super::{faults::Faults, setup::Setup},
    events::{self, Event},
    limits::Limits,
    writing::Resource,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, VecDeque};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub is_archived: bool,
    /// The other fields, as they were written.
    pub fields: Map<String, Value>,
    pub updated: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "ACCREC")]
    Invoice,
    #[serde(rename = "ACCPAY")]
    Bill,
    #[serde(rename = "ACCRECCREDIT")]
    CreditNote,
    #[serde(rename = "ACCPAYCREDIT")]
    BillCreditNote,
    #[serde(rename = "RECEIVE-PREPAYMENT")]
    Prepayment,
    #[serde(rename = "SPEND-PREPAYMENT")]
    BillPrepayment,
    #[serde(rename = "RECEIVE-OVERPAYMENT")]
    Overpayment,
    #[serde(rename = "SPEND-OVERPAYMENT")]
    BillOverpayment,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Invoice => "ACCREC",
            Kind::Bill => "ACCPAY",
            Kind::CreditNote => "ACCRECCREDIT",
            Kind::BillCreditNote => "ACCPAYCREDIT",
            Kind::Prepayment => "RECEIVE-PREPAYMENT",
            Kind::BillPrepayment => "SPEND-PREPAYMENT",
            Kind::Overpayment => "RECEIVE-OVERPAYMENT",
            Kind::BillOverpayment => "SPEND-OVERPAYMENT",
        }
    }

    /// Where it is listed.
    pub fn resource(self) -> Resource {
        match self {
            Kind::Invoice | Kind::Bill => Resource::Invoices,
            Kind::CreditNote | Kind::BillCreditNote => Resource::CreditNotes,
            Kind::Prepayment | Kind::BillPrepayment => Resource::Prepayments,
            Kind::Overpayment | Kind::BillOverpayment => Resource::Overpayments,
        }
    }

    /// Whether it can be given to invoices or bills.
    pub fn is_credit(self) -> bool {
        self.resource() != Resource::Invoices
    }

    pub fn is_sales(self) -> bool {
        matches!(self, Kind::Invoice | Kind::CreditNote | Kind::Prepayment | Kind::Overpayment)
    }
}

/// An invoice, a bill, or credit of either; amounts are cents and above zero for all of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    pub id: String,
    pub kind: Kind,
    pub number: String,
    pub contact_id: String,
    /// `YYYY-MM-DD`.
    pub date: String,
    pub due_date: Option<String>,
    pub currency: String,
    /// `Exclusive`, `Inclusive` or `NoTax`.
    pub line_amount_types: String,
    /// `PAID` is no status of its own: it is `AUTHORISED` with nothing due.
    pub status: String,
    pub lines: Vec<Line>,
    pub sub_total: i64,
    pub total_tax: i64,
    /// What of it is paid, credited or, for a credit note, given back.
    pub settled: i64,
    /// The other fields, as they were written.
    pub fields: Map<String, Value>,
    pub updated: i64,
}

impl Document {
    pub fn total(&self) -> i64 {
        self.sub_total + self.total_tax
    }

    pub fn due(&self) -> i64 {
        if matches!(self.status.as_str(), "VOIDED" | "DELETED") { 0 } else { self.total() - self.settled }
    }

    pub fn shown_status(&self) -> &str {
        if self.status == "AUTHORISED" && self.due() == 0 && self.settled > 0 { "PAID" } else { &self.status }
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.status.as_str(), "VOIDED" | "DELETED")
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    #[serde(default)]
    pub item_code: Option<String>,
    pub description: String,
    pub quantity_e4: i64,
    pub unit_amount_e4: i64,
    pub amount: i64,
    pub tax_amount: i64,
    pub account_code: Option<String>,
    pub tax_type: Option<String>,
    pub discount_rate_e4: Option<i64>,
    /// Category and option, by their ids.
    pub tracking: Vec<(String, String)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    pub id: String,
    pub document_id: String,
    pub account_id: String,
    pub date: String,
    pub amount: i64,
    pub reference: String,
    pub is_deleted: bool,
    pub updated: i64,
}

/// Credit that settles an invoice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Allocation {
    pub id: String,
    pub credit_id: String,
    pub invoice_id: String,
    pub date: String,
    pub amount: i64,
    pub is_deleted: bool,
}

/// A write that was applied, whatever was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub method: String,
    pub path: String,
    pub idempotency_key: Option<String>,
    /// Of what it made or changed, in the order of its elements.
    pub ids: Vec<String>,
}

/// How often it was asked, and what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All requests that named it, refused ones too.
    pub requests: u64,
    /// Of these, answered with 429.
    pub limited: u64,
    /// Met by a fault, other than a late answer.
    pub faulty: u64,
    /// Access tokens renewed.
    pub refreshes: u64,
}

/// An answer that is given again for the same key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Remembered {
    /// Of the method, the address and the body.
    pub request: String,
    pub status: u16,
    pub body: String,
    pub until: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BooksChange {
    Setup(Box<Setup>),
    Contact(Contact),
    Document(Box<Document>),
    Payment(Payment),
    Allocation(Allocation),
    Write(Write),
    /// One more element of the last write.
    WriteGoesOn(String),
    Remembered(String, Box<Remembered>),
    Request {
        at: i64,
        limited: bool,
        /// Whether it met a fault.
        faulty: bool,
    },
    Refresh,
    Violation(String),
    Faults(Faults),
    Limits(Limits),
    Skew(i64),
    TokenLife(i64),
    /// A listing begins to answer its first page for ever, or ends to.
    Loop(String, bool),
}

#[derive(Clone, Debug)]
pub struct Books {
    pub setup: Setup,
    pub contacts: BTreeMap<String, Contact>,
    pub documents: BTreeMap<String, Document>,
    pub payments: BTreeMap<String, Payment>,
    pub allocations: BTreeMap<String, Allocation>,
    pub writes: Vec<Write>,
    /// What it tells by itself, from its first day on.
    pub events: Vec<Event>,
    pub remembered: HashMap<String, Remembered>,
    pub counts: Counts,
    /// When it was asked in the last day, while its requests are limited.
    pub recent: VecDeque<i64>,
    pub violations: Vec<String>,
    pub faults: Faults,
    pub limits: Limits,
    /// How far its clock is ahead of this machine's, in milliseconds.
    pub skew_ms: i64,
    /// For how long an access token lets in, in milliseconds.
    pub token_life_ms: i64,
    /// Listings that answer their first page for ever.
    pub loops: Vec<String>,
}

impl Books {
    pub fn new(setup: Setup) -> Books {
        Books {
            setup,
            contacts: BTreeMap::new(),
            documents: BTreeMap::new(),
            payments: BTreeMap::new(),
            allocations: BTreeMap::new(),
            writes: Vec::new(),
            events: Vec::new(),
            remembered: HashMap::new(),
            counts: Counts::default(),
            recent: VecDeque::new(),
            violations: Vec::new(),
            faults: Faults::none(),
            limits: Limits::default(),
            skew_ms: 0,
            token_life_ms: 30 * 60 * 1000,
            loops: Vec::new(),
        }
    }

    /// Milliseconds of its own clock.
    pub fn now(&self) -> i64 {
        super::time::machine_ms() + self.skew_ms
    }

    pub fn apply(&mut self, change: &BooksChange) {
        self.events.extend(events::of(self, change));
        match change.clone() {
            BooksChange::Setup(setup) => self.setup = *setup,
            BooksChange::Contact(contact) => drop(self.contacts.insert(contact.id.clone(), contact)),
            BooksChange::Document(document) => drop(self.documents.insert(document.id.clone(), *document)),
            BooksChange::Payment(payment) => drop(self.payments.insert(payment.id.clone(), payment)),
            BooksChange::Allocation(allocation) => drop(self.allocations.insert(allocation.id.clone(), allocation)),
            BooksChange::Write(write) => self.writes.push(write),
            BooksChange::WriteGoesOn(id) => self.writes.last_mut().expect("a write goes on that began").ids.push(id),
            BooksChange::Remembered(key, answer) => drop(self.remembered.insert(key, *answer)),
            BooksChange::Request { at, limited, faulty } => self.count(at, limited, faulty),
            BooksChange::Refresh => self.counts.refreshes += 1,
            BooksChange::Violation(text) => self.violations.push(text),
            BooksChange::Faults(faults) => self.faults = faults,
            BooksChange::Limits(limits) => self.limits = limits,
            BooksChange::Skew(ms) => self.skew_ms = ms,
            BooksChange::TokenLife(ms) => self.token_life_ms = ms,
            BooksChange::Loop(listing, begins) => {
                self.loops.retain(|one| *one != listing);
                if begins {
                    self.loops.push(listing);
                }
            }
        }
    }

    fn count(&mut self, at: i64, limited: bool, faulty: bool) {
        self.counts.requests += 1;
        self.counts.faulty += u64::from(faulty);
        if limited {
            self.counts.limited += 1;
        } else if self.limits.are_on() {
            self.recent.push_back(at);
        }
    }

    /// The contact's name as documents show it.
    pub fn contact_name(&self, id: &str) -> &str {
        self.contacts.get(id).map_or("", |contact| &contact.name)
    }

    /// The day on or before which nothing can be changed, and what it is called.
    pub fn lock(&self) -> Option<(&str, &'static str)> {
        let period = self.setup.period_lock_date.as_deref().map(|day| (day, "period lock date"));
        let year = self.setup.end_of_year_lock_date.as_deref().map(|day| (day, "end of year lock date"));
        period.into_iter().chain(year).max_by_key(|(day, _)| *day)
    }

    /// Refuses what is dated in a locked period.
    pub fn check_lock(&self, date: &str) -> Result<(), String> {
        match self.lock() {
            Some((day, name)) if date <= day => {
                let day = super::time::day_in_words(day);
                Err(format!("The document date cannot be before the {name}, currently set at {day}"))
            }
            _ => Ok(()),
        }
    }
}
