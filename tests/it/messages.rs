//! The message log: every attempt at every record is in it, and what people type finds it.

use crate::harness::{
    books::{Books, line},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        message::{Direction, Entity, Level},
        message_filter::MessageFilter,
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, messages, messages::NewMessage, query::sql},
        engine::Engine,
        services::{message_log, sync},
    },
};
use tokio_util::sync::CancellationToken;

fn said(label: &str, text: &str) -> NewMessage {
    NewMessage {
        entity: Entity::Contact,
        local_id: Some(label.into()),
        external_id: Some(format!("X-{label}")),
        label: label.into(),
        direction: Direction::Out,
        level: Level::Info,
        text: text.into(),
        advice: String::new(),
        sent: "x".repeat(20_000),
        received: String::new(),
    }
}

#[tokio::test]
async fn the_log_is_searched_literally_and_without_regard_to_capitals() {
    on_each_database(|db| async move {
        let books = Books::open(&db, "").await;
        books.work().await;
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let all = [
            said("Élan Ünder", "Sent contact"),
            said("100% Rent", "Sent contact"),
            said("Under_score", "Sent contact"),
            said(r"Back\slash", "Sent contact"),
            said("ИРИС", "Sent contact"),
        ];
        messages::append(&mut tx, &books.company.id, &run, &all, 1).await.unwrap();
        tx.commit().await.unwrap();
        for (text, expected) in [
            ("élan", &["Élan Ünder"][..]),
            ("ÉLAN", &["Élan Ünder"]),
            ("Élan Ünder", &["Élan Ünder"]),
            ("ирис", &["ИРИС"]),
            ("0%", &["100% Rent"]),
            ("r_s", &["Under_score"]),
            (r"\s", &[r"Back\slash"]),
            ("x-100", &["100% Rent"]),
            ("sent CONTACT", &["ИРИС", r"Back\slash", "Under_score", "100% Rent", "Élan Ünder"]),
            ("nobody", &[]),
        ] {
            let filter = MessageFilter { text: text.into(), ..MessageFilter::default() };
            let log = message_log::page(&db, &books.company, &filter).await.unwrap();
            assert_eq!(log.messages.iter().map(|message| message.label.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
        let contacts = MessageFilter { entity: Some(Entity::Contact), ..MessageFilter::default() };
        let log = message_log::page(&db, &books.company, &contacts).await.unwrap();
        assert!(log.messages.iter().all(|message| message.sent.ends_with("(cut, 20000 bytes in all)")));
    })
    .await;
}

async fn number(db: &Db, text: &'static str) -> i64 {
    sql(text).one::<(i64,)>(db).await.unwrap().0
}

async fn wait_for(db: &Db, text: &'static str) {
    let began = Instant::now();
    while number(db, text).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "{text}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_attempt_that_comes_to_nothing_is_told_of_each_record() {
    on_each_database(|db| async move {
        let csv: String =
            (0..60).map(|n| line(&format!("Customer {}", n % 7), &(2000 + n).to_string(), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        panel::set_delay(&db, &books.ledger, 200).await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let working = tokio::spawn(Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run]));
        wait_for(&db, "SELECT count(*) FROM runs WHERE stage = 'contacts' AND total = 7").await;
        wait_for(&db, "SELECT count(*) FROM runs WHERE stage = 'invoices' AND total = 60").await;
        wait_for(&db, "SELECT count(*) FROM links WHERE entity = 'invoice' AND intent_key IS NOT NULL").await;
        // The first batch is on its way; the second finds the door closed, however often it knocks.
        panel::set_offline(&db, &books.ledger, true).await.unwrap();
        working.await.unwrap();
        assert_eq!(books.status().await, SyncStatus::IncompletePipeline);
        assert!(books.problems().await.is_empty(), "it is not the records' fault");
        let told: Vec<(i64,)> = sql("SELECT count(*) FROM messages WHERE entity = 'invoice' AND level = 'warning' AND sent <> ''
            AND text = 'The practice ledger is offline' GROUP BY local_id")
        .all(&db)
        .await
        .unwrap();
        assert!([10, 60].contains(&told.len()), "those that were not taken: {}", told.len());
        assert!(told.iter().all(|(attempts,)| *attempts == 4), "each of the four times: {told:?}");
        assert_eq!(number(&db, "SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);

        panel::set_offline(&db, &books.ledger, false).await.unwrap();
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(60, 0).await;
        let sent = number(
            &db,
            "SELECT count(DISTINCT local_id) FROM messages WHERE entity = 'invoice' AND level = 'info' AND text LIKE 'Sent %'",
        );
        assert_eq!(sent.await, 60);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_and_what_waits_is_told_with_what_was_sent() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &line("Customer 1", "1001", 1, 1, "10.00", "200")).await;
        books.work().await;
        panel::lock_period(&db, &books.ledger, Some("2010-12-31")).await.unwrap();
        books
            .import(&(line("Customer 1", "1002", 2, 1, "10.00", "200") + &line("Customer 1", "1003", 3, 1, "10.00", "999")))
            .await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let told: Vec<(String, String, String)> =
            sql("SELECT label, level, CASE WHEN sent = '' THEN 'kept back' ELSE 'sent' END FROM messages
            WHERE entity = 'invoice' AND label IN ('1002', '1003') ORDER BY label")
            .all(&db)
            .await
            .unwrap();
        let told: Vec<_> = told.iter().map(|(label, level, how)| (label.as_str(), level.as_str(), how.as_str())).collect();
        assert_eq!(told, [("1002", "error", "sent"), ("1003", "error", "kept back")]);
        let (received,): (String,) = sql("SELECT received FROM messages WHERE label = '1002'").one(&db).await.unwrap();
        assert!(received.contains("error"), "{received}");
    })
    .await;
}
