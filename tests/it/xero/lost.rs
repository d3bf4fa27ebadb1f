//! Xero at its worst for one company: a write whose answer is lost on the way where nothing refuses a second one, and a limit
//! that lasts for hours.

use super::whole::Stage;
use crate::harness::{
    books::three,
    databases,
    xero::faults::{Fault, Faults},
};
use std::time::Duration;
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::xero::Tokens,
        db::{connections, new_id, now_ms, query::sql, runs, secrets},
        engine::Engine,
        services::{companies::find, sync},
    },
};
use tokio_util::sync::CancellationToken;

/// What lets us in now.
async fn tokens(stage: &Stage) -> Tokens {
    let connection = connections::of_company(&stage.db, &stage.company.id).await.unwrap().unwrap();
    let secret = secrets::of_connection(&stage.db, stage.db.vault(), &connection.id).await.unwrap().unwrap();
    Tokens::parse(&secret).unwrap()
}

/// No second payment is refused for the first one there: only looking keeps it from going twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_answer_is_cut_is_looked_up_in_the_same_run() {
    let database = databases().await.remove(0);
    let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
    assert_eq!(stage.work().await, SyncStatus::Synced);
    let paid = "INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
        SELECT $1, company_id, id, '2010-12-20', 100, 'GBP', 'BACS', 1 FROM documents WHERE number = '1001'";
    sql(paid).bind(new_id()).execute(&stage.db).await.unwrap();
    sql("UPDATE documents SET paid = paid + 100 WHERE number = '1001'").execute(&stage.db).await.unwrap();
    sync::request(&stage.db, &stage.company.id, RunKind::OnDemand, RunScope::Changed, "test").await.unwrap();
    stage.there.set_faults(Faults::always(Fault::CutAfterApplying));
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.said().await);
    assert_eq!(stage.there.held().payments.len(), 1);
    let said = stage.said().await;
    let last: Vec<_> = said[said.len() - 3..].iter().map(|(level, text)| (level.as_str(), text.as_str())).collect();
    assert!(matches!(last[0], ("warning", text) if text.contains("broke off")), "{last:?}");
    assert_eq!(last[1], ("info", "Found there already: payment for 1001"));

    // Whatever is said of it holds nothing that lets anybody in.
    let Tokens { access_token, refresh_token, .. } = tokens(&stage).await;
    for secret in [access_token, refresh_token] {
        let told =
            sql("SELECT count(*) FROM messages WHERE text || advice || sent || received LIKE $1").bind(format!("%{secret}%"));
        assert_eq!(told.one::<(i64,)>(&stage.db).await.unwrap().0, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_hours_gives_the_run_back_until_then() {
    let database = databases().await.remove(0);
    let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
    stage.there.set_faults(Faults::always(Fault::LimitedHours));
    let (run,): (String,) = sql("SELECT id FROM runs").one(&stage.db).await.unwrap();
    let began = now_ms();
    let working = Engine::new(stage.db.clone(), 1, CancellationToken::new()).work_only(vec![run.clone()]);
    tokio::time::timeout(Duration::from_secs(60), working).await.expect("its place is given to others");
    let run = runs::by_id(&stage.db, &run).await.unwrap().unwrap();
    assert_eq!((run.state.as_str(), run.attempt), ("queued", 0));
    let wait = run.wait_until.expect("it is shown until when") - began;
    assert!((7_200_000..7_300_000).contains(&wait), "{wait} ms");
    assert_eq!(find(&stage.db, &stage.company.code).await.unwrap().status(), SyncStatus::InProgress);

    stage.there.set_faults(Faults::none());
    // Somebody who knows better asks by hand.
    sync::request(&stage.db, &stage.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.said().await);
}
