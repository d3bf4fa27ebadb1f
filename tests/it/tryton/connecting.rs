//! Connecting to Tryton as people do it: ask, wait, choose; lose the key, and come back with the same company only.

use super::peer::{DATABASE, Peer, USER};
use crate::harness::databases;
use serde_json::json;
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        connection::{Access, TrytonPlace},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        db::{Db, authorisations, companies::Company, connections, query::sql, status},
        engine::Engine,
        services::{
            companies::{Wanted, add, archive, find, restore},
            connections::{
                authorise::{Looked, ask_tryton, ask_tryton_again, cancel, choices, choose, look, tryton_place},
                disconnect,
                probe::{Probed, probe},
            },
            error::ServiceError,
        },
    },
};
use tokio_util::sync::CancellationToken;

async fn company(db: &Db, name: &str, currency: &str) -> Company {
    let wanted = Wanted { name: name.into(), currency: currency.into(), time_zone: "Europe/London".into(), ..Wanted::default() };
    add(db, &wanted).await.unwrap()
}

/// The status people see and the reason under it.
async fn shown(db: &Db, company: &Company) -> (SyncStatus, String) {
    assert_eq!(status::check(db).await.unwrap(), [] as [String; 0]);
    let now = find(db, &company.code).await.unwrap();
    (now.status(), now.reason)
}

async fn ask(db: &Db, company: &Company, peer: &Peer) {
    let place = TrytonPlace { server: peer.address() + "/", database: DATABASE.into(), user: USER.into() };
    ask_tryton(db, company, &place, "2010-01-01", Schedule::Hourly, "Ann").await.unwrap();
}

#[tokio::test]
async fn a_key_is_asked_for_waited_for_used_lost_and_asked_for_again() {
    let Some(mut peer) = Peer::start() else { return };
    for database in databases().await {
        eprintln!("on {}", database.kind);
        life(&database.db, &mut peer).await;
        peer.admin("cancel_keys", json!({}));
    }
}

