//! Credit that is applied to invoices, and payments that are taken back, on either side: both agree afterwards, to the cent.

use super::whole::Stage;
use crate::harness::{
    books::{line, three},
    databases,
    xero::{
        Write,
        faults::{Fault, Faults},
    },
};
use serde_json::{Value, json};
use tieout::{
    domain::{
        message::Entity,
        record::{
            edit::ApplyEdit,
            view::{Content, DocumentView, PaymentView},
        },
        status::SyncStatus,
    },
    server::{
        db::{new_id, query::sql, status},
        services::{
            error::{ServiceError, ServiceResult},
            records::{self, Asked},
            resolve::{self, Selection},
        },
    },
};

impl Stage {
    pub async fn id(&self, number: &str) -> String {
        sql("SELECT id FROM documents WHERE number = $1").bind(number).one::<(String,)>(&self.db).await.unwrap().0
    }

    /// What is paid of a document here.
    pub async fn paid(&self, number: &str) -> i64 {
        sql("SELECT paid FROM documents WHERE number = $1").bind(number).one::<(i64,)>(&self.db).await.unwrap().0
    }

    /// A record there by what it goes by.
    pub fn there(&self, list: &str, field: &str, name: &str) -> Value {
        let held = serde_json::to_value(self.there.held()).unwrap();
        let found = held[list].as_array().unwrap().iter().find(|one| one[field] == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).clone()
    }

    pub fn id_there(&self, list: &str, field: &str, name: &str, id: &str) -> String {
        self.there(list, field, name)[id].as_str().unwrap().to_owned()
    }

    pub async fn apply(&self, credit: &str, document: &str, amount: &str) -> ServiceResult<String> {
        let entry = ApplyEdit { document: self.id(document).await, amount: amount.into(), date: "2010-12-20".into() };
        records::apply_credit(&self.db, &self.company, &self.id(credit).await, &entry, "Ann").await
    }

    /// The payment rows, in the order in which they came to be: id, amount, and whether it was taken back.
    pub async fn payments(&self) -> Vec<(String, i64, i64)> {
        sql("SELECT id, amount, removed FROM payments ORDER BY id").all(&self.db).await.unwrap()
    }

    pub async fn take_back(&self, id: &str) -> ServiceResult<String> {
        records::take_back(&self.db, &self.company, id, "Ann").await
    }

    async fn page(&self, entity: Entity, id: &str) -> (String, Content) {
        let record = records::record(&self.db, &self.company, entity, id, &Asked::from_query("")).await.unwrap();
        (record.label, record.content)
    }

    pub async fn document_page(&self, entity: Entity, number: &str) -> DocumentView {
        match self.page(entity, &self.id(number).await).await {
            (_, Content::Document(document)) => *document,
            (label, _) => panic!("{label} is no document"),
        }
    }

    async fn payment_page(&self, id: &str) -> (String, PaymentView) {
        match self.page(Entity::Payment, id).await {
            (label, Content::Payment(payment)) => (label, *payment),
            (label, _) => panic!("{label} is no payment"),
        }
    }

    /// Syncs twice: the first must end well, and the second find nothing left to do.
    pub async fn settles(&self) {
        assert_eq!(self.sync().await, SyncStatus::Synced, "{:?} {:?}", self.problems().await, self.said().await);
        self.assert_in_balance().await;
        assert_eq!(self.sync().await, SyncStatus::Synced);
        let moved = "SELECT received + sent FROM runs ORDER BY queued_at DESC, id DESC LIMIT 1";
        assert_eq!(self.number(moved).await, 0, "{:?}", self.said().await);
        assert_eq!(self.there.violations(), Vec::<String>::new());
        assert_eq!(status::check(&self.db).await.unwrap(), Vec::<String>::new());
    }

    fn allocations(&self) -> Vec<Write> {
        self.there.writes().into_iter().filter(|write| write.path.contains("/Allocations")).collect()
    }

