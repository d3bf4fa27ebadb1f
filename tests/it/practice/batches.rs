//! Batches: one outcome per record, repeats, and what a crash leaves.

use super::{Practice, code, contact, item, payment};
use crate::harness::on_each_database;
use std::{sync::Arc, time::Instant};
use tieout::domain::document::Line;
use tieout::domain::message::Entity;
use tieout::server::connectors::{
    Connector, ConnectorError, Content, Dataset, PushItem,
    practice::{Ledger, books},
};
use tieout::server::db::query::sql;

#[tokio::test]
async fn each_record_of_a_batch_has_its_own_outcome_in_its_own_place() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let mut unpriced = practice.invoice("3", &ann);
        unpriced.lines.clear();
        let documents = [practice.invoice("1", &ann), practice.invoice("1", &ann), unpriced, practice.invoice("2", &ann)];
        let batch = documents.map(|document| item(None, Content::Document(document)));
        let outcomes = practice.connector.push(&batch).await.unwrap();
        assert!(outcomes[0].is_ok() && outcomes[3].is_ok());
        assert_eq!(code(outcomes[1].clone()), "number_taken");
        assert_eq!(code(outcomes[2].clone()), "no_lines");
        let held = practice.pull_all(Dataset::Invoices).await;
        let ids: Vec<&str> = held.iter().map(|document| document.external_id.as_str()).collect();
        assert_eq!(ids, [outcomes[0].as_deref().unwrap(), outcomes[3].as_deref().unwrap()]);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_does_nothing_again() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let invoice = item(None, Content::Document(practice.invoice("1", &ann)));
        let id = practice.push_one(invoice.clone()).await.unwrap();
        let part = item(None, payment(&id, 5_000));
        let paid = practice.push_one(part.clone()).await.unwrap();
        // Once more, alone, twice in a batch, and after the document could no longer be changed.
        assert_eq!(practice.push_one(invoice.clone()).await, Ok(id.clone()));
        let again = practice.connector.push(&[part.clone(), invoice.clone(), part, invoice]).await.unwrap();
        assert_eq!(again, [Ok(paid.clone()), Ok(id.clone()), Ok(paid), Ok(id.clone())]);
        let twins = item(None, contact("Ben"));
        let both = practice.connector.push(&[twins.clone(), twins]).await.unwrap();
        assert_eq!(both[0], both[1]);
        assert_eq!(practice.only_document(Dataset::Invoices).await.1, 7_000);
        assert_eq!(practice.pull_all(Dataset::Contacts).await.len(), 2);
        // A refusal is not remembered: the same intent can succeed later.
        let early = item(None, payment(&id, 7_001));
        assert_eq!(code(practice.push_one(early.clone()).await), "payment_above_outstanding");
        let corrected = PushItem { content: payment(&id, 7_000), ..early };
        practice.push_one(corrected).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_nothing() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        let batch = [item(None, Content::Document(practice.invoice("1", &ann))), item(None, contact("Ben"))];
        let mut tx = db.begin().await.unwrap();
        let ledger = Ledger::lock(&mut tx, &practice.ledger_id).await.unwrap().unwrap();
        let outcomes = books::post(&mut tx, &ledger, &batch).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok));
        drop(tx);

        for table in ["practice_documents", "practice_lines", "practice_requests"] {
            let (rows,): (i64,) = sql(format!("SELECT COUNT(*) FROM {table}")).one(&db).await.unwrap();
            let left = if table == "practice_requests" { 1 } else { 0 };
            assert_eq!(rows, left, "{table}");
        }
        assert_eq!(practice.pull_all(Dataset::Contacts).await.len(), 1);
        let outcomes = practice.connector.push(&batch).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "the same batch works afterwards: {outcomes:?}");
    })
    .await;
}

#[tokio::test]
async fn writers_take_turns_and_changes_are_numbered_without_gaps_or_twins() {
    on_each_database(|db| async move {
        let practice = Arc::new(Practice::open(db.clone()).await);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let practice = practice.clone();
                tokio::spawn(async move {
                    for number in 0..5 {
                        practice.add_contact(&format!("Contact {writer}-{number}")).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let rows: Vec<(i64,)> = sql("SELECT seq FROM practice_contacts ORDER BY seq").all(&db).await.unwrap();
        assert_eq!(rows.into_iter().map(|(seq,)| seq).collect::<Vec<_>>(), (1..=40).collect::<Vec<i64>>());
    })
    .await;
}

#[tokio::test]
async fn a_full_batch_of_documents_with_many_lines_goes_in_at_once() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let batch: Vec<PushItem> = (0..50)
            .map(|number| {
                let mut document = practice.invoice(&number.to_string(), &ann);
                document.lines = vec![Line { unit_amount_e4: 10_000, ..practice.line(1, 1) }; 15];
                item(None, Content::Document(document))
            })
            .collect();
        let started = Instant::now();
        let outcomes = practice.connector.push(&batch).await.unwrap();
        eprintln!("50 documents with 15 lines each: {:?}", started.elapsed());
        assert!(outcomes.iter().all(Result::is_ok));
        let totals = practice.connector.control_totals(Entity::Invoice, "").await.unwrap();
        assert_eq!((totals.count, totals.net, totals.tax), (50, 50 * 1_500, 50 * 300));

        let one_more = [batch, vec![item(None, contact("Ben"))]].concat();
        assert!(matches!(practice.connector.push(&one_more).await, Err(ConnectorError::Protocol(_))));
        assert_eq!(practice.connector.push(&[]).await, Ok(Vec::new()));
    })
    .await;
}
