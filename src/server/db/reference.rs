//! Accounts, tax rates and tracking options as the accounting software last told them, and what the local ones
//! are matched to.

use super::query::{On, sql};
use super::{Tx, insert};
use crate::domain::matching::ReferenceKind;

/// While contacts are being matched, the names of the accounting side's are kept among the reference items:
/// `code` is the name as [`super::companies::name_key`] compares it.
const CONTACT: &str = "contact";

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredItem {
    pub kind: String,
    pub external_id: String,
    pub code: String,
    pub name: String,
    pub rate_e4: Option<i64>,
    pub archived: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mapping {
    pub kind: String,
    pub local_value: String,
    pub external_id: String,
}

/// What the company's approved documents use of a kind, and how many documents use it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LocalUse {
    pub value: String,
    pub documents: i64,
}

pub async fn items<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<StoredItem>> {
    sql("SELECT kind, external_id, code, name, rate_e4, archived FROM reference_items WHERE company_id = $1 AND kind <> 'contact' ORDER BY kind, code")
        .bind(company_id)
        .all(on)
        .await
}

/// Puts what the accounting side holds of a kind in place of what it held last time.
pub async fn replace(tx: &mut Tx, company_id: &str, kind: ReferenceKind, items: &[StoredItem]) -> sqlx::Result<()> {
    store(tx, company_id, kind.as_str(), items).await
}

async fn store(tx: &mut Tx, company_id: &str, kind: &str, items: &[StoredItem]) -> sqlx::Result<()> {
    sql("DELETE FROM reference_items WHERE company_id = $1 AND kind = $2").bind(company_id).bind(kind).execute(&mut *tx).await?;
    let rows = items.iter().map(|item| {
        [
            company_id.into(),
            kind.into(),
            (&item.external_id).into(),
            (&item.code).into(),
            (&item.name).into(),
            item.rate_e4.into(),
            item.archived.into(),
        ]
    });
    let into = "reference_items (company_id, kind, external_id, code, name, rate_e4, archived)";
    insert::rows(tx, into, rows.collect()).await
}

pub async fn mappings<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Vec<Mapping>> {
    sql("SELECT kind, local_value, external_id FROM mappings WHERE company_id = $1").bind(company_id).all(on).await
}

pub async fn set_mapping(tx: &mut Tx, company_id: &str, kind: ReferenceKind, local: &str, external_id: &str) -> sqlx::Result<()> {
    sql("INSERT INTO mappings (company_id, kind, local_value, external_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (company_id, kind, local_value) DO UPDATE SET external_id = excluded.external_id")
    .bind(company_id)
    .bind(kind.as_str())
    .bind(local)
    .bind(external_id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn clear_mapping(tx: &mut Tx, company_id: &str, kind: ReferenceKind, local: &str) -> sqlx::Result<()> {
    sql("DELETE FROM mappings WHERE company_id = $1 AND kind = $2 AND local_value = $3")
        .bind(company_id)
        .bind(kind.as_str())
        .bind(local)
        .execute(tx)
        .await?;
    Ok(())
}

/// Distinct values in use, the most used first. Tracking comes as documents carry it, several options in one text.
pub async fn in_use<'a>(on: impl Into<On<'a>>, company_id: &str, kind: ReferenceKind) -> sqlx::Result<Vec<LocalUse>> {
    let column = match kind {
        ReferenceKind::Account => "account_code",
        ReferenceKind::TaxRate => "tax_type",
        ReferenceKind::Tracking => "tracking",
    };
    sql(format!(
        "SELECT l.{column} AS value, count(DISTINCT d.id) AS documents FROM document_lines l JOIN documents d ON d.id = l.document_id
        WHERE d.company_id = $1 AND d.state = 'approved' AND l.{column} <> '' GROUP BY l.{column} ORDER BY documents DESC, value"
    ))
    .bind(company_id)
    .all(on)
    .await
}

/// Keeps the names of the contacts the accounting side holds, for as long as contacts are being matched.
pub async fn replace_contacts(tx: &mut Tx, company_id: &str, contacts: &[StoredItem]) -> sqlx::Result<()> {
    store(tx, company_id, CONTACT, contacts).await
}

/// Forgets them: once onboarded, syncs find contacts by name and keep links.
pub async fn forget_contacts(tx: &mut Tx, company_id: &str) -> sqlx::Result<()> {
    store(tx, company_id, CONTACT, &[]).await
}

/// How many of the company's contacts the accounting side holds under the same name, and how many it does not.
pub async fn count_contacts<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<(i64, i64)> {
    let (all, matched): (i64, i64) = sql("SELECT count(*), count(r.code) FROM contacts c
        LEFT JOIN (SELECT DISTINCT code FROM reference_items WHERE company_id = $1 AND kind = 'contact') r ON r.code = c.name_key
        WHERE c.company_id = $1 AND c.archived = 0")
    .bind(company_id)
    .one(on)
    .await?;
    Ok((matched, all - matched))
}
