//! Leaving records out of syncs and taking them back, for all records of an action at once. A link that says `unlinked`
//! and an open problem of that kind always go together: the one keeps syncs away, the other keeps it from being forgotten.

use super::actions::{
    chosen::{DOCUMENT_ENTITY, PAYMENT_LABEL},
    lookups,
};
use super::query::{On, random_id, sql};
use super::{Tx, tie_outs::Scope};
use crate::domain::message::Entity;

/// What an action's records say on the results page.
pub struct Words<'a> {
    /// Who left them out: `Left out of syncs by Ann`.
    pub cause: &'a str,
    pub advice: &'a str,
}

pub const ADVICE: &str = "Link it again to sync it.";

/// Leaves the records of an action out of syncs. What is only there, or stands in conflict with a record, is left out
/// with it, unless another record is linked to it.
pub async fn unlink(tx: &mut Tx, scope: Scope<'_>, action_id: &str, words: &Words<'_>, now: i64) -> sqlx::Result<()> {
    let stands_alone =
        "q.entity <> 'payment' AND (q.kind = 'conflict' OR q.external_id = q.local_id) AND (SELECT o.local_id FROM links o
        WHERE o.connection_id = $2 AND o.entity = q.entity AND o.external_id = q.external_id) IS NULL";
    sql(format!(
        "INSERT INTO links (connection_id, entity, local_id, company_id, external_id, state, updated_at)
        SELECT $2, a.entity, a.local_id, $3, {}, 'unlinked', $4 FROM action_records a WHERE a.action_id = $1
        ON CONFLICT (connection_id, entity, local_id) DO UPDATE
        SET state = 'unlinked', external_id = COALESCE(links.external_id, excluded.external_id), updated_at = excluded.updated_at",
        lookups::open_problem_in("$3", "external_id", stands_alone, "a")
    ))
    .bind(action_id)
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    list(tx, scope, action_id, words, now).await
}

