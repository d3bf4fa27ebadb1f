//! Xero's limits, which all processes keep to together: two handles of one database stand for two of them, and the peer
//! enforces the limits with a minute that is shorter than the real one.

use super::whole::Stage;
use crate::harness::{
    TestDatabase,
    books::three,
    databases, one_database, vault,
    xero::{CLIENT_ID, Granted, Limits, Organisation, Peer, Setup, faults::Fault, faults::Faults},
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{connection::Budget, status::SyncStatus},
    server::{
        connectors::{
            Connector, ConnectorError, Purpose,
            xero::{XeroConnector, limits::Rules},
        },
        db::{Db, budgets, now_ms, query::sql},
        engine::Engine,
    },
};
use tokio_util::sync::CancellationToken;

/// A second process on the same database.
async fn beside(database: &TestDatabase) -> Db {
    Db::connect(&database.url, vault()).await.unwrap()
}

fn connector(db: &Db, there: &Organisation, granted: &Granted, purpose: Purpose, rules: Rules) -> XeroConnector {
    let tokens = there.tokens(granted.clone(), now_ms() + 30 * 60 * 1000);
    XeroConnector::from_secret(db, &tokens.secret(), &granted.tenant_id, None).unwrap().with(purpose, rules)
}

/// Asks so many times, and waits where it has to.
async fn ask(connector: XeroConnector, times: usize) {
    for _ in 0..times {
        loop {
            match connector.probe().await {
                Ok(_) => break,
                Err(ConnectorError::RateLimited { retry_after }) => tokio::time::sleep(retry_after).await,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_decide_at_once_one_decides_again() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let processes = [database.db.clone(), beside(&database).await];
        let nothing = budgets::read(&processes[0], "app", "quay").await.unwrap();
        assert_eq!((nothing.version, nothing.state), (None, None));
        let ours = now_ms();
        assert!((nothing.now - ours).abs() < 60_000, "the clock of the same machine: {} and {ours}", nothing.now);
        for round in 0..20i64 {
            let seen = budgets::read(&processes[0], "app", "quay").await.unwrap();
            let write = |n: usize| {
                let (db, version, text) = (processes[n % 2].clone(), seen.version, format!("{round}, of {n}"));
                tokio::spawn(async move { budgets::write(&db, "app", "quay", version, &text).await.unwrap() })
            };
            let writes: Vec<_> = (0..4).map(write).collect();
            let mut written = Vec::new();
            for write in writes {
                written.push(write.await.unwrap());
            }
            assert_eq!(written.iter().filter(|is| **is).count(), 1, "{written:?}");
            let winner = written.iter().position(|is| *is).unwrap();
            let kept = budgets::read(&processes[1], "app", "quay").await.unwrap();
            assert_eq!((kept.version, kept.state), (Some(round + 1), Some(format!("{round}, of {winner}"))));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_apps_minute_is_given_out_evenly_whoever_takes_it() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let processes = [database.db.clone(), beside(&database).await];
        let began = Instant::now();
        let takers: Vec<_> = (0..4)
            .map(|n: usize| {
                let db = processes[n % 2].clone();
                tokio::spawn(async move {
                    let mut taken = 0u32;
                    while began.elapsed() < Duration::from_secs(1) {
                        match budgets::take_of_app(&db, "app", 50, 25).await.unwrap() {
                            None => taken += 1,
                            Some(ms) => {
                                assert!(ms <= 50, "{ms}");
                                tokio::time::sleep(Duration::from_millis(ms.max(1).unsigned_abs())).await;
                            }
                        }
                    }
                    taken
                })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            taken += taker.await.unwrap();
        }
        let took = began.elapsed().as_millis();
        assert!(u128::from(taken) <= 1 + (took + 25) / 50, "{taken} in {took} ms");
        assert!(taken >= 2, "{taken}");

        // A hold holds both.
        budgets::hold_app(&processes[0], "app", 60_000).await.unwrap();
        budgets::hold_app(&processes[0], "app", 10).await.unwrap();
        let left = budgets::take_of_app(&processes[1], "app", 50, 25).await.unwrap().unwrap();
        assert!((30_000..=60_000).contains(&left), "{left}");
        assert_eq!(budgets::take_of_app(&processes[1], "another", 50, 25).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_and_people_in_two_processes_meet_no_limit() {
    const MINUTE: usize = 30;
    let rules = Rules { minute: MINUTE, minute_ms: 3_000, ..Rules::XERO };
    // To one that others ask, too, they leave connections open that break off when their tests end.
    let peer = Peer::own();
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let there = peer.organisation(&Setup::named("Albion Quay Estates"));
        let granted = there.grant(CLIENT_ID);
        let before = there.counts().requests;
        there.set_limits(Limits { minute: Some(MINUTE), minute_ms: Some(3_000), ..Limits::of_xero() });
        there.set_faults(Faults::always(Fault::Late).with(Fault::Late, 500));
        let processes = [database.db.clone(), beside(&database).await];
        let began = Instant::now();
        let mut all = vec![tokio::spawn(ask(connector(&processes[0], &there, &granted, Purpose::FirstSync, rules), 60))];
        // More of them than may be there at once.
        for person in 0..8 {
            let connector = connector(&processes[person % 2], &there, &granted, Purpose::Person, rules);
            all.push(tokio::spawn(ask(connector, 10)));
        }
        for one in all {
            one.await.unwrap();
        }
        let (counts, took) = (there.counts(), began.elapsed());
        assert_eq!((counts.requests - before, counts.limited), (140, 0), "in {took:?}");
        // Of four minutes and a half that it takes at least, without anybody in the way.
        eprintln!("{:.0} %", 140.0 / (MINUTE as f64 * took.as_secs_f64() / 3.0) * 100.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_organisations_meet_no_limit_of_the_app() {
    const APP: &str = "TIEOUTLIMITS00000000000000000000";
    let rules = Rules { minute: 1_000, app_minute: 600, minute_ms: 10_000, ..Rules::XERO };
    let (database, peer) = (one_database().await, Peer::shared());
    peer.app(APP, None, &[]);
    let limits = Limits { app_minute: Some(600), minute_ms: Some(10_000), ..Limits::default() };
    let mut all = Vec::new();
    let mut organisations = Vec::new();
    for n in 0..12 {
        let there = peer.organisation(&Setup::named(&format!("Quay {n}")));
        there.set_limits(limits);
        let granted = there.grant(APP);
        let connector = connector(&database.db, &there, &granted, Purpose::Sync, rules);
        all.push(tokio::spawn(ask(connector, 60)));
        organisations.push(there);
    }
    let began = Instant::now();
    for one in all {
        one.await.unwrap();
    }
    assert!(began.elapsed() > Duration::from_secs(10), "720 are more than a minute's");
    let limited: u64 = organisations.iter().map(|there| there.counts().limited).sum();
    assert_eq!(limited, 0);
}

/// Keeps that of the organisation's budget, by the database's clock.
async fn keep(stage: &Stage, state: impl FnOnce(i64) -> String) {
    let app = CLIENT_ID;
    let kept = budgets::read(&stage.db, app, &stage.there.tenant_id).await.unwrap();
    assert!(budgets::write(&stage.db, app, &stage.there.tenant_id, kept.version, &state(kept.now)).await.unwrap());
}

/// The sync's state, its stage, until when it waits, and when it is to go on.
async fn run(stage: &Stage) -> (String, Option<String>, Option<i64>, i64) {
    sql("SELECT state, stage, wait_until, not_before FROM runs ORDER BY id DESC LIMIT 1").one(&stage.db).await.unwrap()
}

async fn waiting(stage: &Stage) -> i64 {
    let began = Instant::now();
    loop {
        if let (_, _, Some(until), _) = run(stage).await {
            return until;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{:?}", run(stage).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_inside_of_a_request_shows_and_ends_with_the_server() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        keep(&stage, |now| format!(r#"{{"closed_until":{}}}"#, now + 55_000)).await;
        let before = stage.there.counts().requests;
        let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&stage.db).await.unwrap();
        let stop = CancellationToken::new();
        let engine = Engine::new(stage.db.clone(), 4, stop.clone());
        let working = tokio::spawn(engine.work_only(queued.into_iter().map(|(id,)| id).collect()));
        let (until, now) = (waiting(&stage).await, now_ms());
        assert!((now + 5_000..=now + 60_000).contains(&until), "{until} at {now}");
        assert_eq!(run(&stage).await.0, "running", "it keeps its place");
        stop.cancel();
        working.await.unwrap();
        assert_eq!((run(&stage).await.0.as_str(), stage.there.counts().requests - before), ("queued", 0));

        keep(&stage, |_| "{}".into()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let (_, _, until, _) = run(&stage).await;
        assert_eq!(until, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_leaves_some_of_the_day_and_gives_its_place_up_until_it_looks_again() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        keep(&stage, |now| format!(r#"{{"plan_seen_at":{now},"day":{{"left":400,"seen_at":{now}}}}}"#)).await;
        let before = stage.there.counts().requests;
        let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&stage.db).await.unwrap();
        let engine = Engine::new(stage.db.clone(), 4, CancellationToken::new());
        engine.work_only(queued.into_iter().map(|(id,)| id).collect()).await;
        let (state, _, until, not_before) = run(&stage).await;
        assert_eq!((state.as_str(), until, stage.there.counts().requests - before), ("queued", Some(not_before), 0));
        let in_an_hour = now_ms() + 60 * 60 * 1_000;
        assert!((in_an_hour - 120_000..=in_an_hour + 60_000).contains(&not_before), "{not_before}");
        let said = stage.said().await;
        assert!(said.iter().any(|(_, text)| text.ends_with("rate limit is used up; going on in 1 h")), "{said:?}");

        // A person may use what it leaves.
        let granted = stage.there.grant(CLIENT_ID);
        let person = connector(&stage.db, &stage.there, &granted, Purpose::Person, Rules::XERO);
        assert_eq!(person.budget().await.unwrap(), Some(Budget { left: 400, of: 5_000, per: "day" }));
        person.probe().await.unwrap();
        // What Xero says then counts.
        assert_eq!(person.budget().await.unwrap(), Some(Budget { left: 5_000, of: 5_000, per: "day" }));
        assert_eq!(stage.sync().await, SyncStatus::Synced);
    }
}
