//! Archiving: out of every list, count and schedule, and back exactly as it was.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, companies::Company, connections, query::sql, status},
        services::{
            companies::{Wanted, add, archive, edit, find, find_archived, listed, restore, search},
            connections::{connect_ledger, set_schedule},
            error::ServiceError,
            overview, sync,
        },
    },
};

/// What the overview says: companies, those that match the query, those that need somebody, and the rows' codes.
async fn shown(db: &Db, query: &str) -> (u64, u64, u64, Vec<String>) {
    let page = overview::page(db, &Sees::Everything, query).await.unwrap().unwrap();
    let codes = page.rows.into_iter().map(|row| row.code).collect();
    (page.facets.companies, page.facets.matching, page.facets.standing.attention, codes)
}

async fn agrees(db: &Db) {
    assert_eq!(status::check(db).await.unwrap(), [] as [String; 0]);
}

fn named(name: &str, code: &str) -> Wanted {
    Wanted { name: name.into(), code: code.into(), currency: "GBP".into(), time_zone: "UTC".into() }
}

#[tokio::test]
async fn archived_a_company_is_nowhere_and_restored_it_is_as_it_was() {
    on_each_database(|db| async move {
        let stays = Books::open_named(&db, "Stays", &three()).await;
        let goes = Books::open_named(&db, "Goes", &three()).await;
        panel::set_account_archived(&db, &goes.ledger, "200", true).await.unwrap();
        stays.work().await;
        for books in [&stays, &goes] {
            set_schedule(&db, &books.company.id, Schedule::Hourly).await.unwrap();
        }
        assert_eq!(goes.status().await, SyncStatus::Errors);
        let before = goes.stored().await;
        assert_eq!(shown(&db, "").await, (2, 2, 1, vec!["GOE".into(), "STA".into()]));
        let cursor = overview::quick_links(&db, &Sees::Everything, None).await.unwrap().1.cursor;

        let archived = archive(&db, &goes.company.id).await.unwrap();
        assert_eq!(archived.id, goes.company.id);
        agrees(&db).await;
        assert_eq!(shown(&db, "").await, (1, 1, 0, vec!["STA".into()]));
        assert_eq!(shown(&db, "q=goe").await, (1, 0, 0, vec![]));
        assert_eq!(shown(&db, "status=errors").await, (1, 0, 0, vec![]));
        assert_eq!(search(&db, &Sees::Everything, "").await.unwrap().len(), 1);
        assert!(find(&db, "GOE").await.is_err());
        let changes = overview::changes(&db, &Sees::Everything, cursor, "", true).await.unwrap();
        assert_eq!(changes.facets.unwrap().companies, 1, "open pages count anew");
        assert_eq!(changes.quick.unwrap().problems, []);
        let resting = connections::of_company(&db, &goes.company.id).await.unwrap().unwrap();
        assert_eq!((resting.next_sync_at, resting.next_probe_at), (None, None));
        assert_eq!(listed(&db, &Sees::Everything, "", true, 1).await.unwrap().rows[0].code, "GOE");
        assert_eq!(listed(&db, &Sees::Everything, "", false, 1).await.unwrap().archived, 1);
        for kind in [RunKind::Manual, RunKind::OnDemand] {
            let refused = sync::request(&db, &goes.company.id, kind, RunScope::Full, "test").await;
            assert!(matches!(refused, Err(ServiceError::Refused(why)) if why.contains("rchived")));
        }
        // An import that was under way ends, and starts no sync.
        goes.import(&line("Customer 9", "1090", 9, 1, "1.00", "260")).await;
        assert_eq!(goes.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 0);
        agrees(&db).await;
        assert!(matches!(archive(&db, &goes.company.id).await, Err(ServiceError::Refused(_))));
        assert!(matches!(edit(&db, &goes.company.id, &named("Goes", "")).await, Err(ServiceError::Refused(_))));

        let back = find_archived(&db, "goes").await.unwrap();
        restore(&db, &back.id).await.unwrap();
        agrees(&db).await;
        let after = goes.stored().await;
        let facts = |company: &Company| {
            (
                company.id.clone(),
                company.group_id.clone(),
                company.status.clone(),
                company.open_errors,
                company.reason.clone(),
                company.last_run_id.clone(),
            )
        };
        assert_eq!(facts(&after), facts(&before));
        assert_eq!(shown(&db, "").await, (2, 2, 1, vec!["GOE".into(), "STA".into()]));
        let due = connections::of_company(&db, &goes.company.id).await.unwrap().unwrap();
        assert!(due.next_sync_at.is_some() && due.next_probe_at.is_some());
        assert!(matches!(restore(&db, &back.id).await, Err(ServiceError::Refused(_))));
        panel::set_account_archived(&db, &goes.ledger, "200", false).await.unwrap();
        assert_eq!(goes.sync().await, SyncStatus::Synced);
        assert_eq!(goes.number("SELECT count(*) FROM property_groups").await, 2, "one archive a group");
    })
    .await;
}

