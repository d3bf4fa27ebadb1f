//! What should be on the other side, for the tie-out, and what the tie-outs found.

use super::Tx;
use super::query::{On, sql};
use crate::domain::{
    message::Entity,
    tie_out::{ControlTotals, EntityTieOut},
};

/// Whose records are tied out.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub connection_id: &'a str,
    pub company_id: &'a str,
    pub sync_from: &'a str,
}

/// One record that should be there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LocalHeader {
    pub id: String,
    pub label: String,
    pub external_id: Option<String>,
    /// 1 where its present version was not tried yet: it was made or changed while the run went on.
    pub untried: i64,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    pub outstanding: i64,
}

impl LocalHeader {
    pub fn totals(&self) -> ControlTotals {
        ControlTotals { count: 1, net: self.net, tax: self.tax, gross: self.gross, outstanding: self.outstanding }
    }
}

/// Approved documents that are not left out of syncs, from the sync-from date on, and the payments of such
/// documents, whenever they were made. Applied credit goes with its document, and where that is dated before, with what it
/// is taken from.
fn source(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Invoice => Some(
            "documents d LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'invoice' AND l.local_id = d.id
            WHERE d.company_id = $2 AND d.issue_date >= $3 AND d.state = 'approved' AND COALESCE(l.state, 'linked') = 'linked' AND d.kind = 'sales_invoice'",
        ),
        Entity::Bill => Some(
            "documents d LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'bill' AND l.local_id = d.id
            WHERE d.company_id = $2 AND d.issue_date >= $3 AND d.state = 'approved' AND COALESCE(l.state, 'linked') = 'linked' AND d.kind = 'bill'",
        ),
        Entity::CreditNote => Some(
            "documents d LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'credit_note' AND l.local_id = d.id
            WHERE d.company_id = $2 AND d.issue_date >= $3 AND d.state = 'approved' AND COALESCE(l.state, 'linked') = 'linked'
                AND d.kind NOT IN ('sales_invoice', 'bill')",
        ),
        Entity::Payment => Some(
            "payments d JOIN documents p ON p.id = d.document_id LEFT JOIN documents c ON c.id = d.credit_id
            LEFT JOIN links l ON l.connection_id = $1 AND l.entity = 'payment' AND l.local_id = d.id
            LEFT JOIN links pl ON pl.connection_id = $1 AND pl.local_id = p.id
                AND pl.entity = CASE p.kind WHEN 'sales_invoice' THEN 'invoice' WHEN 'bill' THEN 'bill' ELSE 'credit_note' END
            LEFT JOIN links cl ON cl.connection_id = $1 AND cl.local_id = d.credit_id AND cl.entity = 'credit_note'
            WHERE d.company_id = $2 AND (p.issue_date >= $3 OR c.issue_date >= $3) AND p.state = 'approved' AND d.removed = 0
                AND COALESCE(l.state, 'linked') = 'linked' AND COALESCE(pl.state, 'linked') = 'linked'
                AND COALESCE(cl.state, 'linked') = 'linked'",
        ),
        _ => None,
    }
}

fn amounts(entity: Entity) -> [&'static str; 4] {
    match entity {
        Entity::Payment => ["0", "0", "CASE WHEN p.issue_date >= $3 THEN d.amount ELSE -d.amount END", "0"],
        _ => ["d.net", "d.tax", "d.gross", "d.gross - d.paid"],
    }
}

/// Control totals of what should be there.
pub async fn local_totals(tx: &mut Tx, scope: Scope<'_>, entity: Entity) -> sqlx::Result<ControlTotals> {
    let Some(source) = source(entity) else { return Ok(ControlTotals::default()) };
    let mut totals = sum(&mut *tx, scope, entity, source).await?;
    if entity != Entity::Payment {
        let (owed,): (i64,) = sql(format!(
            "SELECT CAST(COALESCE(SUM(u.amount), 0) AS BIGINT) FROM ({}) u CROSS JOIN {source} AND d.id = u.document_id",
            otherwise_there()
        ))
        .bind(scope.connection_id)
        .bind(scope.company_id)
        .bind(scope.sync_from)
        .one(tx)
        .await?;
        totals.outstanding += owed;
    }
    Ok(totals)
}

/// What documents owe there beyond what they owe here, for payments that are left out of syncs: those that were never sent,
/// and, the other way round, those that were taken back here and not there.
fn otherwise_there() -> String {
    let of = |document: &str, sign: &str| {
        format!(
            "SELECT p.{document} AS document_id, {sign}CASE WHEN p.removed = 1 THEN -p.amount ELSE p.amount END AS amount
            FROM links pl JOIN payments p ON p.id = pl.local_id
            WHERE pl.connection_id = $1 AND pl.entity = 'payment' AND pl.state = 'unlinked'
                AND ((pl.external_id IS NULL AND p.removed = 0)
                    OR (pl.external_id IS NOT NULL AND p.removed = 1 AND p.pending = 1))"
        )
    };
    format!("{} UNION ALL {} AND p.credit_id IS NOT NULL", of("document_id", ""), of("credit_id", "-1 * "))
}

