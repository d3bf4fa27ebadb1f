//! The access is renewed by one worker at a time, whichever process it is in, and whatever gets lost on the way.

use super::desk::{Desk, TENANT, keep, kept, said};
use crate::harness::{databases, on_each_database, process::SECRET_KEY};
use serde_json::json;
use std::time::{Duration, Instant};
use tieout::{
    domain::connection::Access,
    server::{
        connectors::{self, ConnectorError},
        db::{
            Db,
            connections::{self, Connection},
            now_ms,
            query::sql,
            secrets,
        },
        services::connections::probe::{Probed, probe},
        vault::Vault,
    },
};

const HALF_AN_HOUR_MS: i64 = 30 * 60 * 1000;

/// What a worker of its own hears.
async fn asks(db: &Db, connection: &Connection) -> Result<String, ConnectorError> {
    let connector = connectors::open(db, connection).await.unwrap();
    connector.probe().await.map(|organisation| organisation.name)
}

fn let_in() -> Result<String, ConnectorError> {
    Ok("Quay Books".into())
}

#[tokio::test]
async fn many_workers_of_several_processes_renew_once() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&database.db, "Albion Quay").await;
        // It ends within the minute that is not used any more.
        keep(&database.db, &connection, &desk.first_pair(59_000)).await;
        let mut workers = Vec::new();
        for _ in 0..3 {
            let vault = Vault::of_text(SECRET_KEY).unwrap();
            let process = Db::connect(&database.url, vault).await.unwrap();
            for _ in 0..4 {
                let (process, connection) = (process.clone(), connection.clone());
                workers.push(tokio::spawn(async move { asks(&process, &connection).await }));
            }
        }
        for worker in workers {
            assert_eq!(worker.await.unwrap(), let_in());
        }
        assert_eq!((desk.asked(), desk.given()), (1, 1));
        let tokens = kept(&database.db, &connection).await;
        assert_eq!(
            (tokens.access_token.as_str(), tokens.refresh_token.as_str(), tokens.previous_refresh_token.as_str()),
            ("access-1", "refresh-1", "refresh-0")
        );
        assert!(tokens.is_fresh(now_ms()));
        assert!(desk.came().iter().all(|came| came.token == "Bearer access-1"), "nothing is asked with the old one");
    }
}

#[tokio::test]
async fn an_access_that_ended_early_is_renewed_where_it_is_refused() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        desk.lets_in(&[]);
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (db, connection) = (db.clone(), connection.clone());
                tokio::spawn(async move { asks(&db, &connection).await })
            })
            .collect();
        for worker in workers {
            assert_eq!(worker.await.unwrap(), let_in());
        }
        assert_eq!(desk.given(), 1);
    })
    .await;
}

/// Whether we are still let in is told where tokens are given: one that ended a moment after is no lost access.
#[tokio::test]
async fn a_new_token_that_ends_at_once_is_asked_with_again_later() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        let ended =
            said(401, json!({ "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 01/01/2026" }));
        desk.lay([ended.clone(), ended]);
        let error = asks(&db, &connection).await.unwrap_err();
        assert!(matches!(&error, ConnectorError::Transient(why) if why.contains("TokenExpired")), "{error:?}");
        assert_eq!(desk.given(), 1);
        assert_eq!(asks(&db, &connection).await, let_in());
    })
    .await;
}

#[tokio::test]
async fn what_gets_lost_on_the_way_is_asked_for_again_with_the_same_token() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        desk.lay_for_tokens(&[(503, ""), (502, "<html>Bad gateway</html>")]);
        desk.lose_answers(1);
        assert_eq!(asks(&db, &connection).await, let_in());
        // Two that said nothing, one whose answer was lost after it had used the token up, and one that came.
        assert_eq!((desk.asked(), desk.given()), (4, 2));
        assert_eq!(kept(&db, &connection).await.refresh_token, "refresh-2");

        // Half a pair is none, and what is not said in time is not waited for any longer.
        keep(&db, &connection, &desk.first_pair(0)).await;
        desk.takes(&["refresh-0"]);
        desk.lay_for_tokens(&[(200, "{\"access_token\":\"x\"}"), (200, "{"), (500, "{}"), (500, "{}")]);
        let error = asks(&db, &connection).await.unwrap_err();
        assert!(matches!(&error, ConnectorError::Transient(why) if why.contains("answered with status 500")), "{error:?}");
        assert_eq!(kept(&db, &connection).await, desk_pair(&desk, &db, &connection).await, "nothing changed");
        let free: (Option<String>,) = sql("SELECT refresh_owner FROM connection_secrets").one(&db).await.unwrap();
        assert_eq!(free.0, None, "the claim was given back");
        assert_eq!(asks(&db, &connection).await, let_in());
    })
    .await;
}

/// The first pair with the moment at which the kept one ends.
async fn desk_pair(desk: &Desk, db: &Db, connection: &Connection) -> connectors::xero::Tokens {
    connectors::xero::Tokens { expires_at: kept(db, connection).await.expires_at, ..desk.first_pair(0) }
}

#[tokio::test]
async fn a_token_that_is_used_up_gives_way_to_the_one_before_and_then_a_person_is_asked() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (company, connection) = desk.connected(&db, "Albion Quay").await;
        let first = desk.first_pair(0);
        let unknown =
            connectors::xero::Tokens { refresh_token: "unknown".into(), previous_refresh_token: "refresh-0".into(), ..first };
        keep(&db, &connection, &unknown).await;
        assert_eq!(asks(&db, &connection).await, let_in());
        assert_eq!(desk.given(), 1);

        desk.takes(&[]);
        keep(&db, &connection, &unknown).await;
        let lost = probe(&db, &company.id).await.unwrap();
        assert!(matches!(&lost, Probed::Lost(why) if why.starts_with("Xero no longer renews the access")), "{lost:?}");
        let connection = connections::of_company(&db, &company.id).await.unwrap().unwrap();
        assert_eq!(connection.access(), Access::Lost);
        assert!(!format!("{lost:?} {connection:?}").contains("refresh-0"));
    })
    .await;
}