#[tokio::test]
async fn name_code_and_organisation_of_an_archived_company_stay_its_own() {
    on_each_database(|db| async move {
        let goes = Books::open_named(&db, "Goes", &three()).await;
        goes.work().await;
        archive(&db, &goes.company.id).await.unwrap();
        for (wanted, why) in [(named("goes", ""), "archived"), (named("Other", "GOE"), "which is archived")] {
            assert!(matches!(add(&db, &wanted).await, Err(ServiceError::Refused(said)) if said.contains(why)));
        }
        // A code that is made goes round it.
        let other = add(&db, &named("Goemon", "")).await.unwrap();
        assert_eq!(other.code, "GOE2");
        let taken = connect_ledger(&db, &other, &goes.ledger, "2000-01-01", Schedule::Off, "test").await;
        assert!(matches!(taken, Err(ServiceError::Refused(said)) if said.contains("Goes (GOE)")));
        restore(&db, &goes.company.id).await.unwrap();
        assert_eq!(goes.sync().await, SyncStatus::Synced, "its access still holds");
        agrees(&db).await;
    })
    .await;
}

#[tokio::test]
async fn a_company_is_not_archived_under_a_sync() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        assert!(matches!(archive(&db, &books.company.id).await, Err(ServiceError::Refused(why)) if why.contains("under way")));
        books.work().await;
        archive(&db, &books.company.id).await.unwrap();
        agrees(&db).await;
    })
    .await;
}

#[tokio::test]
async fn the_check_notices_what_is_archived_by_halves() {
    on_each_database(|db| async move {
        let one = add(&db, &named("One", "")).await.unwrap();
        sql("UPDATE companies SET archived_at = 1 WHERE id = $1").bind(&one.id).execute(&db).await.unwrap();
        assert_eq!(status::check(&db).await.unwrap(), ["ONE: archived, but not in the archive, or the other way round"]);
        sql("UPDATE companies SET archived_at = NULL, paused = 1").execute(&db).await.unwrap();
        assert_eq!(status::check(&db).await.unwrap(), ["ONE: stored as paused or not, other than its connection"]);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_leave_the_counts_right() {
    on_each_database(|db| async move {
        let mut ids = Vec::new();
        for n in 0..12 {
            ids.push(add(&db, &named(&format!("Company {n}"), "")).await.unwrap().id);
        }
        for _ in 0..2 {
            let tasks: Vec<_> = ids
                .iter()
                .cloned()
                .map(|id| {
                    tokio::spawn({
                        let db = db.clone();
                        async move { archive(&db, &id).await }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            agrees(&db).await;
            assert_eq!(shown(&db, "").await.0, 0);
            let tasks: Vec<_> = ids
                .iter()
                .cloned()
                .map(|id| {
                    tokio::spawn({
                        let db = db.clone();
                        async move { restore(&db, &id).await }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            agrees(&db).await;
            assert_eq!(shown(&db, "").await.0, 12);
        }
    })
    .await;
}
