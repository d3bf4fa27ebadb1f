//! The first stage: accounts, tax rates and tracking options come in whole, for the accounting software owns
//! them. What documents call them is then translated by the person's matches, or by equal code or name.

use super::work::{Halt, Work};
use crate::{
    domain::{
        document::Line,
        matching::{LEAVE_OUT, ReferenceKind, key, tracking_options},
        run::Stage,
    },
    server::{
        connectors::{Dataset, ReferenceItem},
        db::{
            now_ms,
            reference::{self, StoredItem},
        },
    },
};
use std::collections::HashMap;

const DATASETS: [(Dataset, ReferenceKind); 3] = [
    (Dataset::Accounts, ReferenceKind::Account),
    (Dataset::TaxRates, ReferenceKind::TaxRate),
    (Dataset::Tracking, ReferenceKind::Tracking),
];

/// What a local value is there: its external id, and the code or name the accounting side shows for it.
#[derive(Clone)]
pub struct Translated {
    pub external_id: String,
    pub shown: String,
}

/// A local value that is nothing there.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    pub kind: ReferenceKind,
    pub value: String,
}

impl Unknown {
    pub fn code(&self) -> &'static str {
        match self.kind {
            ReferenceKind::Account => "account-unmatched",
            ReferenceKind::TaxRate => "tax-rate-unmatched",
            ReferenceKind::Tracking => "tracking-unmatched",
        }
    }

    pub fn cause(&self) -> String {
        format!("{} {} has no match there", self.kind.label(), self.value)
    }

    pub fn advice(&self) -> &'static str {
        if self.kind.can_be_left_out() {
            "Add it there, or match it or choose to send without it in Integration settings, and sync again."
        } else {
            "Add it there, or match it to one that exists in Integration settings, and sync again."
        }
    }
}

/// A line in the accounting side's terms.
#[derive(Debug)]
pub struct TranslatedLine {
    /// With ids, as it is sent.
    pub sent: Line,
    /// With codes and names, as it will be shown there.
    pub shown: Line,
    /// Tracking options it goes without, as a person chose.
    pub left_out: Vec<String>,
    pub terms: Vec<Term>,
}

/// What a value is called on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    pub kind: ReferenceKind,
    pub local: String,
    pub external_id: String,
    pub shown: String,
}

impl Term {
    fn new(kind: ReferenceKind, local: &str, there: &Translated) -> Term {
        Term { kind, local: local.to_owned(), external_id: there.external_id.clone(), shown: there.shown.clone() }
    }
}

/// Local account codes, tax types and tracking options translated to the accounting side's, by the same rules by
/// which the integration page shows their matches.
#[derive(Default)]
pub struct Dictionary {
    /// What a person chose; `None`: to send documents without it.
    chosen: HashMap<(ReferenceKind, String), Option<Translated>>,
    /// By code or name, blanks and capitals aside.
    same_name: HashMap<(ReferenceKind, String), Translated>,
}

