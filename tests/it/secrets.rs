//! What lets us into accounting software is sealed in the database; keys can be changed, and a lost one has a way out.

use crate::harness::{
    TestDatabase,
    books::{Books, three},
    databases,
    process::Tieout,
};
use std::path::Path;
use tieout::{
    domain::{connection::Access, status::SyncStatus},
    server::{
        db::{Db, query::sql, secrets},
        vault::{self, Vault},
    },
};

/// A database of the kind, opened with keys of a file of its own, with one synced company in it.
async fn opened(database: &TestDatabase, key_file: &Path) -> (Db, Books) {
    let db = Db::open(&database.url, Vault::of_file(key_file.to_owned()).unwrap()).await.unwrap();
    let books = Books::open(&db, &three()).await;
    books.work().await;
    (db, books)
}

async fn stored(db: &Db) -> (String, String) {
    sql("SELECT secret, key_id FROM connection_secrets").one(db).await.unwrap()
}

#[tokio::test]
async fn what_is_stored_shows_nothing_and_still_lets_us_in() {
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let (db, books) = opened(&database, &folder.path().join("secret.key")).await;
        let (sealed, key_id) = stored(&db).await;
        let secret = secrets::of_connection(&db, db.vault(), &books.connection().await.id).await.unwrap().unwrap();
        assert!(!sealed.contains(&secret));
        assert_eq!((vault::key_id(&sealed), &db.vault().key_ids()), (Some(key_id.as_str()), &vec![key_id.clone()]));
        assert_eq!(books.sync().await, SyncStatus::Synced);
    }
}

#[tokio::test]
async fn what_was_stored_before_is_sealed_at_the_start() {
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let (db, books) = opened(&database, &folder.path().join("secret.key")).await;
        let connection = books.connection().await;
        let secret = secrets::of_connection(&db, db.vault(), &connection.id).await.unwrap().unwrap();
        sql("UPDATE connection_secrets SET secret = $1, key_id = ''").bind(&secret).execute(&db).await.unwrap();
        secrets::prepare(&db).await.unwrap();
        assert_ne!(stored(&db).await.0, secret);
        assert_eq!(secrets::of_connection(&db, db.vault(), &connection.id).await.unwrap(), Some(secret));
    }
}

#[tokio::test]
async fn a_key_is_rotated_beside_a_server_that_goes_on() {
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("secret.key");
        let (db, books) = opened(&database, &key_file).await;
        let before = stored(&db).await;
        let (url, dir) = (database.url.clone(), folder.path().to_owned());
        let told = tokio::task::spawn_blocking(move || {
            let tieout = Tieout { data_dir: &dir, url: Some(&url) };
            let run = |arguments: &[&str]| {
                let ended = crate::harness::process::ended(tieout.command().env_remove("TIEOUT_SECRET_KEY").args(arguments));
                assert_eq!(ended.code, 0, "{ended:?}");
                ended.json()
            };
            (run(&["keys", "rotate", "--json"]), run(&["keys", "list", "--json"]))
        });
        let (rotated, listed) = told.await.unwrap();
        assert_eq!(rotated["resealed"], 1);
        let after = stored(&db).await;
        assert_eq!(rotated["key"], after.1.as_str());
        assert_ne!((&before.0, &before.1), (&after.0, &after.1));
        assert_eq!((&listed["keys"][0]["id"], &listed["keys"][0]["seals"]), (&after.1.as_str().into(), &1.into()));
        assert_eq!((&listed["keys"][1]["id"], &listed["keys"][1]["seals"]), (&before.1.as_str().into(), &0.into()));
        // This process opened the database with the old key alone.
        assert_eq!(books.sync().await, SyncStatus::Synced);
    }
}

#[tokio::test]
async fn a_lost_key_is_named_and_its_connections_can_be_given_up_and_reconnected() {
    for database in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("secret.key");
        let (db, books) = opened(&database, &key_file).await;
        let (_, key_id) = stored(&db).await;
        std::fs::remove_file(&key_file).unwrap();
        let (url, dir, lost) = (database.url.clone(), folder.path().to_owned(), key_id.clone());
        let told = tokio::task::spawn_blocking(move || {
            let tieout = Tieout { data_dir: &dir, url: Some(&url) };
            let run = |arguments: &[&str]| {
                crate::harness::process::ended(tieout.command().env_remove("TIEOUT_SECRET_KEY").args(arguments))
            };
            (run(&["status"]), run(&["keys", "abandon", &lost]), run(&["keys", "abandon", &lost]), run(&["status"]))
        });
        let (refused, given_up, again, works) = told.await.unwrap();
        assert_eq!(refused.code, 2);
        for part in [key_id.as_str(), "1 secrets", "keys abandon"] {
            assert!(refused.stderr.contains(part), "{}", refused.stderr);
        }
        assert_eq!((given_up.code, again.code, works.code), (0, 2, 0), "{given_up:?} {again:?} {works:?}");
        assert_eq!(books.status().await, SyncStatus::NeedsReconnecting);
        assert_eq!(books.connection().await.access(), Access::Lost);
        let db = Db::open(&database.url, Vault::of_file(key_file).unwrap()).await.unwrap();
        tieout::server::services::connections::reconnect_practice(&db, &books.company.id).await.unwrap();
        let books = Books { db, ..books };
        assert_eq!(books.sync().await, SyncStatus::Synced);
    }
}
