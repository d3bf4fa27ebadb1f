//! What is told while it cannot be read: it waits for the sync that can, or is sent again.

use super::{ANSWERED, Stage, id};
use crate::harness::{books::Books, databases, on_each_database, process::Answer};
use serde_json::json;
use std::time::Instant;
use tieout::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{companies, named_pulls, query::sql},
        services::{companies::find, connections::pause, sync},
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_while_the_company_is_paused_is_read_when_that_ends() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        let runs = stage.runs().await.len();
        pause::pause(&stage.db, &stage.books.company, "Ann").await.unwrap();
        stage.there.make_invoice("ACCREC", "INV-9", "Customer 9", "2010-12-09", 99.5);
        for post in stage.hooks.since(&stage.there, 10) {
            stage.taken(&post);
        }
        assert_eq!((stage.waiting().await, stage.runs().await.len()), (2, runs));
        pause::resume(&stage.db, &find(&stage.db, &stage.books.company.code).await.unwrap(), "Ann").await.unwrap();
        stage.settled().await;
        assert_eq!(stage.number("SELECT count(*) FROM documents WHERE number = 'INV-9'").await, 1);
        assert_eq!((stage.waiting().await, stage.runs().await.len()), (0, runs + 1));

        // Where nobody is let in, before onboarding is confirmed, and in the archive nothing is noted: everything that changed
        // is read once that is over.
        for otherwise in [
            "UPDATE connections SET authorisation = 'lost'",
            "UPDATE connections SET authorisation = 'valid', onboarded_at = NULL",
            "UPDATE companies SET archived_at = 1",
        ] {
            sql("UPDATE connections SET onboarded_at = 1").execute(&stage.db).await.unwrap();
            sql(otherwise).execute(&stage.db).await.unwrap();
            let post = stage.hooks.post(vec![stage.told_of("CONTACT", &id(1))]);
            stage.taken(&post);
            assert_eq!((stage.waiting().await, stage.runs().await.len()), (0, runs + 1), "{otherwise}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_during_a_sync_is_read_by_the_next() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        let runs = stage.runs().await.len();
        let invoice = stage.there.make_invoice("ACCREC", "INV-9", "Customer 9", "2010-12-09", 99.5);
        let asked = stage.there.counts().requests;
        stage.there.hold();
        for post in stage.hooks.since(&stage.there, 10) {
            stage.taken(&post);
        }
        stage.until("nobody reads it", || async { stage.there.counts().requests > asked }).await;
        // Told again while it is read, and another one.
        stage.there.edit_invoice(&invoice, json!({ "Reference": "PO 7" }));
        stage.there.make_invoice("ACCREC", "INV-10", "Customer 9", "2010-12-09", 1.5);
        for post in stage.hooks.since(&stage.there, 1) {
            stage.taken(&post);
        }
        stage.there.let_go_on();
        stage.settled().await;
        assert_eq!((stage.runs().await.len(), stage.waiting().await), (runs + 2, 0));
        assert_eq!(stage.number("SELECT count(*) FROM documents WHERE number = 'INV-10' OR reference = 'PO 7'").await, 2);

        // A full sync covers what was told before it, and nothing told since.
        stage.there.edit_invoice(&invoice, json!({ "Reference": "PO 8" }));
        let asked = stage.there.counts().requests;
        stage.there.hold();
        let company = &stage.books.company.id;
        sync::request(&stage.db, company, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        stage.until("it does not begin", || async { stage.there.counts().requests > asked }).await;
        for post in stage.hooks.since(&stage.there, 1) {
            stage.taken(&post);
        }
        stage.there.let_go_on();
        stage.settled().await;
        assert_eq!((stage.runs().await.len(), stage.waiting().await), (runs + 3, 0));
    }
}

/// Whoever has read a record leaves what was said of it since.
#[tokio::test]
async fn what_is_named_again_waits_again() {
    on_each_database(|db| async move {
        let books = Books::open(&db, "").await;
        let connection = books.connection().await.id;
        let name = async |ids: &[&str]| {
            let mut tx = db.begin().await.unwrap();
            let named: Vec<_> = ids.iter().map(|id| ("contacts", *id)).collect();
            named_pulls::add(&mut tx, &connection, &named).await.unwrap();
            tx.commit().await.unwrap();
        };
        let waiting = async || {
            let named = named_pulls::page(&db, &connection, "contacts", "", 10).await.unwrap();
            named.into_iter().map(|one| one.external_id).collect::<Vec<_>>()
        };
        name(&["a", "b", "c"]).await;
        let (read, covered) = (
            named_pulls::page(&db, &connection, "contacts", "", 2).await.unwrap(),
            named_pulls::so_far(&db, &connection).await.unwrap(),
        );
        name(&["b", "d"]).await;
        let mut tx = db.begin().await.unwrap();
        named_pulls::were_read(&mut tx, &connection, "invoices", &read).await.unwrap();
        named_pulls::were_read(&mut tx, &connection, "contacts", &[]).await.unwrap();
        named_pulls::were_read(&mut tx, &connection, "contacts", &read).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting().await, ["b", "c", "d"]);
        let mut tx = db.begin().await.unwrap();
        named_pulls::were_covered(&mut tx, &connection, Some("invoices"), &covered).await.unwrap();
        assert_eq!(named_pulls::count(&mut tx, &connection).await.unwrap(), 3);
        named_pulls::were_covered(&mut tx, &connection, None, &covered).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waiting().await, ["b", "d"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_cannot_take_it_xero_is_told_to_send_it_again() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        stage.there.make_contact("Customer 9");
        let post = stage.hooks.since(&stage.there, 10).remove(0);
        // Of all of a SQLite database, and of the company in Postgres.
        let mut tx = stage.db.begin().await.unwrap();
        companies::lock(&mut tx, &stage.books.company.id).await.unwrap();
        let began = Instant::now();
        let server = &stage.server;
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..3).map(|_| scope.spawn(|| post.send(server))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(began.elapsed() < ANSWERED, "{:?}", began.elapsed());
        assert!(answers.iter().all(|answer| answer.status == 503 && answer.text().is_empty()), "{answers:?}");
        drop(tx);
        stage.until("it is not taken", || async { post.send(&stage.server).status == 200 }).await;
        stage.settled().await;
        assert_eq!(stage.number("SELECT count(*) FROM contacts WHERE name = 'Customer 9'").await, 1);
    }
}
