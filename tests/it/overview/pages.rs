//! Pages and orders: all pages of an order put together are every company that fits, once, in that order.

use super::{Expected, Seeded, companies_of_all_kinds, page};
use crate::harness::on_each_database;
use std::cmp::Ordering;
use tieout::server::db::sees::{Seen, Sees};
use tieout::{
    domain::{
        filter::{Filter, PAGE_SIZES, Sort, SortKey},
        run::RunState,
        status::SyncStatus,
    },
    server::db::{
        Db, overview,
        query::{Query, sql},
    },
};

/// The orders as people read them: what needs a person first, A to Z, oldest first and who never synced before
/// that. Where two are equal their names decide, also turned round, except that in the order of attention names
/// always read from A to Z.
fn order(sort: Sort, a: &Expected, b: &Expected) -> Ordering {
    let names = a.key().cmp(&b.key());
    let plain = match sort.key {
        SortKey::Status => {
            let severity = b.status.severity().cmp(&a.status.severity());
            return if sort.reversed { severity.reverse() } else { severity }.then(names);
        }
        SortKey::Name => names,
        SortKey::LastSuccess => a.last_success.cmp(&b.last_success).then(names),
        SortKey::LastRun => a.last_run.cmp(&b.last_run).then(names),
    };
    if sort.reversed { plain.reverse() } else { plain }
}

async fn all_pages(db: &Db, filter: &Filter) -> Vec<String> {
    let mut codes = Vec::new();
    for number in 1.. {
        let shown = page(db, &Filter { page: number, ..filter.clone() }.to_query()).await;
        if shown.filter.page < number {
            break;
        }
        assert!(shown.rows.len() <= filter.rows as usize);
        codes.extend(shown.rows.into_iter().map(|row| row.code));
        if shown.facets.matching == 0 {
            break;
        }
    }
    codes
}

#[tokio::test]
async fn pages_put_together_are_everyone_once_in_order() {
    on_each_database(|db| async move {
        let (_, all) = companies_of_all_kinds(&db, &mut Seeded(11), 130).await;
        let several = vec![SyncStatus::NotConnected, SyncStatus::Errors, SyncStatus::Synced];
        for (key, reversed) in SortKey::ALL.into_iter().flat_map(|key| [(key, false), (key, true)]) {
            let sort = Sort { key, reversed };
            for rows in PAGE_SIZES {
                for (statuses, search) in [(vec![], ""), (several.clone(), ""), (vec![], "quay"), (several.clone(), "quay")] {
                    let filter = Filter::default().with(|filter| {
                        (filter.statuses, filter.search, filter.sort, filter.rows) = (statuses, search.into(), sort, rows);
                    });
                    let mut expected: Vec<&Expected> = all.iter().filter(|one| one.fits(&filter)).collect();
                    expected.sort_by(|a, b| order(sort, a, b));
                    let expected: Vec<&str> = expected.iter().map(|one| one.code.as_str()).collect();
                    assert!(!expected.is_empty());
                    assert_eq!(all_pages(&db, &filter).await, expected, "{}", filter.to_query());
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_beyond_the_last_is_the_last() {
    on_each_database(|db| async move {
        assert!(
            tieout::server::services::overview::page(&db, &Sees::Everything, "page=7").await.unwrap().is_none(),
            "no group yet"
        );
        companies_of_all_kinds(&db, &mut Seeded(3), 60).await;
        let last = page(&db, "sort=name&page=3").await;
        assert_eq!((last.filter.page, last.rows.len()), (3, 10));
        for beyond in ["4", "4000", "4294967295"] {
            let shown = page(&db, &format!("sort=name&page={beyond}")).await;
            assert_eq!((shown.filter.page, &shown.rows), (3, &last.rows), "page {beyond}");
            assert_eq!(shown.notices, Vec::<String>::new());
        }
        let nobody = page(&db, "q=nobody&page=5").await;
        assert_eq!((nobody.filter.page, nobody.rows.len(), nobody.facets.matching), (1, 0, 0));
        assert_eq!(nobody.facets.companies, 60);
        let large = page(&db, "page=4294967296").await;
        assert!(large.filter.page == 1 && large.notices.len() == 1, "{:?}", large.notices);
    })
    .await;
}

/// What SQLite does for a statement, step by step.
pub async fn plan(db: &Db, query: Query) -> Vec<String> {
    let (text, values) = query.into_parts();
    let explained = sql(format!("EXPLAIN QUERY PLAN {text}"));
    let steps: Vec<(i64, i64, i64, String)> =
        values.into_iter().fold(explained, |query, value| query.bind(value)).all(db).await.unwrap();
    steps.into_iter().map(|(.., step)| step).collect()
}

/// However many companies there are, a page reads those it shows. The plan is asked, because a small group is quick
/// either way.
#[tokio::test]
async fn a_page_fetches_the_rows_it_shows_and_no_others() {
    let database = crate::harness::databases().await.remove(0);
    let (group, _) = companies_of_all_kinds(&database.db, &mut Seeded(7), 60).await;
    for query in ["", "sort=-status", "sort=name", "sort=-last-success", "sort=last-run", "status=errors", "status=synced&page=2"]
    {
        let (filter, _) = Filter::from_query(query);
        let steps = plan(&database.db, overview::page_query(&Seen::everything(&group), &filter)).await;
        assert!(steps.iter().any(|step| step.starts_with("SEARCH c USING INDEX companies_name")), "{query}: {steps:#?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN c ")), "{query}: {steps:#?}");
    }
}

/// What runs, and whether it is in trouble, is read from the runs under way, and no company but theirs.
#[tokio::test]
async fn what_every_page_shows_of_syncs_walks_through_no_companies() {
    let database = crate::harness::databases().await.remove(0);
    let (group, _) = companies_of_all_kinds(&database.db, &mut Seeded(7), 60).await;
    for (query, index) in [
        (overview::troubled_query(&Seen::everything(&group)), "runs_troubled"),
        (overview::active_query(&Seen::everything(&group), RunState::Running, 5), "runs_started"),
        (overview::active_query(&Seen::everything(&group), RunState::Queued, 5), "runs_queue"),
    ] {
        let steps = plan(&database.db, query).await;
        assert!(steps[0].contains(&format!("a USING INDEX {index}")), "{steps:#?}");
        assert!(steps[1].starts_with("SEARCH c USING INDEX sqlite_autoindex_companies_1 (id=?)"), "{steps:#?}");
        assert!(!steps.iter().any(|step| step.contains("ORDER BY")), "{steps:#?}");
    }
}

/// Whoever needs a person comes in the order of an index: nobody is sorted but the few that are shown.
#[tokio::test]
async fn the_latest_problems_are_found_without_sorting_all_of_them() {
    let database = crate::harness::databases().await.remove(0);
    let (group, _) = companies_of_all_kinds(&database.db, &mut Seeded(7), 60).await;
    let steps = plan(&database.db, overview::problems_query(&Seen::everything(&group), 5)).await;
    let chosen = steps.iter().position(|step| step.contains("INDEX companies_attention_recent (group_id=?)"));
    assert!(chosen.is_some(), "{steps:#?}");
    // Of the outer statement: it sorts the few that were chosen.
    assert!(steps.iter().filter(|step| step.contains("ORDER BY")).count() <= 1, "{steps:#?}");
}
