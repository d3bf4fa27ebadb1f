//! The ledger's payments as they are stored. A payment is never changed; it can be taken back, and is gone then.

use crate::server::connectors::{Content, External, PaymentContent};
use crate::server::db::{
    Tx, insert,
    query::{placeholders, sql},
};

pub const COLUMNS: &str = "id, document_id, paid_on, amount, reference, seq";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Payment {
    pub id: String,
    pub document_id: String,
    pub paid_on: String,
    pub amount: i64,
    pub reference: String,
    pub seq: i64,
}

impl From<Payment> for External {
    fn from(payment: Payment) -> Self {
        let Payment { id, document_id, paid_on, amount, reference, .. } = payment;
        let content = PaymentContent { document_id, paid_on, amount, reference, ..PaymentContent::default() };
        External { external_id: id, content: Content::Payment(content), outstanding: 0, applied: None }
    }
}

pub async fn insert(tx: &mut Tx, ledger_id: &str, payments: &[Payment]) -> sqlx::Result<()> {
    let rows = payments.iter().map(|payment| {
        [
            (&payment.id).into(),
            ledger_id.into(),
            (&payment.document_id).into(),
            (&payment.paid_on).into(),
            payment.amount.into(),
            (&payment.reference).into(),
            payment.seq.into(),
        ]
    });
    insert::rows(tx, "practice_payments (id, ledger_id, document_id, paid_on, amount, reference, seq)", rows.collect()).await
}

/// Those of these ids that are there.
pub async fn by_ids(tx: &mut Tx, ledger_id: &str, ids: &[&str]) -> sqlx::Result<Vec<Payment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(2, ids.len());
    sql(format!("SELECT {COLUMNS} FROM practice_payments WHERE ledger_id = $1 AND id IN ({places})"))
        .bind(ledger_id)
        .bind_all(ids.iter().copied())
        .all(tx)
        .await
}

pub async fn delete(tx: &mut Tx, ledger_id: &str, ids: &[String]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let places = placeholders(2, ids.len());
    sql(format!("DELETE FROM practice_payments WHERE ledger_id = $1 AND id IN ({places})"))
        .bind(ledger_id)
        .bind_all(ids)
        .execute(tx)
        .await?;
    Ok(())
}