    /// Money that came in and was noted here.
    pub async fn pay_here(&self, number: &str, pence: i64) -> String {
        let id = new_id();
        sql("INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
            SELECT $1, company_id, id, '2010-12-20', $2, 'GBP', 'BACS', 1 FROM documents WHERE number = $3")
        .bind(&id)
        .bind(pence)
        .bind(number)
        .execute(&self.db)
        .await
        .unwrap();
        sql("UPDATE documents SET paid = paid + $1 WHERE number = $2").bind(pence).bind(number).execute(&self.db).await.unwrap();
        id
    }
}

pub fn refused(outcome: ServiceResult<String>) -> String {
    match outcome.unwrap_err() {
        ServiceError::Invalid(sentence) | ServiceError::Refused(sentence) => sentence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_is_applied_and_taken_back_on_either_side() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let note = stage.id_there("credit_notes", "CreditNoteNumber", "C1003", "CreditNoteID");
        let invoice = stage.id_there("invoices", "InvoiceNumber", "1001", "InvoiceID");

        // Applied there.
        let first = stage.there.allocate(&note, &invoice, "2010-12-10", 4.0);
        stage.settles().await;
        assert_eq!((stage.paid("1001").await, stage.paid("C1003").await), (400, -400));
        assert!(stage.said().await.contains(&("info".into(), "Received credit C1003 applied to 1001".into())));

        // Applied here.
        let page = stage.document_page(Entity::CreditNote, "C1003").await;
        let application = page.application.expect("something is left of it");
        assert_eq!(application.left, 1_100);
        let words: Vec<&str> = application.documents.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["1001 · due 2010-12-31 · 146.00 GBP outstanding"], "what the same contact owes");
        let said = stage.apply("C1003", "1001", "6").await.unwrap();
        assert_eq!(said, "Applied 6.00 GBP of C1003 to 1001. It is being sent now.");
        assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.said().await);
        let there = stage.there("credit_notes", "CreditNoteNumber", "C1003");
        assert_eq!((&there["RemainingCredit"], there["Allocations"].as_array().unwrap().len()), (&json!(5.0), 2));
        stage.settles().await;

        // Both pages show both ends.
        let rows = stage.payments().await;
        let (label, payment) = stage.payment_page(&rows[1].0).await;
        let credit = payment.credit.expect("it is applied credit");
        assert_eq!(
            (label.as_str(), credit.number.as_str(), payment.document_number.as_str()),
            ("C1003 applied to 1001", "C1003", "1001")
        );
        assert_eq!(payment.fixed_because, None);
        for (entity, number) in [(Entity::Invoice, "1001"), (Entity::CreditNote, "C1003")] {
            assert_eq!(stage.document_page(entity, number).await.payments.len(), 2);
        }

