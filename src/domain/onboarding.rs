//! Onboarding as people walk it: its steps in their order, and what each of their pages shows. After the confirmation the
//! first three go on serving to change matches.

pub mod asked;
mod pages;

pub use pages::{ContactOption, ContactRow, ContactTally, ContactsPage, Example, Finder, Hit, ItemRow, ItemsPage, Plan};

use super::{company::CompanyNow, matching::ReferenceKind, run::words, time::Moment};
use asked::Asked;
use serde::{Deserialize, Serialize};

words! {
    /// In the order in which they are taken.
    Step {
        TaxRates = "tax-rates", "Tax rates";
        Accounts = "accounts", "Accounts";
        Tracking = "tracking", "Tracking options";
        Contacts = "contacts", "Contacts";
        Confirm = "confirm", "Confirm";
    }
}

impl Step {
    /// What of the accounting side's lists it matches.
    pub fn kind(self) -> Option<ReferenceKind> {
        match self {
            Step::TaxRates => Some(ReferenceKind::TaxRate),
            Step::Accounts => Some(ReferenceKind::Account),
            Step::Tracking => Some(ReferenceKind::Tracking),
            Step::Contacts | Step::Confirm => None,
        }
    }

    pub fn of(kind: ReferenceKind) -> Step {
        match kind {
            ReferenceKind::TaxRate => Step::TaxRates,
            ReferenceKind::Account => Step::Accounts,
            ReferenceKind::Tracking => Step::Tracking,
        }
    }

    /// The steps there are before and after the confirmation.
    pub fn all(onboarded: bool) -> &'static [Step] {
        if onboarded { &Step::ALL[..3] } else { Step::ALL }
    }

    /// The one after it; `None` after the last.
    pub fn next(self, onboarded: bool) -> Option<Step> {
        let steps = Step::all(onboarded);
        steps.iter().position(|step| *step == self).and_then(|place| steps.get(place + 1)).copied()
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub all: u64,
    /// Decided by a person.
    pub decided: u64,
    /// Nobody decided, and nothing goes by default: what keeps onboarding from being confirmed.
    pub missing: u64,
    /// Nobody decided, and there is one of the same name.
    pub exact: u64,
}

impl Progress {
    pub fn is_done(self) -> bool {
        self.decided == self.all
    }
}

/// Who decided, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub by: String,
    pub at: Moment,
}

/// Who made a choice, as a sentence names them. Until there is sign-in, pages know no names.
pub fn who(by: &str) -> String {
    match by {
        "" => "somebody".into(),
        "web" => "somebody on these pages".into(),
        "command line" => "the command line".into(),
        name => name.into(),
    }
}

/// A row of a step's form, of values and of contacts alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The value, or the contact's id.
    pub item: String,
    /// What is chosen for it now: an id of the accounting side, or a contact's choice by its word; empty: nothing.
    #[serde(default)]
    pub choice: String,
    /// What was stored when the page was made. Where that is no longer so, somebody else chose meanwhile.
    #[serde(default)]
    pub was: String,
    /// What the page showed as chosen: more than what was stored, where something goes by default.
    #[serde(default)]
    pub shown: String,
}

/// What the wizard's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    pub organisation: String,
    /// When and by whom onboarding was confirmed.
    pub confirmed: Option<Decided>,
    /// When the accounting side's lists were last read, as far as this step uses them.
    pub lists_read: Option<Moment>,
    /// What the address asks for, its step chosen.
    pub asked: Asked,
    /// What of it was not understood, a sentence each.
    pub notices: Vec<String>,
    pub steps: Vec<(Step, Progress)>,
    pub page: StepPage,
}

impl Onboarding {
    pub fn step(&self) -> Step {
        self.asked.step.unwrap_or(Step::Confirm)
    }

    pub fn progress(&self, step: Step) -> Progress {
        self.steps.iter().find(|(one, _)| *one == step).map_or_else(Progress::default, |(_, progress)| *progress)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepPage {
    Items(ItemsPage),
    Contacts(ContactsPage),
    Confirm(Box<Plan>),
}

/// The page with the company around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyOnboarding {
    pub head: CompanyNow,
    pub onboarding: Onboarding,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_and_three_of_them_remain() {
        assert_eq!(Step::Tracking.next(false), Some(Step::Contacts));
        assert_eq!(Step::Tracking.next(true), None);
        assert_eq!(Step::Confirm.next(false), None);
        for kind in ReferenceKind::ALL {
            assert_eq!(Step::of(*kind).kind(), Some(*kind));
        }
    }
}
