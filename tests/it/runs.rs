//! Runs as a queue, whatever happens to who works them: wishes are joined, lost workers replaced, limits waited
//! for, and what nobody knows is found out before anything is sent again.

use crate::harness::{
    books::{Books, line, three},
    databases, on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, now_ms, query::sql, runs, status},
        engine::Engine,
        services::sync,
    },
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

impl Books {
    async fn ask(&self, scope: RunScope) -> sync::Requested {
        let kind = if scope == RunScope::Full { RunKind::Manual } else { RunKind::OnDemand };
        sync::request(&self.db, &self.company.id, kind, scope, "test").await.unwrap()
    }

    /// Works the run that waits.
    async fn begin(&self) -> (String, JoinHandle<()>) {
        let (run,): (String,) = sql("SELECT id FROM runs WHERE state = 'queued'").one(&self.db).await.unwrap();
        let engine = Engine::new(self.db.clone(), 1, CancellationToken::new());
        let working = tokio::spawn(engine.work_only(vec![run.clone()]));
        self.until("SELECT count(*) FROM runs WHERE state <> 'queued'").await;
        (run, working)
    }

    async fn until(&self, text: &'static str) {
        let began = Instant::now();
        while self.number(text).await == 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "{text}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn run(&self, id: &str) -> runs::Run {
        runs::by_id(&self.db, id).await.unwrap().unwrap()
    }
}

const SENDING: &str = "SELECT count(*) FROM links WHERE intent_key IS NOT NULL AND entity = 'invoice'";

async fn synced(db: &Db) -> Books {
    let books = Books::open(db, &three()).await;
    books.work().await;
    assert_eq!(books.status().await, SyncStatus::Synced);
    books
}

#[tokio::test]
async fn wishes_are_joined_and_the_wider_one_wins() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        let changes = books.ask(RunScope::Changed).await;
        assert!(!changes.joined);
        let full = books.ask(RunScope::Full).await;
        assert_eq!(full, sync::Requested { run_id: changes.run_id.clone(), joined: true });
        let run = books.run(&changes.run_id).await;
        assert_eq!((run.kind.as_str(), run.scope.as_str()), ("manual", "full"));
        assert!(books.ask(RunScope::Changed).await.joined);
        assert_eq!(books.run(&changes.run_id).await.scope, "full", "and is not narrowed again");
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE state = 'queued'").await, 1);
        books.work().await;
    })
    .await;
}

