//! What we hold of a record, whole: to lay beside what the other side holds, or to make a new version of it.

use super::documents::DocumentFacts;
use super::query::{On, sql};
use super::{contacts::ContactDetails, pending};
use crate::domain::document::{DocumentKind, DocumentState};

/// A stored document with its lines.
pub struct HeldDocument {
    pub facts: DocumentFacts,
    pub contact_id: String,
    pub state: DocumentState,
    pub version: i64,
    pub tried_version: i64,
    pub pending: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    number: String,
    contact_id: String,
    contact: String,
    reference: String,
    issue_date: String,
    due_date: String,
    currency: String,
    state: String,
    version: i64,
    tried_version: i64,
    pending: i64,
}

pub async fn document(tx: &mut super::Tx, company_id: &str, id: &str) -> sqlx::Result<Option<HeldDocument>> {
    let row: Option<Row> =
        sql("SELECT d.kind, d.number, d.contact_id, c.name AS contact, d.reference, d.issue_date, d.due_date, d.currency,
            d.state, d.version, d.tried_version, d.pending
        FROM documents d JOIN contacts c ON c.id = d.contact_id WHERE d.company_id = $1 AND d.id = $2")
        .bind(company_id)
        .bind(id)
        .optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let lines = pending::lines(tx, &[id]).await?.into_iter().map(|(_, line)| line).collect();
    Ok(Some(HeldDocument {
        facts: DocumentFacts {
            // The columns hold only words these enums wrote.
            kind: DocumentKind::parse(&row.kind).unwrap_or(DocumentKind::SalesInvoice),
            number: row.number,
            contact: row.contact,
            reference: row.reference,
            issue_date: row.issue_date,
            due_date: row.due_date,
            currency: row.currency,
            lines,
        },
        contact_id: row.contact_id,
        state: DocumentState::parse(&row.state).unwrap_or(DocumentState::Approved),
        version: row.version,
        tried_version: row.tried_version,
        pending: row.pending != 0,
    }))
}

/// A stored contact.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HeldContact {
    #[sqlx(flatten)]
    pub details: ContactDetails,
    pub archived: i64,
    pub version: i64,
    pub tried_version: i64,
}

pub async fn contact<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<HeldContact>> {
    sql("SELECT name, email, address, country, archived, version, tried_version FROM contacts WHERE company_id = $1 AND id = $2")
        .bind(company_id)
        .bind(id)
        .optional(on)
        .await
}

/// A stored payment.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HeldPayment {
    pub paid_on: String,
    pub amount: i64,
    pub reference: String,
    pub document_external_id: Option<String>,
    /// Where it is credit that is applied.
    pub credit_kind: Option<String>,
    pub credit_external_id: Option<String>,
    pub version: i64,
    pub tried_version: i64,
}

pub async fn payment<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    company_id: &str,
    id: &str,
) -> sqlx::Result<Option<HeldPayment>> {
    sql(format!(
        "SELECT p.paid_on, p.amount, p.reference, l.external_id AS document_external_id, cd.kind AS credit_kind,
            cl.external_id AS credit_external_id, p.version, p.tried_version
        FROM payments p JOIN documents d ON d.id = p.document_id LEFT JOIN documents cd ON cd.id = p.credit_id
        LEFT JOIN links l ON l.connection_id = $1 AND l.local_id = d.id AND l.entity = {}
        LEFT JOIN links cl ON cl.connection_id = $1 AND cl.local_id = p.credit_id AND cl.entity = 'credit_note'
        WHERE p.company_id = $2 AND p.id = $3",
        super::actions::chosen::DOCUMENT_ENTITY
    ))
    .bind(connection_id)
    .bind(company_id)
    .bind(id)
    .optional(on)
    .await
}
