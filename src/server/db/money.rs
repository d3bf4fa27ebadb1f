//! Money against documents, and credit applied to them, as both come in and are taken back. What is paid of a document is
//! kept beside it and moves with each row: for credit that is applied, with both of its documents.

use super::actions::chosen::PAYMENT_LABEL;
use super::query::{On, sql};
use super::{Tx, new_id};
use crate::domain::message::Entity;

/// A payment to store. Where `credit_id` names a document, it is credit taken from that one.
pub struct Payment<'a> {
    pub document_id: &'a str,
    pub credit_id: Option<&'a str>,
    /// External id of the other document, where only one of the two is held here.
    pub elsewhere: &'a str,
    /// `YYYY-MM-DD`.
    pub paid_on: &'a str,
    pub amount: i64,
    pub reference: &'a str,
    /// Made here, and still to be sent.
    pub pending: bool,
}

/// Stores a payment; what is paid of its documents moves with it.
pub async fn insert(tx: &mut Tx, company_id: &str, payment: &Payment<'_>, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO payments (id, company_id, document_id, credit_id, elsewhere, paid_on, amount, currency, reference, pending,
            tried_version, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, currency, $8, $9, $10, $11 FROM documents WHERE id = $3")
    .bind(&id)
    .bind(company_id)
    .bind(payment.document_id)
    .bind(payment.credit_id)
    .bind(payment.elsewhere)
    .bind(payment.paid_on)
    .bind(payment.amount)
    .bind(payment.reference)
    .bind(payment.pending)
    .bind(i64::from(!payment.pending))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    pay(tx, payment.document_id, payment.amount).await?;
    if let Some(credit_id) = payment.credit_id {
        pay(tx, credit_id, -payment.amount).await?;
    }
    Ok(id)
}

async fn pay(tx: &mut Tx, document_id: &str, amount: i64) -> sqlx::Result<()> {
    sql("UPDATE documents SET paid = paid + $2 WHERE id = $1").bind(document_id).bind(amount).execute(tx).await?;
    Ok(())
}

/// Takes a payment back as a new version of it, and answers that; `None` where it was taken back before. `pending`: the
/// other side is still to be told.
pub async fn take_back(tx: &mut Tx, id: &str, pending: bool, now: i64) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64, String, Option<String>, i64)> =
        sql("UPDATE payments SET removed = 1, version = version + 1, pending = $2, updated_at = $3,
            tried_version = CASE WHEN $2 = 1 THEN tried_version ELSE version + 1 END
        WHERE id = $1 AND removed = 0 RETURNING version, document_id, credit_id, amount")
        .bind(id)
        .bind(i64::from(pending))
        .bind(now)
        .returning(&mut *tx)
        .await?;
    let Some((version, document_id, credit_id, amount)) = row else { return Ok(None) };
    pay(tx, &document_id, -amount).await?;
    if let Some(credit_id) = credit_id {
        pay(tx, &credit_id, amount).await?;
    }
    Ok(Some(version))
}

/// What an incoming payment may change of one that is held.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Held {
    pub version: i64,
    pub removed: i64,
    pub pending: i64,
    pub elsewhere: String,
}

pub async fn held<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<Held>> {
    sql("SELECT version, removed, pending, elsewhere FROM payments WHERE id = $1").bind(id).optional(on).await
}

/// `for INV-12`, or `CN-7 applied to INV-12`.
pub async fn label<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = sql(format!(
        "SELECT {PAYMENT_LABEL} FROM payments p JOIN documents d ON d.id = p.document_id
        LEFT JOIN documents cd ON cd.id = p.credit_id WHERE p.id = $1"
    ))
    .bind(id)
    .optional(on)
    .await?;
    Ok(row.map(|(label,)| label))
}

/// Credit applied of a document, as far as the accounting side has it too and nobody took it back on both sides.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Applied {
    pub external_id: String,
    pub paid_on: String,
    pub amount: i64,
    pub reference: String,
}

/// All of it that has been there. `credit_id` is empty where the credit itself is not held here; `there` is its external id.
pub async fn applied<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    company_id: &str,
    credit_id: &str,
    there: &str,
) -> sqlx::Result<Vec<Applied>> {
    let columns = "id, company_id, paid_on, amount, reference, removed, pending";
    sql(format!(
        "SELECT l.external_id, p.paid_on, p.amount, p.reference FROM (
            SELECT {columns} FROM payments WHERE credit_id = $3
            UNION ALL SELECT {columns} FROM payments WHERE document_id = $3 AND elsewhere <> ''
            UNION ALL SELECT {columns} FROM payments WHERE elsewhere = $4 AND elsewhere <> '') p
        JOIN links l ON l.connection_id = $1 AND l.entity = 'payment' AND l.local_id = p.id
        WHERE p.company_id = $2 AND l.external_id IS NOT NULL AND (p.removed = 0 OR p.pending = 1)"
    ))
    .bind(connection_id)
    .bind(company_id)
    .bind(credit_id)
    .bind(there)
    .all(on)
    .await
}

/// A document came in, or was found, whose other end of applied credit is held already: puts it into those rows.
pub async fn complete(tx: &mut Tx, company_id: &str, entity: Entity, id: &str, there: &str) -> sqlx::Result<()> {
    let waiting: Vec<(String, i64, i64)> =
        sql("SELECT id, amount, removed FROM payments WHERE company_id = $1 AND elsewhere = $2 AND elsewhere <> ''")
            .bind(company_id)
            .bind(there)
            .all(&mut *tx)
            .await?;
    let set = match entity {
        Entity::CreditNote => "credit_id = $2",
        // It stood against the credit alone, which is below nought.
        _ => "credit_id = document_id, document_id = $2, amount = -amount",
    };
    for (payment, amount, removed) in waiting {
        sql(format!("UPDATE payments SET {set}, elsewhere = '' WHERE id = $1")).bind(payment).bind(id).execute(&mut *tx).await?;
        if removed == 0 {
            pay(&mut *tx, id, -amount).await?;
        }
    }
    Ok(())
}
