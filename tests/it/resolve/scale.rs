//! A whole filtered set of many records in one go. What goes wrong there is a database that reads all links or all
//! problems once for each record, as Postgres does when its statistics are from before the records: they are, here.

use crate::harness::{
    books::{Books, line},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::results_filter::{LinkState, ProblemState, ResultsFilter, Since},
    server::{
        db::{Db, insert, query::sql},
        services::resolve::{self, Selection},
    },
};

const RECORDS: usize = 5_000;

/// What one action may take: several times what it does take, and a fraction of what a read for each record takes.
const MOST: Duration = Duration::from_secs(6);

struct Watch(Instant, Vec<(&'static str, Duration)>);

impl Watch {
    fn lap(&mut self, what: &'static str) {
        self.1.push((what, self.0.elapsed()));
        self.0 = Instant::now();
    }
}

/// Documents of one customer, each with a problem.
async fn make_failed(db: &Db, company_id: &str) {
    let (contact,): (String,) = sql("SELECT id FROM contacts").one(db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    // What all have in common is added by one statement.
    sql("CREATE TEMPORARY TABLE made (id TEXT, gross BIGINT)").execute(&mut tx).await.unwrap();
    let made = (0..RECORDS).map(|n| [format!("d{n:06}").into(), (n as i64).into()]);
    insert::rows(&mut tx, "made (id, gross)", made.collect()).await.unwrap();
    sql("INSERT INTO documents (id, company_id, kind, number, number_scope, contact_id, issue_date, due_date, currency, net, tax, gross,
            state, content_hash, tried_version, updated_at)
        SELECT id, $1, 'sales_invoice', id, '', $2, '2020-01-01', '2020-01-31', 'GBP', gross, 0, gross, 'approved', id, 1, 1 FROM made")
    .bind(company_id)
    .bind(contact)
    .execute(&mut tx)
    .await
    .unwrap();
    sql("INSERT INTO problems (id, company_id, entity, local_id, label, kind, cause, advice, run_id, first_seen, last_seen)
        SELECT 'p' || id, $1, 'invoice', id, id, 'failed', 'Account 200 is archived', '', '', 1, 1 FROM made")
    .bind(company_id)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// As a sync would leave them that failed the same way again.
async fn fail_again(db: &Db) {
    sql("DELETE FROM runs WHERE state = 'queued'").execute(db).await.unwrap();
    sql("UPDATE problems SET resolved_at = NULL, kind = 'failed' WHERE entity = 'invoice'").execute(db).await.unwrap();
    sql("UPDATE documents SET tried_version = 1").execute(db).await.unwrap();
}

/// What Postgres does every now and then; SQLite never does by itself.
async fn take_statistics(db: &Db) {
    if db.is_postgres() {
        sql("ANALYZE").execute(db).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_done_to_thousands_of_records_reads_each_of_them_once() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &line("Customer 1", "1001", 1, 1, "1.00", "200")).await;
        books.work().await;
        let (company, open) = (&books.company, books.all(ProblemState::Open));
        take_statistics(&db).await;
        make_failed(&db, &company.id).await;
        let mut watch = Watch(Instant::now(), Vec::new());
        resolve::preview(&db, company, &open).await.unwrap();
        watch.lap("preview");
        let mut done = vec![resolve::set_aside(&db, company, &open, "later", "", "Ann").await.unwrap().sentence];
        watch.lap("set aside");
        done.push(books.undo_latest().await);
        watch.lap("undo set aside");
        done.push(resolve::unlink(&db, company, &open, "Ann").await.unwrap().sentence);
        watch.lap("unlink");
        done.push(books.undo_latest().await);
        watch.lap("undo unlink");
        fail_again(&db).await;
        take_statistics(&db).await;
        watch.0 = Instant::now();
        done.push(resolve::unlink(&db, company, &open, "Ann").await.unwrap().sentence);
        watch.lap("unlink again");
        books.status().await;
        let unlinked = ResultsFilter { link: LinkState::Unlinked, since: Some(Since::Ever), ..ResultsFilter::default() };
        watch.0 = Instant::now();
        done.push(resolve::link(&db, company, &Selection::Filtered(Box::new(unlinked)), "Ann").await.unwrap().sentence);
        watch.lap("link");
        books.status().await;
        fail_again(&db).await;
        watch.0 = Instant::now();
        done.push(resolve::retry(&db, company, &open, "Ann").await.unwrap().sentence);
        watch.lap("retry");
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE tried_version = 0 AND pending = 1").await, RECORDS as i64);
        eprintln!("{:?}", watch.1);
        assert!(done.iter().all(|sentence| sentence.contains(&format!(" {RECORDS} "))), "{done:?}");
        assert!(watch.1.iter().all(|(_, took)| *took < MOST), "{:?}", watch.1);
    })
    .await;
}
