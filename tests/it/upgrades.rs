//! Databases of every earlier version: filled with what their tables could hold then, brought up to date, and found to hold
//! all of it still, in agreement with itself and ready for the next sync.

use crate::harness::{
    TestDatabase,
    books::{Books, line, three},
    databases, vault,
};
use serde_json::Value as Json;
use sqlx::{Executor, PgPool, SqlitePool, migrate::Migrator, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, str::FromStr};
use tieout::{
    domain::status::SyncStatus,
    server::{
        connectors::practice::panel,
        db::{
            Db, backup, companies,
            query::{Value, sql},
            secrets, status,
        },
        services::{self, companies::Wanted},
    },
};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Before it, what lets us in was kept as it was given.
const SEALED_SINCE: i64 = 15;
/// Before it, nothing was written about earlier versions of contacts.
const CONTACT_VERSIONS_SINCE: i64 = 7;
/// Before it, contacts of the accounting side lay among its other items.
const EXTERNAL_CONTACTS_SINCE: i64 = 12;

/// Values that a later version changes on purpose: the first daily checks were spread over a day.
const CHANGED: [(&str, &str); 1] = [("connections", "next_probe_at")];

/// A table's rows, as the columns that were there then.
type Rows = BTreeMap<String, (Vec<String>, Vec<Vec<Json>>)>;

/// An installation of today that holds what every version could hold.
async fn today() -> (TestDatabase, Books) {
    let database = databases().await.swap_remove(0);
    assert_eq!(database.kind, "SQLite");
    let books = Books::open_named(&database.db, "Albion Quay Estates", &three()).await;
    let troubled = Books::open_named(&database.db, "Bramley Court", &line("Customer 9", "9", 1, 1, "9.00", "200")).await;
    panel::lock_period(&database.db, &troubled.ledger, Some("2010-12-31")).await.unwrap();
    books.work().await;
    let idle = Wanted { name: "Castle Mill".into(), code: String::new(), currency: "GBP".into(), time_zone: "UTC".into() };
    services::companies::add(&database.db, &idle).await.unwrap();
    for (statement, rows) in [
        (
            "INSERT INTO people (id, name, email, email_key, role, sees_all, created_at)
            VALUES ('p', 'Ada', 'ada@example.com', 'ada@example.com', 'viewer', 0, 1)",
            1,
        ),
        ("INSERT INTO person_companies (person_id, company_id) SELECT 'p', id FROM companies", 3),
        ("INSERT INTO sessions (id, person_id, data, created_at, seen_at, expires_at) VALUES ('s', 'p', '{}', 1, 1, 1)", 1),
        (
            "INSERT INTO api_tokens (id, hash, person_id, name, role, sees_all, created_at, expires_at)
            VALUES ('t', 'h', 'p', 'A program', 'viewer', 0, 1, 1)",
            1,
        ),
        ("INSERT INTO token_companies (token_id, company_id) SELECT 't', id FROM companies", 3),
        (
            "INSERT INTO imports (id, company_id, file_name, state, started_at) SELECT 'i', id, 'a.csv', 'done', 1 FROM companies LIMIT 1",
            1,
        ),
        (
            "INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, pending, tried_version, updated_at)
            SELECT 'pay', company_id, id, '2010-12-31', 1, currency, 0, 1, 1 FROM documents WHERE number = '9'",
            1,
        ),
    ] {
        assert_eq!(sql(statement).execute(&database.db).await.unwrap(), rows, "{statement}");
    }
    assert_eq!(status::check(&database.db).await.unwrap(), Vec::<String>::new());
    (database, books)
}

/// Empties a database and gives it the tables of an earlier version.
async fn go_back(database: &TestDatabase, version: i64) -> Db {
    let of = |all: &Migrator| {
        let until = all.iter().filter(|migration| migration.version <= version).cloned().collect();
        Migrator::with_migrations(until)
    };
    database.db.close().await;
    if database.kind == "Postgres" {
        let pool = PgPool::connect(&database.url).await.unwrap();
        pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
        of(&POSTGRES).run(&pool).await.unwrap();
        pool.close().await;
    } else {
        let options = SqliteConnectOptions::from_str(&database.url).unwrap();
        std::fs::remove_file(options.get_filename()).unwrap();
        let pool = SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
        of(&SQLITE).run(&pool).await.unwrap();
        pool.close().await;
    }
    Db::connect(&database.url, vault()).await.unwrap()
}

/// The columns of a table, and whether each holds numbers; none where there is no such table. Those that are computed are
/// left out.
async fn columns(db: &Db, table: &str) -> Vec<(String, bool)> {
    let text = match db.is_postgres() {
        true => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position"
        }
        false => "SELECT name, lower(type) FROM pragma_table_info($1) ORDER BY cid",
    };
    let found: Vec<(String, String)> = sql(text).bind(table).all(db).await.unwrap();
    found.into_iter().map(|(name, kind)| (name, kind == "bigint")).collect()
}

async fn rows(db: &Db, table: &str, columns: &[String]) -> Vec<Vec<Json>> {
    let array = if db.is_postgres() { "json_build_array" } else { "json_array" };
    let text = format!("SELECT CAST({array}({}) AS TEXT) FROM {table}", columns.join(", "));
    let found: Vec<(String,)> = sql(text).all(db).await.unwrap();
    let mut found: Vec<Vec<Json>> = found.iter().map(|(row,)| serde_json::from_str(row).unwrap()).collect();
    found.sort_by_key(|row| Json::from(row.clone()).to_string());
    found
}

