//! What waits to go out: local records whose present version has not reached the accounting side. A flag on each
//! record keeps this list, so a sync costs what changed and not what there is.

use super::Tx;
use super::query::{On, placeholders, sql};
use crate::domain::{
    document::{DocumentKind, Line},
    message::Entity,
    run::RunScope,
};

/// Which connection's pending records, and which of them.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub connection_id: &'a str,
    pub company_id: &'a str,
    /// Documents dated before this day are left alone.
    pub sync_from: &'a str,
    pub scope: RunScope,
}

/// What a pending record carries besides its content: its version, and its link and unsettled intent if it has one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pending {
    pub id: String,
    pub version: i64,
    pub external_id: Option<String>,
    pub intent_key: Option<String>,
    pub intent_hash: Option<String>,
    /// What the accounting side showed of it last; empty where it was never there.
    pub external_hash: String,
    /// 1 where the other side holds something under its name that may or may not be it.
    pub in_conflict: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PendingContact {
    #[sqlx(flatten)]
    pub pending: Pending,
    pub name: String,
    pub email: String,
    pub address: String,
    pub country: String,
    pub archived: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PendingDocument {
    #[sqlx(flatten)]
    pub pending: Pending,
    pub kind: String,
    pub number: String,
    pub contact_id: String,
    pub contact_name: String,
    pub contact_external_id: Option<String>,
    pub reference: String,
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub state: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PendingPayment {
    #[sqlx(flatten)]
    pub pending: Pending,
    pub document_id: String,
    pub document_kind: String,
    pub document_number: String,
    pub document_external_id: Option<String>,
    /// What it is taken from, where it is credit that is applied.
    pub credit_id: Option<String>,
    pub credit_kind: Option<String>,
    pub credit_number: Option<String>,
    pub credit_external_id: Option<String>,
    pub paid_on: String,
    pub amount: i64,
    pub reference: String,
    pub removed: i64,
}

/// The table a record of an entity lives in; `None` where nothing of it is sent.
fn table(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Contact => Some("contacts"),
        Entity::Invoice | Entity::Bill | Entity::CreditNote => Some("documents"),
        Entity::Payment => Some("payments"),
        _ => None,
    }
}

/// A sync of the changes leaves alone what already failed as it is.
fn untried(scope: RunScope, alias: &str) -> String {
    match scope {
        RunScope::Full => String::new(),
        RunScope::Changed => format!(" AND {alias}.tried_version < {alias}.version"),
    }
}

const LINK: &str = "l.external_id, l.intent_key, l.intent_hash, COALESCE(l.external_hash, '') AS external_hash";

/// Whether a record of an entity has an open conflict.
fn in_conflict(alias: &str, entity: &str, besides: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM problems q WHERE q.company_id = {alias}.company_id AND q.entity = {entity} AND q.local_id = {alias}.id
            AND q.resolved_at IS NULL AND q.kind = 'conflict'{besides})"
    )
}

/// What a person decided about as it is, is left alone until that is carried out.
fn undecided(alias: &str, entity: &str) -> String {
    let decided = in_conflict(alias, entity, " AND q.decision IS NOT NULL");
    format!(" AND NOT ({alias}.tried_version = {alias}.version AND {decided})")
}

fn conflict_column(alias: &str, entity: &str) -> String {
    format!("CASE WHEN {} THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS in_conflict", in_conflict(alias, entity, ""))
}

const DOCUMENT_ENTITY: &str = "CASE d.kind WHEN 'sales_invoice' THEN 'invoice' WHEN 'bill' THEN 'bill' ELSE 'credit_note' END";

/// One that was archived here before it was ever there has no business there.
fn from_contacts(scope: RunScope) -> String {
    format!(
        "FROM contacts c LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'contact' AND l.local_id = c.id
        WHERE c.company_id = $2 AND c.pending = 1 AND COALESCE(l.state, 'linked') = 'linked'
            AND (c.archived = 0 OR l.local_id IS NOT NULL){}{}",
        undecided("c", "'contact'"),
        untried(scope, "c")
    )
}