impl Dictionary {
    fn new(items: Vec<StoredItem>, mappings: Vec<reference::Mapping>) -> Dictionary {
        let mut dictionary = Dictionary::default();
        let mut by_id = HashMap::new();
        // Archived ones first, so that one in use with the same name takes their place.
        let (archived, live): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.archived != 0);
        for item in archived.into_iter().chain(live) {
            let Some(kind) = ReferenceKind::parse(&item.kind) else { continue };
            let entry = Translated { external_id: item.external_id.clone(), shown: item.code.clone() };
            by_id.insert((kind, item.external_id), entry.clone());
            dictionary.same_name.insert((kind, key(&item.code)), entry);
        }
        for mapping in mappings {
            let Some(kind) = ReferenceKind::parse(&mapping.kind) else { continue };
            if kind.can_be_left_out() && mapping.external_id == LEAVE_OUT {
                dictionary.chosen.insert((kind, mapping.local_value), None);
            } else if let Some(entry) = by_id.get(&(kind, mapping.external_id)) {
                // What is chosen for one value stands for no other.
                let name = (kind, key(&entry.shown));
                let is_same = |same: &Translated| same.external_id == entry.external_id;
                if key(&mapping.local_value) != name.1 && dictionary.same_name.get(&name).is_some_and(is_same) {
                    dictionary.same_name.remove(&name);
                }
                dictionary.chosen.insert((kind, mapping.local_value), Some(entry.clone()));
            }
        }
        dictionary
    }

    /// `Ok(None)`: documents go without it.
    fn find(&self, kind: ReferenceKind, local: &str) -> Result<Option<&Translated>, Unknown> {
        if let Some(choice) = self.chosen.get(&(kind, local.to_owned())) {
            return Ok(choice.as_ref());
        }
        let same = self.same_name.get(&(kind, key(local)));
        same.map(Some).ok_or_else(|| Unknown { kind, value: local.to_owned() })
    }

    fn required(&self, kind: ReferenceKind, local: &str) -> Result<&Translated, Unknown> {
        self.find(kind, local)?.ok_or_else(|| Unknown { kind, value: local.to_owned() })
    }

    /// The line in the other side's terms, or what of it is nothing there. A tracking option is no exception:
    /// sent without it, the amount would be missing from its property's report, and nothing would ever say so.
    pub fn translate(&self, line: &Line) -> Result<TranslatedLine, Unknown> {
        let account = self.required(ReferenceKind::Account, &line.account_code)?;
        let tax = self.required(ReferenceKind::TaxRate, &line.tax_type)?;
        let mut terms = vec![
            Term::new(ReferenceKind::Account, &line.account_code, account),
            Term::new(ReferenceKind::TaxRate, &line.tax_type, tax),
        ];
        let (mut tracking, mut left_out) = (Vec::new(), Vec::new());
        for option in tracking_options(&line.tracking) {
            match self.find(ReferenceKind::Tracking, option)? {
                Some(entry) => {
                    terms.push(Term::new(ReferenceKind::Tracking, option, entry));
                    tracking.push(entry);
                }
                None => left_out.push(option.to_owned()),
            }
        }
        let join = |part: fn(&Translated) -> &str| tracking.iter().map(|entry| part(entry)).collect::<Vec<_>>().join("; ");
        let with = |account: &str, tax: &str, tracking: String| Line {
            account_code: account.to_owned(),
            tax_type: tax.to_owned(),
            tracking,
            ..line.clone()
        };
        Ok(TranslatedLine {
            sent: with(&account.external_id, &tax.external_id, join(|entry| &entry.external_id)),
            shown: with(&account.shown, &tax.shown, join(|entry| &entry.shown)),
            left_out,
            terms,
        })
    }
}

impl Work {
    /// Reads all reference data and keeps it.
    pub async fn pull_reference(&mut self) -> Result<(), Halt> {
        self.enter(Stage::Reference, DATASETS.len() as i64).await?;
        for (dataset, kind) in DATASETS {
            let items = self.read(|| self.connector.reference(dataset)).await?;
            let stored: Vec<_> = items.into_iter().map(|item| stored(kind, item)).collect();
            let mut tx = self.begin().await?;
            reference::replace(&mut tx, &self.run.company_id, kind, &stored, now_ms()).await?;
            self.done += 1;
            self.commit(tx).await?;
        }
        Ok(())
    }

    pub async fn dictionary(&self) -> Result<Dictionary, Halt> {
        let items = reference::items(&self.db, &self.run.company_id).await?;
        Ok(Dictionary::new(items, reference::mappings(&self.db, &self.run.company_id).await?))
    }
}

fn stored(kind: ReferenceKind, item: ReferenceItem) -> StoredItem {
    StoredItem {
        kind: kind.as_str().into(),
        external_id: item.external_id,
        code: item.code,
        name: item.name,
        rate_e4: item.rate_e4,
        archived: i64::from(item.archived),
    }
}
