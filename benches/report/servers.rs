//! How much several servers on one Postgres sync together: the same companies with one, two and three of them.

use crate::{
    harness::{
        books::{Books, line},
        cluster::{Cluster, Node},
        process::{Server, Tieout},
        vault,
    },
    table::{Table, grouped},
};
use futures::{StreamExt, stream};
use std::time::{Duration, Instant};
use tieout::server::{
    db::{Db, query::sql},
    services,
};
use tokio::runtime::Runtime;

const COMPANIES: usize = 300;
/// Documents of each company, of five customers.
const DOCUMENTS: usize = 20;
/// Companies made at the same time, and companies each server works at once.
const AT_ONCE: usize = 8;
const MOST_SERVERS: usize = 3;

pub fn measure(table: &mut Table) {
    let runtime = Runtime::new().expect("a runtime");
    // As an operator's is: what it says is stored is on the disk.
    let cluster = match Cluster::start_with("") {
        Ok(cluster) => cluster,
        Err(reason) => return table.add("sync on Postgres", "left out", reason),
    };
    for servers in 1..=MOST_SERVERS {
        let (took, records) = runtime.block_on(sync(&cluster, servers));
        let plural = if servers == 1 { "" } else { "s" };
        let (minutes, seconds) = (took.as_secs_f64() / 60.0, took.as_secs_f64());
        table.add(
            format!("sync on Postgres, {servers} server{plural}"),
            format!("{:.0} companies/min, {:.0} records/s", COMPANIES as f64 / minutes, records as f64 / seconds),
            format!("{COMPANIES} companies, {} records, with tie-out; practice ledgers in the same database", grouped(records)),
        );
    }
}

/// How long the initial syncs of a new database took, and how many records they sent.
async fn sync(cluster: &Cluster, servers: usize) -> (Duration, u64) {
    let name = format!("bench_{servers}");
    cluster.make_database(&name).await;
    let url = cluster.url(Node::Primary, &name);
    let db = Db::open(&url, vault()).await.expect("the database opens");
    services::companies::name_group(&db, "Harbour Property Group").await.expect("the group is named");
    stream::iter(0..COMPANIES).for_each_concurrent(AT_ONCE, |n| company(&db, n)).await;
    let dir = tempfile::tempdir().expect("a directory");
    let began = Instant::now();
    let running = start(&url, dir.path(), servers).await;
    while count(&db, "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')").await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = began.elapsed();
    assert_eq!(count(&db, "SELECT count(*) FROM companies WHERE status = 'synced'").await, COMPANIES as u64);
    let records = count(&db, "SELECT CAST(sum(sent) AS BIGINT) FROM runs").await;
    drop(running);
    db.close().await;
    (took, records)
}

async fn start(url: &str, dir: &std::path::Path, servers: usize) -> Vec<Server> {
    let (url, dir) = (url.to_owned(), dir.to_owned());
    let start = move || {
        let tieout = Tieout { data_dir: &dir, url: Some(&url) };
        (0..servers).map(|_| tieout.serve_with(&["--concurrency", &AT_ONCE.to_string()])).collect()
    };
    tokio::task::spawn_blocking(start).await.expect("they start")
}

async fn company(db: &Db, n: usize) {
    let documents: String =
        (0..DOCUMENTS).map(|d| line(&format!("Customer {}", d % 5), &format!("{}", 1_000 + d), 1, 2, "12.50", "200")).collect();
    Books::open_named(db, &format!("Company {n}"), &documents).await;
}

async fn count(db: &Db, text: &'static str) -> u64 {
    let (number,): (i64,) = sql(text).one(db).await.expect("a number");
    number.unsigned_abs()
}
