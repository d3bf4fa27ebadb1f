//! The tie-out: both sides are asked the same question, and where the answers differ the records that make it up
//! are errors of the run until they agree again.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use std::time::Duration;
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{
        document::{DocumentKind, Line},
        message::{Entity, Level, ProblemKind},
        message_filter::MessageFilter,
        results::Results,
        run::{RunKind, RunScope},
        status::SyncStatus,
        tie_out::{ControlTotals, EntityTieOut},
    },
    server::{
        connectors::{ContactContent, Content, DocumentContent, PushItem, practice::panel},
        db::{new_id, query::sql},
        engine::Engine,
        services::{message_log, onboarding, results, sync},
    },
};
use tokio_util::sync::CancellationToken;

impl Books {
    /// What somebody else's program puts into the ledger.
    async fn push(&self, content: Content) -> String {
        let item = PushItem { external_id: None, idempotency_key: new_id(), content };
        self.connector().await.push(&[item]).await.unwrap().remove(0).unwrap()
    }

    /// An invoice of one line that is there only: its contact, number, date and pounds before tax.
    async fn push_invoice(&self, contact: &str, number: &str, issued: &str, pounds: i64) -> String {
        let contact = ContactContent { name: contact.into(), ..ContactContent::default() };
        let contact_id = self.push(Content::Contact(contact)).await;
        let named = async |table: &str, column: &str, name: &str| {
            let text = format!("SELECT id FROM {table} WHERE ledger_id = $1 AND {column} = $2");
            sql(text).bind(&self.ledger).bind(name).one::<(String,)>(&self.db).await.unwrap().0
        };
        let line = Line {
            description: "Rent".into(),
            quantity_e4: 10_000,
            unit_amount_e4: pounds * 10_000,
            account_code: named("practice_accounts", "code", "200").await,
            tax_type: named("practice_tax_rates", "name", "No VAT").await,
            ..Line::default()
        };
        self.push(Content::Document(DocumentContent {
            kind: DocumentKind::SalesInvoice,
            number: number.into(),
            contact_id,
            reference: String::new(),
            issue_date: issued.into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![line],
        }))
        .await
    }

    async fn results(&self) -> Results {
        results::results(&self.db, &Sees::Everything, &self.company, "").await.unwrap()
    }

    /// Labels, kinds and causes of the open problems.
    async fn open_problems(&self) -> Vec<(String, ProblemKind, String)> {
        let mut open: Vec<_> =
            self.results().await.problems.into_iter().map(|problem| (problem.label, problem.kind, problem.cause)).collect();
        open.sort();
        open
    }

    async fn tied_out(&self, entity: Entity) -> EntityTieOut {
        self.tie_out().await.into_iter().find(|found| found.entity == entity).unwrap()
    }
}

/// A payment goes with its document: sync-from may lie between the two dates, either way round.
#[tokio::test]
async fn the_date_of_its_document_decides_about_a_payment() {
    on_each_database(|db| async move {
        let csv = line("Customer 1", "1001", 1, 1, "100.00", "200") + &line("Customer 1", "1002", 20, 1, "50.00", "200");
        let books = Books::connect(&db, &csv, Some("2010-12-10")).await;
        onboarding::confirm(&db, &books.company.id, true, &[], "test").await.unwrap();
        books.push_invoice("Somebody", "0999", "2010-12-02", 70).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'invoice'").await, 1, "only what is dated since");

        let pay = async |number: &str, pence: i64, on: &str| {
            panel::record_payment(&db, &books.ledger, number, panel::PaymentAmount::Exactly(pence), on, "BACS").await.unwrap();
        };
        // Of a document that is left alone, on a day since; and in advance, before that day, of one that is not.
        pay("0999", 3_000, "2010-12-15").await;
        pay("1002", 2_000, "2010-12-05").await;
        pay("1002", 1_000, "2010-12-24").await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.open_problems().await);
        let payments = books.tied_out(Entity::Payment).await;
        let both = ControlTotals { count: 2, gross: 3_000, ..ControlTotals::default() };
        assert_eq!((payments.local, payments.external), (both, both));
        let invoices = books.tied_out(Entity::Invoice).await;
        assert!(invoices.in_balance());
        assert_eq!((invoices.external.count, invoices.external.outstanding), (1, 6_000 - 3_000));
    })
    .await;
}