        // Taken back there, then here.
        stage.there.take_credit_back("CreditNotes", &note, &first);
        stage.settles().await;
        assert_eq!((stage.paid("1001").await, stage.paid("C1003").await), (600, -600));
        assert_eq!(
            stage.payments().await.iter().map(|(_, amount, removed)| (*amount, *removed)).collect::<Vec<_>>(),
            [(400, 1), (600, 0)]
        );
        assert!(stage.said().await.contains(&("info".into(), "Taken back there: credit C1003 applied to 1001".into())));
        assert_eq!(refused(stage.take_back(&rows[0].0).await), "It was taken back: it counts no more.");
        let said = stage.take_back(&rows[1].0).await.unwrap();
        assert_eq!(said, "Took back credit C1003 applied to 1001 (6.00 GBP). It is being sent now.");
        assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.said().await);
        let there = stage.there("credit_notes", "CreditNoteNumber", "C1003");
        assert_eq!((&there["RemainingCredit"], &there["Allocations"]), (&json!(15.0), &json!([])));
        assert_eq!((stage.paid("1001").await, stage.paid("C1003").await), (0, 0));
        stage.settles().await;

        // Of a credit note that is voided there nothing is applied.
        stage.there.write("POST", &format!("CreditNotes/{note}"), json!({ "Status": "VOIDED" }));
        stage.settles().await;
        assert_eq!(stage.document_page(Entity::CreditNote, "C1003").await.application, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_checked_and_several_of_one_credit_go_in_one_request() {
    let database = databases().await.remove(0);
    let csv = three() + &line("Customer 1", "1004", 4, 1, "5.00", "200");
    let stage = Stage::open(&database.db, "Albion Quay Estates", &csv).await;
    assert_eq!(stage.work().await, SyncStatus::Synced);
    assert_eq!(
        refused(stage.apply("C1003", "1001", "15.01").await),
        "Invoice 1001 owes 150.00, and 15.00 is left of C1003: apply more than nothing and no more than either."
    );
    assert!(refused(stage.apply("C1003", "1001", "0").await).contains("more than nothing"));
    assert_eq!(refused(stage.apply("C1003", "1001", "1,5").await.map_err(only_start)), "The amount has a comma");
    assert!(refused(stage.apply("C1003", "1002", "1").await).contains("of another contact or currency"));
    assert_eq!(refused(stage.apply("C1003", "C1003", "1").await), "Choose the invoice it is applied to.");
    let of_invoice = ApplyEdit { document: stage.id("1004").await, amount: "1".into(), date: "2010-12-20".into() };
    let outcome = records::apply_credit(&stage.db, &stage.company, &stage.id("1001").await, &of_invoice, "Ann").await;
    assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{outcome:?}");
    let no_day = ApplyEdit { date: "soon".into(), ..of_invoice };
    let outcome = records::apply_credit(&stage.db, &stage.company, &stage.id("C1003").await, &no_day, "Ann").await;
    assert_eq!(refused(outcome), "Choose the day on which it is applied.");
    assert_eq!(stage.payments().await, []);

    // As much as both have left, where no amount is said.
    assert!(stage.apply("C1003", "1004", "").await.unwrap().starts_with("Applied 6.00 GBP of C1003 to 1004."));
    assert!(stage.apply("C1003", "1001", "").await.unwrap().starts_with("Applied 9.00 GBP of C1003 to 1001."));
    assert_eq!(refused(stage.apply("C1003", "1001", "").await), "Nothing of it is left.");
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.said().await);
    let sent: Vec<usize> = stage.allocations().iter().map(|write| write.ids.len()).collect();
    assert_eq!(sent, [2], "one request");
    stage.settles().await;
}

