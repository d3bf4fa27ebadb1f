//! Problems set aside by a person, with a note, until a day or until they change. Taking one up again keeps its note,
//! so that this can be undone.

use super::super::actions::lookups;
use super::super::query::sql;
use super::super::{Db, Tx};

/// Since when, by whom, why, and until when: epoch milliseconds, `None` until it changes.
pub struct Aside<'a> {
    pub by: &'a str,
    pub note: &'a str,
    pub until: Option<i64>,
}

/// Sets aside the problems of the action's records.
pub async fn set(tx: &mut Tx, company_id: &str, action_id: &str, aside: &Aside<'_>, now: i64) -> sqlx::Result<u64> {
    sql(format!(
        "UPDATE problems SET set_aside_at = $3, set_aside_until = $4, set_aside_by = $5, note = $6
        WHERE id IN ({})",
        lookups::open_problems("q.set_aside_at IS NULL AND q.kind <> 'unlinked'")
    ))
    .bind(action_id)
    .bind(company_id)
    .bind(now)
    .bind(aside.until)
    .bind(aside.by)
    .bind(aside.note)
    .execute(tx)
    .await
}

/// Takes up the problems of the action's records again.
pub async fn take_up(tx: &mut Tx, company_id: &str, action_id: &str) -> sqlx::Result<u64> {
    sql(format!(
        "UPDATE problems SET set_aside_at = NULL
        WHERE id IN ({})",
        lookups::open_problems("q.set_aside_at IS NOT NULL")
    ))
    .bind(action_id)
    .bind(company_id)
    .execute(tx)
    .await
}

/// Undoes [`set`] (made `at`), where the problem is still aside and nobody set it aside or took it up since.
pub async fn undo_set(tx: &mut Tx, company_id: &str, action_id: &str, at: i64) -> sqlx::Result<u64> {
    let later = lookups::later_actions("q", "'set_aside', 'take_up'", "$1", "''");
    sql(format!(
        "UPDATE problems SET set_aside_at = NULL, set_aside_until = NULL, set_aside_by = '', note = ''
        WHERE id IN ({})",
        lookups::open_problems(&format!("q.set_aside_at >= $3 AND {later} = 0"))
    ))
    .bind(action_id)
    .bind(company_id)
    .bind(at)
    .execute(tx)
    .await
}

/// Undoes [`take_up`], where the problem is still the one that was aside: another would have lost its note.
pub async fn undo_take_up(tx: &mut Tx, company_id: &str, action_id: &str, now: i64) -> sqlx::Result<u64> {
    sql(format!(
        "UPDATE problems SET set_aside_at = $3
        WHERE id IN ({})",
        lookups::open_problems(
            "q.set_aside_at IS NULL AND q.set_aside_by <> '' AND q.kind <> 'unlinked'
                AND (q.set_aside_until IS NULL OR q.set_aside_until > $3)"
        )
    ))
    .bind(action_id)
    .bind(company_id)
    .bind(now)
    .execute(tx)
    .await
}

/// Companies with problems whose time aside is up.
pub async fn due(db: &Db, now: i64, limit: i64) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("SELECT DISTINCT company_id FROM problems
        WHERE set_aside_at IS NOT NULL AND set_aside_until IS NOT NULL AND resolved_at IS NULL AND set_aside_until <= $1 LIMIT $2")
    .bind(now)
    .bind(limit)
    .all(db)
    .await?;
    Ok(rows.into_iter().map(|(company_id,)| company_id).collect())
}

/// Takes up what is due of a company; answers how many that were. Of several processes one finds them.
pub async fn take_up_due(tx: &mut Tx, company_id: &str, now: i64) -> sqlx::Result<u64> {
    sql("UPDATE problems SET set_aside_at = NULL
        WHERE company_id = $1 AND set_aside_at IS NOT NULL AND set_aside_until IS NOT NULL AND resolved_at IS NULL AND set_aside_until <= $2")
    .bind(company_id)
    .bind(now)
    .execute(tx)
    .await
}
