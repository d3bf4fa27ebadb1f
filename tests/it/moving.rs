//! Moving from SQLite to another database: killed anywhere it goes on, it compares everything, and it takes over nothing that
//! is not as it was.

use crate::{
    backup::everything,
    harness::{
        TestDatabase,
        books::{Books, line},
        databases,
        process::{Ended, Tieout},
        vault,
    },
};
use std::{
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tieout::{
    domain::status::SyncStatus,
    server::{
        config::sqlite_url,
        connectors::practice::panel,
        db::{Db, Tx, backup, query::sql},
        services::backup as copies,
    },
};

/// Documents of each of two companies: more than one page of rows with their lines and messages.
const DOCUMENTS: usize = 300;

/// A SQLite installation with everything in it that a day of work leaves, and nobody working on it.
async fn installation() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let db = source(dir.path()).await;
    for name in ["Albion Quay Estates", "Bramley Court"] {
        let rows: String = (0..DOCUMENTS)
            .map(|n| line(&format!("Customer {}", n % 7), &format!("{}", 2000 + n), 1 + (n as u32) % 28, 1, "10.00", "200"))
            .collect();
        Books::open_named(&db, name, &rows).await.work().await;
    }
    let books = Books::open_named(&db, "Castle Mill", &line("É “quoted” \\ 'and' more", "1", 1, 1, "0.01", "200")).await;
    panel::lock_period(&db, &books.ledger, Some("2010-12-31")).await.unwrap();
    books.work().await;
    assert_eq!(books.status().await, SyncStatus::Errors, "one has a problem");
    db.close().await;
    let url = sqlite_url(&dir.path().join("tieout.sqlite"));
    let invited =
        run(dir.path(), Some(&url), &["people", "invite", "ada@example.com", "--name", "Ada", "--role", "manager"]).await;
    assert_eq!(invited.code, 0, "{invited:?}");
    dir
}

async fn source(data_dir: &Path) -> Db {
    Db::open(&sqlite_url(&data_dir.join("tieout.sqlite")), vault()).await.unwrap()
}

async fn target() -> Option<TestDatabase> {
    databases().await.into_iter().find(|database| database.kind == "Postgres")
}