/// Control totals, as we hold them, of what is there and left out of syncs.
pub async fn left_out_totals<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, entity: Entity) -> sqlx::Result<ControlTotals> {
    let Some(source) = source(entity) else { return Ok(ControlTotals::default()) };
    let left_out = source
        .replace("COALESCE(l.state, 'linked') = 'linked'", "l.state = 'unlinked' AND l.external_id IS NOT NULL")
        .replace("AND COALESCE(pl.state, 'linked') = 'linked'", "")
        .replace("AND COALESCE(cl.state, 'linked') = 'linked'", "");
    sum(on, scope, entity, &left_out).await
}

async fn sum<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, entity: Entity, source: &str) -> sqlx::Result<ControlTotals> {
    let [net, tax, gross, outstanding] = amounts(entity).map(|amount| format!("CAST(COALESCE(SUM({amount}), 0) AS BIGINT)"));
    let (count, net, tax, gross, outstanding): (i64, i64, i64, i64, i64) =
        sql(format!("SELECT count(*), {net}, {tax}, {gross}, {outstanding} FROM {source}"))
            .bind(scope.connection_id)
            .bind(scope.company_id)
            .bind(scope.sync_from)
            .one(on)
            .await?;
    Ok(ControlTotals { count, net, tax, gross, outstanding })
}

/// The records behind those totals, in the order of their ids.
pub async fn local_headers<'a>(
    on: impl Into<On<'a>>,
    scope: Scope<'_>,
    entity: Entity,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<LocalHeader>> {
    let Some(source) = source(entity) else { return Ok(Vec::new()) };
    let [net, tax, gross, mut outstanding] = amounts(entity).map(|amount| format!("CAST({amount} AS BIGINT)"));
    if entity != Entity::Payment {
        outstanding += &format!(
            " + COALESCE((SELECT CAST(SUM(u.amount) AS BIGINT) FROM ({}) u WHERE u.document_id = d.id), 0)",
            otherwise_there()
        );
    }
    let label = match entity {
        Entity::Payment => "CASE WHEN c.id IS NULL THEN p.number ELSE c.number || ' applied to ' || p.number END",
        _ => "d.number",
    };
    sql(format!(
        "SELECT d.id, {label} AS label, l.external_id,
            CASE WHEN d.pending = 1 AND d.tried_version < d.version THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS untried,
            {net} AS net, {tax} AS tax, {gross} AS gross, {outstanding} AS outstanding
        FROM {source} AND d.id > $4 ORDER BY d.id LIMIT $5"
    ))
    .bind(scope.connection_id)
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

/// Keeps what a run's tie-out found of an entity.
pub async fn store(tx: &mut Tx, company_id: &str, run_id: &str, found: &EntityTieOut, now: i64) -> Result<(), anyhow::Error> {
    sql("INSERT INTO tie_outs (run_id, entity, company_id, local_totals, external_totals, in_balance, differences, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (run_id, entity) DO UPDATE SET local_totals = excluded.local_totals, external_totals = excluded.external_totals,
            in_balance = excluded.in_balance, differences = excluded.differences, at = excluded.at")
    .bind(run_id)
    .bind(found.entity.as_str())
    .bind(company_id)
    .bind(serde_json::to_string(&found.local)?)
    .bind(serde_json::to_string(&found.external)?)
    .bind(found.in_balance())
    .bind(serde_json::to_string(&found.differences)?)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether all entities of the company's last tie-out were in balance; `None` before the first.
pub async fn was_in_balance<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Option<bool>> {
    let (least,): (Option<i64>,) = sql("SELECT MIN(in_balance) FROM tie_outs
        WHERE run_id = (SELECT run_id FROM tie_outs WHERE company_id = $1 ORDER BY at DESC, run_id DESC LIMIT 1)")
    .bind(company_id)
    .one(on)
    .await?;
    Ok(least.map(|least| least == 1))
}

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

/// What a run's tie-out found; empty where it made none.
pub async fn of_run<'a>(on: impl Into<On<'a>>, run_id: &str) -> sqlx::Result<Vec<StoredTieOut>> {
    sql("SELECT run_id, entity, local_totals, external_totals, differences, at FROM tie_outs WHERE run_id = $1")
        .bind(run_id)
        .all(on)
        .await
}

/// The company's last tie-out, all entities of it; empty before the first.
pub async fn latest<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<StoredTieOut>> {
    sql("SELECT run_id, entity, local_totals, external_totals, differences, at FROM tie_outs
        WHERE run_id = (SELECT run_id FROM tie_outs WHERE company_id = $1 ORDER BY at DESC, run_id DESC LIMIT 1)")
    .bind(company_id)
    .all(on)
    .await
}
