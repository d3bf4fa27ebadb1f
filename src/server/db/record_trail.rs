//! What has become of one record: its versions, its link, its attempts, its open problem, and what people did about
//! it. Each is found by an index on the record, however many there are of others.

use super::query::{On, sql};
use crate::domain::message::Entity;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Version {
    pub version: i64,
    /// JSON of what the record said.
    pub content: String,
    pub made_by: String,
    pub made_at: i64,
}

/// The versions up to a number, newest first. Payments have one and are never changed: none is kept of them.
pub async fn versions<'a>(on: impl Into<On<'a>>, entity: Entity, id: &str, up_to: i64, limit: i64) -> sqlx::Result<Vec<Version>> {
    let (table, column) = match entity {
        Entity::Contact => ("contact_versions", "contact_id"),
        Entity::Invoice | Entity::Bill | Entity::CreditNote => ("document_versions", "document_id"),
        _ => return Ok(Vec::new()),
    };
    sql(format!(
        "SELECT version, content, made_by, made_at FROM {table} WHERE {column} = $1 AND version <= $2 ORDER BY version DESC LIMIT $3"
    ))
    .bind(id)
    .bind(up_to)
    .bind(limit)
    .all(on)
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Link {
    pub external_id: Option<String>,
    pub state: String,
    pub synced_version: i64,
    /// When the push under way was begun.
    pub intent_at: Option<i64>,
    pub updated_at: i64,
}

pub async fn link<'a>(on: impl Into<On<'a>>, connection_id: &str, entity: Entity, id: &str) -> sqlx::Result<Option<Link>> {
    sql("SELECT external_id, state, synced_version, intent_at, updated_at FROM links
        WHERE connection_id = $1 AND entity = $2 AND local_id = $3")
    .bind(connection_id)
    .bind(entity.as_str())
    .bind(id)
    .optional(on)
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attempt {
    pub id: String,
    pub run_id: String,
    pub at: i64,
    pub direction: String,
    pub level: String,
    pub text: String,
    pub advice: String,
}

/// The latest messages about a record.
pub async fn attempts<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    entity: Entity,
    id: &str,
    limit: i64,
) -> sqlx::Result<Vec<Attempt>> {
    sql("SELECT id, run_id, at, direction, level, text, advice FROM messages
        WHERE company_id = $1 AND entity = $2 AND local_id = $3 ORDER BY id DESC LIMIT $4")
    .bind(company_id)
    .bind(entity.as_str())
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Problem {
    pub id: String,
    pub kind: String,
    pub cause: String,
    pub advice: String,
    pub detail: String,
    pub subject_kind: String,
    pub subject: String,
    pub blocked_by: Option<String>,
    pub blocked_by_entity: Option<String>,
    pub blocked_by_id: Option<String>,
    pub run_id: String,
    pub first_seen: i64,
    pub last_seen: i64,
    pub times: i64,
    pub set_aside_at: Option<i64>,
    pub set_aside_until: Option<i64>,
    pub set_aside_by: String,
    pub note: String,
}

/// The record's open problem, if it has one.
pub async fn problem<'a>(on: impl Into<On<'a>>, company_id: &str, entity: Entity, id: &str) -> sqlx::Result<Option<Problem>> {
    sql("SELECT id, kind, cause, advice, detail, subject_kind, subject, blocked_by, blocked_by_entity, blocked_by_id, run_id, first_seen,
            last_seen, times, set_aside_at, set_aside_until, set_aside_by, note
        FROM problems WHERE company_id = $1 AND entity = $2 AND local_id = $3 AND resolved_at IS NULL")
    .bind(company_id)
    .bind(entity.as_str())
    .bind(id)
    .optional(on)
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Action {
    pub id: String,
    pub made_by: String,
    pub at: i64,
    pub summary: String,
    pub note: String,
    pub undone_at: Option<i64>,
}

/// What people did last about a record.
pub async fn actions<'a>(on: impl Into<On<'a>>, entity: Entity, id: &str, limit: i64) -> sqlx::Result<Vec<Action>> {
    sql("SELECT a.id, a.made_by, a.at, a.summary, a.note, a.undone_at FROM action_records r JOIN actions a ON a.id = r.action_id
        WHERE r.entity = $1 AND r.local_id = $2 ORDER BY r.action_id DESC LIMIT $3")
    .bind(entity.as_str())
    .bind(id)
    .bind(limit)
    .all(on)
    .await
}
