//! The records of an action while it is being made: what a person chose, and what goes with it. Sets of any size stay
//! in the database, so that what is done to them is a few statements in one transaction.

use super::super::problems::filter::Narrowing;
use super::super::query::{On, placeholders, sql};
use super::super::{Tx, tie_outs::Scope};
use super::lookups;
use crate::domain::message::Entity;

/// The entity of the document `d`.
pub const DOCUMENT_ENTITY: &str =
    "CASE d.kind WHEN 'sales_invoice' THEN 'invoice' WHEN 'bill' THEN 'bill' ELSE 'credit_note' END";

/// What the payment `p` of the document `d` is called; `cd` is the credit that it is taken from, if it is.
pub const PAYMENT_LABEL: &str =
    "CASE WHEN cd.id IS NULL THEN 'for ' || d.number ELSE cd.number || ' applied to ' || d.number END";

/// Ids in one statement: see [`super::super::insert`].
const IDS: usize = 250;

/// Kinds of problems are about records that can be left out; those of a sync as a whole are not.
const RECORDS: &str = "entity IN ('contact', 'invoice', 'bill', 'credit_note', 'payment')";

/// Puts the records of these problems of a company to an action, as far as `fit` (a condition on `problems`) holds.
pub async fn problems(tx: &mut Tx, company_id: &str, action_id: &str, ids: &[String], fit: &str) -> sqlx::Result<u64> {
    let mut chosen = 0;
    for ids in ids.chunks(IDS) {
        chosen += sql(format!(
            "INSERT INTO action_records (action_id, entity, local_id, label)
            SELECT $1, entity, local_id, label FROM problems
            WHERE company_id = $2 AND resolved_at IS NULL AND {RECORDS} AND {fit} AND id IN ({}) ON CONFLICT DO NOTHING",
            placeholders(3, ids.len())
        ))
        .bind(action_id)
        .bind(company_id)
        .bind_all(ids)
        .execute(&mut *tx)
        .await?;
    }
    Ok(chosen)
}

/// The same for a whole filtered set.
pub async fn filtered(tx: &mut Tx, action_id: &str, narrowing: Narrowing, fit: &str) -> sqlx::Result<u64> {
    let text = format!(
        "INSERT INTO action_records (action_id, entity, local_id, label)
        SELECT ${}, entity, local_id, label FROM problems
        WHERE {} AND resolved_at IS NULL AND {RECORDS} AND {fit} ON CONFLICT DO NOTHING",
        narrowing.next(),
        narrowing.conditions
    );
    narrowing.bind(sql(text)).bind(action_id).execute(tx).await
}

/// How many problems a filtered set holds.
pub async fn count_filtered<'a>(on: impl Into<On<'a>>, narrowing: Narrowing) -> sqlx::Result<u64> {
    let text = format!("SELECT count(*) FROM problems WHERE {}", narrowing.conditions);
    let (n,): (i64,) = narrowing.bind(sql(text)).one(on).await?;
    Ok(n.unsigned_abs())
}

/// One record of a company, whether or not it has a problem. With `linked`, only one in that state of its link.
pub async fn record(
    tx: &mut Tx,
    scope: Scope<'_>,
    action_id: &str,
    entity: Entity,
    local_id: &str,
    state: &str,
) -> sqlx::Result<u64> {
    let (label, table) = match entity {
        Entity::Contact => ("r.name", "contacts r"),
        Entity::Invoice => ("r.number", "documents r"),
        Entity::Bill => ("r.number", "documents r"),
        Entity::CreditNote => ("r.number", "documents r"),
        Entity::Payment => {
            (PAYMENT_LABEL, "payments r JOIN documents d ON d.id = r.document_id LEFT JOIN documents cd ON cd.id = r.credit_id")
        }
        _ => return Ok(0),
    };
    let kind = match entity {
        Entity::Invoice => " AND r.kind = 'sales_invoice'",
        Entity::Bill => " AND r.kind = 'bill'",
        Entity::CreditNote => " AND r.kind NOT IN ('sales_invoice', 'bill')",
        _ => "",
    };
    sql(format!(
        "INSERT INTO action_records (action_id, entity, local_id, label)
        SELECT $1, $2, r.id, {label} FROM {table} LEFT JOIN links l ON l.connection_id = $3 AND l.entity = $2 AND l.local_id = r.id
        WHERE r.company_id = $4 AND r.id = $5 AND COALESCE(l.state, 'linked') = $6{kind} ON CONFLICT DO NOTHING"
    ))
    .bind(action_id)
    .bind(entity.as_str())
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(local_id)
    .bind(state)
    .execute(tx)
    .await
}

