//! Problems: one open row per record that needs a person. The same failure again updates it; a success
//! resolves it.

pub mod filter;
pub mod listing;

use super::query::{On, sql};
use super::{Tx, new_id};
use crate::domain::message::{Entity, ProblemKind};

/// A problem as found. `local_id` is the record's here, or its external id where only the other side holds it.
#[derive(Clone, Debug)]
pub struct Found {
    pub entity: Entity,
    pub local_id: String,
    pub external_id: Option<String>,
    pub label: String,
    pub kind: ProblemKind,
    pub cause: String,
    pub advice: String,
    pub detail: String,
    /// Label of the record it waits for.
    pub blocked_by: Option<String>,
}

/// Opens the record's problem, or updates the one that is open.
pub async fn report(tx: &mut Tx, company_id: &str, run_id: &str, found: &Found, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO problems (id, company_id, entity, local_id, external_id, label, kind, cause, advice, detail, blocked_by, run_id, first_seen, last_seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
        ON CONFLICT (company_id, entity, local_id) WHERE resolved_at IS NULL DO UPDATE
        SET external_id = excluded.external_id, label = excluded.label, kind = excluded.kind, cause = excluded.cause, advice = excluded.advice,
            detail = excluded.detail, blocked_by = excluded.blocked_by, run_id = excluded.run_id, last_seen = excluded.last_seen,
            first_seen = CASE WHEN problems.cause = excluded.cause THEN problems.first_seen ELSE excluded.first_seen END,
            times = CASE WHEN problems.cause = excluded.cause THEN problems.times + 1 ELSE 1 END")
    .bind(new_id())
    .bind(company_id)
    .bind(found.entity.as_str())
    .bind(&found.local_id)
    .bind(found.external_id.clone())
    .bind(&found.label)
    .bind(found.kind.as_str())
    .bind(&found.cause)
    .bind(&found.advice)
    .bind(&found.detail)
    .bind(found.blocked_by.clone())
    .bind(run_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Closes the record's open problem, if it has one.
pub async fn resolve(tx: &mut Tx, company_id: &str, entity: Entity, local_id: &str, now: i64) -> sqlx::Result<bool> {
    let changed = sql(
        "UPDATE problems SET resolved_at = $4 WHERE company_id = $1 AND entity = $2 AND local_id = $3 AND resolved_at IS NULL",
    )
    .bind(company_id)
    .bind(entity.as_str())
    .bind(local_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed > 0)
}

/// Closes the differences of earlier tie-outs of an entity that this run's tie-out did not find again.
pub async fn resolve_differences(tx: &mut Tx, company_id: &str, entity: Entity, run_id: &str, now: i64) -> sqlx::Result<u64> {
    sql("UPDATE problems SET resolved_at = $4
        WHERE company_id = $1 AND entity = $2 AND kind = 'difference' AND run_id <> $3 AND resolved_at IS NULL")
    .bind(company_id)
    .bind(entity.as_str())
    .bind(run_id)
    .bind(now)
    .execute(tx)
    .await
}

/// Records of an entity that have an open problem: their ids here and there, and the problem's kind.
pub async fn open_of<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    entity: Entity,
) -> sqlx::Result<Vec<(String, Option<String>, String)>> {
    sql("SELECT local_id, external_id, kind FROM problems WHERE company_id = $1 AND entity = $2 AND resolved_at IS NULL")
        .bind(company_id)
        .bind(entity.as_str())
        .all(on)
        .await
}

/// How many open problems are errors; blocked records are not.
pub async fn open_errors<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT count(*) FROM problems WHERE company_id = $1 AND resolved_at IS NULL AND kind <> 'blocked'")
        .bind(company_id)
        .one(on)
        .await?;
    Ok(n)
}
