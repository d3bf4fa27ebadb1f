//! Accounts, tax rates and tracking options as the accounting software last told them, and what the local ones
//! are matched to.

use super::query::{On, placeholders, sql};
use super::{Tx, insert};
use crate::domain::matching::{ExternalItem, ReferenceKind};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredItem {
    pub kind: String,
    pub external_id: String,
    pub code: String,
    pub name: String,
    pub rate_e4: Option<i64>,
    pub archived: i64,
}

impl StoredItem {
    /// What can be matched to; `None` where the accounting side has archived it.
    pub fn offered(&self) -> Option<ExternalItem> {
        let kind = ReferenceKind::parse(&self.kind).filter(|_| self.archived == 0)?;
        Some(self.external(kind))
    }

    pub fn external(&self, kind: ReferenceKind) -> ExternalItem {
        let StoredItem { external_id, code, name, rate_e4, .. } = self.clone();
        ExternalItem { kind, external_id, code, name, rate_e4 }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Mapping {
    pub kind: String,
    pub local_value: String,
    /// Empty where a choice was taken back.
    pub external_id: String,
    /// Empty in choices older than that being noted, and so is the time 0.
    pub decided_by: String,
    pub decided_at: i64,
}

/// What documents that go out use of a kind: how many of them, what their lines come to, and the latest of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LocalUse {
    pub value: String,
    pub documents: i64,
    pub lines: i64,
    /// Sums of amounts without their signs, in minor units.
    pub net: i64,
    pub tax: i64,
    pub latest: String,
}

pub async fn items<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<StoredItem>> {
    sql("SELECT kind, external_id, code, name, rate_e4, archived FROM reference_items WHERE company_id = $1 ORDER BY kind, code")
        .bind(company_id)
        .all(on)
        .await
}

/// Puts what the accounting side holds of a kind in place of what it held last time.
pub async fn replace(tx: &mut Tx, company_id: &str, kind: ReferenceKind, items: &[StoredItem], now: i64) -> sqlx::Result<()> {
    sql("DELETE FROM reference_items WHERE company_id = $1 AND kind = $2")
        .bind(company_id)
        .bind(kind.as_str())
        .execute(&mut *tx)
        .await?;
    let rows = items.iter().map(|item| {
        [
            company_id.into(),
            kind.as_str().into(),
            (&item.external_id).into(),
            (&item.code).into(),
            (&item.name).into(),
            item.rate_e4.into(),
            item.archived.into(),
        ]
    });
    let into = "reference_items (company_id, kind, external_id, code, name, rate_e4, archived)";
    insert::rows(&mut *tx, into, rows.collect()).await?;
    was_read(tx, company_id, kind.as_str(), now).await
}

/// Notes that the accounting side's items of a kind were read.
pub async fn was_read(tx: &mut Tx, company_id: &str, kind: &str, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO list_readings (company_id, kind, read_at) VALUES ($1, $2, $3)
        ON CONFLICT (company_id, kind) DO UPDATE SET read_at = excluded.read_at")
    .bind(company_id)
    .bind(kind)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// When the items of these kinds were last read, the one that was longest ago.
pub async fn read_at<'a>(on: impl Into<On<'a>>, company_id: &str, kinds: &[&str]) -> sqlx::Result<Option<i64>> {
    let (at,): (Option<i64>,) = sql(format!(
        "SELECT min(read_at) FROM list_readings WHERE company_id = $1 AND kind IN ({})",
        placeholders(2, kinds.len())
    ))
    .bind(company_id)
    .bind_all(kinds.iter().copied())
    .one(on)
    .await?;
    Ok(at)
}

pub async fn mappings<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<Mapping>> {
    sql("SELECT kind, local_value, external_id, decided_by, decided_at FROM mappings WHERE company_id = $1")
        .bind(company_id)
        .all(on)
        .await
}

/// What a value is called on the accounting side from now on; an empty id takes an earlier choice back.
pub async fn set_mapping(
    tx: &mut Tx,
    company_id: &str,
    kind: ReferenceKind,
    local: &str,
    external_id: &str,
    by: &str,
    now: i64,
) -> sqlx::Result<()> {
    sql("INSERT INTO mappings (company_id, kind, local_value, external_id, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (company_id, kind, local_value) DO UPDATE
        SET external_id = excluded.external_id, decided_by = excluded.decided_by, decided_at = excluded.decided_at")
    .bind(company_id)
    .bind(kind.as_str())
    .bind(local)
    .bind(external_id)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Which documents go out, and where from.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub company_id: &'a str,
    pub connection_id: &'a str,
    /// Documents dated before this day are left alone.
    pub sync_from: &'a str,
}

/// About documents `d` of the company `$1`: of a kind that goes out, approved, dated from `$2` on, and not left out of syncs by
/// the connection `$3`.
pub(super) const GOES_OUT: &str = "d.company_id = $1 AND d.state = 'approved' AND d.issue_date >= $2
    AND d.kind IN ('sales_invoice', 'bill', 'sales_credit_note', 'bill_credit_note')
    AND d.id NOT IN (SELECT u.local_id FROM links u WHERE u.connection_id = $3 AND u.state = 'unlinked'
        AND u.entity IN ('invoice', 'bill', 'credit_note'))";

/// Distinct values in use, the most used first. Tracking comes as documents carry it, several options in one text.
pub async fn in_use<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, kind: ReferenceKind) -> sqlx::Result<Vec<LocalUse>> {
    let column = match kind {
        ReferenceKind::Account => "account_code",
        ReferenceKind::TaxRate => "tax_type",
        ReferenceKind::Tracking => "tracking",
    };
    sql(format!(
        "SELECT l.{column} AS value, count(DISTINCT d.id) AS documents, count(*) AS lines, CAST(sum(abs(l.net)) AS BIGINT) AS net,
            CAST(sum(abs(l.tax)) AS BIGINT) AS tax, max(d.id) AS latest
        FROM document_lines l JOIN documents d ON d.id = l.document_id
        WHERE {GOES_OUT} AND l.{column} <> '' GROUP BY l.{column} ORDER BY documents DESC, value"
    ))
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(scope.connection_id)
    .all(on)
    .await
}

/// Id, kind and number of documents.
pub async fn named<'a>(on: impl Into<On<'a>>, ids: &[&str]) -> sqlx::Result<Vec<(String, String, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql(format!("SELECT id, kind, number FROM documents WHERE id IN ({})", placeholders(1, ids.len())))
        .bind_all(ids.iter().copied())
        .all(on)
        .await
}

/// What a confirmation sends and leaves alone: for each kind of document how many go out and the first of their days, how
/// many are dated before, and how many are drafts.
pub async fn outlook<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<Vec<(String, i64, Option<String>, i64, i64)>> {
    sql(format!(
        "SELECT kind, count(CASE WHEN goes_out = 1 THEN 1 END), min(CASE WHEN goes_out = 1 THEN issue_date END),
            count(CASE WHEN state = 'approved' AND issue_date < $2 THEN 1 END),
            count(CASE WHEN state = 'draft' AND issue_date >= $2 THEN 1 END)
        FROM (SELECT d.kind, d.issue_date, d.state, CASE WHEN {GOES_OUT} THEN 1 ELSE 0 END AS goes_out
            FROM documents d WHERE d.company_id = $1) all_of_them
        GROUP BY kind ORDER BY kind DESC"
    ))
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(scope.connection_id)
    .all(on)
    .await
}
