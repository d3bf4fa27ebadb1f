//! What people did about records: who, when, to which records, and what it takes to undo it.

pub mod chosen;
pub(super) mod lookups;

use super::query::{On, sql};
use super::{Tx, insert, new_id};
use crate::domain::{action::ActionKind, message::Entity};

/// An action as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Action {
    pub id: String,
    pub kind: String,
    /// In words: `Unlinked 37 invoices`.
    pub summary: String,
    pub at: i64,
    pub records: i64,
}

/// Who makes the actions that syncs make by themselves; nobody is offered to undo those.
pub const BY_SYNC: &str = "sync";

/// Begins an action: its records are put to it next, and [`complete`] ends it.
pub async fn begin(tx: &mut Tx, company_id: &str, kind: ActionKind, by: &str, note: &str, now: i64) -> sqlx::Result<String> {
    new(tx, company_id, kind.as_str(), by, "", note, 0, now).await
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn new(
    tx: &mut Tx,
    company_id: &str,
    kind: &str,
    by: &str,
    summary: &str,
    note: &str,
    records: i64,
    now: i64,
) -> sqlx::Result<String> {
    let id = new_id();
    sql(
        "INSERT INTO actions (id, company_id, kind, made_by, at, summary, note, records) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&id)
    .bind(company_id)
    .bind(kind)
    .bind(by)
    .bind(now)
    .bind(summary)
    .bind(note)
    .bind(records)
    .execute(tx)
    .await?;
    Ok(id)
}

/// Says what an action came to.
pub async fn complete(tx: &mut Tx, id: &str, summary: &str, records: u64) -> sqlx::Result<()> {
    sql("UPDATE actions SET summary = $2, records = $3 WHERE id = $1")
        .bind(id)
        .bind(summary)
        .bind(i64::try_from(records).unwrap_or(i64::MAX))
        .execute(tx)
        .await?;
    Ok(())
}

/// Records an action on a few records, each with its entity, local id and label; answers its id.
#[expect(clippy::too_many_arguments, reason = "an action and its records in one call")]
pub async fn record(
    tx: &mut Tx,
    company_id: &str,
    kind: &str,
    by: &str,
    summary: &str,
    note: &str,
    records: &[(Entity, String, String)],
    now: i64,
) -> sqlx::Result<String> {
    let n = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let id = new(&mut *tx, company_id, kind, by, summary, note, n, now).await?;
    let rows =
        records.iter().map(|(entity, local_id, label)| [(&id).into(), entity.as_str().into(), local_id.into(), label.into()]);
    insert::rows(tx, "action_records (action_id, entity, local_id, label)", rows.collect()).await?;
    Ok(id)
}

/// The company's latest action that can be undone and was not, if it was made since then (epoch milliseconds).
pub async fn latest_undoable<'a>(on: impl Into<On<'a>>, company_id: &str, since_ms: i64) -> sqlx::Result<Option<Action>> {
    let words = ActionKind::ALL.iter().filter(|kind| kind.can_be_undone()).map(|kind| format!("'{}'", kind.as_str()));
    sql(format!(
        "SELECT id, kind, summary, at, records FROM actions
        WHERE company_id = $1 AND at >= $2 AND undone_at IS NULL AND made_by <> '{BY_SYNC}' AND kind IN ({})
        ORDER BY id DESC LIMIT 1",
        words.collect::<Vec<_>>().join(", ")
    ))
    .bind(company_id)
    .bind(since_ms)
    .optional(on)
    .await
}

/// A company's action that was not undone.
pub async fn find<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Action>> {
    sql("SELECT id, kind, summary, at, records FROM actions WHERE company_id = $1 AND id = $2 AND undone_at IS NULL")
        .bind(company_id)
        .bind(id)
        .optional(on)
        .await
}

/// Marks an action as undone.
pub async fn mark_undone(tx: &mut Tx, id: &str, by: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE actions SET undone_at = $2, undone_by = $3 WHERE id = $1").bind(id).bind(now).bind(by).execute(tx).await?;
    Ok(())
}
