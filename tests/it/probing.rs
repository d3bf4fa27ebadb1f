//! The daily check of connections: it finds a lost access before the next sync does, once, whoever looks.

use crate::harness::{
    books::{Books, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{connection::Access, status::SyncStatus},
    server::{
        connectors::practice::panel,
        db::{Db, now_ms, query::sql},
        engine::Engine,
        services::{
            connections::{
                disconnect,
                probe::{Probed, probe, probe_due},
                reconnect_practice,
            },
            error::ServiceError,
            integrations,
        },
    },
};
use tokio_util::sync::CancellationToken;

async fn is_due(db: &Db) {
    sql("UPDATE connections SET next_probe_at = $1").bind(now_ms() - 1_000).execute(db).await.unwrap();
}

/// Lets a few servers look after the database until the check has been made.
async fn serve(db: &Db, servers: usize) {
    let stop = CancellationToken::new();
    let engines: Vec<_> = (0..servers).map(|_| tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve())).collect();
    let began = Instant::now();
    while sql("SELECT count(*) FROM connections WHERE probed_at IS NULL").one::<(i64,)>(db).await.unwrap().0 > 0 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    for engine in engines {
        engine.await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_access_is_found_before_the_next_sync_and_no_record_fails() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        assert!(books.connection().await.next_probe_at.is_some(), "a new connection has its turn");
        panel::revoke_access(&db, &books.ledger).await.unwrap();
        is_due(&db).await;
        serve(&db, 3).await;
        assert_eq!(books.status().await, SyncStatus::NeedsReconnecting);
        assert_eq!(books.stored().await.reason, "Access was revoked in the practice ledger · Reconnect");
        let lost = books.connection().await;
        assert_eq!((lost.access(), lost.next_sync_at, lost.next_probe_at), (Access::Lost, None, None));
        assert_eq!(books.problems().await, []);
        assert_eq!(books.number("SELECT count(*) FROM runs").await, 1, "no sync was needed for it");
        assert_eq!(integrations::lost(&db, &Sees::Everything).await.unwrap(), 1, "every page says so");
        assert!(matches!(probe(&db, &books.company.id).await, Err(ServiceError::Refused(_))));

        reconnect_practice(&db, &books.company.id).await.unwrap();
        let again = books.connection().await;
        assert!(again.next_probe_at.is_some() && again.probe_error.is_none());
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(integrations::lost(&db, &Sees::Everything).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn several_servers_check_once() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // A ledger that counts its calls.
        panel::set_rate_limit(&db, &books.ledger, 100).await.unwrap();
        is_due(&db).await;
        serve(&db, 4).await;
        assert_eq!(books.number("SELECT window_used FROM practice_ledgers").await, 1);
        let connection = books.connection().await;
        assert_eq!(connection.probe_error, None);
        assert!(connection.next_probe_at.is_some_and(|at| at > now_ms() && at <= now_ms() + 24 * 3_600_000));
        let budget = books.connector().await.budget().await.unwrap().unwrap();
        assert_eq!(budget.words(), "99 of 100 calls left this minute");
        // Somebody who saw it due before the others moved it comes too late.
        let mut stale = connection.clone();
        stale.next_probe_at = Some(1);
        probe_due(&db, &stale).await.unwrap();
        assert_eq!(books.number("SELECT window_used FROM practice_ledgers").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_told_now_loses_no_access() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_offline(&db, &books.ledger, true).await.unwrap();
        assert_eq!(probe(&db, &books.company.id).await.unwrap(), Probed::Unclear("The practice ledger is offline".into()));
        assert_eq!(books.status().await, SyncStatus::Synced);
        let unclear = books.connection().await;
        assert_eq!(unclear.probe_error.as_deref(), Some("The practice ledger is offline"));
        assert!(unclear.next_probe_at.is_some_and(|at| at <= now_ms() + 3_600_000), "it is asked again soon");
        panel::set_offline(&db, &books.ledger, false).await.unwrap();
        assert_eq!(probe(&db, &books.company.id).await.unwrap(), Probed::Well);
        assert_eq!(books.connection().await.probe_error, None);
        // What the organisation is called is learnt with it.
        sql("UPDATE practice_ledgers SET name = 'Quay Ltd'").execute(&db).await.unwrap();
        assert_eq!(probe(&db, &books.company.id).await.unwrap(), Probed::Well);
        assert_eq!(books.number("SELECT count(*) FROM companies WHERE organisation = 'Quay Ltd'").await, 1);
        disconnect(&db, &books.company.id).await.unwrap();
        assert!(matches!(probe(&db, &books.company.id).await, Err(ServiceError::Refused(_))));
    })
    .await;
}
