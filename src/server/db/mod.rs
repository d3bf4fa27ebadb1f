//! The store: the `Db` enum over SQLite and Postgres, and one file of SQL a noun. Nothing outside this folder
//! (and the practice ledger's own tables) writes SQL.

pub mod actions;
pub mod api_tokens;
pub mod audit;
pub mod authorisations;
pub mod away;
pub mod backup;
pub mod budgets;
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
pub mod money;
pub mod moving;
pub mod named_pulls;
pub mod overview;
pub mod pauses;
pub mod pending;
pub mod people;
pub mod problems;
pub mod query;
pub mod record_trail;
pub mod records;
pub mod reference;
pub mod renewals;
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
    Connection, Executor, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{io::ErrorKind, str::FromStr, sync::Arc, time::Duration};

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
            return match postgres_pool().connect(url).await {
                Ok(pool) => Ok(Db::Postgres(PostgresPool { pool, vault })),
                Err(sqlx::Error::PoolTimedOut) => Err(unreachable(url).await).context("cannot connect to Postgres"),
                Err(error) => Err(error).context("cannot connect to Postgres"),
            };
        }
        let options = sqlite_options(url)?;
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // A transaction that SQLite ended by itself, as on a full disk, leaves sqlx with another idea of it than SQLite has.
            .after_release(|_, _| Box::pin(async { Ok(!away::lately()) }))
            .connect_with(options.clone())
            .await
            .with_context(|| {
                format!("cannot open the SQLite database {}{}", options.get_filename().display(), whether_written(&options))
            })?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .context("cannot open the SQLite database for reading")?;
        Ok(Db::Sqlite(SqlitePools { read, write, vault }))
    }

    /// Opens a SQLite file that exists for this process alone, its tables up to date: nobody else can use it until it is
    /// closed. `None`: somebody does. Nothing that is sealed in it can be opened.
    pub async fn open_alone(url: &str) -> anyhow::Result<Option<Db>> {
        let options = sqlite_options(url)?
            .create_if_missing(false)
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(Duration::from_secs(1));
        let file = options.get_filename().display().to_string();
        // One connection, kept: the file is ours for as long as it is open.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = match pool.connect_with(options).await {
            Err(error) if is_busy(&error) => return Ok(None),
            opened => opened.with_context(|| format!("cannot open the SQLite database {file}"))?,
        };
        let vault = Arc::new(Vault::of_chance()?);
        let db = Db::Sqlite(SqlitePools { read: pool.clone(), write: pool, vault });
        // The first thing that is read or written is what takes the file, and what the log beside it holds moves into it.
        let taken: Result<Vec<(i64, i64, i64)>, _> = query::sql("PRAGMA wal_checkpoint(TRUNCATE)").all(&db).await;
        match taken {
            Err(error) if is_busy(&error) => return Ok(None),
            taken => taken.with_context(|| format!("cannot read the SQLite database {file}"))?,
        };
        db.migrate().await?;
        Ok(Some(db))
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
            Db::Sqlite(pools) => Tx::Sqlite(away::noted(pools.write.begin_with("BEGIN IMMEDIATE")).await?),
            Db::Postgres(postgres) => Tx::Postgres(away::answered(postgres.pool.begin()).await?),
        })
    }

    /// Begins a transaction that only reads, and sees one moment throughout.
    pub async fn snapshot(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite(pools) => Tx::Sqlite(away::noted(pools.read.begin()).await?),
            Db::Postgres(postgres) => {
                let begun = postgres.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                Tx::Postgres(away::answered(begun).await?)
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
            Tx::Sqlite(tx) => away::noted(tx.commit()).await,
            Tx::Postgres(tx) => away::answered(tx.commit()).await,
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

fn sqlite_options(url: &str) -> anyhow::Result<SqliteConnectOptions> {
    anyhow::ensure!(url.starts_with("sqlite:"), "the database URL must begin with sqlite: or postgres://");
    Ok(SqliteConnectOptions::from_str(url)
        .context("the database URL is not one of SQLite")?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A push's intent must survive a power cut, or the push could be repeated.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-8000"))
}

/// Why a file that is there cannot be opened, where that is that nobody may write it: SQLite does not say so itself.
fn whether_written(options: &SqliteConnectOptions) -> &'static str {
    match std::fs::OpenOptions::new().append(true).open(options.get_filename()) {
        Err(error) if matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => {
            ", which is read-only: this server has to write to it and beside it"
        }
        _ => "",
    }
}

/// Whether somebody else holds what was to be taken: SQLITE_BUSY, in one of its forms, or SQLITE_LOCKED.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Its connections are looked at before they are used, for Postgres may have been restarted or have moved to another machine
/// since.
fn postgres_pool() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(|connection, _| Box::pin(async move { connection.execute(away::SETTINGS).await.map(drop) }))
        .test_before_acquire(false)
        .before_acquire(|connection, used| Box::pin(away::before_use(connection, used)))
        .after_release(|connection, _| Box::pin(away::after_use(connection)))
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
