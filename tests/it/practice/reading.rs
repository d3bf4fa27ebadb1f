//! Pages of changes, natural keys, control totals and the listing behind them.

use super::{Practice, contact, item};
use crate::harness::on_each_database;
use std::collections::BTreeSet;
use tieout::domain::{document::DocumentKind, message::Entity, tie_out::ControlTotals};
use tieout::server::connectors::{Connector, ConnectorError, Content, Dataset, NaturalKey, practice::panel};

/// Pushes so many documents of a kind in batches.
async fn fill(practice: &Practice, kind: DocumentKind, count: usize, contact_id: &str) {
    let items: Vec<_> = (0..count)
        .map(|number| item(None, Content::Document(practice.document(kind, &format!("{}-{number}", kind.as_str()), contact_id))))
        .collect();
    for batch in items.chunks(50) {
        let outcomes = practice.connector.push(batch).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
}

#[tokio::test]
async fn pages_hold_every_change_once_and_only_new_ones_after_the_cursor() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        fill(&practice, DocumentKind::SalesInvoice, 401, &ann).await;
        fill(&practice, DocumentKind::SalesCreditNote, 250, &ann).await;
        fill(&practice, DocumentKind::BillCreditNote, 160, &ann).await;

        let (mut sizes, mut seen, mut cursor) = (Vec::new(), BTreeSet::new(), None::<String>);
        loop {
            let page = practice.connector.pull(Dataset::Invoices, cursor.as_deref()).await.unwrap();
            sizes.push(page.items.len());
            seen.extend(page.items.into_iter().map(|document| document.external_id));
            cursor = Some(page.cursor);
            if !page.more {
                break;
            }
        }
        assert_eq!((sizes, seen.len()), (vec![200, 200, 1], 401));
        let idle = practice.connector.pull(Dataset::Invoices, cursor.as_deref()).await.unwrap();
        assert!(idle.items.is_empty() && !idle.more && Some(&idle.cursor) == cursor.as_ref());
        panel::set_reference(&db, &practice.ledger_id, "sales_invoice-7", "PO 7").await.unwrap();
        let changed = practice.connector.pull(Dataset::Invoices, cursor.as_deref()).await.unwrap();
        assert_eq!(changed.items.len(), 1);
        let Content::Document(document) = &changed.items[0].content else { panic!("{changed:?}") };
        assert_eq!((document.number.as_str(), document.reference.as_str()), ("sales_invoice-7", "PO 7"));

        // Credit notes of both kinds are one dataset.
        let notes = practice.pull_all(Dataset::CreditNotes).await;
        let ids: BTreeSet<_> = notes.iter().map(|note| &note.external_id).collect();
        assert_eq!((notes.len(), ids.len()), (410, 410));
        assert!(practice.pull_all(Dataset::Bills).await.is_empty());
        for foreign in ["", "x", "1,2"] {
            let answer = practice.connector.pull(Dataset::Invoices, Some(foreign)).await;
            assert!(matches!(answer, Err(ConnectorError::Protocol(_))), "{answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn totals_are_the_sums_of_what_is_listed() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        fill(&practice, DocumentKind::SalesInvoice, 501, &ann).await;
        fill(&practice, DocumentKind::SalesCreditNote, 3, &ann).await;
        fill(&practice, DocumentKind::BillCreditNote, 2, &ann).await;
        fill(&practice, DocumentKind::Bill, 4, &ann).await;
        let pay = async |number: &str, amount| {
            panel::record_payment(&db, &practice.ledger_id, number, amount, "2010-12-20", "").await.unwrap()
        };
        pay("sales_invoice-1", panel::PaymentAmount::Outstanding).await;
        pay("sales_credit_note-1", panel::PaymentAmount::Exactly(-2_000)).await;
        panel::void_document(&db, &practice.ledger_id, "sales_invoice-2").await.unwrap();
        let mut earlier = practice.invoice("earlier", &ann);
        earlier.issue_date = "2010-11-30".into();
        practice.add(earlier).await.unwrap();

        let expected = [
            (
                Entity::Invoice,
                ControlTotals { count: 500, net: 5_000_000, tax: 1_000_000, gross: 6_000_000, outstanding: 5_988_000 },
            ),
            (Entity::Bill, ControlTotals { count: 4, net: 40_000, tax: 8_000, gross: 48_000, outstanding: 48_000 }),
            (Entity::CreditNote, ControlTotals { count: 5, net: -50_000, tax: -10_000, gross: -60_000, outstanding: -58_000 }),
            (Entity::Payment, ControlTotals { count: 2, gross: 10_000, ..ControlTotals::default() }),
        ];
        for (entity, expected) in expected {
            let totals = practice.connector.control_totals(entity, "2010-12-01").await.unwrap();
            assert_eq!(totals, expected, "{entity:?}");
            let (mut sum, mut ids, mut cursor) = (ControlTotals::default(), BTreeSet::new(), None::<String>);
            loop {
                let (page, next) = practice.connector.headers(entity, "2010-12-01", cursor.as_deref()).await.unwrap();
                assert!(page.len() <= 500);
                page.iter().for_each(|header| sum.add(header.totals));
                ids.extend(page.into_iter().map(|header| header.external_id));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(sum, expected, "{entity:?}");
            assert_eq!(ids.len() as i64, expected.count);
        }
        let everything = practice.connector.control_totals(Entity::Invoice, "").await.unwrap();
        assert_eq!(everything.count, 501);
        let unsupported = practice.connector.control_totals(Entity::Account, "").await;
        assert!(matches!(unsupported, Err(ConnectorError::Unsupported(_))));
        let foreign = practice.connector.headers(Entity::Invoice, "", Some("x")).await;
        assert!(matches!(foreign, Err(ConnectorError::Protocol(_))), "{foreign:?}");
    })
    .await;
}

#[tokio::test]
async fn records_are_found_by_what_people_know_of_them() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let (ann, ben) = (practice.add_contact("Ann").await, practice.add_contact("Ben").await);
        let bill = practice.add(practice.document(DocumentKind::Bill, "7", &ben)).await.unwrap();
        practice.add(practice.document(DocumentKind::Bill, "7", &ann)).await.unwrap();
        let invoice = practice.add(practice.invoice("7", &ann)).await.unwrap();
        let key = |kind, contact_id: &str| NaturalKey::Document { kind, number: "7".into(), contact_id: contact_id.into() };
        let found = async |key: NaturalKey| {
            let found = practice.connector.find(&key).await.unwrap();
            found.into_iter().map(|found| found.external_id).collect::<Vec<_>>()
        };
        assert_eq!(found(key(DocumentKind::Bill, &ben)).await, [bill]);
        // Whoever it is addressed to, a number of ours is one.
        assert_eq!(found(key(DocumentKind::SalesInvoice, &ben)).await, std::slice::from_ref(&invoice));
        assert!(found(key(DocumentKind::SalesCreditNote, &ann)).await.is_empty());
        panel::void_document(&db, &practice.ledger_id, &invoice).await.unwrap();
        assert!(found(key(DocumentKind::SalesInvoice, &ann)).await.is_empty());
        assert_eq!(found(NaturalKey::Contact { name: " ANN ".into() }).await, [ann]);
    })
    .await;
}

#[tokio::test]
async fn ledgers_know_nothing_of_each_other() {
    on_each_database(|db| async move {
        let (quay, court) = (Practice::open(db.clone()).await, Practice::open(db).await);
        let ann = quay.add_contact("Ann").await;
        quay.add(quay.invoice("1", &ann)).await.unwrap();
        assert!(court.pull_all(Dataset::Contacts).await.is_empty());
        assert!(court.pull_all(Dataset::Invoices).await.is_empty());
        assert_eq!(court.connector.control_totals(Entity::Invoice, "").await.unwrap(), ControlTotals::default());
        assert_eq!(super::code(court.add(court.invoice("1", &ann)).await), "contact_unknown");
        court.create(contact("Ann")).await.unwrap();
    })
    .await;
}
