//! Who gets in, how fast and how often: what can happen to any call, whatever it carries.

use super::{Practice, contact, item};
use crate::harness::on_each_database;
use std::time::Duration;
use tieout::domain::message::Entity;
use tieout::server::connectors::{
    Connector, ConnectorError, Dataset, NaturalKey,
    practice::{PracticeConnector, panel},
};

/// One call of every kind.
async fn every_call(connector: &PracticeConnector) -> Vec<Result<(), ConnectorError>> {
    let key = NaturalKey::Contact { name: "Quay".into() };
    vec![
        connector.probe().await.map(drop),
        connector.reference(Dataset::Accounts).await.map(drop),
        connector.pull(Dataset::Invoices, None).await.map(drop),
        connector.push(&[item(None, contact("Quay"))]).await.map(drop),
        connector.find(&key).await.map(drop),
        connector.control_totals(Entity::Invoice, "").await.map(drop),
        connector.headers(Entity::Invoice, "", None).await.map(drop),
    ]
}

#[tokio::test]
async fn revoked_access_stops_every_call_until_it_is_taken_up_again() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let ledger = &practice.ledger_id;
        panel::revoke_access(&db, ledger).await.unwrap();
        for answer in every_call(&practice.connector).await {
            assert!(matches!(answer, Err(ConnectorError::NeedsReconnect(_))), "{answer:?}");
        }
        let key = panel::grant_access(&db, ledger).await.unwrap();
        // The old key stays worthless: a person has to reconnect.
        assert!(matches!(practice.connector.probe().await, Err(ConnectorError::NeedsReconnect(_))));
        let renewed = PracticeConnector::new(db.clone(), ledger, key);
        assert_eq!(renewed.probe().await.unwrap().id, *ledger);
        assert!(practice_contacts(&renewed).await.is_empty(), "nothing of the refused push was applied");
        let elsewhere = PracticeConnector::new(db, "no-such-ledger", "key");
        assert!(matches!(elsewhere.probe().await, Err(ConnectorError::NeedsReconnect(_))));
    })
    .await;
}

#[tokio::test]
async fn an_offline_ledger_refuses_before_anything_is_applied() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        panel::set_offline(&db, &practice.ledger_id, true).await.unwrap();
        for answer in every_call(&practice.connector).await {
            assert!(matches!(answer, Err(ConnectorError::Transient(_))), "{answer:?}");
        }
        // A person there can still work.
        panel::lock_period(&db, &practice.ledger_id, Some("2010-11-30")).await.unwrap();
        panel::set_offline(&db, &practice.ledger_id, false).await.unwrap();
        assert!(practice_contacts(&practice.connector).await.is_empty());
        assert_eq!(practice.connector.probe().await.unwrap().locked_until.as_deref(), Some("2010-11-30"));
    })
    .await;
}

#[tokio::test]
async fn a_rate_limit_counts_calls_of_all_clients_and_says_how_long_to_wait() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        panel::set_rate_limit(&db, &practice.ledger_id, 3).await.unwrap();
        let other_process = practice.connector.clone();
        practice.connector.probe().await.unwrap();
        other_process.push(&[item(None, contact("Quay"))]).await.unwrap();
        practice.connector.probe().await.unwrap();
        for answer in every_call(&other_process).await {
            let Err(ConnectorError::RateLimited { retry_after }) = answer else { panic!("{answer:?}") };
            assert!((Duration::from_secs(1)..=Duration::from_secs(60)).contains(&retry_after), "{retry_after:?}");
        }
        panel::set_rate_limit(&db, &practice.ledger_id, 0).await.unwrap();
        assert_eq!(practice_contacts(&practice.connector).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_slow_ledger_takes_its_time() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        panel::set_delay(&db, &practice.ledger_id, 100).await.unwrap();
        let started = std::time::Instant::now();
        practice.connector.probe().await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(100));
        let started = std::time::Instant::now();
        practice.add_contact("Quay").await;
        assert!(started.elapsed() >= Duration::from_millis(100));
    })
    .await;
}

#[tokio::test]
async fn what_takes_longer_than_the_client_waits_is_unknown_and_applied_all_the_same() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let impatient = practice.connector.clone().with_time_out(Duration::from_millis(150));
        panel::set_delay(&db, &practice.ledger_id, 600).await.unwrap();
        let sent = item(None, contact("Quay"));
        let answer = impatient.push(std::slice::from_ref(&sent)).await;
        assert!(matches!(answer, Err(ConnectorError::UnknownOutcome(_))), "{answer:?}");
        // A read that gets no answer has lost nothing.
        let answer = impatient.probe().await;
        assert!(matches!(answer, Err(ConnectorError::Transient(_))), "{answer:?}");

        panel::set_delay(&db, &practice.ledger_id, 0).await.unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        let found = practice.connector.find(&NaturalKey::Contact { name: "quay".into() }).await.unwrap();
        assert_eq!(found.len(), 1);
        // The same intent again is recognised.
        assert_eq!(practice.push_one(sent).await.unwrap(), found[0].external_id);
    })
    .await;
}

#[tokio::test]
async fn settings_out_of_range_are_refused() {
    on_each_database(|db| async move {
        let ledger = Practice::open(db.clone()).await.ledger_id;
        assert!(matches!(panel::set_delay(&db, &ledger, 60_001).await, Err(panel::PanelError::Invalid(_))));
        assert!(matches!(panel::set_delay(&db, &ledger, -1).await, Err(panel::PanelError::Invalid(_))));
        assert!(matches!(panel::set_rate_limit(&db, &ledger, 10_001).await, Err(panel::PanelError::Invalid(_))));
        assert!(matches!(panel::lock_period(&db, &ledger, Some("2010-02-30")).await, Err(panel::PanelError::Invalid(_))));
        assert!(matches!(panel::set_offline(&db, "none", true).await, Err(panel::PanelError::NotFound(_))));
    })
    .await;
}

async fn practice_contacts(connector: &PracticeConnector) -> Vec<tieout::server::connectors::External> {
    connector.pull(Dataset::Contacts, None).await.unwrap().items
}
