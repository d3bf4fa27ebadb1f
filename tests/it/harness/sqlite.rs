//! SQLite databases: copies of one file that was migrated once.

use super::{TestDatabase, vault};
use std::path::Path;
use tempfile::TempDir;
use tieout::server::db::Db;
use tokio::sync::OnceCell;

/// The migrated file's bytes: without rows it is a few hundred kilobytes.
static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

pub async fn fresh() -> TestDatabase {
    let template = TEMPLATE.get_or_init(migrated).await;
    let dir = temp_dir();
    let path = dir.path().join("tieout.db");
    std::fs::write(&path, template).expect("the copy of the migrated file is written");
    let url = url(&path);
    let db = Db::open(&url, vault()).await.expect("a copied SQLite database opens");
    TestDatabase { db, url, kind: "SQLite", _dir: Some(dir) }
}

async fn migrated() -> Vec<u8> {
    let dir = temp_dir();
    let path = dir.path().join("template.db");
    let db = Db::open(&url(&path), vault()).await.expect("the SQLite migrations run");
    // The last connection to close moves the write-ahead log into the file.
    db.close().await;
    std::fs::read(&path).expect("the migrated file is read")
}

fn temp_dir() -> TempDir {
    tempfile::Builder::new().prefix("tieout-test-").tempdir().expect("a temporary directory is made")
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}