/// What goes with records that are left out: a contact's documents, a document's payments.
pub async fn with_what_depends(tx: &mut Tx, scope: Scope<'_>, action_id: &str) -> sqlx::Result<u64> {
    let link_of_document = |value: &str| lookups::link(value, DOCUMENT_ENTITY, "d.id");
    let documents = sql(format!(
        "INSERT INTO action_records (action_id, entity, local_id, label)
        SELECT $1, {DOCUMENT_ENTITY}, d.id, d.number FROM action_records a JOIN documents d ON d.contact_id = a.local_id
        WHERE a.action_id = $1 AND a.entity = 'contact' AND COALESCE({}, 'linked') = 'linked'
            AND ((d.state = 'approved' AND d.issue_date >= $3) OR {} IS NOT NULL)
        ON CONFLICT DO NOTHING",
        link_of_document("l.state"),
        link_of_document("l.external_id"),
    ))
    .bind(action_id)
    .bind(scope.connection_id)
    .bind(scope.sync_from)
    .execute(&mut *tx)
    .await?;
    let mut payments = 0;
    // Credit that is applied goes with either of its documents. What was taken back on both sides has nothing to leave out.
    for (end, entities) in [("document_id", "'invoice', 'bill', 'credit_note'"), ("credit_id", "'credit_note'")] {
        payments += sql(format!(
            "INSERT INTO action_records (action_id, entity, local_id, label)
            SELECT $1, 'payment', p.id, {PAYMENT_LABEL} FROM action_records a JOIN payments p ON p.{end} = a.local_id
            JOIN documents d ON d.id = p.document_id LEFT JOIN documents cd ON cd.id = p.credit_id
            WHERE a.action_id = $1 AND a.entity IN ({entities}) AND COALESCE({}, 'linked') = 'linked'
                AND (p.removed = 0 OR p.pending = 1)
            ON CONFLICT DO NOTHING",
            lookups::link("l.state", "'payment'", "p.id")
        ))
        .bind(action_id)
        .bind(scope.connection_id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(documents + payments)
}

/// What was left out together with the action's records, and comes back with them.
pub async fn with_what_was_left_out(tx: &mut Tx, company_id: &str, action_id: &str) -> sqlx::Result<u64> {
    let mut found = 0;
    // Documents with their contacts, then payments with their documents.
    for _ in 0..2 {
        found += sql("INSERT INTO action_records (action_id, entity, local_id, label)
            SELECT $1, q.entity, q.local_id, q.label FROM problems q
            WHERE q.company_id = $2 AND q.resolved_at IS NULL AND q.kind = 'unlinked' AND (
                SELECT a.label FROM action_records a
                WHERE a.action_id = $1 AND a.entity = q.blocked_by_entity AND a.local_id = q.blocked_by_id) IS NOT NULL
            ON CONFLICT DO NOTHING")
        .bind(action_id)
        .bind(company_id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(found)
}

/// What the action's records cannot do without: a payment's document, a document's contact, where these are left out.
pub async fn with_what_they_need(tx: &mut Tx, company_id: &str, action_id: &str) -> sqlx::Result<u64> {
    let documents = format!(
        "SELECT DISTINCT {DOCUMENT_ENTITY} AS entity, d.id AS local_id FROM action_records a
        JOIN payments p ON p.id = a.local_id JOIN documents d ON d.id = p.document_id
        WHERE a.action_id = $1 AND a.entity = 'payment'
        UNION SELECT 'credit_note', p.credit_id FROM action_records a JOIN payments p ON p.id = a.local_id
        WHERE a.action_id = $1 AND a.entity = 'payment' AND p.credit_id IS NOT NULL"
    );
    let contacts = "SELECT DISTINCT 'contact' AS entity, d.contact_id AS local_id FROM action_records a
        JOIN documents d ON d.id = a.local_id WHERE a.action_id = $1 AND a.entity IN ('invoice', 'bill', 'credit_note')";
    // Records that are only there name what they go with.
    let named = format!(
        "SELECT DISTINCT blocked_by_entity AS entity, blocked_by_id AS local_id FROM problems WHERE id IN ({})",
        lookups::open_problems("q.kind = 'unlinked' AND q.blocked_by_id IS NOT NULL")
    );
    let mut found = 0;
    // In this order: a payment's document brings its contact.
    for needed in [documents.as_str(), contacts, &named] {
        found += sql(format!(
            "INSERT INTO action_records (action_id, entity, local_id, label)
            WITH needed AS MATERIALIZED ({needed}),
            left_out AS MATERIALIZED (SELECT n.entity, n.local_id, {} AS label FROM needed n)
            SELECT $1, entity, local_id, label FROM left_out WHERE label IS NOT NULL ON CONFLICT DO NOTHING",
            lookups::open_problem("label", "q.kind = 'unlinked'", "n")
        ))
        .bind(action_id)
        .bind(company_id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(found)
}

/// The records of an earlier action that nobody linked or unlinked since, and whose link is in this state.
pub async fn as_left_by(tx: &mut Tx, connection_id: &str, action_id: &str, earlier: &str, state: &str) -> sqlx::Result<u64> {
    sql(format!(
        "INSERT INTO action_records (action_id, entity, local_id, label)
        SELECT $1, a.entity, a.local_id, a.label FROM action_records a
        WHERE a.action_id = $3 AND COALESCE({}, 'linked') = $4 AND {} = 0
        ON CONFLICT DO NOTHING",
        lookups::link("l.state", "a.entity", "a.local_id"),
        lookups::later_actions("a", "'link', 'unlink'", "$3", "$1")
    ))
    .bind(action_id)
    .bind(connection_id)
    .bind(earlier)
    .bind(state)
    .execute(tx)
    .await
}

/// Forgets an action that was begun for its records alone.
pub async fn forget(tx: &mut Tx, action_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM action_records WHERE action_id = $1").bind(action_id).execute(&mut *tx).await?;
    sql("DELETE FROM actions WHERE id = $1").bind(action_id).execute(tx).await?;
    Ok(())
}

/// How many records of each entity an action has.
pub async fn count<'a>(on: impl Into<On<'a>>, action_id: &str) -> sqlx::Result<Vec<(String, i64)>> {
    sql("SELECT entity, count(*) AS n FROM action_records WHERE action_id = $1 GROUP BY entity ORDER BY entity")
        .bind(action_id)
        .all(on)
        .await
}

/// One record of an action, and its id there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    pub entity: String,
    pub local_id: String,
    pub label: String,
    pub external_id: Option<String>,
}

/// The first records of an action: contacts, then documents, then payments, each by label.
pub async fn list<'a>(on: impl Into<On<'a>>, connection_id: &str, action_id: &str, limit: i64) -> sqlx::Result<Vec<Listed>> {
    sql(format!(
        "SELECT a.entity, a.local_id, a.label, {} AS external_id FROM action_records a
        WHERE a.action_id = $1
        ORDER BY CASE a.entity WHEN 'contact' THEN 0 WHEN 'payment' THEN 2 ELSE 1 END, a.label, a.local_id LIMIT $3",
        lookups::link("l.external_id", "a.entity", "a.local_id")
    ))
    .bind(action_id)
    .bind(connection_id)
    .bind(limit)
    .all(on)
    .await
}
