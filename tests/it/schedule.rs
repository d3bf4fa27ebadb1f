//! Automatic syncs: what is due starts once, whoever looks, and the next turn is in the company's own time.

use crate::harness::{
    books::{Books, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{schedule::Schedule, status::SyncStatus},
    server::{
        db::{Db, now_ms, query::sql},
        engine::Engine,
        services::{connections::set_schedule, onboarding},
    },
};
use tokio_util::sync::CancellationToken;

async fn number(db: &Db, text: &'static str) -> i64 {
    sql(text).one::<(i64,)>(db).await.unwrap().0
}

/// Lets so many servers look after the database until the statement's number is what is expected, and a while longer.
async fn serve_until(db: &Db, servers: usize, text: &'static str, expected: i64) {
    let stop = CancellationToken::new();
    let engines: Vec<_> = (0..servers).map(|_| tokio::spawn(Engine::new(db.clone(), 2, stop.clone()).serve())).collect();
    let began = Instant::now();
    while number(db, text).await != expected {
        assert!(began.elapsed() < Duration::from_secs(20), "{text}: {}", number(db, text).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    for engine in engines {
        engine.await.unwrap();
    }
    assert_eq!(number(db, text).await, expected);
}

const ENDED: &str = "SELECT count(*) FROM runs WHERE kind = 'scheduled' AND state = 'completed'";

#[tokio::test]
async fn what_is_due_starts_once_and_what_is_off_never() {
    on_each_database(|db| async move {
        let due = Books::open_named(&db, "Due", &three()).await;
        let off = Books::open_named(&db, "Off", &three()).await;
        let unconfirmed = Books::connect(&db, "", None).await;
        due.work().await;
        for books in [&due, &unconfirmed] {
            set_schedule(&db, &books.company.id, Schedule::Hourly).await.unwrap();
        }
        // A day nobody was there to look: one sync makes up for all that were missed.
        let past = now_ms() - 24 * 3_600_000;
        sql("UPDATE connections SET next_sync_at = $1 WHERE company_id <> $2")
            .bind(past)
            .bind(&off.company.id)
            .execute(&db)
            .await
            .unwrap();
        serve_until(&db, 3, ENDED, 1).await;
        assert_eq!(due.status().await, SyncStatus::Synced);
        let by: Vec<(String, String)> =
            sql("SELECT requested_by, scope FROM runs WHERE kind = 'scheduled'").all(&db).await.unwrap();
        assert_eq!(by, [("the schedule".to_owned(), "full".to_owned())]);
        let next = due.connection().await.next_sync_at.unwrap();
        assert!(next > now_ms() && next < now_ms() + 26 * 3_600_000);
        // What could not start waits for its next turn; a schedule that is off has none.
        assert_eq!(unconfirmed.status().await, SyncStatus::IncompleteOnboarding);
        assert!(unconfirmed.connection().await.next_sync_at.unwrap() > now_ms());
        assert_eq!(off.connection().await.next_sync_at, None);
    })
    .await;
}

#[tokio::test]
async fn one_company_that_cannot_be_scheduled_stops_no_other() {
    on_each_database(|db| async move {
        let (odd, due) = (Books::open_named(&db, "Odd", "").await, Books::open_named(&db, "Due", "").await);
        due.work().await;
        for (books, ago) in [(&odd, 2_000), (&due, 1_000)] {
            set_schedule(&db, &books.company.id, Schedule::Nightly).await.unwrap();
            sql("UPDATE connections SET next_sync_at = $1 WHERE company_id = $2")
                .bind(now_ms() - ago)
                .bind(&books.company.id)
                .execute(&db)
                .await
                .unwrap();
        }
        // A zone that a later time zone database no longer has.
        sql("UPDATE companies SET time_zone = 'Europe/Atlantis' WHERE id = $1").bind(&odd.company.id).execute(&db).await.unwrap();
        serve_until(&db, 1, ENDED, 2).await;
        assert_eq!(due.status().await, SyncStatus::Synced);
        assert!(odd.connection().await.next_sync_at.unwrap() > now_ms(), "its nights are those of UTC");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_hour_moves_no_sync_out_of_its_hours() {
    on_each_database(|db| async move {
        // In New York the clocks change on other days than in London: the company's own zone decides.
        let books = Books::connect(&db, "", None).await;
        sql("UPDATE companies SET time_zone = 'America/New_York'").execute(&db).await.unwrap();
        set_schedule(&db, &books.company.id, Schedule::Nightly).await.unwrap();
        onboarding::confirm(&db, &books.company.id, true, &[], "test").await.unwrap();
        let next = books.connection().await.next_sync_at.unwrap();
        let local = jiff::Timestamp::from_millisecond(next).unwrap().in_tz("America/New_York").unwrap();
        assert!((1..=5).contains(&local.hour()), "{local}");
    })
    .await;
}
