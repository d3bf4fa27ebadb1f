//! The ledger itself: its settings, who may call, how often, and the row whose lock puts its writers in a queue.

use crate::domain::connection::Budget;
use crate::server::connectors::ConnectorError;
use crate::server::db::{
    Db, Tx, now_ms,
    query::{On, sql},
};
use std::time::Duration;

/// A rate limit counts requests in windows of this length.
const WINDOW_MS: i64 = 60_000;

const COLUMNS: &str =
    "id, name, currency, access_key, offline, delay_ms, rate_limit, window_start, window_used, locked_until, change_seq";

/// A ledger's settings, as they were read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ledger {
    pub id: String,
    pub name: String,
    pub currency: String,
    pub access_key: Option<String>,
    pub offline: i64,
    pub delay_ms: i64,
    pub rate_limit: i64,
    window_start: i64,
    window_used: i64,
    pub locked_until: Option<String>,
    pub change_seq: i64,
}

pub async fn insert(tx: &mut Tx, id: &str, name: &str, currency: &str, access_key: &str) -> sqlx::Result<()> {
    sql("INSERT INTO practice_ledgers (id, name, currency, access_key, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(name)
        .bind(currency)
        .bind(access_key)
        .bind(now_ms())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn read<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<Ledger>> {
    sql(format!("SELECT {COLUMNS} FROM practice_ledgers WHERE id = $1")).bind(id).optional(on).await
}

/// Ids sort by the time they were made.
pub async fn latest<'a>(on: impl Into<On<'a>>, limit: i64) -> sqlx::Result<Vec<Ledger>> {
    sql(format!("SELECT {COLUMNS} FROM practice_ledgers ORDER BY id DESC LIMIT $1")).bind(limit).all(on).await
}

pub async fn set_change_seq(tx: &mut Tx, id: &str, seq: i64) -> sqlx::Result<()> {
    sql("UPDATE practice_ledgers SET change_seq = $2 WHERE id = $1").bind(id).bind(seq).execute(tx).await?;
    Ok(())
}

/// Lets one request in, or says why not. Every request of the connector passes here, reads too.
pub async fn admit(db: &Db, id: &str, access_key: &str) -> Result<Ledger, ConnectorError> {
    let ledger = read(db, id).await.map_err(unreachable)?.ok_or_else(gone)?;
    if ledger.offline != 0 {
        return Err(ConnectorError::Transient("The practice ledger is offline".into()));
    }
    ledger.check_access(access_key)?;
    if ledger.rate_limit > 0 {
        count_request(db, &ledger).await?;
    }
    Ok(ledger)
}

impl Ledger {
    /// Reads it and keeps other writers of this ledger out until the commit, so that changes are numbered in the
    /// order in which they become visible.
    pub async fn lock(tx: &mut Tx, id: &str) -> sqlx::Result<Option<Ledger>> {
        let for_update = tx.for_update();
        sql(format!("SELECT {COLUMNS} FROM practice_ledgers WHERE id = $1{for_update}")).bind(id).optional(tx).await
    }

    pub fn check_access(&self, access_key: &str) -> Result<(), ConnectorError> {
        if self.access_key.as_deref() == Some(access_key) {
            return Ok(());
        }
        Err(ConnectorError::NeedsReconnect("Access was revoked in the practice ledger".into()))
    }

    /// Calls left of the present minute; `None` where they are not limited.
    pub fn budget(&self, now: i64) -> Option<Budget> {
        let used = if (0..WINDOW_MS).contains(&(now - self.window_start)) { self.window_used } else { 0 };
        let (limit, left) = (self.rate_limit, (self.rate_limit - used).max(0));
        (limit > 0).then_some(Budget { left: left.unsigned_abs(), of: limit.unsigned_abs(), per: "minute" })
    }

    /// Half of what a slow ledger takes: once before the work, and once after it.
    pub async fn pause(&self) {
        // Even an empty sleep waits for the timer's next tick.
        if self.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.delay_ms.unsigned_abs() / 2)).await;
        }
    }
}

/// Counts one request in the row, which all processes share. One that is refused is not counted.
async fn count_request(db: &Db, ledger: &Ledger) -> Result<(), ConnectorError> {
    let now = now_ms();
    // A clock that was set back ends the window too: nobody waits for a minute that is years away.
    let counted = sql("UPDATE practice_ledgers
        SET window_start = CASE WHEN $2 - window_start BETWEEN 0 AND $3 THEN window_start ELSE $2 END,
            window_used = CASE WHEN $2 - window_start BETWEEN 0 AND $3 THEN window_used + 1 ELSE 1 END
        WHERE id = $1 AND NOT (rate_limit > 0 AND window_used >= rate_limit AND $2 - window_start BETWEEN 0 AND $3)")
    .bind(&ledger.id)
    .bind(now)
    .bind(WINDOW_MS - 1)
    .execute(db)
    .await
    .map_err(unreachable)?;
    if counted > 0 {
        return Ok(());
    }
    let window_start = read(db, &ledger.id).await.map_err(unreachable)?.ok_or_else(gone)?.window_start;
    let left = (window_start + WINDOW_MS - now).clamp(1, WINDOW_MS).unsigned_abs();
    Err(ConnectorError::RateLimited { retry_after: Duration::from_secs(left.div_ceil(1000)) })
}

/// The ledger is gone from the database: only another connection helps.
pub fn gone() -> ConnectorError {
    ConnectorError::NeedsReconnect("This practice ledger no longer exists".into())
}

/// The database under the ledger failed before anything was changed.
pub fn unreachable(error: sqlx::Error) -> ConnectorError {
    tracing::error!(%error, "the practice ledger cannot use its tables");
    ConnectorError::Transient("Service unavailable: the practice ledger cannot open its books".into())
}
