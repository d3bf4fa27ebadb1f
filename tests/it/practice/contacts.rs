//! Contacts: unique names, archiving, changes.

use super::{Practice, code, contact, item};
use crate::harness::on_each_database;
use tieout::server::connectors::{Connector, ConnectorError, ContactContent, Content, Dataset, NaturalKey, practice::panel};

#[tokio::test]
async fn names_are_unique_whatever_their_capitals_and_blanks() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let quay = practice.add_contact("Customer 13047").await;
        let twin = practice.create(contact("customer  13047 ")).await;
        let Err(ConnectorError::Conflict { code: conflict, message }) = twin else { panic!("{twin:?}") };
        assert_eq!(conflict, "contact_name_taken");
        assert!(message.contains("is already assigned to another contact"), "{message}");
        // Its own name is no other's.
        assert_eq!(practice.push_one(item(Some(&quay), contact("CUSTOMER 13047"))).await, Ok(quay));
        assert_eq!(code(practice.create(contact(" ")).await), "contact_name_empty");
        assert_eq!(code(practice.create(contact(&"x".repeat(256))).await), "too_long");
    })
    .await;
}

#[tokio::test]
async fn contacts_change_and_can_exchange_names() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let (ann, ben) = (practice.add_contact("Ann").await, practice.add_contact("Ben").await);
        assert_eq!(code(practice.push_one(item(Some(&ann), contact("Ben"))).await), "contact_name_taken");
        let moves = [item(Some(&ben), contact("Cid")), item(Some(&ann), contact("Ben")), item(Some(&ben), contact("Ann"))];
        let outcomes = practice.connector.push(&moves).await.unwrap();
        assert_eq!(outcomes, [Ok(ben.clone()), Ok(ann.clone()), Ok(ben.clone())]);
        let found = practice.connector.find(&NaturalKey::Contact { name: "ann".into() }).await.unwrap();
        assert_eq!(found[0].external_id, ben);
        assert_eq!(code(practice.push_one(item(Some("nobody"), contact("Dee"))).await), "contact_unknown");
    })
    .await;
}

#[tokio::test]
async fn an_archived_contact_takes_nothing_until_it_is_restored() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ann = practice.add_contact("Ann").await;
        panel::set_contact_archived(&db, &practice.ledger_id, "ann", true).await.unwrap();
        assert_eq!(code(practice.add(practice.invoice("1", &ann)).await), "contact_archived");
        assert_eq!(code(practice.push_one(item(Some(&ann), contact("Anna"))).await), "contact_archived");
        let seen = practice.pull_all(Dataset::Contacts).await;
        let archived = ContactContent { name: "Ann".into(), archived: true, ..ContactContent::default() };
        assert_eq!(seen[0].content, Content::Contact(archived));
        panel::set_contact_archived(&db, &practice.ledger_id, &ann, false).await.unwrap();
        practice.add(practice.invoice("1", &ann)).await.unwrap();
        let unknown = panel::set_contact_archived(&db, &practice.ledger_id, "Bea", true).await;
        assert!(matches!(unknown, Err(panel::PanelError::NotFound(_))));
    })
    .await;
}
