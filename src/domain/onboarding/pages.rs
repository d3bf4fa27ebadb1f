//! What the pages of the steps hold: values and contacts with what they are matched with, searches, and the plan of a
//! confirmation.

use super::{Decided, Step};
use crate::domain::{
    document::DocumentKind,
    matching::{ExternalItem, Match, ReferenceKind, contacts::ContactChoice, rank::Suggestion},
    message::Entity,
};
use serde::{Deserialize, Serialize};

/// A document that uses something: a link to its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    pub entity: Entity,
    pub id: String,
    pub number: String,
}

/// A step that matches values of documents with items of the accounting side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemsPage {
    pub kind: ReferenceKind,
    pub rows: Vec<ItemRow>,
    /// All that can be chosen, each with the value it stands for by now; empty where it is too much for a list.
    pub choices: Vec<(ExternalItem, Option<String>)>,
    /// Whether `choices` lists all there is.
    pub listed: bool,
    pub finder: Option<Finder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    pub value: String,
    pub documents: u64,
    pub example: Option<Example>,
    pub matched: Match,
    /// The id that is stored for it; empty where none is.
    pub stored: String,
    pub decided: Option<Decided>,
    pub suggestions: Vec<Suggestion>,
    /// Tax rates: what documents were taxed at, `20%`.
    pub rate: Option<String>,
    /// What is odd about the match, in a sentence.
    pub warning: Option<String>,
}

/// A search for something else to match one row with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finder {
    /// The row's value or contact id.
    pub item: String,
    /// What people call it.
    pub label: String,
    /// What is stored for it.
    pub stored: String,
    pub text: String,
    pub hits: Vec<Hit>,
    /// There are more than are shown.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub external_id: String,
    pub label: String,
    /// An e-mail address, a rate.
    pub second: String,
    /// What it stands for already.
    pub taken_by: Option<String>,
}

/// The step of contacts, a page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactsPage {
    pub tally: ContactTally,
    pub rows: Vec<ContactRow>,
    /// Contacts that fit the filter, on all pages.
    pub listed: u64,
    pub finder: Option<Finder>,
}

/// How many contacts are in which state; archived ones that take no part are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactTally {
    pub all: u64,
    pub linked: u64,
    pub created: u64,
    pub archived: u64,
    /// Undecided, and one of the same name is there: linked by default.
    pub same_name: u64,
    /// Undecided, and none is there: created by default.
    pub others: u64,
    /// Of the linked ones: called differently there.
    pub renamed: u64,
    /// Of the archived ones: documents that go out are addressed to them, which cannot be.
    pub archived_in_use: u64,
    /// Contacts of the accounting side that stand for none here.
    pub only_there: u64,
    /// When the latest decision was made, epoch milliseconds; 0: none was.
    pub latest: i64,
}

impl ContactTally {
    pub fn undecided(self) -> u64 {
        self.same_name + self.others
    }

    pub fn will_be_linked(self) -> u64 {
        self.linked + self.same_name
    }

    pub fn will_be_created(self) -> u64 {
        self.created + self.others
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    pub id: String,
    pub name: String,
    pub email: String,
    /// Documents addressed to it, and how many of them go out.
    pub documents: u64,
    pub going_out: u64,
    pub stored: Option<ContactChoice>,
    pub decided: Option<Decided>,
    /// What is decided, or goes by default.
    pub choice: ContactChoice,
    /// What it can be linked to: the chosen one first, then suggestions.
    pub options: Vec<ContactOption>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactOption {
    pub external_id: String,
    pub name: String,
    pub email: String,
    pub reason: String,
}

/// What a confirmation will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// A day in words: what is dated before is left alone.
    pub sync_from: String,
    /// Documents that go out, by kind.
    pub going_out: Vec<(DocumentKind, u64)>,
    /// The first of their days, in words.
    pub first_day: Option<String>,
    /// Approved documents dated before.
    pub older: u64,
    /// Not approved yet.
    pub drafts: u64,
    pub contacts: ContactTally,
    /// Values without a match, each with its step.
    pub missing: Vec<(Step, String)>,
    /// Values with one of the same name, which are accepted with the confirmation.
    pub exact: u64,
    /// Tracking options documents go without.
    pub left_out: u64,
    /// Matches that are odd, a sentence each.
    pub warnings: Vec<String>,
    /// Neither documents nor contacts: there is nothing to match.
    pub empty: bool,
    /// Tells this plan from every other: sent along with the confirmation, so that nothing else than what was shown is
    /// confirmed.
    pub fingerprint: String,
}

impl Plan {
    /// Why it cannot be confirmed now.
    pub fn blocked(&self) -> bool {
        !self.missing.is_empty() || self.contacts.archived_in_use > 0
    }
}
