//! The ledger's payments as they are stored. A payment is never changed.

use crate::server::connectors::{Content, External, PaymentContent};
use crate::server::db::{Tx, insert};

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
        let content = PaymentContent { document_id, paid_on, amount, reference };
        External { external_id: id, content: Content::Payment(content), outstanding: 0 }
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
