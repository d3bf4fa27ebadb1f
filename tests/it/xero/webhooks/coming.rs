//! What Xero tells comes in by itself: once however often and in whatever order it is told, as one sync however much it is.

use super::{Stage, id};
use crate::harness::{databases, xero::Kind};
use serde_json::{Value, json};
use tieout::{
    domain::{message::Entity, status::SyncStatus},
    server::{
        db::query::sql,
        services::{
            companies::find,
            connections::pause,
            resolve::{self, Selection},
            webhooks::MOST_WAITING,
        },
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_changed_there_comes_in_at_once() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        let (before, asked) = (stage.runs().await.len(), stage.there.counts().requests);
        let invoice = stage.there.make_invoice("ACCREC", "INV-9", "Customer 9", "2010-12-09", 99.5);
        let bill = stage.there.make_invoice("ACCPAY", "B-1", "Supplier 1", "2010-12-10", 40.0);
        stage.there.make_credit_note("ACCRECCREDIT", "CN-9", "Customer 9", "2010-12-11", 10.0);
        stage.there.make_contact("Customer 10");
        // Documents come before their contacts.
        let mut posts = stage.hooks.since(&stage.there, 1);
        posts.reverse();
        posts.iter().for_each(|post| stage.taken(post));
        stage.settled().await;
        let here = "SELECT number FROM documents WHERE number IN ('INV-9', 'B-1', 'CN-9') ORDER BY number";
        let here: Vec<(String,)> = sql(here).all(&stage.db).await.unwrap();
        assert_eq!(here.iter().map(|(number,)| number.as_str()).collect::<Vec<_>>(), ["B-1", "CN-9", "INV-9"]);
        assert_eq!(
            stage.number("SELECT count(*) FROM contacts WHERE name IN ('Customer 9', 'Customer 10', 'Supplier 1')").await,
            3
        );
        assert_eq!(stage.number("SELECT count(*) FROM problems WHERE resolved_at IS NULL").await, 0);
        let runs = stage.runs().await.split_off(before);
        assert!(!runs.is_empty() && runs.iter().all(|run| *run == ("on_demand".into(), "changed".into())), "{runs:?}");

        // Nobody tells of payments; what is owed of their documents has changed.
        assert_eq!(stage.number("SELECT count(*) FROM payments").await, 0);
        stage.there.pay(&invoice, "2010-12-20", 50.0);
        stage.there.pay(&bill, "2010-12-20", 40.0);
        stage.tell(10).await;
        assert_eq!(stage.number("SELECT CAST(sum(paid) AS BIGINT) FROM documents").await, 9_000);
        let deposit = stage.there.make_credit(Kind::Prepayment, "DEP-1", "Customer 9", "2010-12-05", 3_000);
        stage.there.allocate_of("Prepayments", &deposit, &invoice, "2010-12-21", 20.0);
        stage.tell(10).await;
        let paid = "SELECT number, paid FROM documents WHERE number IN ('INV-9', 'DEP-1') ORDER BY number";
        let paid: Vec<(String, i64)> = sql(paid).all(&stage.db).await.unwrap();
        assert_eq!(paid, [("DEP-1".to_owned(), -2_000), ("INV-9".to_owned(), 7_000)]);
        let other = stage.there.make_invoice("ACCREC", "INV-10", "Customer 9", "2010-12-09", 1.5);
        stage.there.edit_invoice(&other, json!({ "Reference": "PO 7" }));
        stage.there.archive_contact(&stage.there.make_contact("Customer 11"));
        stage.tell(10).await;
        assert_eq!(stage.number("SELECT count(*) FROM documents WHERE number = 'INV-10' AND reference = 'PO 7'").await, 1);
        assert_eq!(stage.number("SELECT count(*) FROM contacts WHERE name = 'Customer 11' AND archived = 1").await, 1);
        let asked = stage.there.counts().requests - asked;
        assert!(asked < 60, "{asked} requests");
        assert_eq!(stage.there.violations(), Vec::<String>::new());
        stage.books.sync().await;
        stage.settled().await;
        assert_eq!(stage.books.status().await, SyncStatus::Synced, "both sides agree");
    }
}

