//! The queue where several ask at the same moment: one run comes of it, and each run goes to one.

use crate::harness::{
    TestDatabase,
    books::{Books, three},
    databases, on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{now_ms, query::sql, runs},
        services::sync,
    },
};

/// Longer than anything takes that waits for nobody.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_while_another_asks_joins_the_run_that_comes_of_it() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let mut tx = db.begin().await.unwrap();
        let (kind, scope) = (RunKind::Manual, RunScope::Full);
        let first = sync::request_in(&mut tx, &books.company.id, kind, scope, "Ann", now_ms()).await.unwrap();
        let second = tokio::spawn({
            let (db, company) = (db.clone(), books.company.id.clone());
            async move { sync::request(&db, &company, kind, scope, "Ben").await }
        });
        // In SQLite the second one waits in this process already.
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let began = Instant::now();
        while db.is_postgres() && books.number(waits).await == 0 {
            assert!(began.elapsed() < PATIENCE, "it does not wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tx.commit().await.unwrap();
        assert_eq!(second.await.unwrap().unwrap(), sync::Requested { run_id: first.run_id, joined: true });
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 1);
    })
    .await;
}

/// Whoever takes a run holds up nobody who takes the next one.
#[tokio::test]
async fn a_run_that_is_being_taken_is_passed_over() {
    let Some(database) = databases().await.into_iter().find(|database| database.kind == "Postgres") else { return };
    let TestDatabase { db, .. } = &database;
    let (one, other) = (Books::open(db, &three()).await, Books::open_named(db, "Bramley Court", &three()).await);
    let mut tx = db.begin().await.unwrap();
    let taken = runs::claim(&mut tx, "first", now_ms(), None).await.unwrap().unwrap();
    assert_eq!(taken.company_id, one.company.id);
    let next =
        async |only| tokio::time::timeout(PATIENCE, runs::claim(db, "second", now_ms(), only)).await.expect("nobody waits");
    assert!(next(Some(taken.id.as_str())).await.unwrap().is_none(), "the one that is being taken");
    assert_eq!(next(None).await.unwrap().unwrap().company_id, other.company.id);
    assert!(next(None).await.unwrap().is_none());
    tx.commit().await.unwrap();
    let held: Vec<(String,)> = sql("SELECT lease_owner FROM runs ORDER BY lease_owner").all(db).await.unwrap();
    assert_eq!(held, [("first".to_owned(),), ("second".to_owned(),)]);
}
