//! Sessions of people who signed in.

use super::Tx;
use super::query::{On, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub id: String,
    pub person_id: Option<String>,
    pub data: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    pub address: String,
    pub agent: String,
}

const COLUMNS: &str = "id, person_id, data, created_at, seen_at, expires_at, address, agent";

/// Keeps a session: a new one, or the new state of one.
pub async fn put<'a>(on: impl Into<On<'a>>, session: &Session) -> sqlx::Result<()> {
    sql(format!(
        "INSERT INTO sessions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, data = excluded.data, expires_at = excluded.expires_at"
    ))
    .bind(&session.id)
    .bind(session.person_id.clone())
    .bind(&session.data)
    .bind(session.created_at)
    .bind(session.seen_at)
    .bind(session.expires_at)
    .bind(&session.address)
    .bind(&session.agent)
    .execute(on)
    .await?;
    Ok(())
}

/// One that is not over: neither its end has come nor was it left alone since before `idle_since`.
pub async fn live<'a>(on: impl Into<On<'a>>, id: &str, now: i64, idle_since: i64) -> sqlx::Result<Option<Session>> {
    sql(format!("SELECT {COLUMNS} FROM sessions WHERE id = $1 AND expires_at > $2 AND seen_at > $3"))
        .bind(id)
        .bind(now)
        .bind(idle_since)
        .optional(on)
        .await
}

/// Notes that it is used.
pub async fn touch<'a>(on: impl Into<On<'a>>, id: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE sessions SET seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(on).await?;
    Ok(())
}

/// Those of a person that are not over, the one used last first.
pub async fn of_person<'a>(on: impl Into<On<'a>>, person_id: &str, now: i64, idle_since: i64) -> sqlx::Result<Vec<Session>> {
    sql(format!(
        "SELECT {COLUMNS} FROM sessions WHERE person_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id"
    ))
    .bind(person_id)
    .bind(now)
    .bind(idle_since)
    .all(on)
    .await
}

/// Ends one; whether it was still there.
pub async fn end<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<bool> {
    let ended = sql("DELETE FROM sessions WHERE id = $1").bind(id).execute(on).await?;
    Ok(ended > 0)
}

/// Ends one session if it is that person's; whether it was.
pub async fn end_of(tx: &mut Tx, person_id: &str, id: &str) -> sqlx::Result<bool> {
    let ended = sql("DELETE FROM sessions WHERE id = $1 AND person_id = $2").bind(id).bind(person_id).execute(tx).await?;
    Ok(ended > 0)
}

/// Ends all of a person's sessions, but the one given.
pub async fn end_all_but(tx: &mut Tx, person_id: &str, id: &str) -> sqlx::Result<u64> {
    sql("DELETE FROM sessions WHERE person_id = $1 AND id <> $2").bind(person_id).bind(id).execute(tx).await
}

/// Removes what is over.
pub async fn remove_over<'a>(on: impl Into<On<'a>>, now: i64, idle_since: i64) -> sqlx::Result<u64> {
    sql("DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2").bind(now).bind(idle_since).execute(on).await
}
