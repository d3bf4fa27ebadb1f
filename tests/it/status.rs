//! Stored statuses and counts equal the derived ones after any sequence of operations, and the check that says so
//! notices when they do not.

use crate::harness::databases;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tieout::{
    domain::{
        connection::Access,
        message::{Direction, Entity, ProblemKind},
        provider::Provider,
        run::{RunKind, RunScope, RunState},
        schedule::Schedule,
    },
    server::{
        db::{
            Db,
            authorisations::{self, NewAuthorisation},
            companies::{self, NewCompany},
            connections::{self, NewConnection},
            groups, new_id,
            problems::{self, Found},
            query::sql,
            runs, secrets, status,
        },
        services::{
            companies::{archive, restore},
            sync,
        },
    },
};

const WORKER: &str = "worker";

/// Something that happens to one of a few companies.
#[derive(Clone, Debug)]
enum Operation {
    Connect,
    Onboard,
    LoseAccess,
    Reconnect,
    Disconnect,
    /// Access is asked for, and given up.
    Ask,
    Forget,
    Pause,
    Resume,
    Archive,
    Restore,
    Request(RunScope),
    Claim,
    End(RunState),
    Release,
    Problem(u8, ProblemKind),
    Resolve(u8),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => Just(Operation::Connect),
        3 => Just(Operation::Onboard),
        1 => Just(Operation::LoseAccess),
        2 => Just(Operation::Reconnect),
        1 => Just(Operation::Disconnect),
        1 => Just(Operation::Ask),
        1 => Just(Operation::Forget),
        2 => Just(Operation::Pause),
        2 => Just(Operation::Resume),
        1 => Just(Operation::Archive),
        2 => Just(Operation::Restore),
        4 => prop_oneof![Just(RunScope::Full), Just(RunScope::Changed)].prop_map(Operation::Request),
        4 => Just(Operation::Claim),
        4 => prop_oneof![3 => Just(RunState::Completed), 1 => Just(RunState::Failed), 1 => Just(RunState::Cancelled)].prop_map(Operation::End),
        1 => Just(Operation::Release),
        3 => (0u8..3, prop_oneof![Just(ProblemKind::Failed), Just(ProblemKind::Blocked), Just(ProblemKind::Difference)])
            .prop_map(|(record, kind)| Operation::Problem(record, kind)),
        2 => (0u8..3).prop_map(Operation::Resolve),
    ]
}

