//! Backups: made while things happen, whole, and restored into a database of either kind.

use crate::harness::{
    TestDatabase,
    books::{Books, three},
    databases,
    process::{Ended, Tieout},
    vault,
};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tieout::{
    domain::status::SyncStatus,
    server::{
        db::{Db, backup as rows, query::sql},
        services::backup,
    },
};

/// Every row of every table as text.
pub async fn everything(db: &Db, tables: &[String]) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in tables {
        let row = match db.is_postgres() {
            true => format!("SELECT CAST(row_to_json(t) AS TEXT) FROM {table} t"),
            false => {
                let columns: Vec<(String,)> =
                    sql("SELECT name FROM pragma_table_info($1) ORDER BY cid").bind(table).all(db).await.unwrap();
                let pairs: Vec<String> = columns.iter().map(|(name,)| format!("'{name}', {name}")).collect();
                format!("SELECT json_object({}) FROM {table}", pairs.join(", "))
            }
        };
        let found: Vec<(String,)> = sql(row).all(db).await.unwrap();
        // The order of columns is the order of migrations, on both.
        let mut found: Vec<String> =
            found.into_iter().map(|(text,)| serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string()).collect();
        found.sort();
        all.push((table.clone(), found));
    }
    all
}

async fn open(file: &Path) -> Db {
    Db::open(&format!("sqlite:{}", file.display()), vault()).await.unwrap()
}

async fn tables(file: &Path) -> Vec<String> {
    let copy = open(file).await;
    let names = rows::tables(&copy).await.unwrap().into_iter().map(|table| table.name).collect();
    copy.close().await;
    names
}

#[tokio::test]
async fn what_is_backed_up_is_restored_into_either_kind_row_for_row() {
    let folder = tempfile::tempdir().unwrap();
    for (place, database) in databases().await.into_iter().enumerate() {
        let books = Books::open(&database.db, &three()).await;
        books.work().await;
        let file = folder.path().join(format!("{place}.sqlite"));
        let made = backup::backup(&database.db, &file).await.unwrap();
        assert!(made.rows > 0 && made.findings.is_empty());
        let names = tables(&file).await;
        assert!(names.len() > 20, "{names:?}");
        let before = everything(&database.db, &names).await;
        for target in databases().await {
            let restored = backup::restore(&target.db, &file, folder.path()).await.unwrap();
            assert_eq!((restored.rows, restored.findings), (made.rows, Vec::new()), "{} to {}", database.kind, target.kind);
            assert_eq!(everything(&target.db, &names).await, before, "{} to {}", database.kind, target.kind);
            // It goes on where it was, with the same keys.
            let books = Books { db: target.db.clone(), company: books.company.clone(), ledger: books.ledger.clone() };
            assert_eq!(books.sync().await, SyncStatus::Synced);
            let again = backup::restore(&target.db, &file, folder.path()).await.err().unwrap().to_string();
            assert!(again.contains("holds companies already"), "{again}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("part")), "{left:?}");
}

/// A backup made in the middle of syncs is of one moment: its check finds no difference.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_running_syncs_is_of_one_moment() {
    for database in databases().await {
        let books = Books::open(&database.db, &three()).await;
        let folder = tempfile::tempdir().unwrap();
        let syncs = async {
            for _ in 0..6 {
                books.work().await;
                books.sync().await;
            }
        };
        let backups = async {
            for n in 0..4 {
                let made = backup::backup(&database.db, &folder.path().join(format!("{n}.sqlite"))).await.unwrap();
                assert_eq!(made.findings, Vec::<String>::new(), "{} {n}", database.kind);
            }
        };
        tokio::join!(syncs, backups);
    }
}

/// What is stored between its first table and its last is not in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_holds_what_was_there_when_it_began() {
    let Some(TestDatabase { db, .. }) = &databases().await.into_iter().find(|database| database.db.is_postgres()) else { return };
    let books = Books::open(db, &three()).await;
    books.work().await;
    let mut later = db.begin().await.unwrap();
    sql("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut later).await.unwrap();
    sql("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE").execute(&mut later).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.sqlite");
    let backing_up = tokio::spawn({
        let (db, file) = (db.clone(), file.clone());
        async move { backup::backup(&db, &file).await.map(|made| made.rows) }
    });
    let waits = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'relation'";
    let began = Instant::now();
    while books.number(waits).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not get to the messages");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(sql("UPDATE messages SET label = 'later'").execute(&mut later).await.unwrap() > 0);
    later.commit().await.unwrap();
    assert!(backing_up.await.unwrap().unwrap() > 0);
    let copy = open(&file).await;
    assert_eq!(sql("SELECT count(*) FROM messages WHERE label = 'later'").one::<(i64,)>(&copy).await.unwrap().0, 0);
}

#[tokio::test]
async fn what_does_not_add_up_is_said_of_the_backup_and_of_what_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    for (place, database) in databases().await.into_iter().enumerate() {
        let books = Books::open(&database.db, &three()).await;
        books.work().await;
        sql("UPDATE companies SET status = 'errors'").execute(&database.db).await.unwrap();
        let file = folder.path().join(format!("{place}.sqlite"));
        let made = backup::backup(&database.db, &file).await.unwrap();
        assert!(!made.findings.is_empty(), "on {}", database.kind);
        let target = databases().await.remove(0);
        let restored = backup::restore(&target.db, &file, folder.path()).await.unwrap();
        assert_eq!(restored.findings, made.findings);
    }
}

/// The pages of one table after the other: of some SQLite says what is wrong with them, at others it gives up.
#[tokio::test]
async fn a_damaged_backup_is_called_so_and_nothing_of_it_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let database = databases().await.remove(0);
    Books::open(&database.db, &three()).await.work().await;
    let whole = folder.path().join("whole.sqlite");
    backup::backup(&database.db, &whole).await.unwrap();
    let pages = "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema
        WHERE type = 'table' AND name IN ('documents', 'companies', 'messages')";
    let copy = open(&whole).await;
    let pages: Vec<(i64, i64)> = sql(pages).all(&copy).await.unwrap();
    copy.close().await;
    assert_eq!(pages.len(), 3);
    for (page, size) in pages {
        let (page, size) = (usize::try_from(page).unwrap(), usize::try_from(size).unwrap());
        let mut bytes = std::fs::read(&whole).unwrap();
        bytes[(page - 1) * size..page * size].fill(0xa5);
        let file = folder.path().join(format!("{page}.sqlite"));
        std::fs::write(&file, bytes).unwrap();
        let target = databases().await.remove(0);
        let refused = backup::restore(&target.db, &file, folder.path()).await.err().expect("it is refused").to_string();
        assert!(refused.contains("is damaged: "), "page {page}: {refused}");
        assert_eq!(sql("SELECT count(*) FROM companies").one::<(i64,)>(&target.db).await.unwrap().0, 0);
    }
}

