//! Invoices, bills and credit notes as rows, each with its lines and every version it ever had.

use super::query::{On, Value, placeholders, sql};
use super::{Tx, insert, new_id};
use crate::domain::document::{DocumentState, Line, Totals};
use sha2::{Digest, Sha256};

pub use crate::domain::document::DocumentFacts;

/// A document's facts on their way into the store.
pub struct Prepared {
    pub facts: DocumentFacts,
    pub contact_id: String,
    pub totals: Totals,
    content: String,
    pub content_hash: String,
}

impl Prepared {
    pub fn new(facts: DocumentFacts, contact_id: String) -> Result<Prepared, serde_json::Error> {
        let content = serde_json::to_string(&facts)?;
        let content_hash = Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Prepared { totals: Totals::of(&facts.lines), facts, contact_id, content, content_hash })
    }

    /// In what its number is one of a kind: the company, or the contact; `id` itself where two may have the same.
    fn number_scope<'a>(&'a self, id: &'a str) -> &'a str {
        match self.facts.kind {
            kind if kind.number_is_ours() => "",
            kind if kind.comes_in_only() => id,
            _ => &self.contact_id,
        }
    }
}

/// Who makes a version, and whether it still has to be sent: what came in from the accounting side has not.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    pub by: &'a str,
    pub pending: bool,
}

impl Made<'_> {
    /// The version that counts as tried: what came in needs no try.
    fn tried(self, version: i64) -> i64 {
        if self.pending { 0 } else { version }
    }
}

/// What is stored under a number.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredDocument {
    pub id: String,
    pub kind: String,
    pub number: String,
    pub state: String,
    pub version: i64,
    pub content_hash: String,
}

/// The company's sales documents with one of these numbers.
pub async fn sales_by_numbers<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    numbers: &[&str],
) -> sqlx::Result<Vec<StoredDocument>> {
    if numbers.is_empty() {
        return Ok(vec![]);
    }
    sql(format!(
        "SELECT id, kind, number, state, version, content_hash FROM documents
        WHERE company_id = $1 AND kind IN ('sales_invoice', 'sales_credit_note') AND number_scope = '' AND number IN ({})",
        placeholders(2, numbers.len())
    ))
    .bind(company_id)
    .bind_all(numbers.iter().copied())
    .all(on)
    .await
}

/// Stores approved documents; answers their ids in order.
pub async fn insert(
    tx: &mut Tx,
    company_id: &str,
    documents: &[Prepared],
    made: Made<'_>,
    now: i64,
) -> sqlx::Result<Vec<String>> {
    let ids: Vec<String> = documents.iter().map(|_| new_id()).collect();
    let with_ids: Vec<(&str, &Prepared)> = ids.iter().map(String::as_str).zip(documents).collect();
    let rows = with_ids.iter().map(|(id, document)| {
        let facts = &document.facts;
        [
            (*id).into(),
            company_id.into(),
            facts.kind.as_str().into(),
            (&facts.number).into(),
            document.number_scope(id).into(),
            (&document.contact_id).into(),
            (&facts.reference).into(),
            (&facts.issue_date).into(),
            (&facts.due_date).into(),
            (&facts.currency).into(),
            document.totals.net.into(),
            document.totals.tax.into(),
            document.totals.gross.into(),
            DocumentState::Approved.as_str().into(),
            (&document.content_hash).into(),
            made.pending.into(),
            made.tried(1).into(),
            now.into(),
        ]
    });
    let into = "documents (id, company_id, kind, number, number_scope, contact_id, reference, issue_date, due_date, currency, \
        net, tax, gross, state, content_hash, pending, tried_version, updated_at)";
    insert::rows(tx, into, rows.collect()).await?;
    insert_lines(tx, &with_ids).await?;
    let first: Vec<_> = with_ids.iter().map(|(id, document)| (*id, 1, *document)).collect();
    insert_versions(tx, &first, made, now).await?;
    Ok(ids)
}

/// A new version of a stored document.
pub struct Replacement<'a> {
    pub id: &'a str,
    /// The new version's number.
    pub version: i64,
    pub state: DocumentState,
    pub document: &'a Prepared,
}

/// Puts a new version in the place of a stored document.
pub async fn replace(tx: &mut Tx, new: &Replacement<'_>, made: Made<'_>, now: i64) -> sqlx::Result<()> {
    let (document, facts) = (new.document, &new.document.facts);
    sql(
        "UPDATE documents SET contact_id = $2, reference = $3, issue_date = $4, due_date = $5, currency = $6, net = $7, tax = $8,
            gross = $9, content_hash = $10, version = $11, pending = $12, tried_version = $13, state = $14, number = $15,
            number_scope = $16, updated_at = $17
        WHERE id = $1",
    )
    .bind(new.id)
    .bind(&document.contact_id)
    .bind(&facts.reference)
    .bind(&facts.issue_date)
    .bind(&facts.due_date)
    .bind(&facts.currency)
    .bind(document.totals.net)
    .bind(document.totals.tax)
    .bind(document.totals.gross)
    .bind(&document.content_hash)
    .bind(new.version)
    .bind(made.pending)
    .bind(made.tried(new.version))
    .bind(new.state.as_str())
    .bind(&facts.number)
    .bind(document.number_scope(new.id))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sql("DELETE FROM document_lines WHERE document_id = $1").bind(new.id).execute(&mut *tx).await?;
    insert_lines(tx, &[(new.id, document)]).await?;
    insert_versions(tx, &[(new.id, new.version, document)], made, now).await
}

async fn insert_lines(tx: &mut Tx, documents: &[(&str, &Prepared)]) -> sqlx::Result<()> {
    let rows = documents
        .iter()
        .flat_map(|(id, document)| document.facts.lines.iter().zip(1..).map(|(line, place)| line_row(id, place, line)));
    let into = "document_lines (document_id, position, item_code, description, quantity_e4, unit_amount_e4, discount_e4, \
        account_code, tax_type, tracking, net, tax)";
    insert::rows(tx, into, rows.collect()).await
}

fn line_row(document_id: &str, place: i64, line: &Line) -> [Value; 12] {
    [
        document_id.into(),
        place.into(),
        (&line.item_code).into(),
        (&line.description).into(),
        line.quantity_e4.into(),
        line.unit_amount_e4.into(),
        line.discount_e4.into(),
        (&line.account_code).into(),
        (&line.tax_type).into(),
        (&line.tracking).into(),
        line.net.into(),
        line.tax.into(),
    ]
}

async fn insert_versions(tx: &mut Tx, documents: &[(&str, i64, &Prepared)], made: Made<'_>, now: i64) -> sqlx::Result<()> {
    let rows = documents
        .iter()
        .map(|(id, version, document)| [(*id).into(), (*version).into(), (&document.content).into(), made.by.into(), now.into()]);
    insert::rows(tx, "document_versions (document_id, version, content, made_by, made_at)", rows.collect()).await
}
