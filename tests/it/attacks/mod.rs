//! Attacks on a running server, one idea a file. Each must change nothing and be told nothing: what is in the database is
//! compared before and after, answers and log are searched for what they must not hold.

mod arbitrary;
mod bodies;
mod cross_site;
mod exports;
mod headers;
mod paths;
mod redaction;
mod sessions;
mod sign_ins;

use crate::harness::{
    books::{HEADER, line},
    process::{Answer, Server, Tieout},
};
use sqlx::{Row, SqlitePool, sqlite::SqliteConnectOptions};
use std::collections::BTreeMap;

/// What a browser says of a form.
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A password that is good enough.
const PASSWORD: &str = "mauve otter ferry lamp";

/// Names of the company that attackers do not see: of it, and of one of its customers.
const HIDDEN: [&str; 2] = ["Albion Quay Estates", "Tenant of Albion"];

/// Tables that say who asked what, and so change with every attack.
const RECORDS_OF_ASKING: [&str; 4] = ["workers", "audit_log", "sessions", "failed_sign_ins"];

/// What only a fault would show: words of a panic, of the database, and of the machine's files.
const NOT_TOLD: [&str; 17] = [
    "panicked",
    "stack backtrace",
    "RUST_BACKTRACE",
    ".rs:",
    ".cargo/",
    "sqlx",
    "SQLITE",
    "SQLite",
    "no such table",
    "no such column",
    "constraint failed",
    "syntax error at",
    "near \"",
    "INSERT INTO",
    "FROM people",
    "root:x:0",
    "$argon2",
];

/// A server with two companies, one of them connected and with a synced invoice; with an administrator, and with somebody
/// who is nothing but an accountant of the other.
struct Target {
    dir: tempfile::TempDir,
    server: Server,
    administrator: String,
    elsewhere: String,
}

impl Target {
    fn new() -> Target {
        Target::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Target {
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: None };
        for (name, code) in [(HIDDEN[0], "AQE"), ("Bramley Court Holdings", "BCH")] {
            assert_eq!(tieout.run(&["company", "add", name, "--code", code]).code, 0);
        }
        let file = dir.path().join("sales.csv");
        std::fs::write(&file, format!("{HEADER}{}", line(HIDDEN[1], "1001", 1, 1, "10.00", "200"))).unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(tieout.run(&["import", "sales", "--company", "AQE", file]).code, 0);
        assert_eq!(tieout.run(&["connect", "--company", "AQE", "--provider", "practice", "--accept-matches"]).code, 0);
        assert_eq!(tieout.run(&["sync", "--company", "AQE", "--wait"]).code, 0);
        let server = tieout.serve_logged(settings);
        let administrator = server.sign_in("root@example.com", &["--name", "Root", "--role", "administrator"]);
        let elsewhere =
            server.sign_in("elsewhere@example.com", &["--name", "Elsa", "--role", "accountant", "--companies", "BCH"]);
        Target { dir, server, administrator, elsewhere }
    }

    fn tieout(&self) -> Tieout<'_> {
        Tieout { data_dir: self.dir.path(), url: None }
    }

    /// Everything that is kept but the records of who asked.
    fn kept(&self) -> BTreeMap<String, Vec<String>> {
        let mut kept = dump(self.dir.path());
        kept.retain(|table, _| !RECORDS_OF_ASKING.contains(&table.as_str()));
        assert!(!kept["people"].is_empty() && !kept["documents"].is_empty(), "there is something to attack");
        kept
    }

    /// Whether the attack `what` was told nothing by its answer, whoever made it.
    fn tells_nothing(&self, what: &str, answer: &Answer) {
        // Where an answer leads to may repeat what was asked for.
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| name != "location").collect();
        let text = format!("{}{headers:?}", answer.text());
        let here = self.dir.path().to_str().unwrap();
        for word in NOT_TOLD.into_iter().chain([here, env!("CARGO_MANIFEST_DIR")]) {
            assert!(!text.contains(word), "{what} is told “{word}”: {} {text}", answer.status);
        }
    }

    /// The same of one who must not learn of the hidden company either.
    fn tells_nothing_elsewhere(&self, what: &str, answer: &Answer) {
        self.tells_nothing(what, answer);
        for word in HIDDEN {
            assert!(!answer.text().contains(word), "{what} is told of {word}: {} {}", answer.status, answer.text());
        }
    }

    /// At the end of all attacks: the server is there and knows its administrator; nothing in it broke.
    fn stands(&mut self) {
        assert!(self.server.is_running(), "{}", self.server.log());
        let me = self.server.ask("GET", "/api/me", &[("cookie", &self.administrator)], b"");
        assert_eq!(me.status, 200, "{}", me.text());
        let log = self.server.log();
        assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    }

    /// The most memory that the server has ever used, in megabytes.
    fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).expect("it runs on Linux");
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak is known");
        most.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }
}

/// Every row of every table, as text.
fn dump(data_dir: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let options = SqliteConnectOptions::new().filename(data_dir.join("tieout.sqlite")).read_only(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&pool).await.unwrap();
        let mut dump = BTreeMap::new();
        for (table,) in tables {
            let columns =
                format!("SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') FROM pragma_table_info('{table}')");
            let (columns,): (String,) = sqlx::query_as(sqlx::AssertSqlSafe(columns)).fetch_one(&pool).await.unwrap();
            let rows = format!("SELECT {columns} FROM \"{table}\" ORDER BY 1");
            let rows = sqlx::query(sqlx::AssertSqlSafe(rows)).fetch_all(&pool).await.unwrap();
            dump.insert(table, rows.iter().map(|row| row.get(0)).collect());
        }
        pool.close().await;
        dump
    })
}

/// Says which tables changed, and shows what.
fn assert_unchanged(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) {
    for (table, rows) in before {
        let now = &after[table];
        let new: Vec<&String> = now.iter().filter(|row| !rows.contains(row)).collect();
        assert!(rows == now, "{table} had {} rows and has {}: {new:#?}", rows.len(), now.len());
    }
}

/// The session's cookie that an answer sets.
fn session_of(answer: &Answer) -> Option<&str> {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
    let pair = set.filter_map(|set| set.split(';').next()).find(|pair| pair.starts_with("__Host-tieout="))?;
    (pair.len() > "__Host-tieout=".len()).then_some(pair)
}

/// Form values as browsers write them.
fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}
