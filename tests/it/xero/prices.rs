//! Amounts with tax in them, without, and with none at all, in several currencies, both ways: to the cent as Xero rounds.
//! From a seed, which is printed and replays it.

use super::whole::Stage;
use crate::harness::{
    chance::{Chance, seed},
    one_database,
    xero::Setup,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use tieout::{
    domain::status::SyncStatus,
    server::{
        connectors::{self, Content, Dataset, External, PushItem},
        db::{connections, query::sql},
    },
};

/// What a document comes to, in cents: net, tax and gross; here credit notes are below nought.
type Totals = (i64, i64, i64);

fn setup() -> Setup {
    Setup { other_currencies: vec!["EUR".into(), "USD".into()], ..Setup::named("Quay Trading") }
}

fn cents(amount: &Value) -> i64 {
    (amount.as_f64().expect("an amount") * 100.0).round() as i64
}

/// What is held there, by number.
fn there(stage: &Stage) -> HashMap<String, Totals> {
    let held = stage.there.held();
    let of = |record: &Value, field: &str, sign: i64| {
        let [net, tax, gross] = ["SubTotal", "TotalTax", "Total"].map(|amount| sign * cents(&record[amount]));
        (record[field].as_str().unwrap().to_owned(), (net, tax, gross))
    };
    let invoices = held.invoices.iter().map(|one| of(one, "InvoiceNumber", 1));
    invoices.chain(held.credit_notes.iter().map(|one| of(one, "CreditNoteNumber", -1))).collect()
}

async fn here(stage: &Stage) -> HashMap<String, Totals> {
    let rows: Vec<(String, i64, i64, i64)> = sql("SELECT number, net, tax, gross FROM documents").all(&stage.db).await.unwrap();
    rows.into_iter().map(|(number, net, tax, gross)| (number, (net, tax, gross))).collect()
}

/// Four decimal places, none of them needed.
fn decimal(e4: u64) -> String {
    format!("{}.{:04}", e4 / 10_000, e4 % 10_000)
}

fn rate(chance: &mut Chance, is_sale: bool) -> &'static str {
    let rates: [&str; 4] = if is_sale {
        ["OUTPUT2", "RROUTPUT", "ZERORATEDOUTPUT", "NONE"]
    } else {
        ["INPUT2", "RRINPUT", "ZERORATEDINPUT", "NONE"]
    };
    rates[chance.below(4) as usize]
}

