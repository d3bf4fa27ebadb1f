//! Processes that stop, are killed and share: what one leaves, the next takes up, and nothing is lost or sent twice.

use crate::harness::{
    TestDatabase,
    books::{Books, line},
    databases,
    process::{Server, Tieout, ended},
    trigger,
};
use std::{
    collections::HashSet,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tieout::{
    domain::status::SyncStatus,
    server::{
        connectors::practice::panel,
        db::{Db, now_ms, query::sql, status},
        services,
    },
};

/// A company with so many invoices, onboarded; its initial sync waits.
async fn books(db: &Db, name: &str, invoices: usize) -> Books {
    let csv: String = (0..invoices).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
    Books::open_named(db, name, &csv).await
}

async fn number(db: &Db, text: &'static str) -> i64 {
    sql(text).one::<(i64,)>(db).await.unwrap().0
}

/// Waits until the statement's number is above nought.
async fn wait_for(db: &Db, text: &'static str) {
    let began = Instant::now();
    while number(db, text).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Runs a command to its end while the test's own tasks go on.
async fn run(
    database: &TestDatabase,
    dir: &std::path::Path,
    arguments: &'static [&'static str],
) -> crate::harness::process::Ended {
    let (url, dir) = (database.url.clone(), dir.to_owned());
    tokio::task::spawn_blocking(move || Tieout { data_dir: &dir, url: Some(&url) }.run(arguments)).await.unwrap()
}

async fn stop(server: Server) -> (Duration, Option<i32>) {
    tokio::task::spawn_blocking(|| server.terminate()).await.unwrap()
}

const RUNNING: &str = "SELECT count(*) FROM runs WHERE state = 'running'";
/// A ledger with a limit counts what it has let in.
const READING: &str = "SELECT count(*) FROM practice_ledgers WHERE window_used > 0";
/// Sent, or about to be.
const SENDING: &str = "SELECT count(*) FROM links WHERE intent_key IS NOT NULL AND entity = 'invoice'";

/// Invoices on their way that set out since.
async fn sending_since(db: &Db, since: i64) -> i64 {
    let text = "SELECT count(*) FROM links WHERE intent_key IS NOT NULL AND entity = 'invoice' AND intent_at >= $1";
    sql(text).bind(since).one::<(i64,)>(db).await.unwrap().0
}

async fn stops_in_time(database: &TestDatabase, server: Server, when: &'static str) {
    wait_for(&database.db, when).await;
    let (took, code) = stop(server).await;
    assert!(took < Duration::from_secs(10) && code == Some(0), "on {}: {took:?} {code:?}", database.kind);
    let given_back = "SELECT count(*) FROM runs WHERE state = 'queued' AND lease_owner IS NULL";
    assert_eq!(number(&database.db, given_back).await, 1, "on {}: {when}", database.kind);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_told_to_stop_gives_its_sync_back_in_time() {
    for database in databases().await {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let books = books(db, "Albion Quay Estates", 120).await;
        // Told in the middle of a read, and in the middle of a push that takes longer than it may wait for.
        panel::set_rate_limit(db, &books.ledger, 1_000).await.unwrap();
        panel::set_delay(db, &books.ledger, 20_000).await.unwrap();
        stops_in_time(&database, tieout.serve(), READING).await;
        panel::set_delay(db, &books.ledger, 0).await.unwrap();
        let slow = "UPDATE practice_ledgers SET delay_ms = 20000";
        trigger::also(db, "slow", "AFTER INSERT ON links", "NEW.entity = 'invoice'", slow).await;
        stops_in_time(&database, tieout.serve(), SENDING).await;
        assert_eq!(books.status().await, SyncStatus::InProgress);
        trigger::lift(db, "slow", "links").await;
        panel::set_delay(db, &books.ledger, 0).await.unwrap();
        let synced = run(&database, dir.path(), &["sync", "--all", "--wait"]).await;
        assert_eq!(synced.code, 0, "{synced:?}");
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(120, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_the_middle_of_a_push_leaves_nothing_twice() {
    for database in databases().await {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let books = books(db, "Albion Quay Estates", 200).await;
        panel::set_delay(db, &books.ledger, 60).await.unwrap();
        // The ledger takes half its time before it stores a batch, and half before it answers: killed before it is
        // stored, before it is answered, and after.
        for after in [0, 45, 75] {
            let restarted = now_ms();
            let mut server = tieout.serve();
            let began = Instant::now();
            while sending_since(db, restarted).await == 0 {
                // Sooner than a beat that stands still would tell: its process is seen to be gone.
                assert!(began.elapsed() < Duration::from_secs(30), "on {}: nothing is sent", database.kind);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            tokio::time::sleep(Duration::from_millis(after)).await;
            assert!(server.is_running());
            drop(server);
            assert_eq!(number(db, RUNNING).await, 1, "on {}: it still holds its run", database.kind);
            // The next one takes it up at once. Killed so often, it would be given up.
            sql("UPDATE runs SET attempt = 1 WHERE state = 'running'").execute(db).await.unwrap();
        }
        panel::set_delay(db, &books.ledger, 0).await.unwrap();
        let synced = run(&database, dir.path(), &["sync", "--all", "--wait"]).await;
        assert_eq!(synced.code, 0, "on {}: {synced:?}", database.kind);
        books.assert_in_balance(200, 0).await;
        assert_eq!(number(db, "SELECT count(*) FROM practice_documents").await, 200);
        assert_eq!(number(db, "SELECT count(*) FROM practice_contacts").await, 1);
        assert_eq!(number(db, "SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
        assert_eq!(run(&database, dir.path(), &["check"]).await.code, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_one_queue_and_one_takes_up_what_the_other_leaves() {
    let Some(database) = databases().await.into_iter().find(|database| database.kind == "Postgres") else { return };
    let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
    let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
    let mut all = Vec::new();
    for n in 0..6 {
        let books = books(db, &format!("Company {n}"), 60).await;
        panel::set_delay(db, &books.ledger, 200).await.unwrap();
        all.push(books);
    }
    let (first, second) = (tieout.serve_with(&["--concurrency", "2"]), tieout.serve_with(&["--concurrency", "2"]));
    let (mut owners, mut most) = (HashSet::new(), 0);
    let began = Instant::now();
    let mut first = Some(first);
    while number(db, "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')").await > 0 {
        let held: Vec<(String,)> = sql("SELECT lease_owner FROM runs WHERE state = 'running'").all(db).await.unwrap();
        most = most.max(held.len());
        owners.extend(held.into_iter().map(|(owner,)| owner));
        if owners.len() == 2 && first.is_some() && number(db, SENDING).await > 0 {
            drop(first.take());
        }
        assert!(began.elapsed() < Duration::from_secs(120), "still not done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(first.is_none(), "one was killed while both worked");
    assert_eq!(owners.len(), 2);
    assert!((3..=4).contains(&most), "two at a time each: {most}");
    for books in &all {
        assert_eq!(books.status().await, SyncStatus::Synced, "{}", books.stored().await.reason);
        books.assert_in_balance(60, 0).await;
    }

    // What a command asks for, a server is told of at once.
    panel::set_delay(db, &all[0].ledger, 0).await.unwrap();
    let asked = run(&database, dir.path(), &["sync", "--company", "Company 0"]).await;
    assert_eq!(asked.code, 0, "{asked:?}");
    let asked = Instant::now();
    wait_for(db, "SELECT count(*) FROM runs WHERE kind = 'manual' AND started_at IS NOT NULL").await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let waited = run(&database, dir.path(), &["sync", "--all", "--wait", "--json"]).await;
    assert_eq!((waited.code, waited.json()["companies"].as_array().unwrap().len()), (0, 6), "{waited:?}");
    assert_eq!(status::check(db).await.unwrap(), Vec::<String>::new());
    assert_eq!(stop(second).await.1, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_waits_gives_back_what_it_works_when_told_to_stop() {
    for database in databases().await {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let books = books(db, "Albion Quay Estates", 3).await;
        panel::set_delay(db, &books.ledger, 20_000).await.unwrap();
        let mut command = tieout.command();
        let child = command.args(["sync", "--all", "--wait"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(db, RUNNING).await;
        let began = Instant::now();
        assert!(ended(Command::new("kill").args(["-TERM", &child.id().to_string()])).code == 0);
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(output.status.code(), Some(4), "not complete: {output:?}");
        assert_eq!(number(db, "SELECT count(*) FROM runs WHERE state = 'queued'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_ready_without_its_database_but_alive() {
    let Some(database) = databases().await.into_iter().find(|database| database.kind == "Postgres") else { return };
    let dir = tempfile::tempdir().unwrap();
    let server = Tieout { data_dir: dir.path(), url: Some(&database.url) }.serve();
    services::companies::name_group(&database.db, "Harbour").await.unwrap();
    assert_eq!(server.get("/readyz", &[]).status, 200);
    database.db.close().await;
    crate::harness::drop_database(&database.url).await;
    let answer = server.get("/readyz", &[]);
    assert_eq!((answer.status, answer.text().as_str()), (503, "the database does not answer\n"));
    assert_eq!(server.get("/healthz", &[]).status, 200);
    assert_eq!(server.get("/overview", &[]).status, 503);
    let (took, code) = stop(server).await;
    assert!(took < Duration::from_secs(10) && code == Some(0), "{took:?} {code:?}");
}
