//! Problems brought about in the practice ledger and resolved by what people do here: each ends in balance.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        action::Decision,
        matching::ReferenceKind,
        results_filter::{ProblemState, ResultsFilter, Since},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, actions, documents, holdings, new_id, now_ms, query::sql, status},
        engine,
        services::{
            error::ServiceError,
            onboarding,
            resolve::{self, Selection},
        },
    },
};

mod conflicts;
mod forms;
mod left_out;
mod random;
mod scale;

/// What a test reads of an open problem.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Open {
    pub id: String,
    pub local_id: String,
    pub external_id: Option<String>,
    pub label: String,
    pub kind: String,
    pub direction: String,
    pub code: String,
    pub cause: String,
    pub subject_kind: String,
    pub subject: String,
    pub blocked_by_entity: Option<String>,
    pub blocked_by_id: Option<String>,
    pub ours: String,
    pub theirs: String,
    pub detail: String,
    pub set_aside_at: Option<i64>,
    pub note: String,
}

impl Books {
    pub async fn open_rows(&self) -> Vec<Open> {
        sql("SELECT id, local_id, external_id, label, kind, direction, code, cause, subject_kind, subject, blocked_by_entity,
                blocked_by_id, ours, theirs, detail, set_aside_at, note
            FROM problems WHERE resolved_at IS NULL ORDER BY label, entity")
        .all(&self.db)
        .await
        .unwrap()
    }

    pub async fn row(&self, label: &str) -> Open {
        let rows = self.open_rows().await;
        rows.iter().find(|row| row.label == label).unwrap_or_else(|| panic!("no problem of {label}: {rows:?}")).clone()
    }

    pub async fn chosen(&self, labels: &[&str]) -> Selection {
        let mut ids = Vec::new();
        for label in labels {
            ids.push(self.row(label).await.id);
        }
        Selection::Problems(ids)
    }

    /// All there is under a filter.
    pub fn all(&self, state: ProblemState) -> Selection {
        Selection::Filtered(Box::new(ResultsFilter { state, since: Some(Since::Ever), ..ResultsFilter::default() }))
    }

    pub async fn retry(&self, labels: &[&str]) -> SyncStatus {
        let chosen = self.chosen(labels).await;
        resolve::retry(&self.db, &self.company, &chosen, "Ann").await.unwrap();
        self.work().await;
        self.status().await
    }

    pub async fn unlink(&self, labels: &[&str]) -> String {
        let chosen = self.chosen(labels).await;
        resolve::unlink(&self.db, &self.company, &chosen, "Ann").await.unwrap().sentence
    }

    pub async fn undo_latest(&self) -> String {
        let latest = actions::latest_undoable(&self.db, &self.company.id, 0).await.unwrap().expect("there is one to undo");
        resolve::undo(&self.db, &self.company, &latest.id, "Ben").await.unwrap().sentence
    }

    pub async fn decide(&self, label: &str, decision: Decision) -> Result<String, ServiceError> {
        let id = self.row(label).await.id;
        resolve::decide(&self.db, &self.company, &id, decision, "Ann").await.map(|done| done.sentence)
    }

    /// Edits a document as the record page does.
    pub async fn edit(&self, number: &str, change: impl FnOnce(&mut documents::DocumentFacts)) {
        let mut tx = self.db.begin().await.unwrap();
        let (id,): (String,) = sql("SELECT id FROM documents WHERE number = $1 AND company_id = $2")
            .bind(number)
            .bind(&self.company.id)
            .one(&mut tx)
            .await
            .unwrap();
        let held = holdings::document(&mut tx, &self.company.id, &id).await.unwrap().unwrap();
        let mut facts = held.facts;
        change(&mut facts);
        let prepared = documents::Prepared::new(facts, held.contact_id).unwrap();
        let new = documents::Replacement { id: &id, version: held.version + 1, state: held.state, document: &prepared };
        documents::replace(&mut tx, &new, documents::Made { by: "Ann", pending: true }, now_ms()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn reason(&self) -> String {
        self.stored().await.reason
    }

    /// No document there has the number of another, and none is there twice.
    pub async fn assert_nothing_twice(&self) {
        let twice = self
            .number("SELECT count(*) FROM (SELECT 1 FROM practice_documents WHERE state = 'authorised' GROUP BY ledger_id, kind, number HAVING count(*) > 1) twice")
            .await;
        assert_eq!(twice, 0);
    }
}

/// A payment made here.
pub async fn pay_here(books: &Books, number: &str, pence: i64) {
    pay_here_on(&books.db, number, pence).await;
}

pub async fn pay_here_on(db: &Db, number: &str, pence: i64) {
    sql("INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
        SELECT $1, company_id, id, '2010-12-20', $2, currency, 'DD', 1 FROM documents WHERE number = $3")
    .bind(new_id())
    .bind(pence)
    .bind(number)
    .execute(db)
    .await
    .unwrap();
    sql("UPDATE documents SET paid = paid + $1 WHERE number = $2").bind(pence).bind(number).execute(db).await.unwrap();
}

/// What an account, rate or option of the accounting side is called there.
async fn choice(books: &Books, kind: ReferenceKind, code: &str) -> String {
    let report = onboarding::match_report(&books.db, &books.company.id).await.unwrap();
    report.choices.into_iter().find(|choice| choice.kind == kind && choice.code == code).unwrap().external_id
}

#[tokio::test]
async fn an_archived_account_is_mapped_to_another_one_and_all_its_records_go() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let rows = books.open_rows().await;
        assert_eq!(rows.len(), 3);
        for row in &rows {
            let told = (row.code.as_str(), row.subject_kind.as_str(), row.subject.as_str(), row.direction.as_str());
            assert_eq!(told, ("account-archived", "account", "200", "out"));
        }
        let company = &books.company;
        let remap = async |to: &str| {
            let id = choice(&books, ReferenceKind::Account, to).await;
            resolve::remap(&db, company, ReferenceKind::Account, "200", &id, "Ann").await
        };
        // Each account there stands for one here.
        assert!(matches!(remap("260").await, Err(ServiceError::Invalid(_))));
        let done = remap("210").await.unwrap();
        assert_eq!(
            done.sentence,
            "Mapped account 200 to 210 Rental Income. Trying 2 invoices and 1 credit note again. A sync has started."
        );
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE kind = 'on_demand' AND scope = 'changed'").await, 1);
        books.assert_in_balance(3, 1).await;
        // The page says no more than a tie-out has shown.
        assert_eq!(books.reason().await, "All sent; the next full sync proves the balance");
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.reason().await, "In balance to the cent");

        // The account that is archived there is the one the value is mapped to; the value here is what is named.
        panel::set_account_archived(&db, &books.ledger, "210", true).await.unwrap();
        books.import(&line("Customer 3", "1005", 4, 1, "5.00", "200")).await;
        books.work().await;
        let row = books.row("1005").await;
        assert_eq!((row.cause.as_str(), row.subject.as_str()), ("Account 210 is archived", "200"));
        remap("215").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
    })
    .await;
}