/// Stores what today's installation holds, as far as there is a place for it.
async fn fill(then: &Db, version: i64, today: &Db) -> Rows {
    let mut stored = Rows::new();
    for table in backup::tables(today).await.unwrap() {
        let now = columns(today, &table.name).await;
        let mut both = columns(then, &table.name).await;
        both.retain(|(column, _)| now.iter().any(|(name, _)| name == column));
        let is_later = table.name == "contact_versions" && version < CONTACT_VERSIONS_SINCE;
        if both.is_empty() || is_later {
            continue;
        }
        let names: Vec<String> = both.iter().map(|(column, _)| column.clone()).collect();
        for row in rows(today, &table.name, &names).await {
            let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
            let text = format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), places.join(", "));
            let values = row.into_iter().zip(&both).map(|(value, (_, is_number))| match value {
                Json::Number(number) => Value::Int(number.as_i64()),
                Json::String(text) => Value::Text(Some(text)),
                _ if *is_number => Value::Int(None),
                _ => Value::Text(None),
            });
            sql(text).bind_all(values).execute(then).await.unwrap_or_else(|error| panic!("{}: {error}", table.name));
        }
        stored.insert(table.name, (names, Vec::new()));
    }
    as_it_was(then, version).await;
    for (table, (columns, kept)) in &mut stored {
        *kept = rows(then, table, columns).await;
    }
    stored
}

/// What later versions keep elsewhere or otherwise.
async fn as_it_was(then: &Db, version: i64) {
    if version < EXTERNAL_CONTACTS_SINCE {
        sql("INSERT INTO reference_items (company_id, kind, external_id, code, name, archived)
            SELECT id, 'contact', 'there', 'customer there', 'Customer There', 0 FROM companies WHERE name = 'Bramley Court'")
        .execute(then)
        .await
        .unwrap();
    }
    if (3..SEALED_SINCE).contains(&version) {
        sql("UPDATE connection_secrets SET secret = (SELECT l.access_key FROM connections c
            JOIN practice_ledgers l ON l.id = c.organisation_id WHERE c.id = connection_secrets.connection_id)")
        .execute(then)
        .await
        .unwrap();
    }
}

async fn assert_kept(db: &Db, stored: &Rows, version: i64) {
    for (table, (columns, before)) in stored {
        let mut after = rows(db, table, columns).await;
        let mut before = before.clone();
        if table == "reference_items" && version < EXTERNAL_CONTACTS_SINCE {
            before.retain(|row| !row.contains(&"contact".into()));
            let (moved,): (i64,) =
                sql("SELECT count(*) FROM external_contacts WHERE name = 'Customer There'").one(db).await.unwrap();
            assert_eq!(moved, 1);
        }
        for row in before.iter_mut().chain(&mut after) {
            for (_, column) in CHANGED.iter().filter(|(of, _)| of == table) {
                let place = columns.iter().position(|one| one == column);
                place.into_iter().for_each(|place| row[place] = Json::Null);
            }
        }
        let key = |row: &Vec<Json>| Json::from(row.clone()).to_string();
        before.sort_by_key(key);
        after.sort_by_key(key);
        assert_eq!(after, before, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_every_earlier_version_keeps_what_is_in_it() {
    let (today, books) = today().await;
    let versions: Vec<i64> = SQLITE.iter().map(|migration| migration.version).collect();
    assert_eq!(versions, POSTGRES.iter().map(|migration| migration.version).collect::<Vec<_>>(), "migrations are paired");
    for database in databases().await {
        for &version in &versions[..versions.len() - 1] {
            eprintln!("{} from version {version}", database.kind);
            let then = go_back(&database, version).await;
            let stored = fill(&then, version, &today.db).await;
            assert!(stored.values().all(|(_, rows)| rows.len() < 1_000) && stored["companies"].1.len() == 3);
            then.close().await;
            let db = Db::open(&database.url, vault()).await.unwrap();
            assert_kept(&db, &stored, version).await;
            secrets::prepare(&db).await.unwrap();
            assert_eq!(status::check(&db).await.unwrap(), Vec::<String>::new(), "{} from version {version}", database.kind);
            // Without its secret, which older versions kept nowhere, nobody is let in.
            let expected = if version < 3 { SyncStatus::NeedsReconnecting } else { SyncStatus::Synced };
            let company = companies::by_id(&db, &books.company.id).await.unwrap().unwrap();
            let books = Books { db: db.clone(), company, ledger: books.ledger.clone() };
            assert_eq!(books.sync().await, expected, "{} from version {version}", database.kind);
            db.close().await;
        }
    }
}

/// What is in none of the tables cannot be lost: every table that holds people's work has rows in this test.
#[tokio::test]
async fn what_is_tried_fills_the_tables() {
    let (today, _) = today().await;
    let mut empty = Vec::new();
    for table in backup::tables(&today.db).await.unwrap() {
        let (found,): (i64,) = sql(format!("SELECT count(*) FROM {}", table.name)).one(&today.db).await.unwrap();
        if found == 0 {
            empty.push(table.name);
        }
    }
    let passing = [
        "action_records",
        "actions",
        "app_budgets",
        "audit_log",
        "authorisations",
        "company_imports",
        "contact_matches",
        "entrances",
        "external_contacts",
        "failed_sign_ins",
        "named_pulls",
        "organisation_budgets",
        "pauses",
        "person_subjects",
        "practice_payments",
        "recovery_codes",
        "second_factors",
        // Whoever is not alive has no row in it.
        "workers",
    ];
    let unexpected: Vec<_> = empty.iter().filter(|table| !passing.contains(&table.as_str())).collect();
    assert!(unexpected.is_empty(), "nothing is tried of {unexpected:?}");
}
