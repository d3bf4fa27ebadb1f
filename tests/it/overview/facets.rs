//! Counts: each tile and each choice is counted with every other filter and the search applied, its own left out.

use super::{Expected, Seeded, companies_of_all_kinds, page};
use crate::harness::on_each_database;
use tieout::domain::{
    filter::{Filter, PAGE_SIZES},
    provider::Provider,
    status::SyncStatus,
};

const SEARCHES: [&str; 9] = ["", "", "", "quay", "ÉLAN", "c01", "100%", "row 1", "nobody"];

fn count(all: &[Expected], fits: impl Fn(&&Expected) -> bool) -> u64 {
    all.iter().filter(fits).count() as u64
}

#[tokio::test]
async fn every_choice_is_counted_without_its_own_filter() {
    on_each_database(|db| async move {
        let mut seeded = Seeded(7);
        let (_, all) = companies_of_all_kinds(&db, &mut seeded, 90).await;
        for round in 0..150 {
            let filter = Filter::default().with(|filter| {
                filter.statuses = seeded.some_of(&SyncStatus::ALL);
                filter.providers = seeded.some_of(&Provider::ALL);
                filter.search = seeded.one_of(&SEARCHES).into();
                filter.rows = seeded.one_of(&PAGE_SIZES);
            });
            let shown = page(&db, &filter.to_query()).await;
            let facets = &shown.facets;
            let context = format!("round {round}: {}", filter.to_query());
            let searched: Vec<Expected> = all.iter().filter(|one| one.fits_search(&filter.search)).cloned().collect();
            let statuses = SyncStatus::ALL
                .map(|status| (status, count(&searched, |one| one.status == status && one.fits_provider(&filter))));
            assert_eq!(facets.statuses, statuses, "{context}");
            let providers = Provider::ALL
                .map(|provider| (provider, count(&searched, |one| one.provider == Some(provider) && one.fits_status(&filter))));
            assert_eq!(facets.providers, providers, "{context}");
            let matching = count(&all, |one| one.fits(&filter));
            assert_eq!(facets.matching, matching, "{context}");
            assert_eq!(shown.rows.len() as u64, matching.min(filter.rows.into()), "{context}");
            // These are of the whole group.
            assert_eq!(facets.companies, all.len() as u64);
            assert_eq!(facets.standing.attention, count(&all, |one| one.status.needs_attention()));
            assert_eq!(facets.standing.running, count(&all, |one| one.status == SyncStatus::InProgress));
        }
    })
    .await;
}