/// How many contacts go out.
pub async fn count_contacts<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<i64> {
    let text = format!("SELECT count(*) {}", from_contacts(scope.scope));
    let (n,): (i64,) = sql(text).bind(scope.connection_id).bind(scope.company_id).one(on).await?;
    Ok(n)
}

/// Contacts that go out. The page after an id, in the order of ids.
pub async fn contacts<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, after: &str, limit: i64) -> sqlx::Result<Vec<PendingContact>> {
    sql(format!(
        "SELECT c.id, c.version, {LINK}, {}, c.name, c.email, c.address, c.country, c.archived {} AND c.id > $3 ORDER BY c.id LIMIT $4",
        conflict_column("c", "'contact'"),
        from_contacts(scope.scope)
    ))
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

/// Those that are to go. One that was changed on both sides is left alone until a person made a new version of it.
fn from_documents(contact_joins: &str) -> String {
    format!(
        "FROM documents d LEFT JOIN links l ON l.connection_id = $1 AND l.local_id = d.id AND l.entity = {DOCUMENT_ENTITY} {contact_joins}
        WHERE d.company_id = $2 AND d.pending = 1 AND d.issue_date >= $3 AND COALESCE(l.state, 'linked') = 'linked'
            AND (d.state = 'approved' OR (d.state = 'void' AND l.external_id IS NOT NULL))
            AND NOT (l.external_id IS NOT NULL AND d.tried_version = d.version AND {}){}",
        in_conflict("d", DOCUMENT_ENTITY, ""),
        undecided("d", DOCUMENT_ENTITY)
    )
}

fn kinds(kinds: &[DocumentKind]) -> String {
    let words = kinds.iter().map(|kind| format!("'{}'", kind.as_str())).collect::<Vec<_>>().join(", ");
    format!(" AND d.kind IN ({words})")
}

/// How many documents of these kinds go out.
pub async fn count_documents<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, of: &[DocumentKind]) -> sqlx::Result<i64> {
    let text = format!("SELECT count(*) {}{}{}", from_documents(""), kinds(of), untried(scope.scope, "d"));
    let (n,): (i64,) = sql(text).bind(scope.connection_id).bind(scope.company_id).bind(scope.sync_from).one(on).await?;
    Ok(n)
}

/// Whether any of what goes out is on the other side already, in an older version.
pub async fn has_updates<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<bool> {
    let text = format!(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 {} AND l.external_id IS NOT NULL)
            OR EXISTS (SELECT 1 {}{} AND l.external_id IS NOT NULL)",
        from_contacts(scope.scope),
        from_documents(""),
        untried(scope.scope, "d")
    );
    let found: Option<(i64,)> =
        sql(text).bind(scope.connection_id).bind(scope.company_id).bind(scope.sync_from).optional(on).await?;
    Ok(found.is_some())
}

