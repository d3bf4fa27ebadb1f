//! Connections: which organisation of which accounting software holds a company's books, and whether it lets us in.

use super::query::{On, sql};
use super::{Tx, new_id};
use crate::domain::{connection::Access, provider::Provider, schedule::Schedule};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Connection {
    pub id: String,
    pub company_id: String,
    pub provider: String,
    pub organisation_id: String,
    pub organisation_name: String,
    pub authorisation: String,
    pub lost_reason: Option<String>,
    pub onboarded_at: Option<i64>,
    pub sync_from: String,
    pub schedule: String,
    pub next_sync_at: Option<i64>,
    pub connected_at: i64,
    /// Who connected it; empty in connections older than that being noted.
    pub connected_by: String,
}

const COLUMNS: &str = "id, company_id, provider, organisation_id, organisation_name, authorisation, lost_reason, onboarded_at, \
    sync_from, schedule, next_sync_at, connected_at, connected_by";

impl Connection {
    pub fn provider(&self) -> Option<Provider> {
        Provider::parse(&self.provider)
    }

    /// A word this version does not know reads as off: nothing starts by itself that nobody chose.
    pub fn schedule(&self) -> Schedule {
        Schedule::parse(&self.schedule).unwrap_or(Schedule::Off)
    }

    /// A word this version does not know reads as lost: a person looks before anything is sent.
    pub fn access(&self) -> Access {
        Access::parse(&self.authorisation).unwrap_or(Access::Lost)
    }
}

/// A connection to be made.
pub struct NewConnection<'a> {
    pub company_id: &'a str,
    pub provider: Provider,
    pub organisation_id: &'a str,
    pub organisation_name: &'a str,
    pub sync_from: &'a str,
    pub schedule: Schedule,
    pub by: &'a str,
}

/// The company's connection, a disconnected one too.
pub async fn of_company<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Option<Connection>> {
    sql(format!("SELECT {COLUMNS} FROM connections WHERE company_id = $1")).bind(company_id).optional(on).await
}

pub async fn insert(tx: &mut Tx, new: &NewConnection<'_>, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO connections (id, company_id, provider, organisation_id, organisation_name, authorisation, sync_from, schedule, connected_at, connected_by)
        VALUES ($1, $2, $3, $4, $5, 'valid', $6, $7, $8, $9)")
    .bind(&id)
    .bind(new.company_id)
    .bind(new.provider.as_str())
    .bind(new.organisation_id)
    .bind(new.organisation_name)
    .bind(new.sync_from)
    .bind(new.schedule.as_str())
    .bind(now)
    .bind(new.by)
    .execute(tx)
    .await?;
    Ok(id)
}

/// `reason` says why access was lost, in the accounting side's words. Nothing is due while there is no access.
pub async fn set_access(tx: &mut Tx, id: &str, access: Access, reason: Option<&str>) -> sqlx::Result<()> {
    let paused = if access == Access::Valid { "" } else { ", next_sync_at = NULL" };
    sql(format!("UPDATE connections SET authorisation = $2, lost_reason = $3{paused} WHERE id = $1"))
        .bind(id)
        .bind(access.as_str())
        .bind(reason)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_onboarded(tx: &mut Tx, id: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE connections SET onboarded_at = $2 WHERE id = $1").bind(id).bind(now).execute(tx).await?;
    Ok(())
}

pub async fn set_schedule(tx: &mut Tx, id: &str, schedule: Schedule, next_sync_at: Option<i64>) -> sqlx::Result<()> {
    sql("UPDATE connections SET schedule = $2, next_sync_at = $3 WHERE id = $1")
        .bind(id)
        .bind(schedule.as_str())
        .bind(next_sync_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Connections whose automatic sync is due.
pub async fn due<'a>(on: impl Into<On<'a>>, now: i64) -> sqlx::Result<Vec<Connection>> {
    sql(format!("SELECT {COLUMNS} FROM connections WHERE next_sync_at <= $1 ORDER BY next_sync_at LIMIT 100"))
        .bind(now)
        .all(on)
        .await
}

/// Moves a due time on; `false` where somebody else has moved it already.
pub async fn move_due(tx: &mut Tx, id: &str, from: Option<i64>, to: Option<i64>) -> sqlx::Result<bool> {
    let changed = sql("UPDATE connections SET next_sync_at = $3 WHERE id = $1 AND next_sync_at = $2")
        .bind(id)
        .bind(from)
        .bind(to)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}