/// Opens the problems that say so. Each names the record it goes with, where that is left out as well.
async fn list(tx: &mut Tx, scope: Scope<'_>, action_id: &str, words: &Words<'_>, now: i64) -> sqlx::Result<()> {
    let id = random_id(tx.is_postgres());
    let left_out = lookups::link("CASE WHEN l.state = 'unlinked' THEN l.local_id END", "b.parent_entity", "b.parent_id");
    let external_id = lookups::link("l.external_id", "r.entity", "r.local_id");
    // Credit that is applied goes with its document where that is left out, and else with what it is taken from.
    let of_document = lookups::link("l.state", DOCUMENT_ENTITY, "d.id");
    let by_credit = format!("p.credit_id IS NOT NULL AND COALESCE({of_document}, 'linked') = 'linked'");
    sql(format!(
        "INSERT INTO problems (id, company_id, entity, local_id, external_id, label, direction, kind, cause, advice, \
            blocked_by_entity, blocked_by_id, run_id, first_seen, last_seen)
        WITH belonging AS MATERIALIZED (
            SELECT a.entity, a.local_id, a.label, 'contact' AS parent_entity, d.contact_id AS parent_id
            FROM action_records a LEFT JOIN documents d ON d.id = a.local_id WHERE a.action_id = $1 AND a.entity <> 'payment'
            UNION ALL
            SELECT a.entity, a.local_id, a.label, CASE WHEN {by_credit} THEN 'credit_note' ELSE {DOCUMENT_ENTITY} END,
                CASE WHEN {by_credit} THEN p.credit_id ELSE d.id END
            FROM action_records a LEFT JOIN payments p ON p.id = a.local_id LEFT JOIN documents d ON d.id = p.document_id
            WHERE a.action_id = $1 AND a.entity = 'payment'),
        r AS MATERIALIZED (SELECT b.entity, b.local_id, b.label, b.parent_entity, {left_out} AS parent_id FROM belonging b)
        SELECT {id}, $3, r.entity, r.local_id, {external_id}, r.label, 'none', 'unlinked', $4, $5,
            CASE WHEN r.parent_id IS NOT NULL THEN r.parent_entity END, r.parent_id,
            COALESCE((SELECT last_run_id FROM companies WHERE id = $3), ''), $6, $6
        FROM r WHERE r.entity <> ''
        ON CONFLICT (company_id, entity, local_id) WHERE resolved_at IS NULL DO UPDATE
        SET kind = excluded.kind, direction = excluded.direction, cause = excluded.cause, advice = excluded.advice,
            external_id = excluded.external_id, first_seen = excluded.first_seen, last_seen = excluded.last_seen, times = 1,
            code = '', detail = '', subject_kind = '', subject = '', ours = '', theirs = '', decision = NULL, blocked_by = NULL,
            blocked_by_entity = excluded.blocked_by_entity, blocked_by_id = excluded.blocked_by_id,
            set_aside_at = NULL, set_aside_until = NULL, set_aside_by = '', note = ''"
    ))
    .bind(action_id)
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(words.cause)
    .bind(words.advice)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the records of an action back into syncs. One that never was the same on both sides is looked for anew.
pub async fn link(tx: &mut Tx, scope: Scope<'_>, action_id: &str, now: i64) -> sqlx::Result<()> {
    sql(of_action("DELETE FROM links", "l.state = 'unlinked' AND l.synced_version = 0 AND l.intent_key IS NULL"))
        .bind(action_id)
        .bind(scope.connection_id)
        .execute(&mut *tx)
        .await?;
    let taken_back = "UPDATE links SET state = 'linked', external_id = CASE WHEN synced_version = 0 THEN NULL ELSE external_id END, \
        updated_at = $3";
    sql(of_action(taken_back, "l.state = 'unlinked'"))
        .bind(action_id)
        .bind(scope.connection_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    sql(format!("UPDATE problems SET resolved_at = $3 WHERE id IN ({})", lookups::open_problems("q.kind = 'unlinked'")))
        .bind(action_id)
        .bind(scope.company_id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

/// A statement that changes links, of those of the action `$1` that `fit` (about `l`). `$2` is the connection; it comes
/// with each key, so that Postgres cannot read all links of the connection for each of them.
fn of_action(change: &str, fit: &str) -> String {
    format!(
        "WITH fitting AS MATERIALIZED (
            SELECT CAST($2 AS TEXT) AS connection_id, a.entity, a.local_id FROM action_records a WHERE a.action_id = $1 AND {} = 1)
        {change} WHERE (connection_id, entity, local_id) IN (SELECT connection_id, entity, local_id FROM fitting)",
        lookups::link(&format!("CASE WHEN {fit} THEN 1 END"), "a.entity", "a.local_id")
    )
}

/// Leaves one record out that is only on the other side.
pub async fn unlink_external(tx: &mut Tx, scope: Scope<'_>, entity: Entity, external_id: &str, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO links (connection_id, entity, local_id, company_id, external_id, state, updated_at)
        VALUES ($1, $2, $3, $4, $3, 'unlinked', $5) ON CONFLICT DO NOTHING")
    .bind(scope.connection_id)
    .bind(entity.as_str())
    .bind(external_id)
    .bind(scope.company_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts documents that wait to go out to an action whose contact is left out; answers how many.
pub async fn documents_of_left_out(tx: &mut Tx, scope: Scope<'_>, action_id: &str) -> sqlx::Result<u64> {
    sql(format!(
        "INSERT INTO action_records (action_id, entity, local_id, label) SELECT $1, {DOCUMENT_ENTITY}, d.id, d.number {}",
        waiting_documents()
    ))
    .bind(action_id)
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .execute(tx)
    .await
}

fn waiting_documents() -> String {
    format!(
        "FROM links cl JOIN documents d ON d.contact_id = cl.local_id
        LEFT JOIN links l ON l.connection_id = $2 AND l.entity = {DOCUMENT_ENTITY} AND l.local_id = d.id
        WHERE cl.connection_id = $2 AND cl.entity = 'contact' AND cl.state = 'unlinked' AND d.company_id = $3 AND d.pending = 1
            AND d.state = 'approved' AND d.issue_date >= $4 AND COALESCE(l.state, 'linked') = 'linked'"
    )
}

/// The same for payments whose document is left out.
pub async fn payments_of_left_out(tx: &mut Tx, scope: Scope<'_>, action_id: &str) -> sqlx::Result<u64> {
    sql(format!(
        "INSERT INTO action_records (action_id, entity, local_id, label) SELECT $1, 'payment', p.id, {PAYMENT_LABEL} {}",
        waiting_payments()
    ))
    .bind(action_id)
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .execute(tx)
    .await
}

fn waiting_payments() -> String {
    format!(
        "FROM payments p JOIN documents d ON d.id = p.document_id LEFT JOIN documents cd ON cd.id = p.credit_id
        LEFT JOIN links dl ON dl.connection_id = $2 AND dl.entity = {DOCUMENT_ENTITY} AND dl.local_id = d.id
        LEFT JOIN links cl ON cl.connection_id = $2 AND cl.entity = 'credit_note' AND cl.local_id = p.credit_id
        LEFT JOIN links l ON l.connection_id = $2 AND l.entity = 'payment' AND l.local_id = p.id
        WHERE p.company_id = $3 AND p.pending = 1 AND (dl.state = 'unlinked' OR cl.state = 'unlinked') AND d.issue_date >= $4
            AND COALESCE(l.state, 'linked') = 'linked'"
    )
}

/// Whether any document or payment waits to go out that belongs to something left out.
pub async fn any_waits<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<bool> {
    let found: Option<(i64,)> = sql(format!(
        "SELECT CAST($1 AS BIGINT) WHERE EXISTS (SELECT 1 {}) OR EXISTS (SELECT 1 {})",
        waiting_documents(),
        waiting_payments()
    ))
    .bind(1)
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .optional(on)
    .await?;
    Ok(found.is_some())
}

/// The ids on the other side of records of an entity that are left out.
pub async fn external_ids<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, entity: Entity) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> = sql("SELECT external_id FROM links
        WHERE connection_id = $1 AND entity = $2 AND state = 'unlinked' AND external_id IS NOT NULL")
    .bind(scope.connection_id)
    .bind(entity.as_str())
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What two stores that belong together say about records left out: of each company by code, how many records are left
/// out without a problem that says so, or the other way round. Empty where all is well.
pub async fn check<'a>(on: impl Into<On<'a>>) -> sqlx::Result<Vec<(String, i64)>> {
    sql("SELECT c.code, count(*) AS n FROM (
            SELECT l.company_id FROM links l WHERE l.state = 'unlinked' AND NOT EXISTS (
                SELECT 1 FROM problems q WHERE q.company_id = l.company_id AND q.entity = l.entity AND q.local_id = l.local_id
                    AND q.resolved_at IS NULL AND q.kind = 'unlinked')
            UNION ALL
            SELECT q.company_id FROM problems q WHERE q.resolved_at IS NULL AND q.kind = 'unlinked' AND NOT EXISTS (
                SELECT 1 FROM connections k
                JOIN links l ON l.connection_id = k.id AND l.entity = q.entity AND l.local_id = q.local_id
                WHERE k.company_id = q.company_id AND l.state = 'unlinked')
        ) odd JOIN companies c ON c.id = odd.company_id GROUP BY c.code ORDER BY c.code")
    .all(on)
    .await
}
