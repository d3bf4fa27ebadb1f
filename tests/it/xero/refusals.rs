//! What Xero refuses, in its words, once each: what a person reads of it is short, says what to do, and has Xero's own words
//! under it.

use super::whole::Stage;
use crate::harness::{books::line, databases};
use tieout::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        db::{new_id, query::sql},
        services::sync,
    },
};

/// An invoice of an account of its own where nothing else is said.
fn invoice(number: &str, day: u32, account: &str) -> String {
    line("Customer 1", number, day, 10, "12.50", account)
}

/// A payment made here of a pound, as an import would note it.
async fn pay_here(stage: &Stage, number: &str) {
    let paid = "INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
        SELECT $1, company_id, id, '2010-12-28', 100, currency, 'BACS', 1 FROM documents WHERE number = $2";
    sql(paid).bind(new_id()).bind(number).execute(&stage.db).await.unwrap();
    sql("UPDATE documents SET paid = paid + 100 WHERE number = $1").bind(number).execute(&stage.db).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_reads_short_has_a_way_out_and_quotes_xero() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let known = [("PAID", 20), ("FULL", 21), ("VOID", 22), ("GONE", 23)].map(|(number, day)| invoice(number, day, "200"));
        let other = line("Customer 2", "OTHER", 24, 1, "5.00", "200");
        let stage = Stage::open(&database.db, "Albion Quay Estates", &(known.concat() + &other)).await;
        assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.problems().await);

        // A name that somebody gave there a moment ago.
        stage.there.make_contact("Customer 9");
        stage.import(&line("customer 9", "NAME", 10, 1, "5.00", "200")).await;
        sync::request(&stage.db, &stage.company.id, RunKind::OnDemand, RunScope::Changed, "test").await.unwrap();
        assert_eq!(stage.work().await, SyncStatus::Errors, "{:?}", stage.said().await);
        let said = "The contact name customer 9 is already assigned to another contact. The contact name must be unique across all \
            active contacts.";
        let cause = "The name belongs to another contact there";
        assert!(problems(&stage).await.contains(&["customer 9", "contact-name-taken", cause, said].map(str::to_owned)));

        // Meanwhile, there:
        let held = stage.there.held();
        let id = |number: &str| {
            let found = held.invoices.iter().find(|one| one["InvoiceNumber"] == number);
            found.unwrap_or_else(|| panic!("no {number}"))["InvoiceID"].as_str().unwrap().to_owned()
        };
        stage.there.pay(&id("PAID"), "2010-12-28", 1.0);
        stage.there.pay(&id("FULL"), "2010-12-28", 150.0);
        stage.there.void_invoice(&id("VOID"));
        let archived = held.contacts.iter().find(|one| one["Name"] == "Customer 2").expect("it went");
        stage.there.archive_contact(archived["ContactID"].as_str().unwrap());
        stage.there.change(|setup| {
            setup.account_mut("210").is_archived = true;
            setup.account_mut("260").system = Some("DEBTORS".into());
            setup.tax_rates.iter_mut().find(|rate| rate.tax_type == "RROUTPUT").unwrap().on_revenue = false;
            setup.tracking[0].options.iter_mut().find(|option| option.name == "France").unwrap().is_archived = true;
            setup.period_lock_date = Some("2010-12-02".into());
        });
        // And what we know it by is nothing there.
        let lost = "UPDATE links SET external_id = $1 WHERE local_id = (SELECT id FROM documents WHERE number = 'GONE')";
        sql(lost).bind(new_id()).execute(&stage.db).await.unwrap();

        // Here, on top of that:
        let changed = ["PAID", "GONE"].map(|number| line("Customer 1", number, 20, 11, "12.50", "200")).concat();
        let new = [
            invoice("ARCHIVED", 10, "210"),
            invoice("SYSTEM", 10, "260"),
            invoice("TAX", 10, "200").replace("20% (VAT on Income)", "5% (VAT on Income)"),
            invoice("LOCKED", 1, "200"),
            invoice("TRACKED", 10, "200").replace(",,,,,,GBP,", ",,Region,France,,,GBP,"),
            line("Customer 2", "ASIDE", 10, 1, "5.00", "200"),
            line("Customer 1", "LARGE", 10, 1, "150000000", "200"),
        ];
        stage.import(&(changed + &new.concat())).await;
        pay_here(&stage, "FULL").await;
        pay_here(&stage, "VOID").await;
        sync::request(&stage.db, &stage.company.id, RunKind::OnDemand, RunScope::Changed, "test").await.unwrap();
        assert_eq!(stage.work().await, SyncStatus::Errors, "{:?}", stage.said().await);

        let mut found = problems(&stage).await;
        found.sort();
        assert_eq!(found, EXPECTED.map(|one| one.map(str::to_owned)));
    }
}

/// Label, code, what is said of it, and what Xero said.
async fn problems(stage: &Stage) -> Vec<[String; 4]> {
    let rows = sql("SELECT label, code, cause, detail, advice FROM problems WHERE resolved_at IS NULL");
    let rows: Vec<(String, String, String, String, String)> = rows.all(&stage.db).await.unwrap();
    let told = rows.into_iter().map(|(label, code, cause, detail, advice)| {
        assert!(!advice.is_empty(), "{label} has no way out");
        [label, code, cause, detail]
    });
    told.collect()
}

const EXPECTED: [[&str; 4]; 11] = [
    [
        "ARCHIVED",
        "account-archived",
        "Account 210 is archived",
        "Account code '210' has been archived or deleted. Please remove the code or restore the account.",
    ],
    [
        "ASIDE",
        "contact-archived-there",
        "The contact is archived there",
        "The contact with the specified contact details has been archived. The contact must be un-archived before creating new \
         invoices or credit notes.",
    ],
    ["GONE", "document-gone", "It is not there any more", "An existing Invoice with the specified InvoiceID could not be found"],
    ["LARGE", "", "UnitAmount is too large", "UnitAmount is too large"],
    [
        "LOCKED",
        "period-locked",
        "The books are locked up to 2 December 2010",
        "The document date cannot be before the period lock date, currently set at 2 December 2010",
    ],
    ["PAID", "not-modifiable", "Paid or credited there, so it cannot change", "Invoice not of valid status for modification"],
    [
        "SYSTEM",
        "account-unknown",
        "Account 260 does not exist there",
        "Account code '260' is not a valid code for this document.",
    ],
    [
        "TAX",
        "tax-not-allowed",
        "Tax rate RROUTPUT is not allowed on account 200",
        "The TaxType code 'RROUTPUT' cannot be used with account code '200'.",
    ],
    [
        "TRACKED",
        "tracking-gone",
        "A tracking option of a line is not in use there any more",
        "The specified tracking category or option could not be found or is archived",
    ],
    ["for FULL", "above-outstanding", "Paid there already", "Payment amount exceeds the amount outstanding on this document"],
    [
        "for VOID",
        "document-draft",
        "The document is still a draft there",
        "Payments can only be made against authorised documents",
    ],
];
