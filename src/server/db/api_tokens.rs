//! Tokens that let a program act for a person.

use super::{
    Tx,
    query::{On, sql},
};
use crate::domain::person::Role;

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ApiToken {
    pub id: String,
    pub person_id: String,
    pub name: String,
    pub role: String,
    pub sees_all: i64,
    pub created_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub used_from: String,
}

impl ApiToken {
    /// A word this version does not know allows the least.
    pub fn role(&self) -> Role {
        Role::parse(&self.role).unwrap_or(Role::Viewer)
    }
}

const COLUMNS: &str = "id, person_id, name, role, sees_all, created_at, expires_at, used_at, used_from";

/// Keeps a new one under the hash of what its program holds.
pub async fn insert(tx: &mut Tx, token: &ApiToken, hash: &str) -> sqlx::Result<()> {
    sql("INSERT INTO api_tokens (id, hash, person_id, name, role, sees_all, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&token.id)
    .bind(hash)
    .bind(&token.person_id)
    .bind(&token.name)
    .bind(&token.role)
    .bind(token.sees_all)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// One whose time is not over.
pub async fn live<'a>(on: impl Into<On<'a>>, hash: &str, now: i64) -> sqlx::Result<Option<ApiToken>> {
    sql(format!("SELECT {COLUMNS} FROM api_tokens WHERE hash = $1 AND expires_at > $2")).bind(hash).bind(now).optional(on).await
}

/// Those of a person that are not over, the newest first.
pub async fn of_person<'a>(on: impl Into<On<'a>>, person_id: &str, now: i64) -> sqlx::Result<Vec<ApiToken>> {
    sql(format!("SELECT {COLUMNS} FROM api_tokens WHERE person_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC"))
        .bind(person_id)
        .bind(now)
        .all(on)
        .await
}

/// Notes that it is used.
pub async fn touch<'a>(on: impl Into<On<'a>>, id: &str, now: i64, from: &str) -> sqlx::Result<()> {
    sql("UPDATE api_tokens SET used_at = $2, used_from = $3 WHERE id = $1").bind(id).bind(now).bind(from).execute(on).await?;
    Ok(())
}

/// Takes one back if it is that person's; whether it was.
pub async fn remove(tx: &mut Tx, person_id: &str, id: &str) -> sqlx::Result<bool> {
    let removed = sql("DELETE FROM api_tokens WHERE id = $1 AND person_id = $2").bind(id).bind(person_id).execute(tx).await?;
    Ok(removed > 0)
}

/// Takes from a person's tokens what was taken from the person, who sees chosen companies only.
pub async fn narrow(tx: &mut Tx, person_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM token_companies WHERE token_id IN (SELECT id FROM api_tokens WHERE person_id = $1)
        AND company_id NOT IN (SELECT company_id FROM person_companies WHERE person_id = $1)")
    .bind(person_id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn remove_over<'a>(on: impl Into<On<'a>>, now: i64) -> sqlx::Result<u64> {
    sql("DELETE FROM api_tokens WHERE expires_at <= $1").bind(now).execute(on).await
}