async fn run(data_dir: &Path, url: Option<&str>, arguments: &[&str]) -> Ended {
    let (data_dir, url) = (data_dir.to_owned(), url.map(str::to_owned));
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let run = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Tieout { data_dir: &data_dir, url: url.as_deref() }.run(&arguments)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn migrate(data_dir: &Path, target: &TestDatabase) -> Ended {
    run(data_dir, None, &["migrate-to", &target.url, "--json"]).await
}

fn start(data_dir: &Path, target: &TestDatabase) -> Child {
    let mut command = Tieout { data_dir, url: None }.command();
    command.args(["migrate-to", &target.url]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn number(db: &Db, text: &'static str) -> i64 {
    sql(text).one::<(i64,)>(db).await.unwrap().0
}

async fn wait_for_one(db: &Db, text: &'static str) {
    let began = Instant::now();
    while number(db, text).await != 1 {
        assert!(began.elapsed() < Duration::from_secs(60), "{text}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const MOVED: &str = "SELECT CAST(coalesce(sum(moved), 0) AS BIGINT) FROM moving_in";

/// Makes whoever stores a row of this kind wait for as long as the answer lives.
async fn hold(db: &Db, table: &str, row: &str) -> Tx {
    sql("CREATE OR REPLACE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$")
    .execute(db)
    .await
    .unwrap();
    let trigger =
        format!("CREATE TRIGGER wait_here BEFORE INSERT ON {table} FOR EACH ROW WHEN ({row}) EXECUTE FUNCTION wait_here()");
    sql(trigger).execute(db).await.unwrap();
    let mut tx = patient(db).await;
    sql("SELECT pg_advisory_xact_lock(7)").execute(&mut tx).await.unwrap();
    tx
}

/// A transaction that may lie for longer than those of servers.
async fn patient(db: &Db) -> Tx {
    let mut tx = db.begin().await.unwrap();
    sql("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut tx).await.unwrap();
    tx
}

/// Compares the installation with where it was moved to, by a backup of that and not by what moved it.
async fn assert_same(dir: &TempDir, moved: &Db) {
    let copy = dir.path().join("moved.sqlite");
    copies::backup(moved, &copy).await.unwrap();
    let (source, copy) = (source(dir.path()).await, Db::open(&sqlite_url(&copy), vault()).await.unwrap());
    let names: Vec<String> = backup::tables(&source).await.unwrap().into_iter().map(|table| table.name).collect();
    for (one, other) in everything(&source, &names).await.into_iter().zip(everything(&copy, &names).await) {
        assert!(one == other, "{} differs", one.0);
    }
    source.close().await;
}

const WAITS_FOR_ROW: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'";
const WAITS_FOR_TABLE: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'relation'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_it_goes_on_to_the_same_end() {
    let Some(target) = target().await else { return };
    let (dir, db) = (installation().await, &target.db);
    let mut before = 0;
    for (table, row) in [
        ("companies", "NEW.name = 'Bramley Court'"),
        ("documents", "NEW.number = '2150'"),
        ("document_lines", "true"),
        ("messages", "true"),
    ] {
        let held = hold(db, table, row).await;
        let mut child = start(dir.path(), &target);
        wait_for_one(db, WAITS_FOR_ROW).await;
        child.kill().unwrap();
        child.wait().unwrap();
        drop(held);
        // Waits for the session that was left alone to end.
        sql(format!("DROP TRIGGER wait_here ON {table}")).execute(db).await.unwrap();
        let moved = number(db, MOVED).await;
        assert!(moved >= before, "{table}: what was committed is kept: {moved} after {before}");
        before = moved;
        let refused = run(dir.path(), Some(&target.url), &["status"]).await;
        assert!(refused.code == 2 && refused.stderr.contains("is being filled by `tieout migrate-to`"), "{refused:?}");
    }
    assert!(before > 2 * DOCUMENTS as i64, "{before}");

    // Once more, while it compares: everything is there.
    let held = hold(db, "messages", "true").await;
    let mut child = start(dir.path(), &target);
    wait_for_one(db, WAITS_FOR_ROW).await;
    let mut locked = patient(db).await;
    sql("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE").execute(&mut locked).await.unwrap();
    drop(held);
    wait_for_one(db, WAITS_FOR_TABLE).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(locked);
    let all = number(db, MOVED).await;

    let ended = migrate(dir.path(), &target).await;
    let told = ended.json();
    assert_eq!((ended.code, told["moved_before"].as_i64(), told["rows"].as_i64()), (0, Some(all), Some(all)), "{ended:?}");
    assert_eq!(
        (&told["began_anew"], &told["difference"], &told["findings"]),
        (&false.into(), &().into(), &serde_json::json!([]))
    );
    // What was done is written down where it was done to.
    assert_eq!(sql("DELETE FROM audit_log WHERE act = 'tieout migrate-to'").execute(db).await.unwrap(), 1);
    assert_same(&dir, db).await;

    // It goes on where it was, with the keys it had.
    let synced = run(dir.path(), Some(&target.url), &["sync", "--company", "Bramley Court", "--wait"]).await;
    assert_eq!(synced.code, 0, "{synced:?}");
    let again = migrate(dir.path(), &target).await;
    assert!(again.code == 2 && again.stderr.contains("is in use already"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_not_the_same_is_named() {
    let Some(target) = target().await else { return };
    let (dir, db) = (installation().await, &target.db);
    let held = hold(db, "messages", "true").await;
    let data_dir = dir.path().to_owned();
    let url = target.url.clone();
    let moving = tokio::spawn(async move { run(&data_dir, None, &["migrate-to", &url]).await });
    wait_for_one(db, WAITS_FOR_ROW).await;
    sql("UPDATE documents SET gross = gross + 1 WHERE number = '2007'").execute(db).await.unwrap();
    drop(held);
    let ended = moving.await.unwrap();
    let (id,): (String,) = sql("SELECT min(id) FROM documents WHERE number = '2007'").one(db).await.unwrap();
    let named = format!("documents: the row with id {id} differs in gross");
    assert!(ended.code == 4 && ended.stdout.contains(&named), "{ended:?}");

    // Whatever is done to it, a second look finds it.
    sql("UPDATE documents SET gross = gross - 1 WHERE number = '2007'").execute(db).await.unwrap();
    for (tampered, named, mended) in [
        ("UPDATE payments SET reference = 'x'", None, "SELECT 1"),
        (
            "UPDATE contacts SET archived = 1 - archived WHERE name = 'Customer 3'",
            Some("differs in archived"),
            "UPDATE contacts SET archived = 1 - archived WHERE name = 'Customer 3'",
        ),
        (
            "UPDATE document_lines SET position = position + 7 WHERE document_id = (SELECT max(id) FROM documents)",
            Some("position 1 is missing there"),
            "UPDATE document_lines SET position = position - 7 WHERE document_id = (SELECT max(id) FROM documents)",
        ),
        (
            "INSERT INTO failed_sign_ins (slowed, failures, last_at) VALUES ('somebody', 1, 1)",
            Some("failed_sign_ins: the row with slowed somebody is there and not here"),
            "DELETE FROM failed_sign_ins",
        ),
    ] {
        let touched = sql(tampered).execute(db).await.unwrap();
        let Some(named) = named else {
            assert_eq!(touched, 0, "there are none");
            continue;
        };
        let ended = migrate(dir.path(), &target).await;
        assert!(ended.code == 4 && ended.json()["difference"].as_str().unwrap().contains(named), "{tampered}: {ended:?}");
        sql(mended).execute(db).await.unwrap();
    }
    let ended = migrate(dir.path(), &target).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_is_moved_anew_and_what_is_worked_on_is_not_moved() {
    let Some(target) = target().await else { return };
    let (dir, db) = (installation().await, &target.db);
    let held = hold(db, "documents", "NEW.number = '2150'").await;
    let mut child = start(dir.path(), &target);
    wait_for_one(db, WAITS_FOR_ROW).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    sql("DROP TRIGGER wait_here ON documents").execute(db).await.unwrap();

    let keyed = dir.path().to_owned();
    let server = tokio::task::spawn_blocking(move || {
        let url = sqlite_url(&keyed.join("tieout.sqlite"));
        Tieout { data_dir: &keyed, url: Some(&url) }.serve()
    });
    let server = server.await.unwrap();
    let refused = migrate(dir.path(), &target).await;
    assert!(refused.code == 2 && refused.stderr.contains("a server or a command is using the database"), "{refused:?}");
    tokio::task::spawn_blocking(move || server.terminate()).await.unwrap();

    let source = source(dir.path()).await;
    sql("UPDATE companies SET search_key = search_key || ' changed' WHERE name = 'Castle Mill'").execute(&source).await.unwrap();
    source.close().await;
    let ended = migrate(dir.path(), &target).await;
    let told = ended.json();
    assert_eq!((ended.code, told["began_anew"].as_bool(), told["moved_before"].as_i64()), (0, Some(true), Some(0)), "{ended:?}");
    assert_eq!(number(db, "SELECT count(*) FROM companies WHERE search_key LIKE '% changed'").await, 1);

    // Of another installation nothing is thrown away.
    let other = databases().await.pop().unwrap();
    let held = hold(&other.db, "documents", "NEW.number = '2150'").await;
    let mut child = start(dir.path(), &other);
    wait_for_one(&other.db, WAITS_FOR_ROW).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    let stranger = installation().await;
    let refused = migrate(stranger.path(), &other).await;
    assert!(refused.code == 2 && refused.stderr.contains("a part of another installation"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_to_do_next_and_moves_into_sqlite_too() {
    let dir = installation().await;
    let url = sqlite_url(&dir.path().join("other.sqlite"));
    let ended = run(dir.path(), None, &["migrate-to", &url]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    for said in ["every one was compared", "Set TIEOUT_DATABASE_URL", "secret.key: they are needed as before"] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    let other = Db::open(&url, vault()).await.unwrap();
    assert_eq!(sql("DELETE FROM audit_log WHERE act = 'tieout migrate-to'").execute(&other).await.unwrap(), 1);
    assert_same(&dir, &other).await;

    let missing = tempfile::tempdir().unwrap();
    let refused = run(missing.path(), None, &["migrate-to", &url]).await;
    assert!(refused.code == 2 && refused.stderr.contains("cannot open the SQLite database"), "{refused:?}");
    let refused = run(dir.path(), None, &["migrate-to", "mysql://nowhere"]).await;
    assert!(refused.code == 2 && refused.stderr.contains("must begin with sqlite: or postgres://"), "{refused:?}");
}
