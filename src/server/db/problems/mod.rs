//! Problems: one open row per record that needs a person. The same failure again updates it; a success
//! resolves it.

pub mod aside;
pub mod decisions;
pub mod filter;
pub mod listing;

use super::query::{On, sql};
use super::{Tx, new_id};
use crate::domain::{
    matching::ReferenceKind,
    message::{Direction, Entity, ProblemKind},
    results::ConflictSide,
};

/// What needs a person now: about the table `problems`. Blocked records come right with what they wait for, and what
/// was set aside or left out of syncs waits for nobody. Written as the partial index `problems_attention` has it.
pub const NEEDS_A_PERSON: &str = "resolved_at IS NULL AND set_aside_at IS NULL AND kind NOT IN ('blocked', 'unlinked')";

/// A problem as found. `local_id` is the record's here, or its external id where only the other side holds it.
#[derive(Clone, Debug)]
pub struct Found {
    pub entity: Entity,
    pub local_id: String,
    pub external_id: Option<String>,
    pub label: String,
    pub direction: Direction,
    pub kind: ProblemKind,
    /// The catalogue's word for the cause; empty where it has none.
    pub code: &'static str,
    pub cause: String,
    pub advice: String,
    pub detail: String,
    /// What of the record can be mapped to something else: the value as documents here carry it.
    pub subject: Option<(ReferenceKind, String)>,
    /// The record it waits for.
    pub blocked_by: Option<Blocker>,
    /// Conflicts: what each side holds.
    pub sides: Option<Sides>,
}

/// A record another one waits for.
#[derive(Clone, Debug)]
pub struct Blocker {
    pub entity: Entity,
    pub id: String,
    /// Empty where it is not waited for, as of what is left out together with it.
    pub label: String,
}

/// Both sides of a conflict, each as JSON of [`ConflictSide`].
#[derive(Clone, Debug)]
pub struct Sides {
    pub ours: String,
    pub theirs: String,
}

impl Sides {
    /// `ours` is `None` where the record is only there.
    pub fn new(ours: Option<&ConflictSide>, theirs: &ConflictSide) -> serde_json::Result<Sides> {
        let ours = ours.map(serde_json::to_string).transpose()?.unwrap_or_default();
        Ok(Sides { ours, theirs: serde_json::to_string(theirs)? })
    }
}

/// Opens the record's problem, or updates the one that is open; answers whether it needs a person. Set aside, and what
/// was decided about a conflict, last as long as the problem stays the same. A record left out of syncs has none
/// besides that.
pub async fn report(tx: &mut Tx, company_id: &str, run_id: &str, found: &Found, now: i64) -> sqlx::Result<bool> {
    let same = "problems.cause = excluded.cause";
    let unchanged = "problems.kind = excluded.kind AND problems.cause = excluded.cause AND problems.theirs = excluded.theirs
        AND (excluded.kind <> 'difference' OR problems.detail = excluded.detail)";
    let blocker = found.blocked_by.as_ref();
    let (subject_kind, subject) = match &found.subject {
        Some((kind, value)) => (kind.as_str(), value.as_str()),
        None => ("", ""),
    };
    let (ours, theirs) = found.sides.as_ref().map_or(("", ""), |sides| (&sides.ours, &sides.theirs));
    let row: Option<(Option<i64>,)> = sql(format!(
        "INSERT INTO problems (id, company_id, entity, local_id, external_id, label, direction, kind, code, cause, advice, detail, \
            subject_kind, subject, blocked_by, blocked_by_entity, blocked_by_id, ours, theirs, run_id, first_seen, last_seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)
        ON CONFLICT (company_id, entity, local_id) WHERE resolved_at IS NULL DO UPDATE
        SET external_id = excluded.external_id, label = excluded.label, direction = excluded.direction, kind = excluded.kind,
            code = excluded.code, cause = excluded.cause, advice = excluded.advice,
            detail = CASE WHEN {unchanged} AND problems.decision IS NOT NULL THEN problems.detail ELSE excluded.detail END,
            subject_kind = excluded.subject_kind, subject = excluded.subject, blocked_by = excluded.blocked_by,
            blocked_by_entity = excluded.blocked_by_entity, blocked_by_id = excluded.blocked_by_id,
            ours = excluded.ours, theirs = excluded.theirs, run_id = excluded.run_id, last_seen = excluded.last_seen,
            first_seen = CASE WHEN {same} THEN problems.first_seen ELSE excluded.first_seen END,
            times = CASE WHEN {same} THEN problems.times + 1 ELSE 1 END,
            decision = CASE WHEN {unchanged} THEN problems.decision END,
            set_aside_at = CASE WHEN {unchanged} THEN problems.set_aside_at END,
            set_aside_until = CASE WHEN {unchanged} THEN problems.set_aside_until END,
            set_aside_by = CASE WHEN {unchanged} THEN problems.set_aside_by ELSE '' END,
            note = CASE WHEN {unchanged} THEN problems.note ELSE '' END
        WHERE problems.kind <> 'unlinked'
        RETURNING set_aside_at"
    ))
    .bind(new_id())
    .bind(company_id)
    .bind(found.entity.as_str())
    .bind(&found.local_id)
    .bind(found.external_id.clone())
    .bind(&found.label)
    .bind(found.direction.as_str())
    .bind(found.kind.as_str())
    .bind(found.code)
    .bind(&found.cause)
    .bind(&found.advice)
    .bind(&found.detail)
    .bind(subject_kind)
    .bind(subject)
    .bind(blocker.map(|blocker| blocker.label.as_str()).filter(|label| !label.is_empty()))
    .bind(blocker.map(|blocker| blocker.entity.as_str()))
    .bind(blocker.map(|blocker| blocker.id.as_str()))
    .bind(ours)
    .bind(theirs)
    .bind(run_id)
    .bind(now)
    .returning(tx)
    .await?;
    let at_rest = matches!(found.kind, ProblemKind::Blocked | ProblemKind::Unlinked);
    Ok(matches!(row, Some((None,))) && !at_rest)
}

/// Closes the record's open problem, if it has one. That it is left out of syncs only a person ends.
pub async fn resolve(tx: &mut Tx, company_id: &str, entity: Entity, local_id: &str, now: i64) -> sqlx::Result<bool> {
    let changed = sql("UPDATE problems SET resolved_at = $4
        WHERE company_id = $1 AND entity = $2 AND local_id = $3 AND resolved_at IS NULL AND kind <> 'unlinked'")
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

/// Closes what is the matter with documents dated before a day, and with their payments: they are left alone from now on.
pub async fn resolve_before(tx: &mut Tx, company_id: &str, day: &str, now: i64) -> sqlx::Result<u64> {
    sql("UPDATE problems SET resolved_at = $3
        WHERE company_id = $1 AND resolved_at IS NULL AND kind <> 'unlinked'
            AND ((entity IN ('invoice', 'bill', 'credit_note')
                    AND local_id IN (SELECT d.id FROM documents d WHERE d.company_id = $1 AND d.issue_date < $2))
                OR (entity = 'payment' AND local_id IN (SELECT p.id FROM payments p JOIN documents d ON d.id = p.document_id
                    LEFT JOIN documents c ON c.id = p.credit_id
                    WHERE p.company_id = $1 AND d.issue_date < $2 AND COALESCE(c.issue_date, d.issue_date) < $2)))")
    .bind(company_id)
    .bind(day)
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

/// How many problems need a person.
pub async fn open_errors<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) =
        sql(format!("SELECT count(*) FROM problems WHERE company_id = $1 AND {NEEDS_A_PERSON}")).bind(company_id).one(on).await?;
    Ok(n)
}