/// Books that were changed without a trace, as no feed of changes tells of it: only the totals do.
#[tokio::test]
async fn a_difference_nothing_else_explains_is_an_error_with_its_records() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Outstanding, "2010-12-20", "").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);

        for (tamper, undo, expected) in [
            (
                "UPDATE practice_documents SET net = net + 1, gross = gross + 1 WHERE number = '1002'",
                "UPDATE practice_documents SET net = net - 1, gross = gross - 1 WHERE number = '1002'",
                ("1002", "The amounts differ"),
            ),
            (
                "UPDATE practice_documents SET paid = paid - 1 WHERE number = '1001'",
                "UPDATE practice_documents SET paid = paid + 1 WHERE number = '1001'",
                ("1001", "The amounts paid differ"),
            ),
            (
                "UPDATE practice_documents SET state = 'voided' WHERE number = 'C1003'",
                "UPDATE practice_documents SET state = 'authorised' WHERE number = 'C1003'",
                ("C1003", "It is here, and not there"),
            ),
            (
                "UPDATE practice_payments SET amount = amount - 5",
                "UPDATE practice_payments SET amount = amount + 5",
                ("1001", "The amounts differ"),
            ),
            (
                "INSERT INTO practice_documents (id, ledger_id, kind, number, number_scope, contact_id, issue_date, due_date, currency, net, tax, gross, state, seq)
                SELECT 'x', ledger_id, kind, 'X1', number_scope, contact_id, issue_date, due_date, currency, 5, 0, 5, state, 0
                FROM practice_documents WHERE number = '1001'",
                "DELETE FROM practice_documents WHERE id = 'x'",
                ("X1", "It is there, and not here"),
            ),
        ] {
            sql(tamper).execute(&db).await.unwrap();
            for seen in 1..=2 {
                assert_eq!(books.sync().await, SyncStatus::Errors, "{expected:?}");
                let (label, cause) = (expected.0.to_owned(), expected.1.to_owned());
                assert_eq!(books.open_problems().await, [(label, ProblemKind::Difference, cause)]);
                let results = books.results().await;
                assert_eq!(results.problems[0].times, seen);
                let differing: Vec<_> = results.tie_out.unwrap().entities.into_iter().filter(|one| !one.in_balance()).collect();
                assert_eq!(differing.len(), 1);
                assert_eq!(differing[0].differences.iter().map(|one| one.label.as_str()).collect::<Vec<_>>(), [expected.0]);
                assert_eq!(results.runs[0].errors, 1);
            }
            let errors = MessageFilter { level: Some(Level::Error), ..MessageFilter::default() };
            let log = message_log::page(&db, &books.company, &errors).await.unwrap();
            assert!(log.messages[0].text.contains("not in balance"), "{:?}", log.messages[0]);
            sql(undo).execute(&db).await.unwrap();
            assert_eq!(books.sync().await, SyncStatus::Synced, "{expected:?}");
            assert_eq!(books.open_problems().await, []);
        }
    })
    .await;
}

#[tokio::test]
async fn one_cause_is_one_problem_on_both_sides_of_the_books() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.push_invoice("Somebody else", "1001", "2010-12-04", 70).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        for _ in 0..2 {
            let open = books.open_problems().await;
            assert_eq!(open.len(), 1, "{open:?}");
            assert_eq!((open[0].0.as_str(), open[0].1), ("1001", ProblemKind::Conflict));
            assert_eq!(books.sync().await, SyncStatus::Errors);
        }
        panel::void_document(&db, &books.ledger, "1001").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.open_problems().await);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

/// A payment made here, as no page makes one yet.
async fn pay_here(books: &Books, number: &str, pence: i64) {
    sql("INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
        SELECT $1, company_id, id, '2010-12-20', $2, currency, 'DD', 1 FROM documents WHERE number = $3")
    .bind(new_id())
    .bind(pence)
    .bind(number)
    .execute(&books.db)
    .await
    .unwrap();
    sql("UPDATE documents SET paid = paid + $1 WHERE number = $2").bind(pence).bind(number).execute(&books.db).await.unwrap();
}

/// What comes in first is what was sent: it must not be taken for money that somebody else noted.
#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_known_again_when_it_comes_in() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        pay_here(&books, "1001", 4_000).await;
        panel::set_delay(&db, &books.ledger, 1_000).await.unwrap();
        sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        let (run,): (String,) = sql("SELECT id FROM runs WHERE state = 'queued'").one(&db).await.unwrap();
        let working = tokio::spawn(Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run]));
        // Stored there, and not answered yet.
        while books.number("SELECT count(*) FROM practice_payments").await == 0 {
            assert!(!working.is_finished(), "it is never sent");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        working.abort();
        let _ = working.await;
        assert_eq!(books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 1, "nobody knows of it");
        panel::set_delay(&db, &books.ledger, 0).await.unwrap();
        sql("DELETE FROM workers").execute(&db).await.unwrap();
        Engine::new(db.clone(), 1, CancellationToken::new()).take_back_abandoned().await.unwrap();
        books.work().await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.open_problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_payments").await, 1);
        assert_eq!(books.number("SELECT count(*) FROM payments").await, 1);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn payments_made_here_go_out_once_and_wait_for_their_document() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        panel::set_account_archived(&db, &books.ledger, "260", true).await.unwrap();
        pay_here(&books, "1001", 4_000).await;
        pay_here(&books, "C1003", -500).await;
        pay_here(&books, "1004", 600).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let open = books.open_problems().await;
        let kinds: Vec<_> = open.iter().map(|(label, kind, _)| (label.as_str(), *kind)).collect();
        assert_eq!(kinds, [("1004", ProblemKind::Failed), ("for 1004", ProblemKind::Blocked)]);
        assert_eq!(books.stored().await.open_errors, 1, "what waits for another record is no error of its own");

        panel::set_account_archived(&db, &books.ledger, "260", false).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.open_problems().await);
        let payments = books.tied_out(Entity::Payment).await;
        assert_eq!((payments.external.count, payments.external.gross), (3, 4_100));
        books.assert_in_balance(3, 1).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT sent + received FROM runs ORDER BY id DESC LIMIT 1").await, 0);
        assert_eq!(books.number("SELECT count(*) FROM practice_payments").await, 3);
    })
    .await;
}
