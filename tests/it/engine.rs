//! Syncs as people know them, from an import to a status, against a practice ledger: each failure is brought about
//! there, seen here, put right there, and ends in balance with nothing twice.

use crate::harness::{
    books::{Books, HEADER, line, three},
    on_each_database, real_files,
};
use std::time::Duration;
use tieout::{
    domain::{
        message::Entity,
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        connectors::{self, practice::panel},
        db::{connections, query::sql, status},
        engine::Engine,
        services::{self, companies::Wanted, import, onboarding, sync},
    },
};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn what_is_imported_arrives_and_ties_out() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        assert_eq!(books.status().await, SyncStatus::InProgress);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(2, 1).await;
        let sent = books.number("SELECT sent FROM runs ORDER BY id DESC LIMIT 1").await;
        assert_eq!(sent, 5, "two contacts and three documents");

        // Nothing changed: nothing is sent, and the echo of our own writes is told as such.
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT sent + received + failed FROM runs ORDER BY id DESC LIMIT 1").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_archived_account_is_one_cause_and_is_resolved_by_restoring_it() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let problems = books.problems().await;
        assert_eq!(problems.len(), 3, "one row a record: {problems:?}");
        assert!(problems.iter().all(|(_, kind, cause, times)| kind == "failed" && *cause == problems[0].2 && *times == 1));
        assert!(books.stored().await.reason.contains("invoices"), "{}", books.stored().await.reason);

        // Again: the same rows, seen twice.
        assert_eq!(books.sync().await, SyncStatus::Errors);
        assert!(books.problems().await.iter().all(|(_, _, _, times)| *times == 2));

        panel::set_account_archived(&db, &books.ledger, "200", false).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_locked_period_holds_back_what_is_dated_in_it() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::lock_period(&db, &books.ledger, Some("2010-12-01")).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let problems = books.problems().await;
        assert_eq!(problems.iter().map(|problem| problem.0.as_str()).collect::<Vec<_>>(), ["1001"]);
        panel::lock_period(&db, &books.ledger, None).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn lost_access_stops_pushing_and_fails_no_record() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::revoke_access(&db, &books.ledger).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::NeedsReconnecting);
        assert!(books.problems().await.is_empty());
        assert_eq!(books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
        let refused = sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await;
        assert!(refused.unwrap_err().to_string().contains("reconnect"));

        services::connections::reconnect_practice(&db, &books.company.id).await.unwrap();
        books.work().await;
        if books.status().await != SyncStatus::Synced {
            assert_eq!(books.sync().await, SyncStatus::Synced);
        }
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_ledger_that_does_not_answer_leaves_an_incomplete_pipeline() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::set_offline(&db, &books.ledger, true).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::IncompletePipeline);
        assert!(books.problems().await.is_empty());
        panel::set_offline(&db, &books.ledger, false).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn what_happens_there_arrives_here() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Outstanding, "2010-12-20", "BACS").await.unwrap();
        panel::set_reference(&db, &books.ledger, "1002", "PO 7").await.unwrap();
        panel::void_document(&db, &books.ledger, "C1003").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT paid FROM documents WHERE number = '1001'").await, 15_000);
        assert_eq!(books.number("SELECT version FROM documents WHERE number = '1002' AND reference = 'PO 7'").await, 2);
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE number = 'C1003' AND state = 'void'").await, 1);
        books.assert_in_balance(2, 0).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT sent + received FROM runs ORDER BY id DESC LIMIT 1").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_change_goes_out_by_itself_and_only_that() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let changed = HEADER.to_owned() + &three().replace("9.99", "10.99") + &line("Customer 9", "1009", 9, 1, "1.00", "200");
        import::run(&db, &books.company, "sales.csv", changed.into_bytes(), "test").await.unwrap();
        assert_eq!(books.status().await, SyncStatus::InProgress);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        let (kind, sent): (String, i64) = sql("SELECT kind, sent FROM runs ORDER BY id DESC LIMIT 1").one(&db).await.unwrap();
        assert_eq!((kind.as_str(), sent), ("on_demand", 3), "a contact, a new document and a changed one");
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_sends_what_an_interrupted_import_left() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let changed = three().replace("9.99", "10.99");
        books.import(&changed).await;
        // As if the process had ended after the documents were stored and before it asked for their sync.
        sql("DELETE FROM runs WHERE state = 'queued'").execute(&db).await.unwrap();
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE pending = 1").await, 1);
        books.import(&changed).await;
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued' AND kind = 'on_demand'").await, 1);
        books.work().await;
        books.assert_in_balance(2, 1).await;
        // And once more: nothing is waiting, nothing is started.
        books.import(&changed).await;
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_full_sync_asked_for_meanwhile_comes_even_after_a_failed_one() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_delay(&db, &books.ledger, 200).await.unwrap();
        books.import(&line("Customer 9", "1009", 9, 1, "1.00", "200")).await;
        let (run,): (String,) = sql("SELECT id FROM runs WHERE state = 'queued'").one(&db).await.unwrap();
        let working = tokio::spawn(Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run.clone()]));
        while books.number("SELECT count(*) FROM runs WHERE state = 'running'").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let asked = sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        assert_eq!(asked, sync::Requested { run_id: run, joined: true });
        panel::set_offline(&db, &books.ledger, true).await.unwrap();
        working.await.unwrap();
        let states: Vec<(String, String, String)> =
            sql("SELECT kind, scope, state FROM runs ORDER BY id DESC LIMIT 2").all(&db).await.unwrap();
        let states: Vec<_> = states.iter().map(|(kind, scope, state)| (kind.as_str(), scope.as_str(), state.as_str())).collect();
        assert_eq!(states, [("manual", "full", "queued"), ("on_demand", "changed", "failed")]);
        panel::set_offline(&db, &books.ledger, false).await.unwrap();
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_dated_before_sync_from_starts_nothing() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, "", Some("2010-12-15")).await;
        onboarding::confirm(&db, &books.company.id, true, &[], "test").await.unwrap();
        books.work().await;
        books.import(&three()).await;
        books.work().await;
        books.import(&three()).await;
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 0, "the contacts went before");
        assert_eq!(books.number("SELECT count(*) FROM practice_documents").await, 0);
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_with_requests_out_leaves_nothing_twice() {
    on_each_database(|db| async move {
        let csv: String = (0..120).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        panel::set_delay(&db, &books.ledger, 40).await.unwrap();
        // Killed at ever later moments: before, while and after a batch is applied there.
        for after in [60, 130, 210, 330, 410, 520, 640, 760] {
            let engine = Engine::new(db.clone(), 1, CancellationToken::new());
            let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&db).await.unwrap();
            let doomed = tokio::spawn(engine.work_only(queued.into_iter().map(|(id,)| id).collect()));
            tokio::time::sleep(Duration::from_millis(after)).await;
            doomed.abort();
            let _ = doomed.await;
            // Its lease runs out, and the run goes back to the queue.
            sql("UPDATE runs SET state = 'queued', lease_owner = NULL, attempt = 0 WHERE state = 'running'")
                .execute(&db)
                .await
                .unwrap();
        }
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(120, 0).await;
        assert_eq!(books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_stopping_server_gives_its_run_back() {
    on_each_database(|db| async move {
        let csv: String = (0..120).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        panel::set_delay(&db, &books.ledger, 100).await.unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve());
        tokio::time::sleep(Duration::from_millis(700)).await;
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(8), serving).await.expect("stops within its time").unwrap();
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 1);
        assert_eq!(books.status().await, SyncStatus::InProgress);
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(120, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_shown() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::set_rate_limit(&db, &books.ledger, 5).await.unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve());
        let mut waits = 0;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            waits = books.number("SELECT count(*) FROM runs WHERE state = 'running' AND wait_until IS NOT NULL").await;
            if waits > 0 {
                break;
            }
        }
        assert_eq!(waits, 1);
        assert_eq!(books.status().await, SyncStatus::InProgress);
        stop.cancel();
        serving.await.unwrap();
        assert!(books.problems().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn several_workers_share_the_queue_and_each_run_goes_to_one() {
    on_each_database(|db| async move {
        let mut all = Vec::new();
        for n in 0..6 {
            let wanted = Wanted {
                name: format!("Company {n}"),
                code: String::new(),
                currency: "GBP".into(),
                time_zone: "Europe/London".into(),
            };
            let company = services::companies::add(&db, &wanted).await.unwrap();
            import::run(&db, &company, "sales.csv", (HEADER.to_owned() + &three()).into_bytes(), "test").await.unwrap();
            services::connections::connect_practice(&db, &company, None, Schedule::Off, "test").await.unwrap();
            onboarding::confirm(&db, &company.id, true, &[], "test").await.unwrap();
            let ledger = connections::of_company(&db, &company.id).await.unwrap().unwrap().organisation_id;
            panel::set_delay(&db, &ledger, 20).await.unwrap();
            all.push(company);
        }
        let stop = CancellationToken::new();
        let engines: Vec<_> = (0..2).map(|_| tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve())).collect();
        let mut most = 0;
        for _ in 0..2_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let (left, running): (i64, i64) = sql(
                "SELECT count(*), count(CASE WHEN state = 'running' THEN 1 END) FROM runs WHERE state IN ('queued', 'running')",
            )
            .one(&db)
            .await
            .unwrap();
            most = most.max(running);
            if left == 0 {
                break;
            }
        }
        stop.cancel();
        assert!((2..=4).contains(&most), "two companies at a time each: {most}");
        for engine in engines {
            engine.await.unwrap();
        }
        assert_eq!(status::check(&db).await.unwrap(), Vec::<String>::new());
        for company in all {
            let stored = services::companies::find(&db, &company.code).await.unwrap();
            assert_eq!(stored.status(), SyncStatus::Synced, "{}", stored.reason);
        }
        let (attempts,): (i64,) = sql("SELECT max(attempt) FROM runs").one(&db).await.unwrap();
        assert_eq!(attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn a_real_file_ties_out_to_the_penny() {
    let Some(folder) = real_files() else { return };
    on_each_database(|db| {
        let folder = folder.clone();
        async move {
            let books = Books::open(&db, "").await;
            let bytes = std::fs::read(folder.join("albion-quay-estates.csv")).unwrap();
            import::run(&db, &books.company, "albion-quay-estates.csv", bytes, "test").await.unwrap();
            assert_eq!(books.sync().await, SyncStatus::Synced, "{}", books.stored().await.reason);
            books.assert_in_balance(164, 32).await;
            let connection = connections::of_company(&db, &books.company.id).await.unwrap().unwrap();
            let connector = connectors::open(&db, &connection).await.unwrap();
            let invoices = connector.control_totals(Entity::Invoice, "2010-01-01").await.unwrap();
            let credit_notes = connector.control_totals(Entity::CreditNote, "2010-01-01").await.unwrap();
            assert_eq!((invoices.net, credit_notes.net), (5_480_305, -125_739));
        }
    })
    .await;
}
