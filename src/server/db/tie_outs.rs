//! Tie-outs as they were found: per run and entity, both sides' control totals and what makes up a difference.

use super::query::{On, sql};

/// One entity of a tie-out; totals and differences are JSON.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredTieOut {
    pub run_id: String,
    pub entity: String,
    pub local_totals: String,
    pub external_totals: String,
    pub differences: String,
    pub at: i64,
}

/// The company's last tie-out, all entities of it; empty before the first.
pub async fn latest<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<StoredTieOut>> {
    sql("SELECT run_id, entity, local_totals, external_totals, differences, at FROM tie_outs
        WHERE run_id = (SELECT run_id FROM tie_outs WHERE company_id = $1 ORDER BY at DESC, run_id DESC LIMIT 1)")
    .bind(company_id)
    .all(on)
    .await
}
