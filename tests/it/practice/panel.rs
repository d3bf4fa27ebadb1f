//! The panel: what a person sees and does on the accounting side.

use super::Practice;
use crate::harness::on_each_database;
use tieout::domain::document::DocumentKind;
use tieout::server::connectors::{
    Dataset,
    practice::panel::{self, PanelError, PaymentAmount},
};

#[tokio::test]
async fn a_new_ledger_has_what_a_uk_company_needs() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let state = panel::panel_state(&db, &practice.ledger_id).await.unwrap().unwrap();
        assert_eq!((state.name.as_str(), state.currency.as_str()), ("Albion Quay Estates", "GBP"));
        assert!(state.access && !state.offline && state.locked_until.is_none());
        assert_eq!((state.delay_ms, state.rate_limit), (0, 0));
        let account = |code: &str| state.accounts.iter().find(|account| account.code == code).unwrap();
        for (code, class, system) in
            [("200", "revenue", false), ("260", "revenue", false), ("469", "expense", false), ("090", "bank", false)]
                .into_iter()
                .chain([("610", "asset", true), ("800", "liability", true), ("820", "liability", true)])
        {
            assert_eq!((account(code).class.as_str(), account(code).system), (class, system), "{code}");
        }
        for (rate, percent_e4) in [("20% (VAT on Income)", 200_000), ("5% (VAT on Expenses)", 50_000), ("No VAT", 0)] {
            assert!(state.tax_rates.iter().any(|held| held.name == rate && held.rate_e4 == percent_e4), "{rate}");
        }
        assert_eq!(practice.tracking.len(), 19);
        assert!(state.documents.is_empty() && state.contacts.is_empty());
        assert!(panel::panel_state(&db, "none").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_panel_shows_what_was_done_last() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ledger = &practice.ledger_id;
        let ann = practice.add_contact("Ann").await;
        for number in 0..25 {
            practice.add(practice.invoice(&number.to_string(), &ann)).await.unwrap();
        }
        practice.add_contact("Ben").await;
        panel::set_contact_archived(&db, ledger, "Ann", true).await.unwrap();
        panel::record_payment(&db, ledger, "3", PaymentAmount::Exactly(2_000), "2010-12-24", "Cash").await.unwrap();
        panel::set_reference(&db, ledger, "4", "PO 4").await.unwrap();
        panel::void_document(&db, ledger, "5").await.unwrap();
        panel::set_account_archived(&db, ledger, "260", true).await.unwrap();
        panel::lock_period(&db, ledger, Some("2009-12-31")).await.unwrap();
        panel::set_delay(&db, ledger, 250).await.unwrap();
        panel::set_rate_limit(&db, ledger, 60).await.unwrap();
        panel::set_offline(&db, ledger, true).await.unwrap();
        panel::revoke_access(&db, ledger).await.unwrap();

        let state = panel::panel_state(&db, ledger).await.unwrap().unwrap();
        assert_eq!(state.documents.len(), 20);
        let last: Vec<_> = state.documents.iter().take(3).map(|document| document.number.as_str()).collect();
        assert_eq!(last, ["5", "4", "3"]);
        assert_eq!((state.documents[0].voided, state.documents[0].outstanding), (true, 0));
        assert_eq!(state.documents[1].reference, "PO 4");
        assert_eq!((state.documents[2].gross, state.documents[2].outstanding), (12_000, 10_000));
        assert_eq!(state.documents[2].contact, "Ann");
        assert_eq!(state.documents[2].kind, DocumentKind::SalesInvoice);
        let contacts: Vec<_> = state.contacts.iter().map(|contact| (contact.name.as_str(), contact.archived)).collect();
        assert_eq!(contacts, [("Ann", true), ("Ben", false)]);
        assert!(state.accounts.iter().any(|account| account.code == "260" && account.archived));
        assert_eq!((state.access, state.offline, state.delay_ms, state.rate_limit), (false, true, 250, 60));
        assert_eq!(state.locked_until.as_deref(), Some("2009-12-31"));
    })
    .await;
}

#[tokio::test]
async fn a_person_there_obeys_the_same_rules() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ledger = &practice.ledger_id;
        let ann = practice.add_contact("Ann").await;
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let pay = async |document: &str, amount: PaymentAmount, paid_on: &str| {
            panel::record_payment(&db, ledger, document, amount, paid_on, "").await
        };
        let too_much = pay("1", PaymentAmount::Exactly(12_001), "2010-12-15").await;
        let Err(PanelError::Refused(sentence)) = too_much else { panic!("{too_much:?}") };
        assert_eq!(sentence, "Payment amount exceeds the amount outstanding on this document.");
        assert!(matches!(pay("1", PaymentAmount::Exactly(-1), "2010-12-15").await, Err(PanelError::Invalid(_))));
        assert!(matches!(pay("1", PaymentAmount::Outstanding, "15/12/2010").await, Err(PanelError::Invalid(_))));
        assert!(matches!(pay("2", PaymentAmount::Outstanding, "2010-12-15").await, Err(PanelError::NotFound(_))));
        pay(&invoice, PaymentAmount::Outstanding, "2010-12-15").await.unwrap();
        assert_eq!(practice.only_document(Dataset::Invoices).await.1, 0);
        assert!(matches!(pay("1", PaymentAmount::Outstanding, "2010-12-15").await, Err(PanelError::Refused(_))));
        // A paid document may still get another reference.
        panel::set_reference(&db, ledger, "1", "PO 1").await.unwrap();
        panel::lock_period(&db, ledger, Some("2010-12-31")).await.unwrap();
        assert!(matches!(panel::set_reference(&db, ledger, "1", "PO 2").await, Err(PanelError::Refused(_))));
        assert!(matches!(panel::void_document(&db, ledger, "1").await, Err(PanelError::Refused(_))));
        assert_eq!(practice.only_document(Dataset::Invoices).await.0.reference, "PO 1");
    })
    .await;
}

#[tokio::test]
async fn a_number_that_means_several_documents_is_not_guessed() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let (ann, ben) = (practice.add_contact("Ann").await, practice.add_contact("Ben").await);
        practice.add(practice.document(DocumentKind::Bill, "1", &ann)).await.unwrap();
        let meant = practice.add(practice.document(DocumentKind::Bill, "1", &ben)).await.unwrap();
        let answer = panel::void_document(&db, &practice.ledger_id, "1").await;
        let Err(PanelError::Refused(sentence)) = answer else { panic!("{answer:?}") };
        assert!(sentence.starts_with("2 documents have the number “1”"), "{sentence}");
        panel::void_document(&db, &practice.ledger_id, &meant).await.unwrap();
        // Only one is left that can be meant.
        panel::void_document(&db, &practice.ledger_id, "1").await.unwrap();
    })
    .await;
}
