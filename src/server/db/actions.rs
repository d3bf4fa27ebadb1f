//! What people did about records, kept so that anyone can see who did what.

use super::{Tx, insert, new_id, query::sql};
use crate::domain::message::Entity;

/// Stores one action with the records it was about (entity, local id, label); answers its id.
#[expect(clippy::too_many_arguments, reason = "each names a different column")]
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
    .bind(i64::try_from(records.len()).unwrap_or(i64::MAX))
    .execute(&mut *tx)
    .await?;
    let rows = records
        .iter()
        .map(|(entity, local_id, label)| [(&id).into(), entity.as_str().into(), local_id.into(), label.into()])
        .collect();
    insert::rows(tx, "action_records (action_id, entity, local_id, label)", rows).await?;
    Ok(id)
}