/// Brought about there, put right there or here, and tried again by hand: on-demand runs, no full one.
#[tokio::test]
async fn what_was_put_right_goes_when_it_is_tried_again() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let ledger = &books.ledger;
        let full = async || books.number("SELECT count(*) FROM runs WHERE scope = 'full'").await;
        let before = full().await;
        let fails = async |csv: String, code: &str| {
            books.import(&csv).await;
            books.work().await;
            assert_eq!(books.status().await, SyncStatus::Errors, "{code}");
            let rows = books.open_rows().await;
            assert!(rows.iter().any(|row| row.code == code && row.kind == "failed"), "{code}: {rows:?}");
        };

        panel::set_account_archived(&db, ledger, "200", true).await.unwrap();
        fails(line("Customer 1", "2001", 5, 1, "10.00", "200"), "account-archived").await;
        panel::set_account_archived(&db, ledger, "200", false).await.unwrap();
        assert_eq!(books.retry(&["2001"]).await, SyncStatus::Synced);

        panel::set_tax_rate_archived(&db, ledger, "20% (VAT on Income)", true).await.unwrap();
        fails(line("Customer 1", "2002", 5, 1, "10.00", "200"), "tax-rate-archived").await;
        assert_eq!(books.row("2002").await.subject, "20% (VAT on Income)");
        panel::set_tax_rate_archived(&db, ledger, "20% (VAT on Income)", false).await.unwrap();
        assert_eq!(books.retry(&["2002"]).await, SyncStatus::Synced);

        panel::set_contact_archived(&db, ledger, "Customer 1", true).await.unwrap();
        fails(line("Customer 1", "2003", 5, 1, "10.00", "200"), "contact-archived").await;
        panel::set_contact_archived(&db, ledger, "Customer 1", false).await.unwrap();
        assert_eq!(books.retry(&["2003"]).await, SyncStatus::Synced);

        panel::lock_period(&db, ledger, Some("2010-12-05")).await.unwrap();
        fails(line("Customer 1", "2004", 5, 1, "10.00", "200"), "period-locked").await;
        books.edit("2004", |facts| facts.issue_date = "2010-12-06".into()).await;
        assert_eq!(books.retry(&["2004"]).await, SyncStatus::Synced);
        panel::lock_period(&db, ledger, None).await.unwrap();

        // A system account, and a rate that an account does not allow: these are mended on the lines.
        fails(line("Customer 1", "2005", 5, 1, "10.00", "610"), "account-system").await;
        assert_eq!(books.row("2005").await.subject, "610");
        books.edit("2005", |facts| facts.lines[0].account_code = "200".into()).await;
        assert_eq!(books.retry(&["2005"]).await, SyncStatus::Synced);
        fails(line("Customer 1", "2006", 5, 1, "10.00", "469"), "tax-not-allowed").await;
        let row = books.row("2006").await;
        assert_eq!((row.subject_kind.as_str(), row.subject.as_str()), ("account", "469"));
        books.edit("2006", |facts| facts.lines[0].account_code = "200".into()).await;
        assert_eq!(books.retry(&["2006"]).await, SyncStatus::Synced);

        // Dates and currencies the import would not take, as an edit could make them.
        books.import(&line("Customer 1", "2007", 5, 1, "10.00", "200")).await;
        books.edit("2007", |facts| facts.due_date = "2010-12-01".into()).await;
        books.work().await;
        assert_eq!(books.row("2007").await.code, "due-before-issue");
        books.edit("2007", |facts| facts.due_date = "2010-12-31".into()).await;
        assert_eq!(books.retry(&["2007"]).await, SyncStatus::Synced);
        books.edit("2007", |facts| facts.currency = "USD".into()).await;
        let changed = resolve::retry(&db, &books.company, &Selection::Problems(vec![new_id()]), "Ann").await;
        assert!(matches!(changed, Err(ServiceError::Refused(_))), "{changed:?}");
        books.import(&line("Customer 1", "2008", 5, 1, "10.00", "200")).await;
        books.work().await;
        assert_eq!(books.row("2007").await.code, "currency-not-kept");
        books.edit("2007", |facts| facts.currency = "GBP".into()).await;
        assert_eq!(books.retry(&["2007"]).await, SyncStatus::Synced);

        // An account that is added there after its document failed: the lists are read again before it is tried.
        fails(line("Customer 1", "2009", 5, 1, "10.00", "777"), "account-unmatched").await;
        sql("INSERT INTO practice_accounts (id, ledger_id, code, name, class) VALUES ($1, $2, '777', 'Parking', 'revenue')")
            .bind(new_id())
            .bind(ledger)
            .execute(&db)
            .await
            .unwrap();
        assert_eq!(books.retry(&["2009"]).await, SyncStatus::Synced);
        assert_eq!(full().await, before, "all of it by on-demand syncs");
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(11, 1).await;
        books.assert_nothing_twice().await;
    })
    .await;
}

