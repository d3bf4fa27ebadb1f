//! What people did about records.

use super::query::{On, sql};

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Action {
    pub id: String,
    pub kind: String,
    /// In words: `Unlinked 37 records`.
    pub summary: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub records: i64,
}

/// The latest action since `since_ms` that can be undone and was not.
pub async fn latest_undoable<'a>(on: impl Into<On<'a>>, company_id: &str, since_ms: i64) -> sqlx::Result<Option<Action>> {
    sql("SELECT id, kind, summary, at, records FROM actions
        WHERE company_id = $1 AND at >= $2 AND undone_at IS NULL AND kind IN ('unlink', 'link', 'set_aside', 'take_up')
        ORDER BY id DESC LIMIT 1")
    .bind(company_id)
    .bind(since_ms)
    .optional(on)
    .await
}
