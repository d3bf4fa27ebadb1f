use super::{Practice, item};
use crate::harness::on_each_database;
use std::time::Instant;
use tieout::domain::{document::DocumentKind, message::Entity};
use tieout::server::connectors::{Connector, Content, Dataset, PushItem, practice::panel};

#[tokio::test]
async fn perf() {
    on_each_database(|db| async move {
        let p = Practice::open(db.clone()).await;
        let ann = p.add_contact("Ann").await;
        let n: usize = std::env::var("N").unwrap().parse().unwrap();
        let t = Instant::now();
        let mut slowest = std::time::Duration::ZERO;
        for b in 0..n / 50 {
            let items: Vec<PushItem> = (0..50)
                .map(|i| {
                    let kind = if i % 10 == 0 { DocumentKind::SalesCreditNote } else { DocumentKind::SalesInvoice };
                    let mut d = p.document(kind, &format!("{b}-{i}"), &ann);
                    d.lines = vec![d.lines[0].clone(); 15];
                    item(None, Content::Document(d))
                })
                .collect();
            let s = Instant::now();
            assert!(p.connector.push(&items).await.unwrap().iter().all(Result::is_ok));
            slowest = slowest.max(s.elapsed());
        }
        eprintln!("push {n}: {:?}, per batch {:?}, slowest {slowest:?}", t.elapsed(), t.elapsed() / (n as u32 / 50));
        if db.is_postgres() {
            let rows: Vec<(String, i64, i64, i64)> = tieout::server::db::query::sql(
                "SELECT relname::text, seq_scan, seq_tup_read, idx_scan FROM pg_stat_user_tables WHERE relname LIKE 'practice%'",
            )
            .all(&db)
            .await
            .unwrap();
            eprintln!("{rows:#?}");
        }
        for ds in [Dataset::Bills, Dataset::Payments, Dataset::CreditNotes, Dataset::Invoices] {
            let t = Instant::now();
            let c = p.pull_all(ds).await.len();
            eprintln!("pull {ds:?} {c}: {:?}", t.elapsed());
        }
        let t = Instant::now();
        let pg = p.connector.pull(Dataset::Invoices, None).await.unwrap();
        eprintln!("page {}: {:?}", pg.items.len(), t.elapsed());
        let t = Instant::now();
        p.connector.control_totals(Entity::Invoice, "2010-01-01").await.unwrap();
        eprintln!("totals: {:?}", t.elapsed());
        let t = Instant::now();
        let mut cur = None;
        let mut c = 0;
        loop {
            let (pg, nx) = p.connector.headers(Entity::CreditNote, "", cur.as_deref()).await.unwrap();
            c += pg.len();
            cur = nx;
            if cur.is_none() {
                break;
            }
        }
        loop {
            let (pg, nx) = p.connector.headers(Entity::Invoice, "", cur.as_deref()).await.unwrap();
            c += pg.len();
            cur = nx;
            if cur.is_none() {
                break;
            }
        }
        eprintln!("headers {c}: {:?}", t.elapsed());
        for _ in 0..2 {
            let t = Instant::now();
            panel::panel_state(&db, &p.ledger_id).await.unwrap();
            eprintln!("panel_state: {:?}", t.elapsed());
        }
        let t = Instant::now();
        panel::record_payment(&db, &p.ledger_id, "7-7", panel::PaymentAmount::Outstanding, "2011-01-01", "").await.unwrap();
        eprintln!("pay: {:?}", t.elapsed());
        let t = Instant::now();
        p.add(p.invoice("last", &ann)).await.unwrap();
        eprintln!("one: {:?}", t.elapsed());
    })
    .await;
}