/// With a record that is left out of syncs, what belongs to it is left out too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_of_syncs_stays_out_and_what_is_told_twice_comes_once() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        let find_id = sql("SELECT id FROM documents WHERE number = '1001'");
        let (local,) = find_id.one::<(String,)>(&stage.db).await.unwrap();
        resolve::unlink(&stage.db, &stage.books.company, &Selection::Record(Entity::Invoice, local), "Ann").await.unwrap();
        let held = stage.there.held();
        let id_of = |number: &str| {
            let invoice = held.invoices.iter().find(|one| one["InvoiceNumber"] == number).unwrap();
            invoice["InvoiceID"].as_str().unwrap().to_owned()
        };
        for (text, number) in [("one", "1001"), ("one", "1002"), ("two", "1001"), ("two", "1002"), ("three", "1002")] {
            stage.there.edit_invoice(&id_of(number), json!({ "Reference": text }));
        }
        // The newest first, and all of it once more.
        let mut posts = stage.hooks.since(&stage.there, 1);
        assert_eq!(posts.len(), 5);
        posts.reverse();
        for post in posts.iter().chain(&posts) {
            stage.taken(post);
        }
        stage.settled().await;
        assert_eq!(stage.waiting().await, 0);
        assert_eq!(
            stage.number("SELECT count(*) FROM documents WHERE number = '1001' AND reference = '' AND version = 1").await,
            1
        );
        assert_eq!(
            stage.number("SELECT count(*) FROM documents WHERE number = '1002' AND reference = 'three' AND version = 2").await,
            1
        );
        assert_eq!(stage.there.violations(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_is_one_sync_and_more_than_that_is_a_full_one() {
    for database in databases().await {
        let mut stage = Stage::open(&database).await;
        let before = stage.runs().await.len();
        let invoice = stage.there.make_invoice("ACCREC", "INV-9", "Customer 9", "2010-12-09", 99.5);
        stage.hooks.since(&stage.there, 1);
        let most = usize::try_from(MOST_WAITING).unwrap();
        let burst: Vec<Value> = (1..most).map(id).chain([invoice]).map(|id| stage.told_of("INVOICE", &id)).collect();
        let asked = stage.there.counts().requests;
        let post = stage.hooks.post(burst);
        stage.taken(&post);
        stage.settled().await;
        assert_eq!((stage.runs().await.len() - before, stage.waiting().await), (1, 0));
        assert_eq!(stage.number("SELECT count(*) FROM documents WHERE number = 'INV-9'").await, 1);
        let asked = stage.there.counts().requests - asked;
        assert!(asked < 15, "a listing asks for less than {most} ids: {asked} requests");

        // More than may wait, where nobody may read it: everything is read when that is over.
        pause::pause(&stage.db, &stage.books.company, "Ann").await.unwrap();
        for n in 0..6 {
            let some = (0..most / 4).map(|place| stage.told_of("CONTACT", &id(n * most + place))).collect();
            let post = stage.hooks.post(some);
            stage.taken(&post);
            assert!(stage.waiting().await <= MOST_WAITING);
        }
        let held = stage.number("SELECT held_sync FROM connections").await;
        assert_eq!((held, stage.waiting().await), (1, MOST_WAITING / 4));
        stage.there.make_contact("Customer 11");
        pause::resume(&stage.db, &find(&stage.db, &stage.books.company.code).await.unwrap(), "Ann").await.unwrap();
        stage.settled().await;
        assert_eq!(
            (stage.number("SELECT count(*) FROM contacts WHERE name = 'Customer 11'").await, stage.waiting().await),
            (1, 0)
        );
    }
}