/// A document as somebody at Xero enters it.
fn document(chance: &mut Chance, kind: &str, number: &str) -> Value {
    let is_sale = kind.starts_with("ACCREC");
    let types = *chance.one(&["Inclusive", "Exclusive", "NoTax"]);
    let currency = *chance.one(&["GBP", "EUR", "USD"]);
    let lines: Vec<Value> = (0..1 + chance.below(5))
        .map(|n| {
            let quantity = 1 + chance.below(40);
            let unit: f64 = decimal(1 + chance.below(2_000_000)).parse().unwrap();
            let mut line = json!({ "Description": format!("Line {n}"), "Quantity": quantity, "UnitAmount": unit,
                "AccountCode": if is_sale { "200" } else { "429" } });
            if types != "NoTax" {
                line["TaxType"] = rate(chance, is_sale).into();
            }
            if kind == "ACCREC" && chance.per_mille(300) {
                line["DiscountRate"] = (chance.below(5_000) as f64 / 100.0).into();
            }
            line
        })
        .collect();
    let mut document = json!({ "Type": kind, "Contact": { "Name": "Quay Supplies" }, "Date": "2011-01-10", "DueDate": "2011-02-10",
        "Status": "AUTHORISED", "LineAmountTypes": types, "CurrencyCode": currency, "LineItems": lines });
    if currency != "GBP" {
        document["CurrencyRate"] = json!(1.1734);
    }
    document[if kind.ends_with("CREDIT") { "CreditNoteNumber" } else { "InvoiceNumber" }] = number.into();
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_somebody_enters_there_comes_in_to_the_cent() {
    let (seed, database) = (seed(), one_database().await);
    eprintln!("TIEOUT_TEST_SEED={seed}");
    let mut chance = Chance::of(seed);
    let stage = Stage::open_in(&database.db, &setup(), "").await;
    stage.there.make_contact("Quay Supplies");
    for n in 0..120 {
        let kind = *chance.one(&["ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"]);
        let resource = if kind.ends_with("CREDIT") { "CreditNotes" } else { "Invoices" };
        let document = document(&mut chance, kind, &format!("N{n}"));
        stage.there.write("PUT", &format!("{resource}?unitdp=4"), json!({ resource: [document] }));
    }
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.problems().await);
    let (here, there) = (here(&stage).await, there(&stage));
    assert_eq!(there.len(), 120);
    for (number, totals) in &there {
        assert_eq!(&here[number], totals, "{number}");
    }
    stage.assert_in_balance().await;
    assert_eq!((stage.sync().await, stage.moved().await), (SyncStatus::Synced, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_imported_goes_there_to_the_cent() {
    let (seed, database) = (seed(), one_database().await);
    eprintln!("TIEOUT_TEST_SEED={seed}");
    let mut chance = Chance::of(seed);
    let mut csv = String::new();
    for n in 0..120 {
        let is_note = chance.per_mille(250);
        for _ in 0..1 + chance.below(5) {
            let quantity = if is_note { "-" } else { "" }.to_owned() + &(1 + chance.below(300)).to_string();
            let unit = decimal(1 + chance.below(900_000));
            let discount = if chance.per_mille(200) { (chance.below(4_000) as f64 / 100.0).to_string() } else { String::new() };
            let rate = *chance.one(&["20% (VAT on Income)", "5% (VAT on Income)", "Zero Rated Income"]);
            let number = if is_note { format!("C{n}") } else { format!("N{n}") };
            csv += &format!(
                "Quay Supplies,,,,,,,,,United Kingdom,{number},,10/01/2011,10/02/2011,,,Rent,{quantity},{unit},{discount},200,{rate},,,,,,GBP,\r\n"
            );
        }
    }
    let stage = Stage::open_in(&database.db, &setup(), &csv).await;
    assert_eq!(stage.work().await, SyncStatus::Synced, "{:?}", stage.problems().await);
    let (here, there) = (here(&stage).await, there(&stage));
    assert_eq!(here.len(), 120);
    for (number, totals) in &here {
        assert_eq!(&there[number], totals, "{number}");
    }
    stage.assert_in_balance().await;
    assert_eq!((stage.sync().await, stage.moved().await), (SyncStatus::Synced, 0));
}

/// What comes from here is in the company's own currency, but what is entered there in another one may be changed here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_in_another_currency_goes_back_as_it_was() {
    let database = one_database().await;
    let stage = Stage::open_in(&database.db, &setup(), "").await;
    assert_eq!(stage.work().await, SyncStatus::Synced);
    stage.there.make_contact("Quay Supplies");
    let mut chance = Chance::of(7);
    for n in 0..20 {
        let document = document(&mut chance, "ACCREC", &format!("N{n}"));
        stage.there.write("PUT", "Invoices?unitdp=4", json!({ "Invoices": [document] }));
    }
    let before = there(&stage);
    let connection = connections::of_company(&stage.db, &stage.company.id).await.unwrap().unwrap();
    let connector = connectors::open(&stage.db, &connection).await.unwrap();
    let page = connector.pull(Dataset::Invoices, None).await.unwrap();
    let names = outgoing(&stage).await;
    let items: Vec<PushItem> = page.items.iter().map(|item| sent_back(item, &names)).collect();
    assert!(connector.push(&items).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(there(&stage), before);
    let held = stage.there.held();
    let currencies: std::collections::BTreeSet<&str> =
        held.invoices.iter().map(|one| one["CurrencyCode"].as_str().unwrap()).collect();
    assert_eq!(currencies.into_iter().collect::<Vec<_>>(), ["EUR", "GBP", "USD"]);
    let rates = held.invoices.iter().filter(|one| one["CurrencyCode"] != "GBP").map(|one| one["CurrencyRate"].clone());
    assert!(rates.clone().count() > 0 && rates.clone().all(|rate| rate == json!(1.1734)), "{:?}", rates.collect::<Vec<_>>());
}

/// Accounts' ids by their codes, and types of taxes by their names.
async fn outgoing(stage: &Stage) -> HashMap<String, String> {
    let rows = sql("SELECT code, external_id FROM reference_items WHERE kind IN ('account', 'tax_rate')");
    rows.all::<(String, String)>(&stage.db).await.unwrap().into_iter().collect()
}

fn sent_back(item: &External, names: &HashMap<String, String>) -> PushItem {
    let Content::Document(document) = &item.content else { panic!("{item:?}") };
    let mut document = document.clone();
    for line in &mut document.lines {
        line.account_code = names[&line.account_code].clone();
        line.tax_type = names[&line.tax_type].clone();
    }
    document.reference = "Seen".into();
    PushItem {
        external_id: Some(item.external_id.clone()),
        idempotency_key: item.external_id.clone(),
        content: Content::Document(document),
    }
}