/// Only how a long sentence begins.
fn only_start(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(sentence) => ServiceError::Invalid(sentence.split(':').next().unwrap_or_default().to_owned()),
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_there_meanwhile_is_a_problem_that_taking_it_back_ends() {
    for database in databases().await {
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let note = stage.id_there("credit_notes", "CreditNoteNumber", "C1003", "CreditNoteID");
        let invoice = stage.id_there("invoices", "InvoiceNumber", "1001", "InvoiceID");
        stage.there.allocate(&note, &invoice, "2010-12-10", 10.0);
        stage.apply("C1003", "1001", "12").await.unwrap();
        assert_eq!(stage.work().await, SyncStatus::Errors);
        let [(label, code, detail)] = stage.problems().await.try_into().unwrap();
        assert_eq!((label.as_str(), code.as_str()), ("C1003 applied to 1001", "credit-used-there"));
        assert_eq!(detail, "Credit Note cannot be allocated as amount is greater than amount outstanding");
        let (id, ..) = stage.payments().await.remove(0);
        stage.take_back(&id).await.unwrap();
        stage.settles().await;
        assert_eq!((stage.paid("1001").await, stage.paid("C1003").await), (1_000, -1_000));
        assert_eq!(stage.allocations(), [], "it never went");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_neither_doubles_nor_loses() {
    let database = databases().await.remove(0);
    let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
    assert_eq!(stage.work().await, SyncStatus::Synced);
    let is_said = async |text: &str| stage.said().await.iter().any(|(_, said)| said == text);
    stage.there.set_faults(Faults::always(Fault::CutAfterApplying));
    // Two that nothing tells apart.
    stage.apply("C1003", "1001", "3").await.unwrap();
    stage.apply("C1003", "1001", "3").await.unwrap();
    let payment = stage.pay_here("1002", 100).await;
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?} {:?}", stage.problems().await, stage.said().await);
    let held = stage.there.held();
    assert_eq!((held.credit_notes[0]["Allocations"].as_array().unwrap().len(), held.payments.len()), (2, 1));
    assert!(is_said("Found there already: credit C1003 applied to 1001").await, "{:?}", stage.said().await);
    let linked = "SELECT count(*) FROM links WHERE entity = 'payment' AND external_id IS NOT NULL AND intent_key IS NULL";
    assert_eq!(stage.number(linked).await, 3);

    // The same where they are taken back.
    for (id, ..) in stage.payments().await {
        stage.take_back(&id).await.unwrap();
    }
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?} {:?}", stage.problems().await, stage.said().await);
    assert!(is_said("Taken back there already: payment for 1002").await, "{:?}", stage.said().await);
    let held = stage.there.held();
    assert_eq!((&held.credit_notes[0]["Allocations"], &held.payments[0]["Status"]), (&json!([]), &json!("DELETED")));
    assert_eq!(stage.payment_page(&payment).await.1.fixed_because.as_deref(), Some("It was taken back: it counts no more."));
    stage.there.set_faults(Faults::none());
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_taken_back_on_either_side_and_one_that_never_went_never_goes() {
    for database in databases().await {
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let invoice = stage.id_there("invoices", "InvoiceNumber", "1001", "InvoiceID");
        let there = stage.there.pay(&invoice, "2010-12-20", 50.0);
        let unseen = stage.there.pay(&invoice, "2010-12-21", 1.0);
        stage.there.take_back(&unseen);
        stage.settles().await;
        assert_eq!((stage.paid("1001").await, stage.payments().await.len()), (5_000, 1), "what is gone stays out");
        stage.there.take_back(&there);
        stage.settles().await;
        assert_eq!((stage.paid("1001").await, stage.payments().await[0].2), (0, 1));

        let here = stage.pay_here("1001", 700).await;
        stage.settles().await;
        assert_eq!(stage.payment_page(&here).await.1.fixed_because, None);
        stage.take_back(&here).await.unwrap();
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let gone = stage.there.held().payments.iter().filter(|one| one["Status"] == "DELETED").count();
        assert_eq!((stage.paid("1001").await, gone), (0, 3));
        stage.settles().await;

        // Taken back on both sides before either knew of the other.
        let both = stage.pay_here("1001", 800).await;
        stage.settles().await;
        let id =
            sql("SELECT external_id FROM links WHERE local_id = $1").bind(&both).one::<(String,)>(&stage.db).await.unwrap().0;
        stage.there.take_back(&id);
        stage.take_back(&both).await.unwrap();
        stage.settles().await;

        let never = stage.pay_here("1001", 900).await;
        stage.take_back(&never).await.unwrap();
        stage.settles().await;
        let sent = stage.there.held().payments.iter().filter(|one| one["Amount"] == json!(9.0)).count();
        assert_eq!((sent, stage.number("SELECT count(*) FROM payments WHERE pending = 1").await), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applied_credit_is_left_out_with_either_of_its_documents_and_comes_back() {
    for database in databases().await {
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let note = stage.id_there("credit_notes", "CreditNoteNumber", "C1003", "CreditNoteID");
        let invoice = stage.id_there("invoices", "InvoiceNumber", "1001", "InvoiceID");
        stage.apply("C1003", "1001", "2").await.unwrap();
        stage.work().await;
        for (entity, number) in [(Entity::CreditNote, "C1003"), (Entity::Invoice, "1001")] {
            let chosen = Selection::Record(entity, stage.id(number).await);
            let done = resolve::unlink(&stage.db, &stage.company, &chosen, "Ann").await.unwrap();
            assert!(done.records >= 2, "{}", done.sentence);
            // One that waits to go to what is left out, and one that is made there.
            stage.there.allocate(&note, &invoice, "2010-12-11", 1.0);
            stage.settles().await;
            assert!(refused(stage.apply("C1003", "1001", "1").await).contains(if entity == Entity::Invoice {
                "is not synced"
            } else {
                "left out"
            }));
            let done = resolve::link(&stage.db, &stage.company, &chosen, "Ann").await.unwrap();
            assert!(done.records >= 3, "{}", done.sentence);
            stage.work().await;
            stage.settles().await;
        }
        assert_eq!((stage.paid("1001").await, stage.paid("C1003").await), (400, -400));
    }
}