#[tokio::test]
async fn an_app_that_xero_does_not_know_loses_no_access() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (company, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        desk.lay_for_tokens(&[(401, "{\"error\":\"invalid_client\"}")]);
        let unclear = probe(&db, &company.id).await.unwrap();
        assert!(matches!(&unclear, Probed::Unclear(why) if why.contains("xero_client_secret in tieout.toml")), "{unclear:?}");
        assert_eq!(asks(&db, &connection).await, let_in());
    })
    .await;
}

#[tokio::test]
async fn what_a_person_gives_meanwhile_is_not_overwritten_and_is_used() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        for is_refused in [false, true] {
            desk.takes(&["refresh-0"]);
            desk.hold();
            let worker = tokio::spawn({
                let (db, connection) = (db.clone(), connection.clone());
                async move { asks(&db, &connection).await }
            });
            desk.somebody_waits().await;
            let by_hand = connectors::xero::Tokens {
                access_token: format!("by-hand-{is_refused}"),
                refresh_token: format!("by-hand-{is_refused}-next"),
                ..desk.first_pair(HALF_AN_HOUR_MS)
            };
            keep(&db, &connection, &by_hand).await;
            desk.lets_in(&[&by_hand.access_token]);
            if is_refused {
                desk.takes(&[]);
            }
            desk.let_go_on();
            assert_eq!(worker.await.unwrap(), let_in(), "refused: {is_refused}");
            assert_eq!(kept(&db, &connection).await, by_hand);
            keep(&db, &connection, &desk.first_pair(0)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_went_away_is_replaced_when_its_claim_runs_out() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        let until = now_ms() + 1_000;
        sql("UPDATE connection_secrets SET refresh_owner = 'gone', refresh_until = $1").bind(until).execute(&db).await.unwrap();
        assert_eq!(asks(&db, &connection).await, let_in());
        assert_eq!(desk.given(), 1);
        assert!(desk.given_at() >= until, "it was waited for");
    })
    .await;
}

/// It was thought gone, for no answer came: the other one's turn is waited for, and nothing is asked meanwhile.
#[tokio::test]
async fn a_worker_that_lost_its_claim_asks_no_more_until_it_has_it_again() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        desk.hold();
        desk.lay_for_tokens(&[(503, "")]);
        let worker = tokio::spawn({
            let (db, connection) = (db.clone(), connection.clone());
            async move { asks(&db, &connection).await }
        });
        desk.somebody_waits().await;
        let until = now_ms() + 1_500;
        sql("UPDATE connection_secrets SET refresh_owner = 'other', refresh_until = $1").bind(until).execute(&db).await.unwrap();
        desk.let_go_on();
        assert_eq!(worker.await.unwrap(), let_in());
        assert_eq!((desk.asked(), desk.given()), (2, 1));
        assert!(desk.given_at() >= until, "the other one's turn was waited for");
    })
    .await;
}

#[tokio::test]
async fn who_asked_may_go_away_and_what_was_given_is_kept() {
    on_each_database(|db| async move {
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&db, "Albion Quay").await;
        keep(&db, &connection, &desk.first_pair(0)).await;
        desk.hold();
        let worker = tokio::spawn({
            let (db, connection) = (db.clone(), connection.clone());
            async move { asks(&db, &connection).await }
        });
        desk.somebody_waits().await;
        worker.abort();
        assert!(worker.await.unwrap_err().is_cancelled());
        desk.let_go_on();
        let began = Instant::now();
        while kept(&db, &connection).await.refresh_token != "refresh-1" {
            assert!(began.elapsed() < Duration::from_secs(20), "what was given is lost");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(asks(&db, &connection).await, let_in());
        assert_eq!(desk.given(), 1);
    })
    .await;
}

#[tokio::test]
async fn keys_are_changed_while_the_access_is_renewed() {
    const NEW: &str = "bmV3IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE=";
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let desk = Desk::open().await;
        let (_, connection) = desk.connected(&database.db, "Albion Quay").await;
        keep(&database.db, &connection, &desk.first_pair(0)).await;
        let open = async |keys: String| Db::connect(&database.url, Vault::of_text(&keys).unwrap()).await.unwrap();
        let (before, after) = (open(format!("{SECRET_KEY},{NEW}")).await, open(format!("{NEW},{SECRET_KEY}")).await);
        let old = before.vault().key_ids().remove(0);
        desk.hold();
        let worker = tokio::spawn({
            let (db, connection) = (before.clone(), connection.clone());
            async move { asks(&db, &connection).await }
        });
        desk.somebody_waits().await;
        assert_eq!(secrets::reseal(&after, &old).await.unwrap(), 1);
        desk.let_go_on();
        assert_eq!(worker.await.unwrap(), let_in());
        assert_eq!(desk.given(), 1);
        // What the server with the old key kept meanwhile is sealed anew as anything else.
        assert_eq!(secrets::reseal(&after, &old).await.unwrap(), 1);
        assert_eq!(secrets::count(&after, &old).await.unwrap(), 0);
        let tokens = kept(&after, &connection).await;
        assert_eq!((tokens.refresh_token.as_str(), tokens.tenant_id.as_str()), ("refresh-1", TENANT));
    }
}
