//! The company before and after each one, in every order and under every filter, against the list itself; and the
//! place that is kept when a company moves on.

use super::{Seeded, companies_of_all_kinds, page};
use crate::harness::on_each_database;
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{
        filter::{Filter, PAGE_SIZES, Sort, SortKey},
        neighbour::results_of,
        provider::Provider,
        status::SyncStatus,
    },
    server::{
        db::{Db, query::sql},
        services::{companies, results},
    },
};

/// Codes before and after, as the results page at that address leads to them.
async fn beside(db: &Db, address: &str) -> (Option<String>, Option<String>) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let company = companies::find(db, path.split('/').nth(2).unwrap()).await.unwrap();
    let beside = results::results(db, &Sees::Everything, &company, query).await.unwrap().beside;
    (beside.previous.map(|one| one.code), beside.next.map(|one| one.code))
}

#[tokio::test]
async fn each_company_leads_to_those_beside_it_in_the_list() {
    on_each_database(|db| async move {
        companies_of_all_kinds(&db, &mut Seeded(17), 60).await;
        let several = vec![SyncStatus::NotConnected, SyncStatus::Errors, SyncStatus::Synced];
        for (key, reversed) in SortKey::ALL.into_iter().flat_map(|key| [(key, false), (key, true)]) {
            for (statuses, providers, search) in [
                (vec![], vec![], ""),
                (several.clone(), vec![], ""),
                (vec![], vec![Provider::Practice], "quay"),
                (several.clone(), vec![Provider::Practice], "o"),
            ] {
                let filter = Filter::default().with(|filter| {
                    (filter.statuses, filter.providers, filter.search) = (statuses, providers, search.into());
                    (filter.sort, filter.rows) = (Sort { key, reversed }, PAGE_SIZES[2]);
                });
                let rows = page(&db, &filter.to_query()).await.rows;
                assert!(rows.len() > 1);
                for (n, row) in rows.iter().enumerate() {
                    let code = |n: Option<usize>| n.and_then(|n| rows.get(n)).map(|row| row.code.clone());
                    let expected = (code(n.checked_sub(1)), code(Some(n + 1)));
                    assert_eq!(beside(&db, &results_of(row, &filter)).await, expected, "{} in {}", row.code, filter.to_query());
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_company_that_moves_on_still_leads_to_those_it_stood_between() {
    on_each_database(|db| async move {
        companies_of_all_kinds(&db, &mut Seeded(17), 60).await;
        for query in ["status=errors", "", "sort=-last-run", "sort=last-success"] {
            let (filter, _) = Filter::from_query(query);
            let rows = page(&db, query).await.rows;
            let address = results_of(&rows[1], &filter);
            let expected = (Some(rows[0].code.clone()), Some(rows[2].code.clone()));
            assert_eq!(beside(&db, &address).await, expected, "{query}");
            let (status, severity) = (SyncStatus::InProgress.as_str(), SyncStatus::InProgress.severity());
            sql("UPDATE companies SET status = $2, severity = $3, last_run_at = 99, last_success_at = 99 WHERE code = $1")
                .bind(&rows[1].code)
                .bind(status)
                .bind(severity)
                .execute(&db)
                .await
                .unwrap();
            assert_eq!(beside(&db, &address).await, expected, "{query}");
        }
        // Without a list and a place: where it stands now, in the overview's own order. Nonsense is no place.
        let rows = page(&db, "").await.rows;
        let expected = (Some(rows[3].code.clone()), Some(rows[5].code.clone()));
        for query in ["", "?at=nowhere", "?list=colour%3Dred"] {
            assert_eq!(beside(&db, &format!("/companies/{}/results{query}", rows[4].code)).await, expected);
        }
    })
    .await;
}
