//! Payments: what is owed, signs, and what they do to their document.

use super::{Practice, code, item, payment};
use crate::harness::on_each_database;
use tieout::domain::document::DocumentKind;
use tieout::domain::message::Entity;
use tieout::server::connectors::{
    Connector, ConnectorError, Content, Credit, Dataset, DocumentContent, NaturalKey, PaymentContent, practice::panel,
};

#[tokio::test]
async fn payments_settle_an_invoice_and_no_more() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let first = practice.pay(&invoice, 10_000).await.unwrap();
        let refused = practice.pay(&invoice, 2_001).await;
        let Err(ConnectorError::Validation { code: refused, message, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(refused, "payment_above_outstanding");
        assert_eq!(message, "Payment amount exceeds the amount outstanding on this document");
        assert_eq!(practice.only_document(Dataset::Invoices).await.1, 2_000);
        practice.pay(&invoice, 2_000).await.unwrap();
        assert_eq!(practice.only_document(Dataset::Invoices).await.1, 0);
        assert_eq!(code(practice.pay(&invoice, 1).await), "payment_above_outstanding");
        for wrong in [0, -1] {
            assert_eq!(code(practice.pay(&invoice, wrong).await), "payment_sign");
        }
        assert_eq!(code(practice.pay("none", 1).await), "document_unknown");
        assert_eq!(code(practice.push_one(item(Some(&first), payment(&invoice, 1))).await), "payment_fixed");
        let totals = practice.connector.control_totals(Entity::Payment, "").await.unwrap();
        assert_eq!((totals.count, totals.gross), (2, 12_000));

        // The document is closed now.
        let changed = practice.change(&invoice, practice.invoice("1", &ann)).await;
        let Err(ConnectorError::Validation { message, .. }) = &changed else { panic!("{changed:?}") };
        assert!(message.starts_with("Invoice not of valid status for modification"), "{message}");
        let voided = DocumentContent { voided: true, ..practice.invoice("1", &ann) };
        assert_eq!(code(practice.change(&invoice, voided).await), "not_modifiable");
        assert!(matches!(panel::void_document(&db, &practice.ledger_id, "1").await, Err(panel::PanelError::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn a_credit_note_is_paid_out_below_zero() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let note = practice.add(practice.document(DocumentKind::SalesCreditNote, "C1", &ann)).await.unwrap();
        assert_eq!(practice.only_document(Dataset::CreditNotes).await.1, -12_000);
        assert_eq!(code(practice.pay(&note, 1).await), "payment_sign");
        assert_eq!(code(practice.pay(&note, -12_001).await), "payment_above_outstanding");
        practice.pay(&note, -2_000).await.unwrap();
        assert_eq!(practice.only_document(Dataset::CreditNotes).await.1, -10_000);
    })
    .await;
}

#[tokio::test]
async fn payments_of_one_batch_see_each_other() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let batch = [7_000, 7_000, 5_000].map(|amount| item(None, payment(&invoice, amount)));
        let outcomes = practice.connector.push(&batch).await.unwrap();
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(practice.only_document(Dataset::Invoices).await.1, 0);
        let seen = practice.pull_all(Dataset::Payments).await;
        assert_eq!(seen[0].content, payment(&invoice, 7_000));
        let key = NaturalKey::Payment {
            document_id: invoice,
            paid_on: "2010-12-15".into(),
            amount: 5_000,
            reference: "BACS".into(),
            credit: None,
        };
        let found = practice.connector.find(&key).await.unwrap();
        assert_eq!(found.iter().map(|payment| &payment.external_id).collect::<Vec<_>>(), [outcomes[2].as_ref().unwrap()]);
    })
    .await;
}

#[tokio::test]
async fn payments_stay_out_of_locked_periods() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        panel::lock_period(&db, &practice.ledger_id, Some("2010-12-31")).await.unwrap();
        assert_eq!(code(practice.pay(&invoice, 1).await), "period_locked");
    })
    .await;
}

#[tokio::test]
async fn a_payment_is_taken_back_once_and_credit_is_not_applied() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let (first, second) = (practice.pay(&invoice, 5_000).await.unwrap(), practice.pay(&invoice, 2_000).await.unwrap());
        let Content::Payment(paid) = payment(&invoice, 5_000) else { unreachable!("a payment") };
        let gone = Content::Payment(PaymentContent { removed: true, ..paid.clone() });
        for _ in 0..2 {
            // The second time nothing is there to take back.
            assert_eq!(practice.push_one(item(Some(&first), gone.clone())).await, Ok(first.clone()));
            assert_eq!(practice.only_document(Dataset::Invoices).await.1, 10_000);
        }
        let left = practice.pull_all(Dataset::Payments).await;
        assert_eq!(left.iter().map(|one| &one.external_id).collect::<Vec<_>>(), [&second]);
        let totals = practice.connector.control_totals(Entity::Payment, "").await.unwrap();
        assert_eq!((totals.count, totals.gross), (1, 2_000));

        panel::lock_period(&db, &practice.ledger_id, Some("2010-12-31")).await.unwrap();
        assert_eq!(code(practice.push_one(item(Some(&second), gone)).await), "period_locked");
        let credit = Some(Credit { id: "note".into(), kind: DocumentKind::SalesCreditNote });
        let applied = Content::Payment(PaymentContent { credit, ..paid });
        assert_eq!(code(practice.push_one(item(None, applied)).await), "no_allocations");
    })
    .await;
}
