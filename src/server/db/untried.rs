//! Records that are to be tried again as they are: an on-demand sync leaves alone what failed before and did not
//! change since.

use super::Tx;
use super::actions::lookups;
use super::query::{On, sql};
use super::tie_outs::Scope;
use crate::domain::matching::ReferenceKind;

/// The tables whose records are sent, and the entities that live in each.
const TABLES: [(&str, &str); 3] =
    [("contacts", "'contact'"), ("documents", "'invoice', 'bill', 'credit_note'"), ("payments", "'payment'")];

/// Makes the records of an action untried, and what they wait for. A record that both sides changed is left as it is:
/// sent, it would overwrite what nobody has looked at.
pub async fn again(tx: &mut Tx, scope: Scope<'_>, action_id: &str) -> sqlx::Result<()> {
    for (table, entities) in TABLES {
        // The sums keep what waits, of which there may be a lot, from being read for each record.
        let update = format!("UPDATE {table} SET tried_version = 0 WHERE pending + 0 = 1 AND tried_version <> 0 AND id IN");
        sql(format!(
            "{update} (SELECT a.local_id FROM action_records a
                WHERE a.action_id = $1 AND a.entity IN ({entities}) AND NOT ({} IS NOT NULL AND {} IS NOT NULL))",
            lookups::open_problem_in("$3", "id", "q.kind = 'conflict'", "a"),
            lookups::link("l.external_id", "a.entity", "a.local_id")
        ))
        .bind(action_id)
        .bind(scope.connection_id)
        .bind(scope.company_id)
        .execute(&mut *tx)
        .await?;
        let waits = format!("q.kind = 'blocked' AND q.blocked_by_entity IN ({entities})");
        sql(format!(
            "{update} (SELECT {} FROM action_records a WHERE a.action_id = $1)",
            lookups::open_problem("blocked_by_id", &waits, "a")
        ))
        .bind(action_id)
        .bind(scope.company_id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Makes one record untried, unless it is of a kind that never goes out.
pub async fn one(tx: &mut Tx, company_id: &str, local_id: &str) -> sqlx::Result<()> {
    for (table, _) in TABLES {
        let goes = match table {
            "documents" => " AND kind IN ('sales_invoice', 'bill', 'sales_credit_note', 'bill_credit_note')",
            _ => "",
        };
        sql(format!("UPDATE {table} SET tried_version = 0, pending = 1 WHERE company_id = $1 AND id = $2{goes}"))
            .bind(company_id)
            .bind(local_id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// What of an action's records only reading can settle: their entities. Differences, what comes in, conflicts, and
/// contacts whose name is taken there, for that may be the same contact.
pub async fn to_be_read<'a>(on: impl Into<On<'a>>, company_id: &str, action_id: &str) -> sqlx::Result<Vec<(String, String)>> {
    sql(format!(
        "SELECT DISTINCT entity, kind FROM problems WHERE id IN ({}) ORDER BY entity",
        lookups::open_problems("q.kind IN ('difference', 'conflict') OR q.direction = 'in' OR q.code = 'contact-name-taken'")
    ))
    .bind(action_id)
    .bind(company_id)
    .all(on)
    .await
}

/// Entities with a problem of something that came in: a full sync reads those again, for what stood in the way may be gone.
pub async fn incoming<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<(String,)>> {
    sql(format!(
        "SELECT DISTINCT entity FROM problems WHERE company_id = $1 AND {} AND direction = 'in'",
        super::problems::NEEDS_A_PERSON
    ))
    .bind(company_id)
    .all(on)
    .await
}

/// Puts the records to an action whose problem is about this value.
pub async fn choose_by_subject(
    tx: &mut Tx,
    company_id: &str,
    action_id: &str,
    kind: ReferenceKind,
    value: &str,
) -> sqlx::Result<u64> {
    sql("INSERT INTO action_records (action_id, entity, local_id, label)
        SELECT $1, entity, local_id, label FROM problems
        WHERE company_id = $2 AND resolved_at IS NULL AND subject_kind <> '' AND subject_kind = $3 AND subject = $4
            AND kind <> 'unlinked' ON CONFLICT DO NOTHING")
    .bind(action_id)
    .bind(company_id)
    .bind(kind.as_str())
    .bind(value)
    .execute(tx)
    .await
}

/// Whether a document that is to be tried failed over an account, a tax rate or a tracking option: the lists may have
/// changed there since.
pub async fn needs_lists<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<bool> {
    let found: Option<(i64,)> = sql("SELECT CAST(1 AS BIGINT) WHERE EXISTS (
            SELECT 1 FROM problems q JOIN documents d ON d.id = q.local_id
            WHERE q.company_id = $1 AND q.resolved_at IS NULL AND q.subject_kind <> '' AND d.pending = 1 AND d.tried_version < d.version)")
    .bind(company_id)
    .optional(on)
    .await?;
    Ok(found.is_some())
}
