//! What a sync tells of itself afterwards: each stage with its time and its counts, what a rate limit cost, and how a
//! sync that was interrupted goes on in the same account.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        results::{RunView, StageRow},
        run::{RunState, Stage},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{now_ms, query::sql},
        engine::Engine,
        services::{error::ServiceError, run_report},
    },
};
use tokio_util::sync::CancellationToken;

async fn last(books: &Books) -> RunView {
    let (id,): (String,) = sql("SELECT id FROM runs ORDER BY id DESC LIMIT 1").one(&books.db).await.unwrap();
    run_report::report(&books.db, &books.company, &id).await.unwrap()
}

/// Sent, received, failed, blocked, unchanged.
fn counts(stage: &StageRow) -> [u64; 5] {
    [stage.sent, stage.received, stage.failed, stage.blocked, stage.unchanged]
}

fn of(view: &RunView, stage: Stage) -> [u64; 5] {
    counts(view.stages.iter().find(|row| row.stage == stage).unwrap_or_else(|| panic!("{stage:?}: {view:?}")))
}

#[tokio::test]
async fn each_stage_counts_what_it_did() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        panel::set_account_archived(&db, &books.ledger, "260", true).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let view = last(&books).await;
        assert_eq!(view.stages.iter().map(|row| row.stage).collect::<Vec<_>>(), Stage::ALL);
        assert_eq!(of(&view, Stage::Contacts), [3, 0, 0, 0, 0]);
        assert_eq!(of(&view, Stage::Invoices), [2, 0, 1, 0, 0]);
        assert_eq!(of(&view, Stage::CreditNotes), [1, 0, 0, 0, 0]);
        assert_eq!(of(&view, Stage::TieOut), [0, 0, 0, 0, 3], "compared and equal: two invoices and a credit note");
        assert!(view.stages.iter().all(|row| !row.goes_on && row.took_ms >= 0 && row.waited_ms == 0));
        assert_eq!((view.run.state, view.run.sent, view.run.failed), (RunState::Completed, 6, 1));
        assert!(!view.tie_out.expect("it tied out").in_balance());
        assert!(view.started.is_some() && view.ended.is_some() && view.log.messages.len() > 6);

        // What was sent comes back as an echo, and money that was paid there comes in.
        panel::set_account_archived(&db, &books.ledger, "260", false).await.unwrap();
        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Outstanding, "2010-12-20", "BACS").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        let view = last(&books).await;
        assert_eq!(of(&view, Stage::Contacts), [0, 0, 0, 0, 3]);
        assert_eq!(of(&view, Stage::Invoices)[..2], [1, 0]);
        assert_eq!(of(&view, Stage::Payments), [0, 1, 0, 0, 0]);
        assert_eq!(of(&view, Stage::TieOut), [0, 0, 0, 0, 5], "three invoices, a credit note and a payment");

        // A sync of changes alone neither reads reference data nor ties out.
        books.import(&line("Customer 3", "1005", 5, 1, "6.00", "200")).await;
        books.work().await;
        let view = last(&books).await;
        let stages: Vec<_> = view.stages.iter().map(|row| row.stage).collect();
        assert_eq!(stages, [Stage::Contacts, Stage::Invoices, Stage::CreditNotes, Stage::Payments]);
        assert_eq!((of(&view, Stage::Invoices)[0], view.tie_out), (1, None));

        let other = Books::open_named(&db, "Bramley Court", "").await;
        let foreign = run_report::report(&db, &other.company, &view.run.id).await;
        assert!(matches!(foreign, Err(ServiceError::NotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn what_a_rate_limit_cost_is_told_of_the_stage_that_waited() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        // Four calls read accounts, tax rates, tracking and contacts; the fifth would send, and its minute is nearly over.
        sql("UPDATE practice_ledgers SET rate_limit = 4, window_start = $1").bind(now_ms() - 58_000).execute(&db).await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let working = tokio::spawn(Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run]));
        let began = Instant::now();
        while books.number("SELECT count(*) FROM runs WHERE wait_until IS NOT NULL").await == 0 {
            assert!(began.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let view = last(&books).await;
        assert!(view.waits_until.is_some() && view.ended.is_none() && view.run.state == RunState::Running);
        let contacts = view.stages.last().unwrap();
        assert!(contacts.goes_on && contacts.stage == Stage::Contacts, "{view:?}");
        panel::set_rate_limit(&db, &books.ledger, 0).await.unwrap();
        working.await.unwrap();
        let view = last(&books).await;
        for row in &view.stages {
            let waited = row.stage == Stage::Contacts;
            assert_eq!(row.waited_ms > 500 && row.waited_ms <= row.took_ms, waited, "{row:?}");
        }
        assert_eq!((view.waits_until.is_none(), of(&view, Stage::Contacts)), (true, [2, 0, 0, 0, 0]));
    })
    .await;
}

#[tokio::test]
async fn a_sync_that_is_taken_up_again_goes_on_in_the_same_account() {
    on_each_database(|db| async move {
        let csv: String = (0..400).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        panel::set_delay(&db, &books.ledger, 400).await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let stop = CancellationToken::new();
        let working = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).work_only(vec![run.clone()]));
        let began = Instant::now();
        while books.number("SELECT count(*) FROM messages WHERE entity = 'invoice' AND text LIKE 'Sent %'").await == 0 {
            assert!(began.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stop.cancel();
        working.await.unwrap();
        let half = last(&books).await;
        let sent = of(&half, Stage::Invoices)[0];
        assert_eq!((half.run.state, half.run.sent), (RunState::Queued, sent + 1), "the contact and some invoices");
        assert!((1..400).contains(&sent), "stopped in the middle: {sent}");
        assert!(half.stages.iter().all(|row| !row.goes_on), "the stage does not go on while nobody works: {half:?}");

        let pause = Duration::from_millis(1_500);
        tokio::time::sleep(pause).await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        let view = last(&books).await;
        assert_eq!((view.run.id.as_str(), of(&view, Stage::Contacts)[0], of(&view, Stage::Invoices)[0]), (run.as_str(), 1, 400));
        assert_eq!(view.run.sent, 401);
        let worked: i64 = view.stages.iter().map(|row| row.took_ms).sum();
        let all = view.run.took_ms.unwrap();
        assert!(worked <= all - pause.as_millis() as i64 + 100, "the pause is no stage's time: {worked} of {all} ms");
    })
    .await;
}
