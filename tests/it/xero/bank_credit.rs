//! Prepayments and overpayments: they come in as credit, are applied and given back like credit notes, and are changed
//! nowhere but there. And credit of which only one end is dated late enough to be here.

use super::{allocations::refused, whole::Stage};
use crate::harness::{
    books::{line, three},
    databases,
    xero::Kind,
};
use serde_json::json;
use tieout::{
    domain::{
        matching::ReferenceKind,
        message::Entity,
        record::{
            edit::DocumentEdit,
            view::{LinkState, MADE_THERE},
        },
        status::SyncStatus,
    },
    server::{
        db::{
            connections,
            query::sql,
            reference::{self, Scope},
        },
        services::records::{self, Asked},
    },
};

impl Stage {
    /// Kind, number, gross and what is paid of each credit that came through the bank.
    async fn bank_credit(&self) -> Vec<(String, String, i64, i64)> {
        sql("SELECT kind, number, gross, paid FROM documents WHERE kind LIKE '%payment' ORDER BY kind, number, gross")
            .all(&self.db)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepayments_and_overpayments_come_in_with_what_becomes_of_them() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!(stage.work().await, SyncStatus::Synced);
        let there = &stage.there;
        let invoice = stage.id_there("invoices", "InvoiceNumber", "1001", "InvoiceID");
        let deposit = there.make_credit(Kind::Prepayment, "DEP-1", "Customer 1", "2010-12-05", 5_000);
        let twice = there.make_credit(Kind::Overpayment, "Rent twice", "Customer 1", "2010-12-06", 2_500);
        // Nothing keeps two from having one reference, and one from having the number of a document.
        there.make_credit(Kind::Overpayment, "Rent twice", "Customer 1", "2010-12-07", 2_600);
        there.make_credit(Kind::Prepayment, "1001", "Customer 2", "2010-12-07", 100);
        let nameless = there.make_credit(Kind::BillOverpayment, "", "Supplier 1", "2010-12-08", 4_000);
        there.make_credit(Kind::BillPrepayment, "P 7", "Supplier 1", "2010-12-08", 300);
        let applied = there.allocate_of("Prepayments", &deposit, &invoice, "2010-12-10", 10.0);
        let refund = there.refund("Overpayment", &twice, "2010-12-12", 5.0);
        stage.settles().await;
        let all = [
            ("bill_overpayment", nameless.as_str(), -4_000, 0),
            ("bill_prepayment", "P 7", -300, 0),
            ("sales_overpayment", "Rent twice", -2_600, 0),
            ("sales_overpayment", "Rent twice", -2_500, -500),
            ("sales_prepayment", "1001", -100, 0),
            ("sales_prepayment", "DEP-1", -5_000, -1_000),
        ];
        let all: Vec<_> =
            all.iter().map(|(kind, number, gross, paid)| ((*kind).to_owned(), (*number).to_owned(), *gross, *paid)).collect();
        assert_eq!(stage.bank_credit().await, all);
        // Its lines name accounts of Xero's own, which never go out: nobody is asked what those are there.
        let connection = connections::of_company(&stage.db, &stage.company.id).await.unwrap().unwrap();
        let scope = Scope { company_id: &stage.company.id, connection_id: &connection.id, sync_from: &connection.sync_from };
        let used = reference::in_use(&stage.db, scope, ReferenceKind::Account).await.unwrap();
        assert_eq!(used.iter().map(|account| account.value.as_str()).collect::<Vec<_>>(), ["200"]);
        assert_eq!(stage.number("SELECT paid FROM documents WHERE kind = 'sales_invoice' AND number = '1001'").await, 1_000);

        // They are applied from here, too, and what was applied or given back is taken back on either side.
        let page = stage.document_page(Entity::CreditNote, "DEP-1").await;
        assert_eq!(page.application.map(|application| application.left), Some(4_000));
        let entry = |document: String| tieout::domain::record::edit::ApplyEdit {
            document,
            amount: "3".into(),
            date: "2010-12-20".into(),
        };
        let (owed,): (String,) =
            sql("SELECT id FROM documents WHERE kind = 'sales_invoice' AND number = '1001'").one(&stage.db).await.unwrap();
        let credit = stage.id("DEP-1").await;
        for _ in 0..2 {
            records::apply_credit(&stage.db, &stage.company, &credit, &entry(owed.clone()), "Ann").await.unwrap();
        }
        assert_eq!(stage.work().await, SyncStatus::Synced, "{:?} {:?}", stage.problems().await, stage.said().await);
        let held = stage.there("prepayments", "Reference", "DEP-1");
        assert_eq!((&held["RemainingCredit"], held["Allocations"].as_array().unwrap().len()), (&json!(34.0), 3));
        stage.settles().await;
        let (last, ..) = stage.payments().await.pop().unwrap();
        stage.take_back(&last).await.unwrap();
        there.take_credit_back("Prepayments", &deposit, &applied);
        there.take_back(&refund);
        stage.settles().await;
        assert_eq!(stage.there("prepayments", "Reference", "DEP-1")["RemainingCredit"], json!(47.0));
        assert_eq!((stage.paid("DEP-1").await, stage.number("SELECT paid FROM documents WHERE gross = -2500").await), (-300, 0));

        // What is removed from the bank there is void here.
        there.undo_credit(&twice);
        stage.settles().await;
        assert_eq!(stage.number("SELECT count(*) FROM documents WHERE gross = -2500 AND state = 'void'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_through_the_bank_is_not_changed_here() {
    let database = databases().await.remove(0);
    let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
    stage.there.make_credit(Kind::Prepayment, "DEP-1", "Customer 1", "2010-12-05", 5_000);
    assert_eq!(stage.work().await, SyncStatus::Synced);
    let id = stage.id("DEP-1").await;
    let asked = Asked::from_query("edit=1");
    let record = records::record(&stage.db, &stage.company, Entity::CreditNote, &id, &asked).await.unwrap();
    assert_eq!((record.link.state, record.link.url), (LinkState::Linked, None), "Xero shows it elsewhere");
    let page = stage.document_page(Entity::CreditNote, "DEP-1").await;
    assert!(page.form.is_none() && page.is_fixed());
    let edit = DocumentEdit { number: "DEP-2".into(), ..DocumentEdit::default() };
    let outcome = records::edit_document(&stage.db, &stage.company, Entity::CreditNote, &id, 1, &edit, "Ann").await;
    assert_eq!(refused(outcome), MADE_THERE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_counts_of_which_one_end_is_dated_before_documents_are_synced() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &line("Customer 9", "9001", 5, 1, "1.00", "200")).await;
        sql("UPDATE connections SET sync_from = '2010-12-01'").execute(&stage.db).await.unwrap();
        let there = &stage.there;
        let old = there.make_invoice("ACCREC", "OLD", "Customer 1", "2010-11-01", 50.0);
        let new = there.make_invoice("ACCREC", "NEW", "Customer 1", "2010-12-02", 60.0);
        let old_note = there.make_credit_note("ACCRECCREDIT", "CN-OLD", "Customer 1", "2010-11-02", 20.0);
        let new_note = there.make_credit_note("ACCRECCREDIT", "CN-NEW", "Customer 1", "2010-12-03", 30.0);
        let from_before = there.allocate(&old_note, &new, "2010-12-04", 3.0);
        let to_before = there.allocate(&new_note, &old, "2010-12-04", 4.0);
        there.allocate(&old_note, &old, "2010-12-04", 5.0);
        stage.work().await;
        stage.settles().await;
        assert_eq!((stage.paid("NEW").await, stage.paid("CN-NEW").await), (300, -400));
        let (id, ..) = stage.payments().await.remove(0);
        assert!(refused(stage.take_back(&id).await).starts_with("The other document it concerns is not held here"));

        // Once the other end is here as well, it is one row of both.
        sql("UPDATE connections SET sync_from = '2010-10-01'").execute(&stage.db).await.unwrap();
        sql("DELETE FROM cursors").execute(&stage.db).await.unwrap();
        stage.settles().await;
        let rows = "SELECT count(*) FROM payments WHERE credit_id IS NOT NULL AND elsewhere = '' AND amount > 0";
        assert_eq!((stage.number(rows).await, stage.payments().await.len()), (3, 3));
        assert_eq!((stage.paid("OLD").await, stage.paid("CN-OLD").await), (900, -800));
        assert_eq!((stage.paid("NEW").await, stage.paid("CN-NEW").await), (300, -400));

        // And from a later day on again, what counts is the same there and here.
        sql("UPDATE connections SET sync_from = '2010-12-01'").execute(&stage.db).await.unwrap();
        stage.settles().await;
        there.take_credit_back("CreditNotes", &old_note, &from_before);
        there.take_credit_back("CreditNotes", &new_note, &to_before);
        stage.settles().await;
        assert_eq!((stage.paid("NEW").await, stage.paid("CN-NEW").await), (0, 0));
    }
}