#[tokio::test]
async fn trying_what_is_blocked_tries_what_it_waits_for() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.import(&line("Customer 1", "2001", 5, 1, "10.00", "200")).await;
        pay_here(&books, "2001", 500).await;
        books.work().await;
        let blocked = books.row("for 2001").await;
        let failed = books.row("2001").await;
        assert_eq!((blocked.kind.as_str(), blocked.code.as_str()), ("blocked", "waits-for-document"));
        assert_eq!(blocked.blocked_by_entity.as_deref(), Some("invoice"));
        assert_eq!(blocked.blocked_by_id, Some(failed.local_id));
        panel::set_account_archived(&db, &books.ledger, "200", false).await.unwrap();
        assert_eq!(books.retry(&["for 2001"]).await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(3, 1).await;

        // More than is owed there.
        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Outstanding, "2010-12-20", "BACS").await.unwrap();
        pay_here(&books, "1001", 4_000).await;
        assert_eq!(books.sync().await, SyncStatus::Errors);
        assert_eq!(books.row("for 1001").await.code, "above-outstanding");
        books.unlink(&["for 1001"]).await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.reason().await, "In balance to the cent · 1 unlinked");
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn set_aside_problems_leave_the_counts_and_come_back() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::lock_period(&db, &books.ledger, Some("2010-12-02")).await.unwrap();
        books.work().await;
        assert_eq!(books.stored().await.open_errors, 2);
        let chosen = books.chosen(&["1001", "1002"]).await;
        let aside = async |note: &str, until: &str| {
            resolve::set_aside(&db, &books.company, &chosen, note, until, "Ann").await.map(|done| done.sentence)
        };
        for (note, until) in [("", ""), (" ", ""), ("x", "2010-12-24"), ("x", "Friday"), ("x", "2099-02-30")] {
            assert!(matches!(aside(note, until).await, Err(ServiceError::Invalid(_))), "{note:?} {until:?}");
        }
        assert!(aside(&"n".repeat(501), "").await.is_err());
        assert_eq!(
            aside("The accountant opens it in January", "2099-01-15").await.unwrap(),
            "Set aside 2 invoices until 2099-01-15. This can be undone."
        );
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(books.reason().await, "In balance but for 2 set aside");
        assert!(matches!(aside("again", "").await, Err(ServiceError::Refused(_))), "they are aside already");

        // The same failure again leaves them aside, and a full sync with nothing else wrong is a success.
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT errors FROM runs ORDER BY id DESC LIMIT 1").await, 0);
        let row = books.row("1001").await;
        assert_eq!((row.set_aside_at.is_some(), row.note.as_str()), (true, "The accountant opens it in January"));

        // Another cause is another problem.
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.edit("1002", |facts| facts.issue_date = "2010-12-05".into()).await;
        assert_eq!(books.sync().await, SyncStatus::Errors);
        assert_eq!(books.stored().await.open_errors, 1);
        assert!(books.row("1002").await.set_aside_at.is_none() && books.row("1001").await.set_aside_at.is_some());

        // Their day comes: a sweep of any process takes them up, once.
        sql("UPDATE problems SET set_aside_until = 1 WHERE set_aside_at IS NOT NULL").execute(&db).await.unwrap();
        for _ in 0..2 {
            engine::aside::take_up_due(&db, now_ms()).await.unwrap();
            assert_eq!(books.status().await, SyncStatus::Errors);
            assert_eq!(books.stored().await.open_errors, 2);
        }

        // Taken up by hand, and both undone.
        resolve::set_aside(&db, &books.company, &books.all(ProblemState::Open), "later", "", "Ann").await.unwrap();
        assert_eq!(books.status().await, SyncStatus::Synced);
        let done = resolve::take_up(&db, &books.company, &books.all(ProblemState::SetAside), "Ann").await.unwrap();
        assert_eq!(done.sentence, "Took up 2 invoices again.");
        assert_eq!(books.status().await, SyncStatus::Errors);
        assert_eq!(books.undo_latest().await, "Undone: 2 records set aside again.");
        assert_eq!((books.status().await, books.row("1001").await.note), (SyncStatus::Synced, "later".to_owned()));
        assert_eq!(books.undo_latest().await, "Undone: 2 records taken up again.");
        assert_eq!(books.status().await, SyncStatus::Errors);

        panel::set_account_archived(&db, &books.ledger, "200", false).await.unwrap();
        panel::lock_period(&db, &books.ledger, None).await.unwrap();
        assert_eq!(books.retry(&["1001", "1002"]).await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn what_is_anothers_or_resolved_meanwhile_is_left_alone_and_counted() {
    on_each_database(|db| async move {
        let one = Books::open(&db, &three()).await;
        let other = Books::open_named(&db, "Dockside", &three()).await;
        for books in [&one, &other] {
            panel::lock_period(&db, &books.ledger, Some("2010-12-31")).await.unwrap();
        }
        one.work().await;
        let ids: Vec<(String, String)> =
            sql("SELECT id, company_id FROM problems WHERE kind = 'failed' ORDER BY label").all(&db).await.unwrap();
        assert_eq!(ids.len(), 6);
        let all = Selection::Problems(ids.iter().map(|(id, _)| id.clone()).collect());
        let done = resolve::unlink(&db, &one.company, &all, "Ann").await.unwrap();
        assert_eq!(done.records, 3);
        assert!(done.sentence.contains("That is 3 of 6: the others are resolved meanwhile"), "{}", done.sentence);
        let theirs: Vec<String> =
            ids.iter().filter(|(_, company)| *company == other.company.id).map(|(id, _)| id.clone()).collect();
        let refused = resolve::set_aside(&db, &one.company, &Selection::Problems(theirs.clone()), "x", "", "Ann").await;
        assert!(matches!(refused, Err(ServiceError::Refused(_))), "{refused:?}");
        assert!(resolve::decide(&db, &one.company, &theirs[0], Decision::Adopt, "Ann").await.is_err());
        let action = actions::latest_undoable(&db, &one.company.id, 0).await.unwrap().unwrap();
        assert!(matches!(resolve::undo(&db, &other.company, &action.id, "Ann").await, Err(ServiceError::NotFound(_))));
        assert!(actions::latest_undoable(&db, &one.company.id, now_ms() + 1).await.unwrap().is_none());
        let stored = tieout::server::services::companies::find(&db, "DOC").await.unwrap();
        assert_eq!((stored.open_errors, stored.status()), (3, SyncStatus::Errors));
        assert_eq!(one.stored().await.open_errors, 0);
        // The refusals left nothing behind.
        assert_eq!(one.number("SELECT count(*) FROM actions").await, 1);
        assert_eq!(status::check(&db).await.unwrap(), Vec::<String>::new());
    })
    .await;
}
