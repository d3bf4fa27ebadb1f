//! What a line can be booked on: the accounting side's accounts and tax rates that are in use, each as a document
//! here has to write it so that a sync translates it to that one.

use crate::{
    domain::{
        matching::{ReferenceKind, key},
        record::view::{Choices, Named},
        tax,
    },
    server::db::{
        Tx,
        reference::{self, Mapping, StoredItem},
    },
};
use std::collections::{HashMap, HashSet};

/// Choices, and what tax rates amount to.
#[derive(Default)]
pub struct Rules {
    pub choices: Choices,
    /// Percent in ten-thousandths, by name in lower case.
    rates: HashMap<String, i64>,
}

impl Rules {
    pub async fn of(tx: &mut Tx, company_id: &str) -> sqlx::Result<Rules> {
        let items = reference::items(&mut *tx, company_id).await?;
        Ok(Rules::new(&items, &reference::mappings(tx, company_id).await?))
    }

    fn new(items: &[StoredItem], mappings: &[Mapping]) -> Rules {
        let accounts = written(items, mappings, ReferenceKind::Account);
        let rates = written(items, mappings, ReferenceKind::TaxRate);
        let mut known: HashMap<String, i64> = items
            .iter()
            .filter(|item| item.kind == ReferenceKind::TaxRate.as_str())
            .filter_map(|item| Some((item.name.to_lowercase(), item.rate_e4?)))
            .collect();
        known.extend(rates.iter().filter_map(|(value, item)| Some((value.to_lowercase(), item.rate_e4?))));
        let named = |choices: Vec<(String, &StoredItem)>, kind| choices.into_iter().map(|choice| named(choice, kind)).collect();
        let choices =
            Choices { accounts: named(accounts, ReferenceKind::Account), tax_rates: named(rates, ReferenceKind::TaxRate) };
        Rules { choices, rates: known }
    }

    /// Whether lines may be changed to this value. Before the accounting side has told what it holds, any may be
    /// written, and the first sync says whether it knows it.
    pub fn allows(&self, kind: ReferenceKind, value: &str) -> bool {
        let choices = self.choices.of(kind);
        choices.is_empty() || choices.iter().any(|(choice, _)| choice == value)
    }

    /// Percent in ten-thousandths: what the accounting side told, else what the name tells, as in an import.
    pub fn rate_e4(&self, tax_type: &str) -> Option<i64> {
        self.rates.get(&tax_type.to_lowercase()).copied().or_else(|| tax::rate_e4(tax_type))
    }
}

fn named((value, item): (String, &StoredItem), kind: ReferenceKind) -> Named {
    let label = item.external(kind).label();
    let words = if key(&value) == key(&item.code) { label } else { format!("{label} (“{value}” here)") };
    (value, words)
}

/// Items in use, each with the value that means it: its own code, unless that was matched to another one or the item
/// was matched to another value, which then is the one that means it.
fn written<'a>(items: &'a [StoredItem], mappings: &[Mapping], kind: ReferenceKind) -> Vec<(String, &'a StoredItem)> {
    let of_kind = || items.iter().filter(|item| item.kind == kind.as_str());
    let by_id: HashMap<&str, &StoredItem> = of_kind().map(|item| (item.external_id.as_str(), item)).collect();
    let mut chosen: HashMap<&str, &str> = HashMap::new();
    let mut stands_for: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut taken: HashSet<&str> = HashSet::new();
    for mapping in mappings.iter().filter(|mapping| mapping.kind == kind.as_str()) {
        let Some(item) = by_id.get(mapping.external_id.as_str()) else { continue };
        chosen.insert(&mapping.local_value, &mapping.external_id);
        stands_for.entry(&mapping.external_id).or_default().push(&mapping.local_value);
        if key(&mapping.local_value) != key(&item.code) {
            taken.insert(&mapping.external_id);
        }
    }
    let means = |item: &StoredItem| {
        let id = item.external_id.as_str();
        let own = match chosen.get(item.code.as_str()) {
            Some(choice) => *choice == id,
            None => !taken.contains(id),
        };
        match own {
            true => Some(item.code.clone()),
            false => stands_for.get(id)?.iter().min().map(|value| (*value).to_owned()),
        }
    };
    let mut all: Vec<_> = of_kind().filter(|item| item.archived == 0).filter_map(|item| Some((means(item)?, item))).collect();
    all.sort_by(|a, b| a.1.code.cmp(&b.1.code));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: ReferenceKind, code: &str, rate_e4: Option<i64>, archived: i64) -> StoredItem {
        let external_id = format!("id-{code}");
        StoredItem { kind: kind.as_str().into(), external_id, code: code.into(), name: code.into(), rate_e4, archived }
    }

    fn mapping(kind: ReferenceKind, local: &str, code: &str) -> Mapping {
        Mapping { kind: kind.as_str().into(), local_value: local.into(), external_id: format!("id-{code}"), ..Mapping::default() }
    }

    #[test]
    fn each_item_is_written_as_it_is_understood() {
        let (account, tax) = (ReferenceKind::Account, ReferenceKind::TaxRate);
        let items = [
            item(account, "200", None, 1),
            item(account, "210", None, 0),
            item(account, "260", None, 0),
            item(account, "270", None, 0),
            item(tax, "Standard", Some(200_000), 0),
        ];
        // 200 goes to 260 now, so 260 itself means nothing any more; 270 was given away without one in its place.
        let mappings = [
            mapping(account, "200", "260"),
            mapping(account, "210", "210"),
            mapping(account, "270", "210"),
            mapping(tax, "VAT", "Standard"),
        ];
        let rules = Rules::new(&items, &mappings);
        let accounts: Vec<_> = rules.choices.accounts.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect();
        assert_eq!(accounts, [("210", "210"), ("200", "260 (“200” here)")]);
        assert!(rules.allows(account, "200") && !rules.allows(account, "260"));
        assert_eq!(rules.choices.tax_rates, [("VAT".to_owned(), "Standard (“VAT” here)".to_owned())]);
        assert_eq!((rules.rate_e4("vat"), rules.rate_e4("5% (Odd)"), rules.rate_e4("Odd")), (Some(200_000), Some(50_000), None));
    }

    #[test]
    fn before_anything_is_told_anything_can_be_written() {
        let rules = Rules::default();
        assert!(rules.allows(ReferenceKind::Account, "rent"));
        assert_eq!(rules.rate_e4("No VAT"), Some(0));
    }
}