#[tokio::test]
async fn what_changes_during_a_sync_follows_it() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        panel::set_delay(&db, &books.ledger, 60).await.unwrap();
        books.ask(RunScope::Full).await;
        let (run, working) = books.begin().await;
        // When payments are at their turn, invoices have had theirs.
        books.until("SELECT count(*) FROM runs WHERE stage = 'payments' AND state = 'running'").await;
        books.import(&line("Customer 1", "1009", 9, 1, "1.00", "200")).await;
        working.await.unwrap();
        assert_eq!(books.run(&run).await.state, "completed");
        let (kind, scope): (String, String) = sql("SELECT kind, scope FROM runs WHERE state = 'queued'").one(&db).await.unwrap();
        assert_eq!((kind.as_str(), scope.as_str()), ("on_demand", "changed"));
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_workers_vanish_is_given_up_after_three() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        let asked = books.ask(RunScope::Full).await;
        let keeper = Engine::new(db.clone(), 1, CancellationToken::new());
        for attempt in 1..=3 {
            let claimed = runs::claim(&db, "gone", now_ms(), None).await.unwrap().unwrap();
            assert_eq!((&claimed.id, claimed.attempt), (&asked.run_id, attempt));
            keeper.take_back_abandoned().await.unwrap();
        }
        let run = books.run(&asked.run_id).await;
        assert_eq!(run.state, "failed");
        assert_eq!(books.status().await, SyncStatus::IncompletePipeline);
        assert!(books.stored().await.reason.contains("several times"), "{}", books.stored().await.reason);
        let mut tx = db.begin().await.unwrap();
        assert!(!runs::release(&mut tx, &asked.run_id, "gone").await.unwrap(), "who comes back has lost it");
        drop(tx);
        assert_eq!(books.sync().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_commits_nothing_more() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        panel::set_delay(&db, &books.ledger, 300).await.unwrap();
        books.import(&line("Customer 1", "1009", 9, 1, "1.00", "200")).await;
        let (run, working) = books.begin().await;
        books.until(SENDING).await;
        sql("UPDATE runs SET lease_owner = 'another'").execute(&db).await.unwrap();
        working.await.unwrap();
        // Its push arrived; that it did is for the other one to find out.
        let held = books.run(&run).await;
        assert_eq!((held.state.as_str(), held.sent), ("running", 0));
        assert_eq!(books.number(SENDING).await, 1);
        sql("DELETE FROM workers").execute(&db).await.unwrap();
        Engine::new(db.clone(), 1, CancellationToken::new()).take_back_abandoned().await.unwrap();
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        books.work().await;
        // Changes go out without anything coming in first: it was looked up, and found.
        assert_eq!(books.number("SELECT count(*) FROM messages WHERE text = 'Found there already: invoice 1009'").await, 1);
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn what_changed_since_a_lost_answer_is_sent_as_a_change() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
        books.import(&line("Customer 1", "1009", 9, 1, "1.00", "200")).await;
        let (_, working) = books.begin().await;
        // It takes half of the time before the work and half after it: what is there is not answered yet.
        books.until("SELECT count(*) FROM practice_documents WHERE number = '1009'").await;
        working.abort();
        let _ = working.await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        // Changed here before anybody knew whether it had arrived: the same total, another account.
        books.import(&line("Customer 1", "1009", 9, 1, "1.00", "260")).await;
        sql("DELETE FROM workers").execute(&db).await.unwrap();
        Engine::new(db.clone(), 1, CancellationToken::new()).take_back_abandoned().await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1009'").await, 1);
        let (account,): (String,) = sql("SELECT a.code FROM practice_lines l JOIN practice_accounts a ON a.id = l.account_id
            JOIN practice_documents d ON d.id = l.document_id WHERE d.number = '1009'")
        .one(&db)
        .await
        .unwrap();
        assert_eq!(account, "260");
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

/// A client waits for half a minute; the ledger does what it was asked all the same.
#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_looked_up() {
    let databases = databases().await;
    let all = databases.iter().map(|database| async {
        let db = database.db.clone();
        let books = synced(&db).await;
        panel::set_delay(&db, &books.ledger, 40_000).await.unwrap();
        books.import(&line("Customer 1", "1009", 9, 1, "1.00", "200")).await;
        let (run, working) = books.begin().await;
        books.until(SENDING).await;
        tokio::time::sleep(Duration::from_secs(25)).await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        working.await.unwrap();
        assert_eq!(books.run(&run).await.state, "completed", "on {}", database.kind);
        let told: Vec<(String, String, String)> =
            sql("SELECT level, text, advice FROM messages WHERE label = '1009' ORDER BY id").all(&db).await.unwrap();
        let told: Vec<_> = told.iter().map(|(level, text, advice)| (level.as_str(), text.as_str(), advice.as_str())).collect();
        assert_eq!(
            told,
            [
                ("warning", "No answer from the practice ledger within 30 s", "It is looked up there before it is sent again."),
                ("info", "Found there already: invoice 1009", "")
            ]
        );
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(3, 1).await;
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn a_push_that_a_limit_holds_back_goes_on_by_itself() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        // Four calls read accounts, tax rates, tracking and contacts; the fifth would send, and its minute is nearly over.
        sql("UPDATE practice_ledgers SET rate_limit = 4, window_start = $1").bind(now_ms() - 58_000).execute(&db).await.unwrap();
        let (run, working) = books.begin().await;
        books.until("SELECT count(*) FROM runs WHERE wait_until IS NOT NULL").await;
        assert_eq!(books.run(&run).await.stage.as_deref(), Some("contacts"));
        assert_eq!(books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0, "nothing is unknown");
        assert_eq!(
            books.number("SELECT count(*) FROM messages WHERE text LIKE '%rate limit is used up; going on in %'").await,
            1
        );
        panel::set_rate_limit(&db, &books.ledger, 0).await.unwrap();
        working.await.unwrap();
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT count(*) FROM messages WHERE level <> 'info'").await, 0, "no record failed for it");
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_run_that_can_no_longer_be_worked_says_why() {
    on_each_database(|db| async move {
        let books = synced(&db).await;
        for (change, undo, expected, reason) in [
            (
                "UPDATE connections SET authorisation = 'lost'",
                "UPDATE connections SET authorisation = 'valid'",
                SyncStatus::NeedsReconnecting,
                "Access was lost before the sync started",
            ),
            (
                "UPDATE connections SET authorisation = 'disconnected'",
                "UPDATE connections SET authorisation = 'valid'",
                SyncStatus::NotConnected,
                "Disconnected before the sync started",
            ),
            (
                "UPDATE connections SET provider = 'of a later version'",
                "UPDATE connections SET provider = 'practice'",
                SyncStatus::IncompletePipeline,
                "Tieout itself had a problem; its log says more",
            ),
        ] {
            let asked = books.ask(RunScope::Full).await;
            sql(change).execute(&db).await.unwrap();
            books.work().await;
            let run = books.run(&asked.run_id).await;
            assert_eq!((run.state.as_str(), run.reason.as_str()), ("failed", reason));
            assert_eq!(books.status().await, expected);
            sql(undo).execute(&db).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            status::refresh(&mut tx, &books.company.id, now_ms()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(books.sync().await, SyncStatus::Synced);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_first_sync_makes_room_for_a_short_one() {
    on_each_database(|db| async move {
        let documents: String =
            (0..300).map(|n| line(&format!("Customer {}", n % 3), &(2_000 + n).to_string(), 1, 1, "12.50", "200")).collect();
        let long = Books::open_named(&db, "Long", &documents).await;
        Books::open_named(&db, "Short", &three()).await;
        let stop = CancellationToken::new();
        // One place for both.
        let engine = Engine::new(db.clone(), 1, stop.clone()).in_turns_of(Duration::ZERO);
        let serving = tokio::spawn(engine.serve());
        long.until("SELECT count(*) / 2 FROM companies WHERE status = 'synced'").await;
        stop.cancel();
        serving.await.unwrap();
        let ended = "SELECT c.name, r.sent FROM runs r JOIN companies c ON c.id = r.company_id ORDER BY r.ended_at";
        let ended: Vec<(String, i64)> = sql(ended).all(&db).await.unwrap();
        assert_eq!(ended.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Short", "Long"]);
        assert_eq!(ended[1].1, 303, "what was done is not done again");
        long.assert_in_balance(300, 0).await;
    })
    .await;
}