/// One transaction that changes a fact and ends as every such transaction does.
async fn apply(db: &Db, company_id: &str, operation: &Operation, now: i64) {
    let connection = connections::of_company(db, company_id).await.unwrap();
    if let Operation::Request(scope) = operation {
        // Refused where the company cannot sync; that is an answer, too.
        let _ = sync::request(db, company_id, RunKind::Manual, *scope, "test").await;
        return;
    }
    if let Operation::Archive | Operation::Restore = operation {
        // Refused under a sync, or where it is so already.
        let _ = match operation {
            Operation::Archive => archive(db, company_id).await,
            _ => restore(db, company_id).await,
        };
        return;
    }
    let active = sql("SELECT id FROM runs WHERE company_id = $1 AND state IN ('queued', 'running')").bind(company_id);
    let active = active.optional::<(String,)>(db).await.unwrap().map(|(id,)| id);
    if let (Operation::Claim, Some(run)) = (operation, &active) {
        runs::claim(db, WORKER, now, Some(run)).await.unwrap();
        return;
    }
    let mut tx = db.begin().await.unwrap();
    match (operation, connection, active) {
        (Operation::Connect, None, _) => {
            let new = NewConnection {
                company_id,
                provider: Provider::Practice,
                organisation_id: &new_id(),
                organisation_name: "Books",
                short_code: None,
                sync_from: "2018-01-01",
                schedule: Schedule::Off,
                by: "test",
            };
            connections::insert(&mut tx, &new, now).await.unwrap();
        }
        (Operation::Onboard, Some(connection), _) => connections::set_onboarded(&mut tx, &connection.id, now).await.unwrap(),
        (Operation::LoseAccess, Some(connection), _) => {
            connections::set_access(&mut tx, &connection.id, Access::Lost, Some("Revoked")).await.unwrap();
        }
        (Operation::Reconnect, Some(connection), _) => {
            connections::set_access(&mut tx, &connection.id, Access::Valid, None).await.unwrap();
        }
        (Operation::Disconnect, Some(connection), _) => {
            connections::set_access(&mut tx, &connection.id, Access::Disconnected, None).await.unwrap();
        }
        (Operation::Ask, _, _) => {
            let new = NewAuthorisation {
                company_id,
                provider: Provider::Tryton,
                place: "a server",
                secret: &secrets::seal_of_authorisation(db.vault(), company_id, "key").unwrap(),
                sync_from: "2018-01-01",
                schedule: Schedule::Off,
                by: "test",
                next_look_at: Some(now),
            };
            authorisations::put(&mut tx, &new, now).await.unwrap();
        }
        (Operation::Forget, _, _) => {
            authorisations::remove(&mut tx, company_id).await.unwrap();
        }
        (Operation::Pause, Some(connection), _) => {
            connections::pause(&mut tx, &connection.id, "test", None, false, now).await.unwrap();
        }
        (Operation::Resume, Some(connection), _) => connections::resume(&mut tx, &connection.id).await.unwrap(),
        (Operation::End(state), _, Some(run)) => {
            let errors = problems::open_errors(&mut tx, company_id).await.unwrap();
            runs::finish(&mut tx, &run, WORKER, *state, "stopped", errors, now).await.unwrap();
        }
        (Operation::Release, _, Some(run)) => {
            runs::release(&mut tx, &run, WORKER).await.unwrap();
        }
        (Operation::Problem(record, kind), _, _) => {
            let found = Found {
                entity: Entity::Invoice,
                local_id: record.to_string(),
                external_id: None,
                label: record.to_string(),
                kind: *kind,
                cause: "Account 200 is archived".into(),
                advice: String::new(),
                detail: String::new(),
                blocked_by: None,
                direction: Direction::Out,
                code: "account-archived",
                subject: None,
                sides: None,
            };
            problems::report(&mut tx, company_id, "run", &found, now).await.unwrap();
        }
        (Operation::Resolve(record), _, _) => {
            problems::resolve(&mut tx, company_id, Entity::Invoice, &record.to_string(), now).await.unwrap();
        }
        _ => return,
    }
    status::refresh(&mut tx, company_id, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn three_companies(db: &Db, case: usize) -> Vec<String> {
    let mut tx = db.begin().await.unwrap();
    let group = groups::insert(&mut tx, "Quay", 1).await.unwrap();
    let codes: Vec<_> = (0..3).map(|n| format!("C{case}{n}")).collect();
    let new: Vec<_> =
        codes.iter().map(|code| NewCompany { code, name: code, currency: "GBP", time_zone: "Europe/London" }).collect();
    let ids = companies::insert(&mut tx, &group, &new, 1).await.unwrap();
    tx.commit().await.unwrap();
    ids
}

#[test]
fn stored_equals_derived_after_any_operations() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for database in runtime.block_on(databases()) {
        let cases = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
        runner
            .run(&proptest::collection::vec((0usize..3, operation()), 1..40), |operations| {
                cases.set(cases.get() + 1);
                let findings = runtime.block_on(async {
                    let companies = three_companies(&database.db, cases.get()).await;
                    for (at, (company, operation)) in (100i64..).zip(&operations) {
                        apply(&database.db, &companies[*company], operation, at).await;
                    }
                    status::check(&database.db).await.unwrap()
                });
                prop_assert_eq!(findings, Vec::<String>::new());
                Ok(())
            })
            .unwrap_or_else(|error| panic!("on {}: {error}", database.kind));
    }
}

#[tokio::test]
async fn the_check_notices_what_was_tampered_with() {
    crate::harness::on_each_database(|db| async move {
        let companies = three_companies(&db, 0).await;
        assert!(status::check(&db).await.unwrap().is_empty());
        sql("UPDATE companies SET status = 'synced' WHERE id = $1").bind(&companies[0]).execute(&db).await.unwrap();
        sql("UPDATE companies SET open_errors = 3 WHERE id = $1").bind(&companies[1]).execute(&db).await.unwrap();
        sql("UPDATE companies SET provider = 'practice' WHERE id = $1").bind(&companies[2]).execute(&db).await.unwrap();
        sql("UPDATE status_counts SET n = n + 1").execute(&db).await.unwrap();
        assert_eq!(status::check(&db).await.unwrap().len(), 4);
    })
    .await;
}
