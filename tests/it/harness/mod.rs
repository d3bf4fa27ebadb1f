//! Fresh databases for tests: a SQLite file in a directory of its own, and a database in a throw-away Postgres
//! cluster that the first test starts and that is removed when the process ends, however it ends. What touches
//! the store is tested on both.

pub mod books;
pub mod chance;
pub mod cluster;
pub mod openid;
pub mod post_office;
mod postgres;
pub mod process;
pub mod proxy;
mod sqlite;
pub mod trigger;
pub mod visitors;
pub mod wire;
pub mod xero;

pub use postgres::drop_database;
use std::future::Future;
use tempfile::TempDir;
use tieout::server::{db::Db, vault::Vault};

/// A database with all tables and no rows, used by one test only.
pub struct TestDatabase {
    pub db: Db,
    /// What `TIEOUT_DATABASE_URL` would be: for tests that start a process on it.
    pub url: String,
    /// `SQLite` or `Postgres`.
    pub kind: &'static str,
    /// Holds the SQLite file, and removes it.
    _dir: Option<TempDir>,
}

/// The keys to the secrets in test databases.
pub fn vault() -> Vault {
    Vault::of_text(process::SECRET_KEY).expect("the tests' key is one")
}

/// A fresh SQLite database, for what is not about the store.
pub async fn one_database() -> TestDatabase {
    sqlite::fresh().await
}

/// One fresh database of each kind. Where no Postgres is installed it is SQLite alone, which CI does not accept.
pub async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite::fresh().await];
    match postgres::fresh().await {
        Ok(database) => databases.push(database),
        Err(reason) if std::env::var("CI").as_deref() == Ok("true") => {
            panic!("Postgres is required in CI: {reason}")
        }
        Err(reason) => eprintln!("SQLite only, Postgres is left out: {reason}"),
    }
    databases
}

/// Runs a test's body on a fresh database of each kind: `on_each_database(|db| async move { … }).await`.
pub async fn on_each_database<F: Future<Output = ()>>(body: impl Fn(Db) -> F) {
    for database in databases().await {
        // Captured, and shown when the body panics.
        eprintln!("on {}", database.kind);
        body(database.db.clone()).await;
        database.db.close().await;
        if database.kind == postgres::KIND {
            drop_database(&database.url).await;
        }
    }
}

/// The folder of real sales files.
pub fn real_files() -> Option<std::path::PathBuf> {
    shared("data/sales")
}

/// What tests use and is not part of the project; where it is missing they say so and are left out, which CI does not accept.
pub fn shared(what: &str) -> Option<std::path::PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("TIEOUT_SHARED").map_or(beside, std::path::PathBuf::from).join(what);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs {}", path.display());
    eprintln!("left out: there is no {} (TIEOUT_SHARED names its folder)", path.display());
    None
}