/// Documents that go out, without their lines, with what is known of their contact there.
pub async fn documents<'a>(
    on: impl Into<On<'a>>,
    scope: Scope<'_>,
    of: &[DocumentKind],
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<PendingDocument>> {
    let from = from_documents(
        "JOIN contacts c ON c.id = d.contact_id
        LEFT JOIN links cl ON cl.connection_id = $1 AND cl.entity = 'contact' AND cl.local_id = d.contact_id",
    );
    sql(format!(
        "SELECT d.id, d.version, {LINK}, {}, d.kind, d.number, d.contact_id, c.name AS contact_name, cl.external_id AS contact_external_id,
            d.reference, d.issue_date, d.due_date, d.currency, d.state
        {from}{}{} AND d.id > $4 ORDER BY d.id LIMIT $5",
        conflict_column("d", DOCUMENT_ENTITY),
        kinds(of),
        untried(scope.scope, "d")
    ))
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

fn from_payments(scope: RunScope) -> String {
    format!(
        "FROM payments p JOIN documents d ON d.id = p.document_id
        LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'payment' AND l.local_id = p.id
        LEFT JOIN links dl ON dl.connection_id = $1 AND dl.local_id = d.id AND dl.entity = {DOCUMENT_ENTITY}
        LEFT JOIN documents cd ON cd.id = p.credit_id
        LEFT JOIN links cl ON cl.connection_id = $1 AND cl.local_id = p.credit_id AND cl.entity = 'credit_note'
        WHERE p.company_id = $2 AND p.pending = 1 AND d.issue_date >= $3 AND COALESCE(cd.issue_date, d.issue_date) >= $3
            AND COALESCE(l.state, 'linked') = 'linked' AND COALESCE(dl.state, 'linked') = 'linked'
            AND COALESCE(cl.state, 'linked') = 'linked'{}{}",
        undecided("p", "'payment'"),
        untried(scope, "p")
    )
}

/// How many payments go out.
pub async fn count_payments<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<i64> {
    let text = format!("SELECT count(*) {}", from_payments(scope.scope));
    let (n,): (i64,) = sql(text).bind(scope.connection_id).bind(scope.company_id).bind(scope.sync_from).one(on).await?;
    Ok(n)
}

/// Payments made here that go out, and those that were taken back here.
pub async fn payments<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, after: &str, limit: i64) -> sqlx::Result<Vec<PendingPayment>> {
    sql(format!(
        "SELECT p.id, p.version, {LINK}, {}, d.id AS document_id, d.kind AS document_kind, d.number AS document_number, dl.external_id AS document_external_id,
            p.credit_id, cd.kind AS credit_kind, cd.number AS credit_number, cl.external_id AS credit_external_id,
            p.paid_on, p.amount, p.reference, p.removed
        {} AND p.id > $4 ORDER BY p.id LIMIT $5",
        conflict_column("p", "'payment'"),
        from_payments(scope.scope)
    ))
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

#[derive(sqlx::FromRow)]
struct LineRow {
    document_id: String,
    item_code: String,
    description: String,
    quantity_e4: i64,
    unit_amount_e4: i64,
    discount_e4: i64,
    account_code: String,
    tax_type: String,
    tracking: String,
    net: i64,
    tax: i64,
}

/// The lines of several documents, in their order: document id and line.
pub async fn lines<'a>(on: impl Into<On<'a>>, document_ids: &[&str]) -> sqlx::Result<Vec<(String, Line)>> {
    if document_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<LineRow> = sql(format!(
        "SELECT document_id, item_code, description, quantity_e4, unit_amount_e4, discount_e4, account_code, tax_type, tracking, net, tax
        FROM document_lines WHERE document_id IN ({}) ORDER BY document_id, position",
        placeholders(1, document_ids.len())
    ))
    .bind_all(document_ids.iter().copied())
    .all(on)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let line = Line {
                item_code: row.item_code,
                description: row.description,
                quantity_e4: row.quantity_e4,
                unit_amount_e4: row.unit_amount_e4,
                discount_e4: row.discount_e4,
                account_code: row.account_code,
                tax_type: row.tax_type,
                tracking: row.tracking,
                net: row.net,
                tax: row.tax,
            };
            (row.document_id, line)
        })
        .collect())
}

/// The record's version reached the other side: it waits no longer, unless it changed meanwhile.
pub async fn done(tx: &mut Tx, entity: Entity, id: &str, version: i64) -> sqlx::Result<()> {
    let Some(table) = table(entity) else { return Ok(()) };
    sql(format!("UPDATE {table} SET tried_version = $2, pending = CASE WHEN version = $2 THEN 0 ELSE pending END WHERE id = $1"))
        .bind(id)
        .bind(version)
        .execute(tx)
        .await?;
    Ok(())
}

/// The record's version was tried and not taken: it waits for a full sync, or for a change.
pub async fn tried(tx: &mut Tx, entity: Entity, id: &str, version: i64) -> sqlx::Result<()> {
    let Some(table) = table(entity) else { return Ok(()) };
    sql(format!("UPDATE {table} SET tried_version = $2 WHERE id = $1")).bind(id).bind(version).execute(tx).await?;
    Ok(())
}
