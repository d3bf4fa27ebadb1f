//! Access that was asked for and is not used yet: it waits for somebody's approval on the accounting side, or for the
//! choice of an organisation. It lies here so that whoever asked can leave and come back, and any server can look.

use super::Tx;
use super::query::{On, sql};
use crate::domain::{provider::Provider, schedule::Schedule};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Authorisation {
    pub company_id: String,
    pub provider: String,
    /// Where access was asked for, as people know it.
    pub place: String,
    pub sync_from: String,
    pub schedule: String,
    pub asked_by: String,
    pub asked_at: i64,
    /// When it was seen that access was given.
    pub approved_at: Option<i64>,
    /// JSON: what it opens then.
    pub organisations: String,
    /// Why it leads nowhere for now.
    pub trouble: Option<String>,
    pub looked_at: Option<i64>,
    pub next_look_at: Option<i64>,
}

const COLUMNS: &str = "company_id, provider, place, sync_from, schedule, asked_by, asked_at, approved_at, organisations, trouble, \
    looked_at, next_look_at";

impl Authorisation {
    pub fn provider(&self) -> Option<Provider> {
        Provider::parse(&self.provider)
    }

    /// A word this version does not know reads as off.
    pub fn schedule(&self) -> Schedule {
        Schedule::parse(&self.schedule).unwrap_or(Schedule::Off)
    }
}

/// Access that was just asked for.
pub struct NewAuthorisation<'a> {
    pub company_id: &'a str,
    pub provider: Provider,
    pub place: &'a str,
    /// What will let us in, sealed by [`super::secrets::seal_of_authorisation`].
    pub secret: &'a super::secrets::Sealed,
    pub sync_from: &'a str,
    pub schedule: Schedule,
    pub by: &'a str,
    /// `None`: there is nothing to look at by itself.
    pub next_look_at: Option<i64>,
}

pub async fn of_company<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Option<Authorisation>> {
    sql(format!("SELECT {COLUMNS} FROM authorisations WHERE company_id = $1")).bind(company_id).optional(on).await
}

/// Keeps it in place of one asked for before.
pub async fn put(tx: &mut Tx, new: &NewAuthorisation<'_>, now: i64) -> sqlx::Result<()> {
    remove(tx, new.company_id).await?;
    sql("INSERT INTO authorisations (company_id, provider, place, secret, key_id, sync_from, schedule, asked_by, asked_at, next_look_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(new.company_id)
    .bind(new.provider.as_str())
    .bind(new.place)
    .bind(&new.secret.text)
    .bind(&new.secret.key_id)
    .bind(new.sync_from)
    .bind(new.schedule.as_str())
    .bind(new.by)
    .bind(now)
    .bind(new.next_look_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps another secret with it, sealed by [`super::secrets::seal_of_authorisation`].
pub async fn set_secret(tx: &mut Tx, company_id: &str, secret: &super::secrets::Sealed) -> sqlx::Result<()> {
    sql("UPDATE authorisations SET secret = $2, key_id = $3 WHERE company_id = $1")
        .bind(company_id)
        .bind(&secret.text)
        .bind(&secret.key_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Those that are to be looked at again.
pub async fn due<'a>(on: impl Into<On<'a>>, now: i64) -> sqlx::Result<Vec<Authorisation>> {
    sql(format!("SELECT {COLUMNS} FROM authorisations WHERE next_look_at <= $1 ORDER BY next_look_at LIMIT 100"))
        .bind(now)
        .all(on)
        .await
}

/// Moves the time of the next look; `false` where somebody else has moved it already, and with it looks.
pub async fn move_look<'a>(on: impl Into<On<'a>>, company_id: &str, from: Option<i64>, to: i64) -> sqlx::Result<bool> {
    let changed = sql("UPDATE authorisations SET next_look_at = $3 WHERE company_id = $1 AND next_look_at = $2")
        .bind(company_id)
        .bind(from)
        .bind(to)
        .execute(on)
        .await?;
    Ok(changed == 1)
}

/// Nothing is looked at until it is set again: an archived company's waits.
pub async fn set_next_look(tx: &mut Tx, company_id: &str, at: Option<i64>) -> sqlx::Result<()> {
    sql("UPDATE authorisations SET next_look_at = $2 WHERE company_id = $1").bind(company_id).bind(at).execute(tx).await?;
    Ok(())
}

/// What a look found: what access opens once it was given (JSON), and what is in the way.
pub struct Found<'a> {
    pub approved: bool,
    pub organisations: &'a str,
    pub trouble: Option<&'a str>,
}

/// Keeps what a look found. Once access was given nobody has to look any more.
pub async fn found(tx: &mut Tx, company_id: &str, found: &Found<'_>, now: i64) -> sqlx::Result<()> {
    sql("UPDATE authorisations SET looked_at = $2, organisations = $3, trouble = $4,
            approved_at = CASE WHEN $5 = 1 THEN COALESCE(approved_at, $2) ELSE approved_at END,
            next_look_at = CASE WHEN $5 = 1 THEN NULL ELSE next_look_at END
        WHERE company_id = $1")
    .bind(company_id)
    .bind(now)
    .bind(found.organisations)
    .bind(found.trouble)
    .bind(found.approved)
    .execute(tx)
    .await?;
    Ok(())
}

/// Given up, or used; `false` where there was none.
pub async fn remove(tx: &mut Tx, company_id: &str) -> sqlx::Result<bool> {
    Ok(sql("DELETE FROM authorisations WHERE company_id = $1").bind(company_id).execute(tx).await? > 0)
}
