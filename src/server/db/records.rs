//! One document, contact or payment with what its page shows of it: always of the company that was asked for, so
//! that the id of another company's record names nothing.

use super::query::{On, placeholders, sql};
use super::search;
use crate::domain::document::DocumentKind;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Document {
    pub id: String,
    pub kind: String,
    pub number: String,
    pub contact_id: String,
    /// The contact's name.
    pub contact: String,
    pub reference: String,
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    pub paid: i64,
    pub state: String,
    pub version: i64,
    pub pending: i64,
    pub tried_version: i64,
}

const DOCUMENT: &str = "SELECT d.id, d.kind, d.number, d.contact_id, c.name AS contact, d.reference, d.issue_date, d.due_date, d.currency, \
    d.net, d.tax, d.gross, d.paid, d.state, d.version, d.pending, d.tried_version \
    FROM documents d JOIN contacts c ON c.id = d.contact_id";

pub async fn document<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Document>> {
    sql(format!("{DOCUMENT} WHERE d.company_id = $1 AND d.id = $2")).bind(company_id).bind(id).optional(on).await
}

/// Whether another document of the company has this number. `scope` is empty for sales numbers, the contact's id for
/// a supplier's.
pub async fn number_is_taken<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    kind: DocumentKind,
    number: &str,
    scope: &str,
    except: &str,
) -> sqlx::Result<bool> {
    let found: Option<(String,)> =
        sql("SELECT id FROM documents WHERE company_id = $1 AND kind = $2 AND number = $3 AND number_scope = $4 AND id <> $5")
            .bind(company_id)
            .bind(kind.as_str())
            .bind(number)
            .bind(scope)
            .bind(except)
            .optional(on)
            .await?;
    Ok(found.is_some())
}

/// The company's documents of these kinds that have a number: two are enough to know that it does not tell which.
pub async fn ids_by_number<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    kinds: &[DocumentKind],
    number: &str,
) -> sqlx::Result<Vec<String>> {
    let ids: Vec<(String,)> = sql(format!(
        "SELECT id FROM documents WHERE company_id = $1 AND number = $2 AND kind IN ({}) LIMIT 2",
        placeholders(3, kinds.len())
    ))
    .bind(company_id)
    .bind(number)
    .bind_all(kinds.iter().map(|kind| kind.as_str()))
    .all(on)
    .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub address: String,
    pub country: String,
    pub archived: i64,
    pub version: i64,
    pub pending: i64,
    pub tried_version: i64,
}

const CONTACT: &str =
    "SELECT id, name, name_key, email, address, country, archived, version, pending, tried_version FROM contacts";

pub async fn contact<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Contact>> {
    sql(format!("{CONTACT} WHERE company_id = $1 AND id = $2")).bind(company_id).bind(id).optional(on).await
}

/// `key` is a name as [`super::companies::name_key`] writes it.
pub async fn contact_by_key<'a>(on: impl Into<On<'a>>, company_id: &str, key: &str) -> sqlx::Result<Option<Contact>> {
    sql(format!("{CONTACT} WHERE company_id = $1 AND name_key = $2")).bind(company_id).bind(key).optional(on).await
}

/// Names of contacts in use that begin with a text (as [`super::companies::name_key`] writes it), in their order.
pub async fn contact_names<'a>(on: impl Into<On<'a>>, company_id: &str, key: &str, limit: i64) -> sqlx::Result<Vec<String>> {
    let names: Vec<(String,)> =
        sql("SELECT name FROM contacts WHERE company_id = $1 AND name_key LIKE $2 ESCAPE '\\' AND archived = 0 ORDER BY name_key LIMIT $3")
            .bind(company_id)
            .bind(search::beginning(key))
            .bind(limit)
            .all(on)
            .await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// A contact's documents, those issued last first.
pub async fn documents_of<'a>(on: impl Into<On<'a>>, contact_id: &str, offset: i64, limit: i64) -> sqlx::Result<Vec<Document>> {
    sql(format!("{DOCUMENT} WHERE d.contact_id = $1 ORDER BY d.issue_date DESC, d.id DESC LIMIT $2 OFFSET $3"))
        .bind(contact_id)
        .bind(limit)
        .bind(offset)
        .all(on)
        .await
}

pub async fn count_documents_of<'a>(on: impl Into<On<'a>>, contact_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT count(*) FROM documents WHERE contact_id = $1").bind(contact_id).one(on).await?;
    Ok(n)
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Payment {
    pub id: String,
    pub document_id: String,
    pub document_kind: String,
    pub document_number: String,
    pub document_issue_date: String,
    pub credit_id: Option<String>,
    pub credit_kind: Option<String>,
    pub credit_number: Option<String>,
    /// External id of a document that is not held here and that it concerns as well; else empty.
    pub elsewhere: String,
    pub removed: i64,
    pub paid_on: String,
    pub amount: i64,
    pub currency: String,
    pub reference: String,
    pub version: i64,
    pub pending: i64,
    pub tried_version: i64,
}

const PAYMENT: &str = "SELECT p.id, p.document_id, d.kind AS document_kind, d.number AS document_number, d.issue_date AS document_issue_date, \
    p.credit_id, cd.kind AS credit_kind, cd.number AS credit_number, p.elsewhere, p.removed, \
    p.paid_on, p.amount, p.currency, p.reference, p.version, p.pending, p.tried_version \
    FROM payments p JOIN documents d ON d.id = p.document_id LEFT JOIN documents cd ON cd.id = p.credit_id";

pub async fn payment<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Payment>> {
    sql(format!("{PAYMENT} WHERE p.company_id = $1 AND p.id = $2")).bind(company_id).bind(id).optional(on).await
}

/// The payments of a document, and of a credit what is applied of it, in the order of their days.
pub async fn payments_of<'a>(on: impl Into<On<'a>>, document_id: &str, limit: i64) -> sqlx::Result<Vec<Payment>> {
    sql(format!("{PAYMENT} WHERE p.document_id = $1 OR p.credit_id = $1 ORDER BY p.paid_on, p.id LIMIT $2"))
        .bind(document_id)
        .bind(limit)
        .all(on)
        .await
}

/// What credit could be applied to: a contact's documents of a kind and currency that owe something, from a day on and not
/// left out of syncs, those due first at the top. `connection_id` is empty where there is none.
pub async fn open_documents<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    credit: &Document,
    kind: DocumentKind,
    from: &str,
    limit: i64,
) -> sqlx::Result<Vec<Document>> {
    sql(format!(
        "{DOCUMENT} LEFT JOIN links l ON l.connection_id = $1 AND l.entity = $2 AND l.local_id = d.id
        WHERE d.contact_id = $3 AND d.kind = $4 AND d.currency = $5 AND d.state = 'approved' AND d.gross > d.paid
            AND d.issue_date >= $6 AND COALESCE(l.state, 'linked') = 'linked'
        ORDER BY d.due_date, d.id LIMIT $7"
    ))
    .bind(connection_id)
    .bind(kind.entity().as_str())
    .bind(&credit.contact_id)
    .bind(kind.as_str())
    .bind(&credit.currency)
    .bind(from)
    .bind(limit)
    .all(on)
    .await
}
