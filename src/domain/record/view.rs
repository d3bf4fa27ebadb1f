//! What the page of one record shows.

use super::{
    diff::Change,
    edit::{ApplyEdit, ContactEdit, DocumentEdit},
};
use crate::domain::{
    contact::ContactFacts,
    document::{DocumentKind, DocumentState, Line, Totals},
    matching::ReferenceKind,
    message::{Direction, Entity, Level, ProblemKind},
    run::words,
    time::Moment,
};
use serde::{Deserialize, Serialize};

/// Lines on a page, and documents of a contact.
pub const PAGE: u64 = 50;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    pub entity: Entity,
    pub id: String,
    /// What people call it: a document's number, a contact's name.
    pub label: String,
    pub content: Content,
    pub link: LinkView,
    pub problem: Option<OpenProblem>,
    /// Newest first.
    pub versions: Vec<VersionView>,
    /// There are versions before this one, which are not shown.
    pub versions_before: Option<i64>,
    /// The latest first.
    pub attempts: Vec<Attempt>,
    pub more_attempts: bool,
    pub actions: Vec<Deed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    Document(Box<DocumentView>),
    Contact(Box<ContactView>),
    Payment(Box<PaymentView>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentView {
    pub kind: DocumentKind,
    pub state: DocumentState,
    pub contact_id: String,
    pub contact: String,
    pub reference: String,
    /// `YYYY-MM-DD`, as is `due_date`.
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub totals: Totals,
    pub paid: i64,
    /// One page of them.
    pub lines: Vec<Line>,
    /// All pages taken together.
    pub line_count: u64,
    /// From 1.
    pub lines_page: u64,
    /// Credit that is applied is among them, of the document and of what it is taken from.
    pub payments: Vec<PaymentView>,
    /// Of a credit with something left: what that can be applied to.
    pub application: Option<Application>,
    /// There where the page is asked to be edited, and the document can be.
    pub form: Option<DocumentForm>,
    /// A problem with an account or tax rate the lines have, and what can stand in its place.
    pub remedy: Option<Remedy>,
}

/// Why documents of some kinds are not changed here.
pub const MADE_THERE: &str = "Prepayments and overpayments come from the accounting software: change them there.";

impl DocumentView {
    /// Why it cannot be changed here; `None` where it can.
    pub fn fixed_because(kind: DocumentKind, state: DocumentState) -> Option<&'static str> {
        match state {
            DocumentState::Void => Some("It was voided: a voided document is not changed any more."),
            _ => kind.comes_in_only().then_some(MADE_THERE),
        }
    }

    pub fn is_fixed(&self) -> bool {
        DocumentView::fixed_because(self.kind, self.state).is_some()
    }

    /// What is still to be paid; a voided document asks for nothing.
    pub fn outstanding(&self) -> i64 {
        if self.state == DocumentState::Void { 0 } else { self.totals.gross - self.paid }
    }
}

/// A value and its words.
pub type Named = (String, String);

/// What lines can be booked on. Empty lists: the accounting side has not told yet, so anything can be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    pub accounts: Vec<Named>,
    pub tax_rates: Vec<Named>,
}

impl Choices {
    pub fn of(&self, kind: ReferenceKind) -> &[Named] {
        match kind {
            ReferenceKind::Account => &self.accounts,
            ReferenceKind::TaxRate => &self.tax_rates,
            ReferenceKind::Tracking => &[],
        }
    }
}

/// What is wrong with an entry: the field's id, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryError {
    pub field: String,
    pub words: String,
}

impl EntryError {
    pub fn new(field: impl Into<String>, words: impl Into<String>) -> EntryError {
        EntryError { field: field.into(), words: words.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentForm {
    pub version: i64,
    /// Its lines are those of the page.
    pub edit: DocumentEdit,
    /// It holds entries that are not saved yet.
    pub unsaved: bool,
    pub errors: Vec<EntryError>,
    pub choices: Choices,
    /// Accounts and tax rates the document has, on all pages.
    pub used_accounts: Vec<String>,
    pub used_tax_rates: Vec<String>,
    /// Names of contacts to choose from.
    pub contacts: Vec<String>,
}

/// One value of the lines in the place of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    pub version: i64,
    pub kind: ReferenceKind,
    pub from: String,
    /// Lines that have it.
    pub lines: u64,
    pub choices: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactView {
    pub facts: ContactFacts,
    pub documents: Vec<DocumentRow>,
    pub document_count: u64,
    /// From 1.
    pub page: u64,
    pub form: Option<ContactForm>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactForm {
    pub version: i64,
    pub edit: ContactEdit,
    pub unsaved: bool,
    pub errors: Vec<EntryError>,
}

/// A document of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentRow {
    pub id: String,
    pub kind: DocumentKind,
    pub number: String,
    pub state: DocumentState,
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub gross: i64,
    pub outstanding: i64,
    /// Its present version has not been sent.
    pub waits: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentView {
    pub id: String,
    pub document_id: String,
    pub document_kind: DocumentKind,
    pub document_number: String,
    /// What it is taken from, where it is credit that is applied.
    pub credit: Option<CreditView>,
    /// It concerns a document as well that is not held here.
    pub is_elsewhere: bool,
    pub paid_on: String,
    pub amount: i64,
    pub currency: String,
    pub reference: String,
    /// It was taken back: it counts no more.
    pub removed: bool,
    /// On its own page: why it cannot be taken back here; `None` where it can.
    pub fixed_because: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreditView {
    pub id: String,
    pub kind: DocumentKind,
    pub number: String,
}

/// The form by which credit is applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// What is left of the credit, above nought.
    pub left: i64,
    /// Ids of what it can be applied to, in words: those due first at the top. There may be more than are listed.
    pub documents: Vec<Named>,
    pub entry: ApplyEdit,
    /// `entry` is what somebody entered that could not be done.
    pub unsaved: bool,
}

words! {
    LinkState {
        NotSent = "not_sent", "Not there yet";
        Linked = "linked", "Linked";
        Unlinked = "unlinked", "Unlinked";
    }
}

/// What the record is on the other side, and how far both hold the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkView {
    pub state: LinkState,
    /// The organisation; `None`: the company is connected to none.
    pub organisation: Option<String>,
    pub external_id: Option<String>,
    /// Its page in the accounting software, where that has one.
    pub url: Option<String>,
    /// When the link last changed.
    pub since: Option<Moment>,
    pub version: i64,
    /// The version both sides hold; 0: none yet.
    pub synced_version: i64,
    /// Whether the present version waits to go out, and why it may not go.
    pub standing: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenProblem {
    pub id: String,
    pub kind: ProblemKind,
    pub cause: String,
    pub advice: String,
    /// What the accounting software said, word for word.
    pub detail: String,
    /// Label and address of the record it waits for.
    pub blocked_by: Option<(String, Option<String>)>,
    pub run_id: String,
    pub first_seen: Moment,
    pub last_seen: Moment,
    pub times: u64,
    /// Who set it aside, until when (where a day was chosen), and why.
    pub set_aside: Option<(String, Option<Moment>, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionView {
    pub version: i64,
    /// Empty where it is not known.
    pub by: String,
    pub at: Moment,
    /// `None`: it is the first that is kept.
    pub changes: Option<Vec<Change>>,
    /// The accounting side holds this one.
    pub is_there: bool,
}

/// A message about the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: String,
    pub run_id: String,
    pub at: Moment,
    pub direction: Direction,
    pub level: Level,
    pub text: String,
    pub advice: String,
}

/// Something a person did about the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    pub by: String,
    pub at: Moment,
    pub summary: String,
    pub note: String,
    pub undone: bool,
}
