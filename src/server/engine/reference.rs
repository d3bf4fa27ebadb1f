//! The first stage: accounts, tax rates and tracking options come in whole, for the accounting software owns
//! them. What documents call them is then translated by the person's matches, or by equal code or name.

use super::work::{Halt, Work};
use crate::{
    domain::{document::Line, matching::ReferenceKind, run::Stage},
    server::{
        connectors::{Dataset, ReferenceItem},
        db::reference::{self, StoredItem},
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

/// Local account codes, tax types and tracking options translated to the accounting side's.
#[derive(Default)]
pub struct Dictionary {
    entries: HashMap<(ReferenceKind, String), Translated>,
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
            dictionary.entries.insert((kind, item.code), entry.clone());
        }
        for mapping in mappings {
            let Some(kind) = ReferenceKind::parse(&mapping.kind) else { continue };
            if let Some(entry) = by_id.get(&(kind, mapping.external_id)) {
                dictionary.entries.insert((kind, mapping.local_value), entry.clone());
            }
        }
        dictionary
    }

    fn find(&self, kind: ReferenceKind, local: &str) -> Option<&Translated> {
        self.entries.get(&(kind, local.to_owned()))
    }

    /// The line as it is sent and as it will be shown there; the reason where the accounting side knows no such
    /// account or tax rate. Tracking it does not know is left out, as the onboarding page says.
    pub fn translate(&self, line: &Line) -> Result<(Line, Line), String> {
        let account = self
            .find(ReferenceKind::Account, &line.account_code)
            .ok_or_else(|| format!("Account {} is not in the chart of accounts", line.account_code))?;
        let tax = self
            .find(ReferenceKind::TaxRate, &line.tax_type)
            .ok_or_else(|| format!("Tax rate “{}” does not exist there", line.tax_type))?;
        let tracking: Vec<_> = line
            .tracking
            .split("; ")
            .filter(|option| !option.is_empty())
            .filter_map(|option| self.find(ReferenceKind::Tracking, option))
            .collect();
        let join = |part: fn(&Translated) -> &str| tracking.iter().map(|entry| part(entry)).collect::<Vec<_>>().join("; ");
        let with = |account: &str, tax: &str, tracking: String| Line {
            account_code: account.to_owned(),
            tax_type: tax.to_owned(),
            tracking,
            ..line.clone()
        };
        Ok((
            with(&account.external_id, &tax.external_id, join(|entry| &entry.external_id)),
            with(&account.shown, &tax.shown, join(|entry| &entry.shown)),
        ))
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
            reference::replace(&mut tx, &self.run.company_id, kind, &stored).await?;
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
