//! Workers that share a queue without a common clock: one whose beat stands still is gone, one whose beat moves is not, and
//! a run that nobody works goes back to the queue.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
    xero::{
        self, Peer,
        faults::{Fault, Faults},
    },
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
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
        assert!(!workers::give_up(&db, "moving", 0).await.unwrap(), "it has moved since it was looked at");
        let own = "SELECT count(*) FROM workers WHERE id NOT IN ('still', 'moving') AND beat > 2";
        assert_eq!(sql(own).one::<(i64,)>(&db).await.unwrap().0, 1, "it shows the others that it is alive, too");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_meets_a_limit_of_hours_gives_its_place_to_another_and_goes_on_afterwards() {
    on_each_database(|db| async move {
        let (limited, there) = xero::company(&db, Peer::shared(), "Albion Quay Estates", &three()).await;
        let (other, _) = xero::company(&db, Peer::shared(), "Bramley Court", &three()).await;
        there.set_faults(Faults::always(Fault::LimitedHours));
        let (stop, began) = (CancellationToken::new(), now_ms());
        // One place for both, and the one that is limited came first.
        let serving = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve());
        until(&db, "SELECT count(*) FROM companies WHERE status = 'synced'", 1, Duration::from_secs(60)).await;
        assert_eq!(other.stored().await.status(), SyncStatus::Synced);
        assert_eq!(limited.status().await, SyncStatus::InProgress);
        let waits = sql("SELECT state, not_before, wait_until FROM runs WHERE company_id = $1").bind(&limited.company.id);
        let (state, not_before, shown): (String, i64, Option<i64>) = waits.one(&db).await.unwrap();
        // The organisation asks for two hours.
        assert!(
            state == "queued" && not_before >= began + 7_200_000 && shown == Some(not_before),
            "{state} {not_before} {shown:?}"
        );

        there.set_faults(Faults::none());
        sql("UPDATE runs SET not_before = 1 WHERE not_before > 0").execute(&db).await.unwrap();
        until(&db, "SELECT count(*) FROM companies WHERE status = 'synced'", 2, Duration::from_secs(60)).await;
        stop.cancel();
        serving.await.unwrap();
        assert_eq!(limited.number("SELECT count(*) FROM runs").await, 2, "the same sync went on");
        limited.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_limit_of_one_connection_holds_up_no_other() {
    on_each_database(|db| async move {
        let (limited, other) = (Books::open(&db, &three()).await, Books::open_named(&db, "Bramley Court", &three()).await);
        // Its minute has just begun.
        let limit = "UPDATE practice_ledgers SET rate_limit = 2, window_start = $1 WHERE id = $2";
        sql(limit).bind(now_ms()).bind(&limited.ledger).execute(&db).await.unwrap();
        let later = "UPDATE runs SET not_before = $1 WHERE company_id = $2";
        sql(later).bind(i64::MAX).bind(&other.company.id).execute(&db).await.unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve());
        const WAITING: &str = "SELECT count(*) FROM runs WHERE state = 'running' AND wait_until IS NOT NULL";
        until(&db, WAITING, 1, Duration::from_secs(30)).await;
        sql(later).bind(0).bind(&other.company.id).execute(&db).await.unwrap();
        until(&db, "SELECT count(*) FROM companies WHERE status = 'synced'", 1, Duration::from_secs(30)).await;
        assert_eq!((limited.number(WAITING).await, other.status().await), (1, SyncStatus::Synced));
        stop.cancel();
        serving.await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_panics_ends_and_holds_up_nobody() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let other = Books::open_named(&db, "Bramley Court", &three()).await;
        // What changed there adds up to more than any amount can be: adding it up stops the sync, as an overflow has to.
        panel::set_reference(&db, &books.ledger, "1002", "PO 7").await.unwrap();
        let spoilt = "UPDATE practice_lines SET net = $1
            WHERE document_id = (SELECT id FROM practice_documents WHERE ledger_id = $2 AND number = '1002')";
        sql(spoilt).bind(i64::MAX).bind(&books.ledger).execute(&db).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::IncompletePipeline);
        let (reason,): (String,) = sql("SELECT reason FROM runs WHERE state = 'failed'").one(&db).await.unwrap();
        assert_eq!(reason, "Tieout itself had a problem; its log says more");
        assert_eq!(other.stored().await.status(), SyncStatus::Synced);

        sql(spoilt).bind(2_997_i64).bind(&books.ledger).execute(&db).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_sends_no_further_batch() {
    on_each_database(|db| async move {
        // Three batches.
        let csv: String = (0..120).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        panel::set_delay(&db, &books.ledger, 200).await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let stop = CancellationToken::new();
        let working = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).work_only(vec![run]));
        until(
            &db,
            "SELECT count(*) / 50 FROM links WHERE entity = 'invoice' AND intent_key IS NOT NULL",
            1,
            Duration::from_secs(30),
        )
        .await;
        stop.cancel();
        working.await.unwrap();
        // The one that was on its way is waited for.
        assert_eq!(books.number("SELECT count(*) FROM practice_documents").await, 50);
        assert_eq!(books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 1);
    })
    .await;
}
