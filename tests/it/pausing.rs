//! Pausing one connection and all of them: what rests, what waits meanwhile, and that resuming takes up exactly what
//! was paused.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        db::{Db, now_ms, pauses, query::sql},
        engine::Engine,
        services::{
            connections::{
                disconnect,
                pause::{go_on, pause, pause_everything, resume, resume_everything},
                reconnect_practice, set_schedule,
            },
            error::ServiceError,
            sync,
        },
    },
};
use tokio_util::sync::CancellationToken;

async fn queued(db: &Db) -> i64 {
    sql("SELECT count(*) FROM runs WHERE state = 'queued'").one::<(i64,)>(db).await.unwrap().0
}

/// Codes of those that are paused, with the reason people see.
async fn paused(db: &Db) -> Vec<(String, String)> {
    sql("SELECT name, reason FROM companies WHERE paused = 1 ORDER BY name").all(db).await.unwrap()
}

async fn everything(db: &Db, pausing: bool) {
    let done = if pausing { pause_everything(db, "Ann").await } else { resume_everything(db, "Bob").await };
    if !done.unwrap() {
        assert!(go_on(db, Instant::now() + Duration::from_secs(60)).await.unwrap());
    }
}

#[tokio::test]
async fn a_paused_connection_rests_and_what_changed_goes_when_it_is_resumed() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        set_schedule(&db, &books.company.id, Schedule::Hourly).await.unwrap();
        pause(&db, &books.company, "Ann").await.unwrap();
        assert_eq!(books.status().await, SyncStatus::Synced, "a pause is no status");
        assert_eq!(books.stored().await.reason, "Paused by Ann · In balance to the cent");
        let resting = books.connection().await;
        assert_eq!((resting.next_sync_at, resting.next_probe_at), (None, None), "nothing is due");

        let manual = sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await;
        assert!(matches!(manual, Err(ServiceError::Refused(why)) if why == sync::PAUSED));
        books.import(&line("Customer 3", "1009", 9, 1, "5.00", "200")).await;
        assert_eq!(queued(&db).await, 0, "a change waits");
        set_schedule(&db, &books.company.id, Schedule::Nightly).await.unwrap();
        assert_eq!(books.connection().await.next_sync_at, None);
        let again = pause(&db, &books.company, "Bob").await;
        assert!(matches!(again, Err(ServiceError::Refused(why)) if why.contains("Ann")));

        resume(&db, &books.company, "Bob").await.unwrap();
        let after = books.connection().await;
        assert!(after.next_sync_at.is_some() && after.next_probe_at.is_some());
        assert_eq!(after.paused_by, None);
        books.work().await;
        assert_eq!(books.number("SELECT count(*) FROM practice_documents").await, 4, "what waited was sent");
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert!(matches!(resume(&db, &books.company, "Bob").await, Err(ServiceError::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn a_sync_that_nobody_began_is_asked_for_again_when_the_pause_ends() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        assert_eq!((queued(&db).await, books.status().await), (1, SyncStatus::InProgress));
        pause(&db, &books.company, "Ann").await.unwrap();
        assert_eq!(queued(&db).await, 0);
        assert_eq!(books.status().await, SyncStatus::IncompletePipeline, "as before the sync was asked for");
        resume(&db, &books.company, "Ann").await.unwrap();
        assert_eq!(queued(&db).await, 1);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn pausing_everything_and_resuming_restores_exactly_what_ran_before() {
    on_each_database(|db| async move {
        let mut all = Vec::new();
        for name in ["One", "Two", "Three", "Four", "Gone"] {
            let books = Books::open_named(&db, name, &three()).await;
            set_schedule(&db, &books.company.id, Schedule::Hourly).await.unwrap();
            all.push(books);
        }
        all[0].work().await;
        let [one, two, three, four, gone] = all.as_slice() else { unreachable!() };
        pause(&db, &two.company, "Zoe").await.unwrap();
        disconnect(&db, &gone.company.id).await.unwrap();

        everything(&db, true).await;
        let names: Vec<String> = paused(&db).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Four", "One", "Three", "Two"]);
        assert!(paused(&db).await.iter().all(|(name, reason)| reason.starts_with(if name == "Two" {
            "Paused by Zoe"
        } else {
            "Paused by Ann"
        })));
        assert!(matches!(pause_everything(&db, "Ann").await, Err(ServiceError::Refused(_))), "once at a time");
        let due = "SELECT count(*) FROM connections WHERE next_sync_at IS NOT NULL OR next_probe_at IS NOT NULL";
        assert_eq!(one.number(due).await, 0, "nothing is due");

        // While everything rests one is taken up by itself, another is paused anew, and one is connected again.
        resume(&db, &three.company, "Bob").await.unwrap();
        resume(&db, &four.company, "Bob").await.unwrap();
        pause(&db, &four.company, "Bob").await.unwrap();
        reconnect_practice(&db, &gone.company.id).await.unwrap();
        set_schedule(&db, &one.company.id, Schedule::Nightly).await.unwrap();

        everything(&db, false).await;
        let still: Vec<(String, String)> = paused(&db).await;
        let names: Vec<&str> = still.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Four", "Two"], "what was paused by itself, before or since, stays so");
        for running in [one, three, gone] {
            assert!(running.connection().await.next_sync_at.is_some_and(|at| at > now_ms()));
        }
        assert_eq!(one.connection().await.schedule(), Schedule::Nightly);
        assert_eq!(one.status().await, SyncStatus::Synced);
        assert!(matches!(resume_everything(&db, "Ann").await, Err(ServiceError::Refused(_))));
        everything(&db, true).await;
        everything(&db, false).await;
        assert_eq!(paused(&db).await.len(), 2, "and once more");
    })
    .await;
}

#[tokio::test]
async fn what_one_process_began_the_servers_finish() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // Begun, and no step taken: the process is gone.
        let mut tx = db.begin().await.unwrap();
        assert!(pauses::begin(&mut tx, &books.company.group_id, "Ann", now_ms()).await.unwrap());
        tx.commit().await.unwrap();
        let stop = CancellationToken::new();
        let servers: Vec<_> = (0..3).map(|_| tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve())).collect();
        let began = Instant::now();
        while pauses::current(&db, &books.company.group_id).await.unwrap().unwrap().state != "paused" {
            assert!(began.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
        for server in servers {
            server.await.unwrap();
        }
        assert_eq!(paused(&db).await.len(), 1);
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn a_full_sync_wished_for_during_another_waits_for_the_end_of_the_pause() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        // One server works the run while it is paused; what was to follow it is held.
        sql("UPDATE runs SET state = 'running', lease_owner = 'gone', attempt = 1, started_at = 1, followup = 'full'")
            .execute(&db)
            .await
            .unwrap();
        pause(&db, &books.company, "Ann").await.unwrap();
        Engine::new(db.clone(), 1, CancellationToken::new()).take_back_abandoned().await.unwrap();
        books.work().await;
        assert_eq!(queued(&db).await, 0);
        assert_eq!(books.status().await, SyncStatus::Synced, "the one under way was finished");
        assert_eq!(books.connection().await.held_sync, 1);
        resume(&db, &books.company, "Ann").await.unwrap();
        assert_eq!(queued(&db).await, 1);
    })
    .await;
}
