//! The message log of one company, as a page of it is served: with ten thousand messages, and with ten million.

use crate::{
    process::Tieout,
    table::{Table, grouped, median, ms},
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    str::FromStr,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tieout::server::{
    db::{
        Db,
        companies::{self, NewCompany},
        groups,
    },
    vault::Vault,
};

const CODE: &str = "LOG";
/// Messages of one run.
const RUN: u64 = 5_000;
/// Times each page is asked for.
const PAGES: usize = 15;
/// The run and the record whose messages are asked for, as [`id`] writes them.
const SOME_RUN: u64 = 1;
const SOME_RECORD: &str = "record-7";

/// What is asked for, and how it is called in the table.
fn views(messages: u64) -> Vec<(&'static str, String)> {
    let middle = message_id(messages / 2);
    vec![
        ("the newest", String::new()),
        ("from the middle on", format!("before={middle}")),
        ("of one run", format!("run={}", run_id(SOME_RUN))),
        ("of one run, a text without hit", format!("run={}&q=nowhere", run_id(SOME_RUN))),
        ("errors", "level=error".into()),
        ("contacts", "entity=contact".into()),
        ("errors of contacts", "level=error&entity=contact".into()),
        ("of one record", format!("entity=invoice&record={SOME_RECORD}")),
        ("incoming", "direction=in".into()),
        ("a text with hits", "q=invoice".into()),
        ("a text without hit", "q=nowhere".into()),
        ("errors, a text without hit", "level=error&q=nowhere".into()),
        ("contacts, incoming, a text without hit", "entity=contact&direction=in&q=nowhere".into()),
    ]
}

pub fn measure(few: u64, many: u64, table: &mut Table) {
    let (small, large) = (pages(few), pages(many));
    for ((name, few_took), (_, many_took)) in small.into_iter().zip(large) {
        let ratio = many_took.as_secs_f64() / few_took.as_secs_f64();
        table.add(
            format!("log page, {name}"),
            format!("{} / {}, {ratio:.2} ×", ms(few_took), ms(many_took)),
            format!("at most 3 ×; {} / {} messages", grouped(few), grouped(many)),
        );
    }
}

/// The median time of each view's page.
fn pages(messages: u64) -> Vec<(&'static str, Duration)> {
    eprintln!("writing a log of {messages} messages …");
    let dir = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", dir.path().join("tieout.sqlite").display());
    tokio::runtime::Runtime::new().expect("a runtime").block_on(fill(&url, messages)).expect("the log is written");
    served(&dir, &url, messages)
}

fn served(dir: &TempDir, url: &str, messages: u64) -> Vec<(&'static str, Duration)> {
    let server = Tieout { data_dir: dir.path(), url: Some(url) }.serve();
    let took = |query: &str| {
        let began = Instant::now();
        let answer = server.get(&format!("/companies/{CODE}/messages?{query}"), &[]);
        assert_eq!(answer.status, 200, "{query}");
        began.elapsed()
    };
    views(messages)
        .into_iter()
        .map(|(name, query)| {
            took(&query);
            (name, median((0..PAGES).map(|_| took(&query)).collect()))
        })
        .collect()
}

/// Ids in the form of UUIDv7, in the order of their numbers.
fn id(kind: u32, number: u64) -> String {
    format!("{:08x}-{:04x}-7000-8000-{kind:04x}{:08x}", number >> 16, number & 0xffff, 0)
}

fn message_id(number: u64) -> String {
    id(1, number)
}

fn run_id(number: u64) -> String {
    id(2, number)
}

/// In plain SQL, because a log of this size is a day's work for the functions that write one message at a time.
async fn fill(url: &str, messages: u64) -> anyhow::Result<()> {
    let db = Db::open(url, Vault::of_chance()?).await?;
    let mut tx = db.begin().await?;
    let group = groups::insert(&mut tx, "Harbour Property Group", 1).await?;
    let new = [NewCompany { code: CODE, name: "Logged Estates", currency: "GBP", time_zone: "Europe/London" }];
    let company = companies::insert(&mut tx, &group, &new, 1).await?.remove(0);
    tx.commit().await?;
    db.close().await;
    // Whether a power cut would leave it whole does not matter.
    let options =
        SqliteConnectOptions::from_str(url)?.foreign_keys(false).pragma("synchronous", "OFF").pragma("cache_size", "-400000");
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let runs = messages.div_ceil(RUN);
    let id_of = |kind: u32, number: &str| {
        format!("printf('%08x-%04x-7000-8000-{kind:04x}00000000', ({number}) / 65536, ({number}) % 65536)")
    };
    let (run, message) = (id_of(2, "i"), id_of(1, "i"));
    let run_of_message = id_of(2, &format!("(i - 1) / {RUN} + 1"));
    let numbers = |last: u64| format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    for statement in [
        format!(
            "{} INSERT INTO runs (id, company_id, kind, scope, state, requested_by, queued_at, started_at, ended_at)
            SELECT {run}, '{company}', 'scheduled', 'full', 'completed', 'bench', i * 1000, i * 1000, i * 1000 + 900 FROM n",
            numbers(runs)
        ),
        format!(
            "{} INSERT INTO messages (id, company_id, run_id, at, entity, local_id, external_id, label, direction, level, text, advice)
            SELECT {message}, '{company}', {run_of_message}, 1700000000000 + i * 10,
                CASE WHEN i % 20 = 0 THEN 'contact' WHEN i % 500 = 1 THEN 'payment' ELSE 'invoice' END,
                'record-' || (i % 150), 'external-' || (i % 150), 'INV-' || (i % 150),
                CASE WHEN i % 7 = 0 THEN 'in' ELSE 'out' END,
                CASE WHEN i % 100 = 0 THEN 'error' WHEN i % 30 = 0 THEN 'warning' ELSE 'info' END,
                'Sent invoice INV-' || (i % 150), ''
            FROM n",
            numbers(messages)
        ),
        "ANALYZE".into(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}