#[tokio::test]
async fn the_command_line_backs_up_and_refuses_what_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let path = |name: &str| dir.join(name).display().to_string();
        let run = |data: &str, arguments: &[&str]| -> Ended { Tieout { data_dir: &dir.join(data), url: None }.run(arguments) };
        assert_eq!(run("a", &["company", "add", "Albion Quay Estates"]).code, 0);
        let file = path("b.sqlite");
        let made = run("a", &["backup", &file, "--json"]);
        assert_eq!((made.code, made.json()["rows"].as_i64()), (0, Some(1)), "{made:?}");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let twice = run("a", &["backup", &file]);
        assert!(twice.code == 2 && twice.stderr.contains("exists already"), "{twice:?}");
        let nowhere = run("a", &["backup", &path("no/such/folder.sqlite")]);
        assert!(nowhere.code != 0 && nowhere.stderr.contains("folder.sqlite"), "{nowhere:?}");
        assert_eq!(run("c", &["restore", &file]).code, 0);
        assert!(run("c", &["status"]).stdout.contains("Albion Quay Estates"));
        let full = run("c", &["restore", &file]);
        assert!(full.code == 2 && full.stderr.contains("holds companies already"), "{full:?}");
        std::fs::write(dir.join("text.csv"), "a,b\n1,2\n").unwrap();
        let other = run("d", &["restore", &path("text.csv")]);
        assert!(other.code == 2 && other.stderr.contains("is no backup of Tieout"), "{other:?}");
        let missing = run("d", &["restore", &path("missing")]);
        assert!(missing.code == 2 && missing.stderr.contains("There is no file"), "{missing:?}");
        assert!(run("d", &["restore", &file]).code == 0, "nothing was left half-written");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    for database in databases().await {
        let TestDatabase { db, url, .. } = &database;
        let statement = match db.is_postgres() {
            true => {
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', true, '\\x00', 0)"
            }
            false => {
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', true, x'00', 0)"
            }
        };
        sql(statement).execute(db).await.unwrap();
        let (url, folder) = (url.clone(), tempfile::tempdir().unwrap());
        let told = tokio::task::spawn_blocking(move || Tieout { data_dir: folder.path(), url: Some(&url) }.run(&["status"]));
        let told = told.await.unwrap();
        assert_eq!(told.code, 2);
        assert!(told.stderr.contains("newer version of Tieout") && told.stderr.contains("9999"), "{}", told.stderr);
    }
}