async fn life(db: &Db, peer: &mut Peer) {
    let (one, two) = (company(db, "Albion Quay", "GBP").await, company(db, "Bramley Court", "GBP").await);
    ask(db, &one, peer).await;
    assert_eq!(shown(db, &one).await, (SyncStatus::IncompleteOnboarding, "Waiting for approval in Tryton".into()));
    assert_eq!(look(db, &one.id).await.unwrap(), Looked::Waiting);
    let asked = authorisations::of_company(db, &one.id).await.unwrap().unwrap();
    assert_eq!((asked.sync_from.as_str(), asked.asked_by.as_str(), asked.approved_at), ("2010-01-01", "Ann", None));
    let stored: (String,) = sql("SELECT secret FROM authorisations").one(db).await.unwrap();
    assert!(!stored.0.contains(USER), "sealed");
    // A server that is away changes nothing but what is said.
    peer.stop();
    assert!(matches!(look(db, &one.id).await.unwrap(), Looked::Trouble(why) if why.contains("127.0.0.1")));
    assert_eq!(shown(db, &one).await.0, SyncStatus::IncompleteOnboarding);
    peer.start_again();
    assert_eq!(look(db, &one.id).await.unwrap(), Looked::Waiting);
    assert_eq!(shown(db, &one).await.1, "Waiting for approval in Tryton");
    // Archived it waits, and is not looked at.
    archive(db, &one.id).await.unwrap();
    assert_eq!(authorisations::due(db, i64::MAX).await.unwrap(), []);
    restore(db, &one.id).await.unwrap();

    // Servers look by themselves.
    peer.admin("approve", json!({}));
    let stop = CancellationToken::new();
    let servers: Vec<_> = (0..2).map(|_| tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve())).collect();
    let began = Instant::now();
    let given = loop {
        let asked = authorisations::of_company(db, &one.id).await.unwrap().unwrap();
        if asked.approved_at.is_some() {
            break asked;
        }
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    stop.cancel();
    for server in servers {
        server.await.unwrap();
    }
    assert_eq!(shown(db, &one).await.1, "Approved in Tryton · Choose the organisation");
    let opened = choices(db, &one, &given).await.unwrap();
    let [only] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(only.blocked, None);
    let other = choose(db, &one, "http://elsewhere/peer/1", "2010-01-01", Schedule::Off, "Ann").await;
    assert!(matches!(other, Err(ServiceError::Invalid(_))));
    choose(db, &one, &only.id, "2010-06-01", Schedule::Nightly, "Ann").await.unwrap();
    let connection = connections::of_company(db, &one.id).await.unwrap().unwrap();
    assert_eq!((connection.organisation_id.as_str(), connection.connected_by.as_str()), (only.id.as_str(), "Ann"));
    assert_eq!((connection.sync_from.as_str(), connection.schedule()), ("2010-06-01", Schedule::Nightly));
    assert_eq!(authorisations::of_company(db, &one.id).await.unwrap(), None);
    assert_eq!(shown(db, &one).await.1, "Complete onboarding to start syncing");
    assert_eq!(probe(db, &one.id).await.unwrap(), Probed::Well);

    // Another company is told who has it, and one in another currency why not.
    let euro = company(db, "Quai Ouest", "EUR").await;
    for (second, why) in [(&two, "Connected to Albion Quay (AQ) already"), (&euro, "Connected to Albion Quay (AQ) already")] {
        ask(db, second, peer).await;
        peer.admin("approve", json!({}));
        assert_eq!(look(db, &second.id).await.unwrap(), Looked::Given);
        let asked = authorisations::of_company(db, &second.id).await.unwrap().unwrap();
        assert_eq!(choices(db, second, &asked).await.unwrap()[0].blocked.as_deref(), Some(why));
        let refused = choose(db, second, &only.id, "2010-01-01", Schedule::Off, "Ann").await;
        assert!(matches!(refused, Err(ServiceError::Refused(said)) if said.contains("Albion Quay (AQ)")));
        cancel(db, &second.id).await.unwrap();
        assert_eq!(shown(db, second).await.0, SyncStatus::NotConnected);
        assert!(matches!(cancel(db, &second.id).await, Err(ServiceError::Refused(_))));
    }

    // The key is cancelled there: the check finds it, and access is asked for again where it was.
    peer.admin("cancel_keys", json!({}));
    assert!(matches!(probe(db, &one.id).await.unwrap(), Probed::Lost(_)));
    assert_eq!(shown(db, &one).await.0, SyncStatus::NeedsReconnecting);
    let place = tryton_place(db, &connection).await.unwrap().unwrap();
    assert_eq!((place.server, place.database, place.user), (peer.address(), DATABASE.into(), USER.into()));
    ask_tryton_again(db, &one, "", "Bob").await.unwrap();
    assert_eq!(shown(db, &one).await, (SyncStatus::NeedsReconnecting, "Waiting for approval in Tryton".into()));
    peer.admin("approve", json!({}));
    assert_eq!(look(db, &one.id).await.unwrap(), Looked::Reconnected);
    let again = connections::of_company(db, &one.id).await.unwrap().unwrap();
    assert_eq!((again.access(), &again.organisation_id), (Access::Valid, &connection.organisation_id));

    // It leads elsewhere: named, and nothing changes.
    sql("UPDATE connections SET organisation_id = $1, organisation_name = 'Somebody else'")
        .bind(format!("{}/{DATABASE}/999", peer.address()))
        .execute(db)
        .await
        .unwrap();
    disconnect(db, &one.id).await.unwrap();
    ask_tryton_again(db, &one, USER, "Bob").await.unwrap();
    peer.admin("approve", json!({}));
    let Looked::Trouble(why) = look(db, &one.id).await.unwrap() else { panic!("it leads elsewhere") };
    assert!(why.contains("is another organisation") && why.contains("Somebody else"), "{why}");
    let still = connections::of_company(db, &one.id).await.unwrap().unwrap();
    assert_eq!(still.access(), Access::Disconnected);
}
