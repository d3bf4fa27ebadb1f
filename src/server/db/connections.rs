//! Connections: which organisation of which accounting software holds a company's books, and whether it lets us in.

use super::query::{On, placeholders, sql};
use super::{Tx, new_id};
use crate::domain::{connection::Access, provider::Provider, schedule::Schedule};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Connection {
    pub id: String,
    pub company_id: String,
    pub provider: String,
    pub organisation_id: String,
    pub organisation_name: String,
    /// How the accounting side names it in the addresses of its pages.
    pub short_code: Option<String>,
    pub authorisation: String,
    pub lost_reason: Option<String>,
    pub onboarded_at: Option<i64>,
    pub sync_from: String,
    pub schedule: String,
    pub next_sync_at: Option<i64>,
    pub connected_at: i64,
    /// Who connected it; empty in connections older than that being noted.
    pub connected_by: String,
    /// When it was last checked whether the accounting side still lets us in.
    pub probed_at: Option<i64>,
    /// What that check said where it was not well.
    pub probe_error: Option<String>,
    pub next_probe_at: Option<i64>,
    /// Since when it is neither scheduled nor synced.
    pub paused_at: Option<i64>,
    pub paused_by: Option<String>,
    /// Which "pause everything" paused it; `None`: it alone was.
    pub pause_id: Option<String>,
    /// 1: a full sync was asked for before the pause and did not begin.
    pub held_sync: i64,
}

const COLUMNS: &str = "id, company_id, provider, organisation_id, organisation_name, short_code, authorisation, lost_reason, onboarded_at, \
    sync_from, schedule, next_sync_at, connected_at, connected_by, probed_at, probe_error, next_probe_at, paused_at, paused_by, \
    pause_id, held_sync";

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

    /// Whether it syncs by itself: let in, onboarded and not paused.
    pub fn is_running(&self) -> bool {
        self.access() == Access::Valid && self.onboarded_at.is_some() && self.paused_at.is_none()
    }
}

/// A connection to be made.
pub struct NewConnection<'a> {
    pub company_id: &'a str,
    pub provider: Provider,
    pub organisation_id: &'a str,
    pub organisation_name: &'a str,
    pub short_code: Option<&'a str>,
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
    sql("INSERT INTO connections (id, company_id, provider, organisation_id, organisation_name, authorisation, sync_from, schedule, connected_at, connected_by,
            short_code)
        VALUES ($1, $2, $3, $4, $5, 'valid', $6, $7, $8, $9, $10)")
    .bind(&id)
    .bind(new.company_id)
    .bind(new.provider.as_str())
    .bind(new.organisation_id)
    .bind(new.organisation_name)
    .bind(new.sync_from)
    .bind(new.schedule.as_str())
    .bind(now)
    .bind(new.by)
    .bind(new.short_code)
    .execute(tx)
    .await?;
    Ok(id)
}

/// `reason` says why access was lost, in the accounting side's words. Nothing is due while there is no access.
pub async fn set_access(tx: &mut Tx, id: &str, access: Access, reason: Option<&str>) -> sqlx::Result<()> {
    let rests = if access == Access::Valid { "" } else { ", next_sync_at = NULL, next_probe_at = NULL" };
    sql(format!("UPDATE connections SET authorisation = $2, lost_reason = $3{rests} WHERE id = $1"))
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

pub async fn set_sync_from(tx: &mut Tx, id: &str, day: &str) -> sqlx::Result<()> {
    sql("UPDATE connections SET sync_from = $2 WHERE id = $1").bind(id).bind(day).execute(tx).await?;
    Ok(())
}

/// What the accounting side calls the organisation by now, and how it names it in addresses.
pub async fn name_organisation(tx: &mut Tx, id: &str, name: &str, short_code: Option<&str>) -> sqlx::Result<()> {
    sql("UPDATE connections SET organisation_name = $2, short_code = $3 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(short_code)
        .execute(tx)
        .await?;
    Ok(())
}

/// Connections of companies, in no order.
pub async fn of_companies<'a>(on: impl Into<On<'a>>, company_ids: &[String]) -> sqlx::Result<Vec<Connection>> {
    if company_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(1, company_ids.len());
    sql(format!("SELECT {COLUMNS} FROM connections WHERE company_id IN ({places})")).bind_all(company_ids).all(on).await
}

/// Who has an organisation: its id there, and the company's code and name.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Holder {
    pub organisation_id: String,
    pub company_id: String,
    pub code: String,
    pub name: String,
}

