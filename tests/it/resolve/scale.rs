//! A whole filtered set of a hundred thousand records, in one go. Run by hand:
//! `cargo test --features ssr --test it -- --ignored a_hundred_thousand --nocapture`.

use crate::harness::{
    books::{Books, line},
    databases,
};
use std::time::Instant;
use tieout::{
    domain::results_filter::ProblemState,
    server::{
        db::{insert, query::sql},
        services::resolve,
    },
};

const RECORDS: usize = 100_000;

#[tokio::test]
#[ignore = "takes a minute"]
async fn a_hundred_thousand_records_are_left_out_and_taken_back() {
    for database in databases().await {
        let db = &database.db;
        let books = Books::open(db, &line("Customer 1", "1001", 1, 1, "1.00", "200")).await;
        books.work().await;
        let (contact,): (String,) = sql("SELECT id FROM contacts").one(db).await.unwrap();
        let id = &books.company.id;
        let mut tx = db.begin().await.unwrap();
        let documents = (0..RECORDS)
            .map(|n| [format!("d{n:06}").into(), id.into(), format!("N{n:06}").into(), (&contact).into(), (n as i64).into()]);
        // What all have in common goes by defaults of a table of its own.
        sql("CREATE TEMPORARY TABLE made (id TEXT, company_id TEXT, number TEXT, contact_id TEXT, gross BIGINT)")
            .execute(&mut tx)
            .await
            .unwrap();
        insert::rows(&mut tx, "made (id, company_id, number, contact_id, gross)", documents.collect()).await.unwrap();
        sql("INSERT INTO documents (id, company_id, kind, number, number_scope, contact_id, issue_date, due_date, currency, net, tax, gross, state, content_hash, tried_version, updated_at)
            SELECT id, company_id, 'sales_invoice', number, '', contact_id, '2020-01-01', '2020-01-31', 'GBP', gross, 0, gross, 'approved', id, 1, 1 FROM made")
        .execute(&mut tx).await.unwrap();
        sql("INSERT INTO problems (id, company_id, entity, local_id, label, kind, cause, advice, run_id, first_seen, last_seen)
            SELECT 'p' || id, company_id, 'invoice', id, number, 'failed', 'Account 200 is archived', '', '', 1, 1 FROM made")
        .execute(&mut tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let began = Instant::now();
        resolve::preview(db, &books.company, &books.all(ProblemState::Open)).await.unwrap();
        eprintln!("{}: preview {:?}", database.kind, began.elapsed());
        let began = Instant::now();
        resolve::set_aside(db, &books.company, &books.all(ProblemState::Open), "later", "", "Ann").await.unwrap();
        eprintln!("{}: set aside {:?}", database.kind, began.elapsed());
        let began = Instant::now();
        books.undo_latest().await;
        eprintln!("{}: undo set aside {:?}", database.kind, began.elapsed());
        let began = Instant::now();
        let done = resolve::unlink(db, &books.company, &books.all(ProblemState::Open), "Ann").await.unwrap();
        assert_eq!(done.records, RECORDS as u64);
        eprintln!("{}: unlink {:?}", database.kind, began.elapsed());
        books.status().await;
        let began = Instant::now();
        books.undo_latest().await;
        eprintln!("{}: undo unlink {:?}", database.kind, began.elapsed());
        sql("DELETE FROM runs WHERE state = 'queued'").execute(db).await.unwrap();
        sql("UPDATE problems SET resolved_at = NULL, kind = 'failed' WHERE entity = 'invoice'").execute(db).await.unwrap();
        let began = Instant::now();
        resolve::retry(db, &books.company, &books.all(ProblemState::Open), "Ann").await.unwrap();
        eprintln!("{}: retry {:?}", database.kind, began.elapsed());
    }
}
