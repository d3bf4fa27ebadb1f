//! Workers that share a queue without a common clock: one whose beat stands still is gone, one whose beat moves is not, and
//! a run that nobody works goes back to the queue.

use crate::harness::{
    books::{Books, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        db::{Db, now_ms, query::sql, runs, workers},
        engine::Engine,
        services::sync,
    },
};
use tokio_util::sync::CancellationToken;

/// Waits for the number to be what it is to be, and answers how long that took.
async fn until(db: &Db, text: &'static str, number: i64, at_most: Duration) -> Duration {
    let began = Instant::now();
    while sql(text).one::<(i64,)>(db).await.unwrap().0 != number {
        assert!(began.elapsed() < at_most, "{text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stands_still_is_gone_and_one_that_moves_is_not() {
    on_each_database(|db| async move {
        // Of another machine: nothing but their beats can be seen. Their clocks are years off, each in its own direction.
        for (worker, clock) in [("still", i64::MAX / 2), ("moving", 0)] {
            workers::join(&db, worker, "", clock).await.unwrap();
            let books = Books::open_named(&db, worker, &three()).await;
            let run = runs::claim(&db, worker, now_ms(), None).await.unwrap().unwrap();
            assert_eq!(run.company_id, books.company.id);
        }
        let stop = CancellationToken::new();
        let serving = tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve());
        let (beating, moving) = (stop.clone(), db.clone());
        let beats = tokio::spawn(async move {
            while !beating.is_cancelled() {
                assert!(workers::beat(&moving, "moving", 0).await.unwrap(), "it is alive");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let took = until(&db, "SELECT count(*) FROM companies WHERE status = 'synced'", 1, Duration::from_secs(60)).await;
        assert!(took > Duration::from_secs(30), "after {took:?} it may still be at work");
        let held = "SELECT count(*) FROM runs WHERE state = 'running' AND lease_owner = 'moving'";
        assert_eq!(sql(held).one::<(i64,)>(&db).await.unwrap().0, 1);
        stop.cancel();
        beats.await.unwrap();
        serving.await.unwrap();
        let left: Vec<(String,)> = sql("SELECT id FROM workers").all(&db).await.unwrap();
        assert_eq!(left, [("moving".to_owned(),)], "who stops leaves, and who is gone is taken off");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_ours_that_nobody_works_is_taken_up_again() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        sql("UPDATE runs SET not_before = $1").bind(i64::MAX).execute(&db).await.unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve());
        until(&db, "SELECT count(*) FROM workers", 1, Duration::from_secs(5)).await;
        // As where the answer to a claim was lost.
        let claim = "UPDATE runs SET state = 'running', attempt = 1, not_before = 0, lease_owner = (SELECT id FROM workers)";
        sql(claim).execute(&db).await.unwrap();
        until(&db, "SELECT count(*) FROM companies WHERE status = 'synced'", 1, Duration::from_secs(40)).await;
        stop.cancel();
        serving.await.unwrap();
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_waits_for_a_limit_is_not_taken_before_and_lets_others_pass() {
    on_each_database(|db| async move {
        let (waits, passes) = (Books::open(&db, &three()).await, Books::open_named(&db, "Bramley Court", &three()).await);
        let run = runs::claim(&db, "worker", 1_000, None).await.unwrap().unwrap();
        assert_eq!(run.company_id, waits.company.id);
        let mut tx = db.begin().await.unwrap();
        assert!(!runs::pause(&mut tx, &run.id, "another", 9_000).await.unwrap(), "it is not the other one's");
        assert!(runs::pause(&mut tx, &run.id, "worker", 9_000).await.unwrap());
        tx.commit().await.unwrap();
        let next = runs::claim(&db, "worker", 8_999, None).await.unwrap().unwrap();
        assert_eq!(next.company_id, passes.company.id);
        assert!(runs::claim(&db, "worker", 8_999, None).await.unwrap().is_none());
        assert_eq!(runs::by_id(&db, &run.id).await.unwrap().unwrap().wait_until, Some(9_000));
        let again = runs::claim(&db, "worker", 9_000, None).await.unwrap().unwrap();
        assert_eq!((again.id, again.attempt), (run.id.clone(), 1), "to wait is no attempt");

        // Whoever asks for it by hand need not wait.
        let mut tx = db.begin().await.unwrap();
        runs::pause(&mut tx, &run.id, "worker", 9_000).await.unwrap();
        tx.commit().await.unwrap();
        sync::request(&db, &waits.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        assert_eq!(runs::claim(&db, "worker", 1_000, None).await.unwrap().unwrap().id, run.id);
    })
    .await;
}