/// The companies, archived ones too, that are paired with any of these organisations.
pub async fn holders<'a>(on: impl Into<On<'a>>, provider: Provider, organisation_ids: &[String]) -> sqlx::Result<Vec<Holder>> {
    if organisation_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(2, organisation_ids.len());
    sql(format!(
        "SELECT k.organisation_id, k.company_id, c.code, c.name FROM connections k JOIN companies c ON c.id = k.company_id
        WHERE k.provider = $1 AND k.organisation_id IN ({places})"
    ))
    .bind(provider.as_str())
    .bind_all(organisation_ids)
    .all(on)
    .await
}

/// Connections whose access is to be checked, with when that was due.
pub async fn probes_due<'a>(on: impl Into<On<'a>>, now: i64, limit: i64) -> sqlx::Result<Vec<Connection>> {
    sql(format!("SELECT {COLUMNS} FROM connections WHERE next_probe_at <= $1 ORDER BY next_probe_at LIMIT $2"))
        .bind(now)
        .bind(limit)
        .all(on)
        .await
}

/// Moves the time of a check on; `false` where somebody else has moved it already, and with it makes the check.
pub async fn move_probe<'a>(on: impl Into<On<'a>>, id: &str, from: Option<i64>, to: i64) -> sqlx::Result<bool> {
    let changed = sql("UPDATE connections SET next_probe_at = $3 WHERE id = $1 AND next_probe_at = $2")
        .bind(id)
        .bind(from)
        .bind(to)
        .execute(on)
        .await?;
    Ok(changed == 1)
}

pub async fn set_next_probe(tx: &mut Tx, id: &str, at: Option<i64>) -> sqlx::Result<()> {
    sql("UPDATE connections SET next_probe_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await?;
    Ok(())
}

/// What a check said: `error` is why it was not well.
pub async fn probed(tx: &mut Tx, id: &str, at: i64, error: Option<&str>) -> sqlx::Result<()> {
    sql("UPDATE connections SET probed_at = $2, probe_error = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(error)
        .execute(tx)
        .await?;
    Ok(())
}

/// Rests from now on: nothing of it is due. `held_sync`: a full sync was asked for and did not begin.
pub async fn pause(tx: &mut Tx, id: &str, by: &str, pause_id: Option<&str>, held_sync: bool, now: i64) -> sqlx::Result<()> {
    sql("UPDATE connections SET paused_at = $2, paused_by = $3, pause_id = $4, held_sync = $5, next_sync_at = NULL,
            next_probe_at = NULL
        WHERE id = $1")
    .bind(id)
    .bind(now)
    .bind(by)
    .bind(pause_id)
    .bind(held_sync)
    .execute(tx)
    .await?;
    Ok(())
}

/// A full sync was asked for that the pause keeps from beginning.
pub async fn hold_sync(tx: &mut Tx, id: &str) -> sqlx::Result<()> {
    sql("UPDATE connections SET held_sync = 1 WHERE id = $1").bind(id).execute(tx).await?;
    Ok(())
}

/// The pause is over; when something is due again is the caller's to say.
pub async fn resume(tx: &mut Tx, id: &str) -> sqlx::Result<()> {
    sql("UPDATE connections SET paused_at = NULL, paused_by = NULL, pause_id = NULL, held_sync = 0 WHERE id = $1")
        .bind(id)
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
