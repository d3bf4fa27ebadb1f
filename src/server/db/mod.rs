//! The store: the `Db` enum over SQLite and Postgres, and one file of SQL a noun. Nothing outside this folder
//! (and the practice ledger's own tables) writes SQL.

pub mod actions;
pub mod api_tokens;
pub mod audit;
pub mod authorisations;
pub mod backup;
pub mod companies;
pub mod company_imports;
pub mod connections;
pub mod contact_matches;
pub mod contacts;
pub mod documents;
pub mod entrances;
pub mod external_contacts;
pub mod groups;
pub mod holdings;
pub mod imports;
pub mod incoming;
pub mod insert;
pub mod left_out;
pub mod links;
pub mod messages;
pub mod overview;
pub mod pauses;
pub mod pending;
pub mod people;
pub mod problems;
pub mod query;
pub mod record_trail;
pub mod records;
pub mod reference;
pub mod run_stages;
pub mod runs;
mod search;
pub mod second_factors;
pub mod secrets;
pub mod sees;
pub mod sessions;
pub mod sign_ins;
pub mod status;
pub mod subjects;
pub mod tie_outs;
pub mod untried;
pub mod workers;

use super::vault::Vault;
use anyhow::{Context, bail};
use sqlx::{
    Connection, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, sync::Arc, time::Duration};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The pools of a SQLite file: many readers, and one writer, so that writes queue in this process instead of
/// running into each other's locks.
#[derive(Clone)]
pub struct SqlitePools {
    read: SqlitePool,
    write: SqlitePool,
    vault: Arc<Vault>,
}

#[derive(Clone)]
pub struct PostgresPool {
    pool: PgPool,
    vault: Arc<Vault>,
}

/// The database, whichever it is, and the keys to the secrets in it. Cheap to clone.
#[derive(Clone)]
pub enum Db {
    Sqlite(SqlitePools),
    Postgres(PostgresPool),
}

/// A transaction that may write. Dropped without [`Tx::commit`], it rolls back.
pub enum Tx {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…` and brings its tables up to date.
    pub async fn open(url: &str, vault: Vault) -> anyhow::Result<Db> {
        let db = Db::connect(url, vault).await?;
        db.migrate().await?;
        Ok(db)
    }

    /// Opens without migrating. The error names the kind of database, never the URL: it may hold a password.
    pub async fn connect(url: &str, vault: Vault) -> anyhow::Result<Db> {
        let vault = Arc::new(vault);
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(10)).connect(url).await;
            return match pool {
                Ok(pool) => Ok(Db::Postgres(PostgresPool { pool, vault })),
                Err(sqlx::Error::PoolTimedOut) => Err(unreachable(url).await).context("cannot connect to Postgres"),
                Err(error) => Err(error).context("cannot connect to Postgres"),
            };
        }
        anyhow::ensure!(url.starts_with("sqlite:"), "the database URL must begin with sqlite: or postgres://");
        let options = SqliteConnectOptions::from_str(url)
            .context("the database URL is not one of SQLite")?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A push's intent must survive a power cut, or the push could be repeated.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-8000");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .with_context(|| format!("cannot open the SQLite database {}", options.get_filename().display()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .context("cannot open the SQLite database for reading")?;
        Ok(Db::Sqlite(SqlitePools { read, write, vault }))
    }

    /// Applies the migrations that are missing.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let migrated = match self {
            Db::Sqlite(pools) => SQLITE_MIGRATIONS.run(&pools.write).await,
            Db::Postgres(postgres) => POSTGRES_MIGRATIONS.run(&postgres.pool).await,
        };
        match migrated {
            Err(MigrateError::VersionMissing(version)) => bail!(
                "this database was used by a newer version of Tieout, whose tables have number {version}, and this one ({}) \
                knows none of that number: start the newer version, or restore a backup into another database",
                env!("CARGO_PKG_VERSION")
            ),
            other => other.context("cannot bring the database's tables up to date"),
        }
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once, so that what it reads
    /// cannot have changed by the time it writes.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite(pools) => Tx::Sqlite(pools.write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(postgres) => Tx::Postgres(postgres.pool.begin().await?),
        })
    }

    /// Begins a transaction that only reads, and sees one moment throughout.
    pub async fn snapshot(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite(pools) => Tx::Sqlite(pools.read.begin().await?),
            Db::Postgres(postgres) => {
                Tx::Postgres(postgres.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Db::Postgres(_))
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
            Db::Postgres(postgres) => postgres.pool.close().await,
        }
    }

    /// Seals and opens the secrets kept in it.
    pub fn vault(&self) -> &Vault {
        match self {
            Db::Sqlite(pools) => &pools.vault,
            Db::Postgres(postgres) => &postgres.vault,
        }
    }
}

impl Tx {
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Tx::Postgres(_))
    }

    /// What follows a `SELECT` to keep the row from others until the commit; SQLite's writer is alone anyway.
    pub fn for_update(&self) -> &'static str {
        if self.is_postgres() { " FOR UPDATE" } else { "" }
    }
}

/// Why a pool could not connect, after it has tried for a while: it says no more than that its time was up.
async fn unreachable(url: &str) -> sqlx::Error {
    match sqlx::PgConnection::connect(url).await {
        Ok(_) => sqlx::Error::PoolTimedOut,
        Err(error) => error,
    }
}

/// A new id: UUIDv7, so that ids sort by the time they were made.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Now, as epoch milliseconds.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
