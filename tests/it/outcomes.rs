//! Records cut short between their intent and their outcome, where nothing else would save them: what is stored is stored
//! together, what is not known is looked up although no number is taken, and what is sent again is the same request.

use crate::harness::{
    books::{Books, line, three},
    on_each_database, trigger,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, new_id, query::sql},
        engine::Engine,
        services::sync,
    },
};
use tokio_util::sync::CancellationToken;

async fn until(books: &Books, text: &'static str) {
    let began = Instant::now();
    while books.number(text).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "{text}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The worker is gone, and what it held is taken from it.
async fn take_back(db: &Db) {
    sql("DELETE FROM workers").execute(db).await.unwrap();
    Engine::new(db.clone(), 1, CancellationToken::new()).take_back_abandoned().await.unwrap();
}

/// Works the run that waits until the condition is met, and goes away in the middle.
async fn work_until(books: &Books, text: &'static str) {
    let (run,): (String,) = sql("SELECT id FROM runs WHERE state = 'queued'").one(&books.db).await.unwrap();
    let working = tokio::spawn(Engine::new(books.db.clone(), 1, CancellationToken::new()).work_only(vec![run]));
    until(books, text).await;
    working.abort();
    let _ = working.await;
}

const SENDING: &str = "SELECT count(*) FROM links WHERE intent_key IS NOT NULL";

impl Books {
    /// Codes of the conflicts that wait for a person.
    async fn conflicts(&self) -> Vec<String> {
        let open: Vec<(String,)> =
            sql("SELECT code FROM problems WHERE kind = 'conflict' AND resolved_at IS NULL").all(&self.db).await.unwrap();
        assert_eq!(self.status().await, SyncStatus::Errors);
        open.into_iter().map(|(code,)| code).collect()
    }

    /// Money that came in and was noted here, and is to go out with the changes.
    async fn pay_here(&self, number: &str, amount: i64) {
        sql("INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
            SELECT $1, company_id, id, '2010-12-30', $3, 'GBP', 'BACS', 1 FROM documents WHERE number = $2")
        .bind(new_id())
        .bind(number)
        .bind(amount)
        .execute(&self.db)
        .await
        .unwrap();
        sql("UPDATE documents SET paid = paid + $2 WHERE number = $1").bind(number).bind(amount).execute(&self.db).await.unwrap();
        sync::request(&self.db, &self.company.id, RunKind::OnDemand, RunScope::Changed, "test").await.unwrap();
    }
}

/// Whichever part of an outcome cannot be stored: its external id, its message and that it waits no more go together.
#[tokio::test]
async fn an_outcome_is_stored_with_its_external_id_or_not_at_all() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        trigger::refuse(&db, "no_id", "BEFORE UPDATE ON links", "NEW.external_id IS NOT NULL").await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::IncompletePipeline);
        assert_eq!(books.number("SELECT count(*) FROM practice_contacts").await, 2, "they arrived");
        assert_eq!(books.number(SENDING).await, 2, "their intents were stored before, and stand");
        assert_eq!(books.number("SELECT count(*) FROM contacts WHERE pending = 1 AND tried_version = 0").await, 2);
        assert_eq!(books.number("SELECT count(*) FROM messages WHERE text LIKE 'Sent %'").await, 0);
        assert_eq!(books.number("SELECT sent FROM runs ORDER BY id DESC LIMIT 1").await, 0);

        trigger::lift(&db, "no_id", "links").await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_contacts").await, 2);
        assert_eq!(books.number(SENDING).await, 0);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

/// Of a payment nothing is taken that a second one would be refused for, and the accounting side has forgotten the request.
#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_looked_up_before_it_is_sent_again() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // With the changes, and in a full sync, where what is there comes in before anything goes out.
        for (n, scope, arrived) in [
            (1, RunScope::Changed, "SELECT count(*) FROM practice_payments WHERE amount = 100"),
            (2, RunScope::Full, "SELECT count(*) FROM practice_payments WHERE amount = 200"),
        ] {
            panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
            books.pay_here("1001", 100 * n).await;
            // It takes half of the time before the work and half after it: what is there is not answered yet.
            work_until(&books, arrived).await;
            panel::set_delay(&db, &books.ledger, 0).await.unwrap();
            sql("DELETE FROM practice_requests").execute(&db).await.unwrap();
            take_back(&db).await;
            sql("UPDATE runs SET scope = $1 WHERE state = 'queued'").bind(scope.as_str()).execute(&db).await.unwrap();
            books.work().await;
            assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
            let (there, here) = ("SELECT count(*) FROM practice_payments", "SELECT count(*) FROM payments");
            assert_eq!((books.number(there).await, books.number(here).await), (n, n));
            let found = "SELECT count(*) FROM messages WHERE text LIKE 'Found there already: payment %'";
            assert_eq!(books.number(found).await, n);
        }
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

/// The request is still under way when it is looked up and not found: both together must count as one.
#[tokio::test]
async fn what_is_not_found_and_sent_again_by_another_worker_is_the_same_request() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // Half of it before anything is stored there: longer than the rest of this takes.
        panel::set_delay(&db, &books.ledger, 60_000).await.unwrap();
        books.pay_here("1001", 100).await;
        work_until(&books, SENDING).await;
        let (key,): (String,) = sql("SELECT intent_key FROM links WHERE intent_key IS NOT NULL").one(&db).await.unwrap();
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        take_back(&db).await;
        books.work().await;
        assert_eq!(books.number("SELECT count(*) FROM practice_payments").await, 1);
        let known = sql("SELECT count(*) FROM practice_requests WHERE request_key = $1").bind(&key).one::<(i64,)>(&db).await;
        assert_eq!(known.unwrap().0, 1, "the ledger will know the first one again");
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_found_and_sent_again_in_the_same_run_is_the_same_request() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // The ledger breaks off at its commit, until that was told of.
        let (nobody, is_first) = ("INSERT INTO broken VALUES ('nobody')", "NOT EXISTS (SELECT 1 FROM messages WHERE text LIKE '%broke off%')");
        sql("CREATE TABLE broken (id TEXT REFERENCES companies (id) DEFERRABLE INITIALLY DEFERRED)").execute(&db).await.unwrap();
        trigger::also(&db, "breaks_off", "AFTER INSERT ON practice_payments", is_first, nobody).await;
        sql("CREATE TABLE intents (intent_key TEXT PRIMARY KEY)").execute(&db).await.unwrap();
        let noted = "INSERT INTO intents VALUES (NEW.intent_key) ON CONFLICT DO NOTHING";
        for (name, event) in [("made", "AFTER INSERT ON links"), ("changed", "AFTER UPDATE ON links")] {
            trigger::also(&db, name, event, "NEW.intent_key IS NOT NULL", noted).await;
        }
        books.pay_here("1001", 100).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        let told = "SELECT count(*) FROM messages WHERE text LIKE '%broke off%' AND advice = 'It is looked up there before it is sent again.'";
        assert_eq!(books.number(told).await, 1);
        assert_eq!(books.number("SELECT count(*) FROM intents").await, 1);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

/// Of two that look alike there, nobody here can tell which one is ours.
#[tokio::test]
async fn two_that_may_be_it_are_for_a_person() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
        books.pay_here("1001", 100).await;
        work_until(&books, "SELECT count(*) FROM practice_payments").await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        let same = panel::PaymentAmount::Exactly(100);
        panel::record_payment(&db, &books.ledger, "1001", same, "2010-12-30", "BACS").await.unwrap();
        take_back(&db).await;
        books.work().await;
        assert_eq!(books.conflicts().await, ["payment-taken"]);
        assert_eq!(books.number("SELECT count(*) FROM practice_payments").await, 2, "nothing more was sent");
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'payment' AND external_id IS NOT NULL").await, 0);
    })
    .await;
}

