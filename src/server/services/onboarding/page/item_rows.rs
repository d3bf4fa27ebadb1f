//! A step of tax rates, accounts or tracking options: each value in use, its match, and what it may be matched with.

use super::{MOST_HITS, Reader, turn_to, warning};
use crate::{
    domain::{
        document::DocumentKind,
        matching::{ExternalItem, LocalItem, Match, ReferenceKind, key, rank::Ranking, rate::percent},
        onboarding::{
            Example, Finder, Hit, ItemRow, ItemsPage,
            asked::{Asked, ROWS},
        },
    },
    server::{
        db::{Tx, reference},
        services::{error::ServiceResult, onboarding::Use},
    },
};
use std::collections::HashMap;

/// Choices up to which each row lists all of them; beyond, they are searched.
const MOST_CHOICES: usize = 200;

impl Reader<'_> {
    pub(super) async fn items(&self, tx: &mut Tx, kind: ReferenceKind, asked: &mut Asked) -> ServiceResult<ItemsPage> {
        let report = &self.matching.report;
        let all: Vec<&LocalItem> = report.of(kind).collect();
        let first = usize::try_from(turn_to(asked, all.len() as u64)).unwrap_or(0);
        let shown: Vec<&LocalItem> = all.iter().skip(first).take(ROWS as usize).copied().collect();
        let choices: Vec<&ExternalItem> = report.choices.iter().filter(|choice| choice.kind == kind).collect();
        let mut stands_for: HashMap<&str, &str> = HashMap::new();
        for item in &all {
            if let Match::Chosen(chosen) = &item.matched {
                stands_for.insert(&chosen.external_id, &item.value);
            }
        }
        let taken_by = |external_id: &str| stands_for.get(external_id).map(|value| (*value).to_owned());
        let ranking = Ranking::new(choices.iter().map(|choice| (*choice).clone()));
        let latest: Vec<&str> = shown.iter().filter_map(|item| Some(self.used(item)?.latest.as_str())).collect();
        let examples = examples(&mut *tx, &latest).await?;
        let row = |item: &&LocalItem| {
            let used = self.used(item).cloned().unwrap_or_default();
            let rate_e4 = if kind == ReferenceKind::TaxRate { used.taxed.rate_e4() } else { None };
            let own = item.matched.item().map(|own| own.external_id.clone());
            let free = |choice: &ExternalItem| {
                own.as_ref() != Some(&choice.external_id)
                    && stands_for.get(choice.external_id.as_str()).is_none_or(|value| key(value) == key(&item.value))
            };
            let mapping = self.matching.stored.get(&(kind, item.value.clone()));
            ItemRow {
                value: item.value.clone(),
                documents: item.documents,
                example: examples.get(used.latest.as_str()).cloned(),
                matched: item.matched.clone(),
                stored: self.matching.stored_id(kind, &item.value).to_owned(),
                decided: mapping.and_then(|mapping| self.decided(&mapping.decided_by, mapping.decided_at)),
                suggestions: ranking.suggestions(&item.value, rate_e4, free),
                rate: rate_e4.map(percent),
                warning: warning(self.matching, item),
            }
        };
        let rows: Vec<ItemRow> = shown.iter().map(row).collect();
        let sought = asked.item.as_deref().and_then(|value| all.iter().find(|item| item.value == value));
        let finder = sought.map(|item| {
            let text = asked.find.clone().unwrap_or_default();
            let wanted = key(&text);
            let mut found: Vec<&ExternalItem> = match text.is_empty() {
                true => {
                    let rate_e4 =
                        self.used(item).filter(|_| kind == ReferenceKind::TaxRate).and_then(|used| used.taxed.rate_e4());
                    let likely = ranking.suggestions(&item.value, rate_e4, |_| true);
                    likely.iter().filter_map(|one| choices.iter().find(|choice| ***choice == one.item).copied()).collect()
                }
                false => choices.iter().filter(|choice| key(&choice.label()).contains(&wanted)).copied().collect(),
            };
            let more = found.len() > MOST_HITS;
            found.truncate(MOST_HITS);
            let hit = |choice: &ExternalItem| Hit {
                external_id: choice.external_id.clone(),
                label: choice.label(),
                second: choice.rate_e4.map(percent).unwrap_or_default(),
                taken_by: taken_by(&choice.external_id).filter(|value| *value != item.value),
            };
            Finder {
                item: item.value.clone(),
                label: item.value.clone(),
                stored: self.matching.stored_id(kind, &item.value).to_owned(),
                text,
                hits: found.into_iter().map(hit).collect(),
                more,
            }
        });
        let listed = choices.len() <= MOST_CHOICES;
        let listing = if listed { choices } else { Vec::new() };
        let choices = listing.into_iter().map(|choice| (choice.clone(), taken_by(&choice.external_id))).collect();
        Ok(ItemsPage { kind, rows, choices, listed, finder })
    }

    fn used(&self, item: &LocalItem) -> Option<&Use> {
        self.matching.uses.get(&(item.kind, item.value.clone()))
    }
}

/// Documents by id, as links to their pages.
async fn examples(tx: &mut Tx, ids: &[&str]) -> ServiceResult<HashMap<String, Example>> {
    let found = reference::named(tx, ids).await?.into_iter().filter_map(|(id, kind, number)| {
        let entity = DocumentKind::parse(&kind)?.entity();
        Some((id.clone(), Example { entity, id, number }))
    });
    Ok(found.collect())
}
