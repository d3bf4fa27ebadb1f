//! The end of an access: given up here, it is given up at Xero too; taken away there, it is noticed here, nothing is sent any
//! more, and no record fails because of it.

use super::whole::Stage;
use crate::harness::{
    books::{line, three},
    on_each_database,
    xero::{
        CLIENT_ID, Granted, Organisation, Peer, Setup,
        ask::{self, json},
        orders::Order,
        organisation::{SCOPES, order},
    },
};
use tieout::{
    domain::{
        connection::Access,
        provider::Provider,
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        connectors::{self, xero::Tokens},
        db::{connections, query::sql, secrets},
        services::{
            companies::{Wanted, add},
            connections::{Granted as Given, connect, disconnect},
            error::ServiceError,
            sync,
        },
    },
};

/// The organisations that a token opens, with the app's connections to them; `None`: it lets in no more.
fn opened(peer: &Peer, granted: &Granted) -> Option<Vec<(String, String)>> {
    let bearer = format!("Bearer {}", granted.access_token);
    let answer = ask::ask(&peer.address, "GET", "/connections", &[("authorization", &bearer)], b"").unwrap();
    let text = |one: &serde_json::Value, field: &str| one[field].as_str().unwrap().to_owned();
    match answer.status {
        200 => Some(json(&answer).as_array().unwrap().iter().map(|one| (text(one, "tenantId"), text(one, "id"))).collect()),
        401 => None,
        status => panic!("{status}: {}", answer.text()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_up_here_it_is_given_up_there_and_with_the_last_one_all_of_it() {
    on_each_database(|db| async move {
        let peer = Peer::shared();
        let both: Vec<Organisation> =
            ["Albion Quay Estates", "Bramley Court"].map(|name| peer.organisation(&Setup::named(name))).into();
        // One person let us into both.
        let tenants = both.iter().map(|one| one.tenant_id.clone()).collect();
        let scopes = SCOPES.split(' ').map(str::to_owned).collect();
        let granted: Granted = order(&peer.address, &Order::Grant { client_id: CLIENT_ID.into(), tenants, scopes });
        let mut companies = Vec::new();
        for (tenant, connection) in opened(peer, &granted).unwrap() {
            let there = both.iter().find(|one| one.tenant_id == tenant).unwrap();
            let name = there.setup().name;
            let wanted =
                Wanted { name: name.clone(), currency: "GBP".into(), time_zone: "Europe/London".into(), ..Wanted::default() };
            let company = add(&db, &wanted).await.unwrap();
            let tokens = Tokens {
                access_token: granted.access_token.clone(),
                refresh_token: granted.refresh_token.clone(),
                expires_at: i64::MAX / 2,
                tenant_id: tenant.clone(),
                connection_id: connection,
                ..Tokens::of_nobody(&there.base(), CLIENT_ID)
            };
            let organisation =
                connectors::Organisation { id: tenant, name, currency: "GBP".into(), locked_until: None, short_code: None };
            let given = Given { provider: Provider::Xero, organisation, secret: tokens.secret() };
            connect(&db, &company, given, "2009-01-01", Schedule::Off, "test").await.unwrap();
            companies.push(company);
        }
        assert_eq!(companies.len(), 2);
        for (place, company) in companies.iter().enumerate() {
            disconnect(&db, &company.id).await.unwrap();
            let connection = connections::of_company(&db, &company.id).await.unwrap().unwrap();
            assert_eq!(connection.access(), Access::Disconnected);
            assert_eq!(secrets::of_connection(&db, db.vault(), &connection.id).await.unwrap(), None);
            let left = opened(peer, &granted);
            match place {
                0 => assert!(left.is_some_and(|left| left.len() == 1 && left[0].0 != connection.organisation_id)),
                _ => assert_eq!(left, None, "the tokens let nobody in any more"),
            }
        }
        assert_eq!(both[0].violations().len() + both[1].violations().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_away_there_nothing_is_sent_and_no_record_fails() {
    on_each_database(|db| async move {
        for (name, takes_away) in [
            ("Albion Quay Estates", Organisation::disconnect as fn(&Organisation)),
            ("Bramley Court", Organisation::revoke as fn(&Organisation)),
        ] {
            let stage = Stage::open(&db, name, &three()).await;
            assert_eq!(stage.work().await, SyncStatus::Synced);
            let writes = stage.there.writes().len();
            takes_away(&stage.there);
            stage
                .import(&(line("Customer 1", "1010", 1, 1, "12.50", "200") + &line("Customer 7", "1011", 1, 1, "1.50", "200")))
                .await;
            assert_eq!(stage.sync().await, SyncStatus::NeedsReconnecting, "{name}: {:?}", stage.said().await);
            assert_eq!((stage.problems().await, stage.there.writes().len()), (vec![], writes), "{name}");
            let connection = connections::of_company(&db, &stage.company.id).await.unwrap().unwrap();
            assert_eq!(connection.access(), Access::Lost);
            let why = connection.lost_reason.unwrap();
            assert!(why.contains("no longer lets us in") || why.contains("no longer renews the access"), "{why}");
            let waits = "SELECT count(*) FROM documents WHERE company_id = $1 AND number IN ('1010', '1011') AND pending = 1";
            let (waiting,): (i64,) = sql(waits).bind(&stage.company.id).one(&db).await.unwrap();
            assert_eq!(waiting, 2, "they wait as they are");
            // And nobody asks again and again.
            let asked = stage.there.counts().requests;
            let refused = sync::request(&db, &stage.company.id, RunKind::OnDemand, RunScope::Changed, "test").await;
            assert!(matches!(&refused, Err(ServiceError::Refused(why)) if why.contains("reconnect")), "{refused:?}");
            assert_eq!(stage.work().await, SyncStatus::NeedsReconnecting);
            assert_eq!(stage.there.counts().requests, asked);
        }
    })
    .await;
}