/// It is found by what it goes by, and is the outcome of another record here.
#[tokio::test]
async fn what_another_record_here_is_linked_to_is_not_taken_for_this_one() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        books.pay_here("1001", 100).await;
        books.work().await;
        assert_eq!(books.number("SELECT count(*) FROM practice_payments").await, 1);
        panel::set_delay(&db, &books.ledger, 60_000).await.unwrap();
        books.pay_here("1001", 100).await;
        work_until(&books, SENDING).await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        take_back(&db).await;
        books.work().await;
        assert_eq!(books.conflicts().await, ["payment-taken"]);
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'payment' AND external_id IS NOT NULL").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_contact_that_is_called_otherwise_there_by_now_is_for_a_person() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
        books.import(&line("Customer 9", "1009", 9, 1, "1.00", "200")).await;
        work_until(&books, "SELECT count(*) FROM practice_contacts WHERE name = 'Customer 9'").await;
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        // Found by its name all the same, for capitals make no other name there.
        sql("UPDATE practice_contacts SET name = 'CUSTOMER 9' WHERE name = 'Customer 9'").execute(&db).await.unwrap();
        take_back(&db).await;
        books.work().await;
        assert_eq!(books.conflicts().await, ["name-taken"]);
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'contact' AND external_id IS NOT NULL").await, 2);
    })
    .await;
}

#[tokio::test]
async fn access_that_is_lost_in_the_middle_of_a_push_fails_no_record() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs").one(&db).await.unwrap();
        let working = tokio::spawn(Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run]));
        until(&books, SENDING).await;
        // The ledger looks once more before it stores anything.
        panel::revoke_access(&db, &books.ledger).await.unwrap();
        working.await.unwrap();
        assert_eq!(books.status().await, SyncStatus::NeedsReconnecting);
        assert_eq!(books.problems().await, []);
        assert_eq!(books.number(SENDING).await, 0, "nothing was taken, so nothing is unknown");
        let told = "SELECT count(*) FROM messages WHERE level = 'warning' AND entity = 'contact' AND sent <> ''
            AND advice = 'Nothing of it was taken; it is still to be sent.'";
        assert_eq!(books.number(told).await, 2, "each of the two contacts");
    })
    .await;
}
