//! When the database is in trouble, and not the statement: what is told from an error, how long an answer is waited for, and
//! when there was trouble last, so that pages can say so and a sync that met it is not held for failed.

use sqlx::{Connection, PgConnection, pool::PoolConnectionMetadata, sqlite::SqliteError};
use std::{
    io::{self, ErrorKind},
    sync::Mutex,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// The longest a statement may take. A network that swallows everything ends no connection: without a limit whoever waits
/// for an answer would wait until the server is started anew.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a connection may take to show that it still leads somewhere.
const PROOF: Duration = Duration::from_secs(3);

/// A connection that was used a moment ago is taken for alive.
const FRESH: Duration = Duration::from_secs(1);

/// What every connection asks of Postgres: that a transaction whose server is cut off soon lets go of its rows, for others
/// wait for them, its own that come after it in the queue among them; and that a client which is gone without a word is
/// found out.
pub const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '5s'; SET tcp_keepalives_idle = 30; \
    SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";

/// What is wrong with the database. Nothing of the statement that met it is known to be stored, and the same again may work
/// once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It does not answer, or cannot be reached.
    Away,
    /// There is no room on its disk.
    Full,
    /// Its disk fails otherwise.
    Disk,
    /// It can only be read.
    ReadOnly,
    /// Another program keeps it from being written to.
    Held,
}

/// A process has one database, so this is kept once a process.
static LAST: Mutex<Option<(Instant, Trouble)>> = Mutex::new(None);

fn trouble(error: &sqlx::Error) -> Option<Trouble> {
    match error {
        // A statement that took too long may take as long again.
        sqlx::Error::Io(error) => (error.kind() != ErrorKind::TimedOut).then_some(Trouble::Away),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => Some(Trouble::Away),
        sqlx::Error::Database(error) => match error.try_downcast_ref::<SqliteError>() {
            Some(_) => error.code().and_then(|code| of_sqlite(code.parse().ok()?)),
            None => error.code().filter(|code| is_away_code(code)).map(|_| Trouble::Away),
        },
        _ => None,
    }
}

/// The last byte of SQLite's result codes says what kind they are of.
fn of_sqlite(code: u32) -> Option<Trouble> {
    match code & 0xff {
        5 | 6 => Some(Trouble::Held),
        8 => Some(Trouble::ReadOnly),
        10 | 14 => Some(Trouble::Disk),
        13 => Some(Trouble::Full),
        _ => None,
    }
}

/// Whether the database, and not the statement, was the trouble.
pub fn is_away(error: &sqlx::Error) -> bool {
    trouble(error).is_some()
}

/// Postgres's own words for: it stops or starts, it is a standby still, it has no room, or it ended this connection.
fn is_away_code(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25006" | "25P03" | "3D000" | "53300")
}

/// What somebody met since then, if anything.
pub fn since(moment: Instant) -> Option<Trouble> {
    last().filter(|(at, _)| *at >= moment).map(|(_, trouble)| trouble)
}

/// Whether somebody met something in the last minute: connections from then may be broken.
pub fn lately() -> bool {
    last().is_some_and(|(at, _)| at.elapsed() < Duration::from_secs(60))
}

/// The same of an error that was given more words since.
pub fn is_behind(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is_away)
}

/// Notes what SQLite meets.
pub async fn noted<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    answer.await.inspect_err(note)
}

/// Whether it is that a statement took too long.
pub fn is_late(error: &anyhow::Error) -> bool {
    let is_late = |error: &sqlx::Error| matches!(error, sqlx::Error::Io(error) if error.kind() == ErrorKind::TimedOut);
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is_late)
}

/// Waits for Postgres to answer, and notes it where it is away.
pub async fn answered<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    within(PATIENCE, answer).await.inspect_err(note)
}

async fn within<T>(patience: Duration, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(patience, answer).await.unwrap_or_else(|_| Err(too_late(patience)))
}

/// Before a connection is used that rested for a while: does it still lead somewhere?
pub async fn before_use(connection: &mut PgConnection, used: PoolConnectionMetadata) -> sqlx::Result<bool> {
    if used.idle_for >= FRESH {
        prove(connection).await?;
    }
    Ok(true)
}

/// Before a connection is kept for the next: the pool itself would wait for ever for what somebody left unread in it.
pub async fn after_use(connection: &mut PgConnection) -> sqlx::Result<bool> {
    prove(connection).await?;
    Ok(true)
}

async fn prove(connection: &mut PgConnection) -> sqlx::Result<()> {
    // Whatever is wrong with it, this connection leads nowhere.
    within(PROOF, connection.ping()).await.inspect_err(|_| *last() = Some((Instant::now(), Trouble::Away)))
}

fn note(error: &sqlx::Error) {
    if let Some(trouble) = trouble(error) {
        *last() = Some((Instant::now(), trouble));
    }
}

fn last() -> std::sync::MutexGuard<'static, Option<(Instant, Trouble)>> {
    LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn too_late(after: Duration) -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(ErrorKind::TimedOut, format!("Postgres did not answer within {} s", after.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_told_from_a_statement_that_is_wrong_or_slow() {
        assert!(is_away(&sqlx::Error::Io(ErrorKind::UnexpectedEof.into())));
        assert!(is_away(&sqlx::Error::PoolTimedOut));
        assert!(!is_away(&too_late(PATIENCE)));
        assert!(!is_away(&sqlx::Error::RowNotFound));
        assert!(["57P01", "57P03", "08006", "25006"].iter().all(|code| is_away_code(code)));
        assert!(!["23505", "22021", "40001"].iter().any(|code| is_away_code(code)));
        let told = anyhow::Error::from(sqlx::Error::Io(ErrorKind::BrokenPipe.into())).context("a run cannot be stored");
        assert!(is_behind(&told) && !is_late(&told) && !is_behind(&anyhow::anyhow!("something else")));
        assert!(is_late(&anyhow::Error::from(too_late(PATIENCE)).context("a run cannot go on")));
    }

    #[test]
    fn what_sqlite_says_of_its_file_is_told_from_what_it_says_of_a_statement() {
        // SQLITE_BUSY_SNAPSHOT, SQLITE_READONLY_DBMOVED, SQLITE_IOERR_SHMSIZE, SQLITE_FULL, SQLITE_CONSTRAINT_UNIQUE.
        let told = [517, 1032, 4874, 13, 2067].map(of_sqlite);
        assert_eq!(told, [Some(Trouble::Held), Some(Trouble::ReadOnly), Some(Trouble::Disk), Some(Trouble::Full), None]);
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_given_up() {
        let began = Instant::now();
        let error = within(Duration::ZERO, std::future::pending::<sqlx::Result<()>>()).await.unwrap_err();
        assert!(error.to_string().contains("within 0 s"), "{error}");
        note(&error);
        assert_eq!(since(began), None, "one slow statement says nothing of the database");
        assert!(answered(async { sqlx::Result::<()>::Err(sqlx::Error::PoolTimedOut) }).await.is_err());
        assert_eq!(since(began), Some(Trouble::Away));
    }
}
