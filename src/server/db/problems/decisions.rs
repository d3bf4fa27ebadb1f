//! What people decided about conflicts, until a sync has carried it out.

use super::super::Tx;
use super::super::actions::lookups;
use super::super::query::{On, sql};
use crate::domain::message::Entity;

/// The record there is to become ours.
pub const ADOPT: &str = "adopt";
/// It could not be carried out: the conflict stands until a person acts again.
pub const STANDS: &str = "stands";

/// An open conflict, as deciding about it needs it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Conflict {
    pub id: String,
    pub entity: String,
    pub local_id: String,
    pub external_id: Option<String>,
    pub label: String,
    pub kind: String,
    pub theirs: String,
}

const COLUMNS: &str = "id, entity, local_id, external_id, label, kind, theirs";

/// A company's open problem.
pub async fn open<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Conflict>> {
    sql(format!("SELECT {COLUMNS} FROM problems WHERE company_id = $1 AND id = $2 AND resolved_at IS NULL"))
        .bind(company_id)
        .bind(id)
        .optional(on)
        .await
}

/// The open conflict of a record; `None` where it has none.
pub async fn of_record<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    entity: Entity,
    local_id: &str,
) -> sqlx::Result<Option<Conflict>> {
    sql(format!(
        "SELECT {COLUMNS} FROM problems WHERE company_id = $1 AND entity = $2 AND local_id = $3 AND resolved_at IS NULL AND kind = 'conflict'"
    ))
    .bind(company_id)
    .bind(entity.as_str())
    .bind(local_id)
    .optional(on)
    .await
}

/// The open conflicts of an entity.
pub async fn of_entity<'a>(on: impl Into<On<'a>>, company_id: &str, entity: Entity) -> sqlx::Result<Vec<Conflict>> {
    sql(format!(
        "SELECT {COLUMNS} FROM problems WHERE company_id = $1 AND entity = $2 AND resolved_at IS NULL AND kind = 'conflict'"
    ))
    .bind(company_id)
    .bind(entity.as_str())
    .all(on)
    .await
}

/// Conflicts of an entity whose other side is to be adopted, in the order of their ids.
pub async fn to_adopt<'a>(on: impl Into<On<'a>>, company_id: &str, entity: Entity) -> sqlx::Result<Vec<Conflict>> {
    sql(format!(
        "SELECT {COLUMNS} FROM problems
        WHERE company_id = $1 AND entity = $2 AND resolved_at IS NULL AND decision IS NOT NULL AND decision = '{ADOPT}' AND kind = 'conflict'
        ORDER BY id"
    ))
    .bind(company_id)
    .bind(entity.as_str())
    .all(on)
    .await
}

/// Notes what was decided about a conflict; `None` takes it back.
pub async fn set(tx: &mut Tx, id: &str, decision: Option<&str>) -> sqlx::Result<()> {
    sql("UPDATE problems SET decision = $2 WHERE id = $1 AND resolved_at IS NULL").bind(id).bind(decision).execute(tx).await?;
    Ok(())
}

/// Takes back what was decided about the conflicts of an action's records.
pub async fn clear(tx: &mut Tx, company_id: &str, action_id: &str) -> sqlx::Result<()> {
    sql(format!("UPDATE problems SET decision = NULL WHERE id IN ({})", lookups::open_problems("q.decision IS NOT NULL")))
        .bind(action_id)
        .bind(company_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Why what was decided could not be carried out; the conflict stands, and what is there now is shown.
pub async fn stand(tx: &mut Tx, id: &str, why: &str, theirs: Option<&str>, now: i64) -> sqlx::Result<()> {
    sql("UPDATE problems SET decision = $2, detail = $3, theirs = COALESCE($4, theirs), last_seen = $5
        WHERE id = $1 AND resolved_at IS NULL")
    .bind(id)
    .bind(STANDS)
    .bind(why)
    .bind(theirs)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
