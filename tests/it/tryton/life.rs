//! One company from the first question for access to payments that come in, with one of the real files.

use super::{
    books::{Books, granted},
    peer::{DATABASE, Peer, USER},
};
use crate::harness::{databases, real_files};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tieout::{
    domain::{
        document::DocumentKind,
        message::Entity,
        money::{decimal, scaled},
        status::SyncStatus,
    },
    server::{
        connectors::{
            ConnectorError,
            tryton::access::{self, Approval},
        },
        db::{documents::DocumentFacts, holdings, query::sql},
        services::{
            import,
            onboarding::{self, Confirmed},
        },
    },
};

const FILE: &str = "dockside-retail-parks.csv";

#[tokio::test]
async fn a_company_goes_from_no_access_to_in_balance_and_every_penny_is_there() {
    let (Some(folder), Some(peer)) = (real_files(), Peer::start()) else { return };
    let database = databases().await.remove(0);
    let books = Books::add(&database.db).await;
    let file = std::fs::read(folder.join(FILE)).unwrap();
    let report = import::run(&books.db, &books.company, FILE, file, "test").await.unwrap();
    assert!(report.invoices.count > 0 && report.credit_notes.count > 0);
    assert_eq!(report.stored, report.invoices.count + report.credit_notes.count);

    // Access: asked for, not given yet, given.
    for (database, user, said) in [("nowhere", USER, "has no database “nowhere”"), (DATABASE, " ", "is missing")] {
        let error = access::request(&peer.address(), database, user).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    let grant = access::request(&peer.address(), DATABASE, USER).await.unwrap();
    assert_eq!(access::organisations(&grant).await.unwrap(), Approval::Waiting);
    assert_eq!(peer.admin("approve", json!({})), 1);
    let Approval::Given(mut organisations) = access::organisations(&grant).await.unwrap() else { panic!("it was approved") };
    let organisation = organisations.remove(0);
    assert_eq!((organisation.name.as_str(), organisation.currency.as_str()), ("Dockside Retail Parks Limited", "GBP"));
    assert_eq!(organisations, []);
    books.connect(granted((grant, organisation))).await;
    assert_eq!(books.status().await, SyncStatus::IncompleteOnboarding);

    // Matching: Tryton calls the sales tax and the sales account something else; the rest is the same on both sides.
    let unmatched = onboarding::confirm(&books.db, &books.company.id, true, &[], "test").await.unwrap();
    let Confirmed::Incomplete(report) = unmatched else { panic!("the tax and the account have no match") };
    let missing: Vec<_> = report.missing().map(|item| item.value.as_str()).collect();
    assert_eq!(missing, ["20% (VAT on Income)", "200"]);
    let before = peer.admin("parties", json!({}));
    assert_eq!(before.as_array().unwrap().len(), 1, "nothing is sent before it is confirmed");
    let picks = books.picks().await;
    let confirmed = onboarding::confirm(&books.db, &books.company.id, false, &picks, "test").await.unwrap();
    assert!(matches!(confirmed, Confirmed::Started(_)), "{confirmed:?}");

    // The initial sync, and what Tryton itself says of every document.
    let status = books.work().await;
    assert_eq!(books.problems().await, []);
    assert_eq!(status, SyncStatus::Synced);
    assert_eq!(peer.admin("drafts", json!({})), 0);
    assert_there_to_the_penny(&books, &peer).await;
    assert_contacts_there(&books, &peer).await;
    books.assert_in_balance().await;

    // What we sent comes back as what it is, and is no change.
    assert_eq!(books.sync().await, SyncStatus::Synced);
    assert_eq!(books.number("SELECT max(version) FROM documents").await, 1);
    assert_eq!(books.number("SELECT max(version) FROM contacts").await, 1);
    let received = "SELECT received + sent FROM runs ORDER BY queued_at DESC, id DESC LIMIT 1";
    assert_eq!(books.number(received).await, 0, "{:?}", books.said("info").await);

    // Payments made there come here: a part, the rest, and the refund of a credit note.
    let of = |kind: &'static str| {
        let db = books.db.clone();
        async move {
            let text = "SELECT number, gross FROM documents WHERE kind = $1 ORDER BY gross DESC LIMIT 1";
            sql(text).bind(kind).one::<(String, i64)>(&db).await.unwrap()
        }
    };
    let ((invoice, gross), (credit, refund)) = (of("sales_invoice").await, of("sales_credit_note").await);
    let there = peer.admin("documents", json!({}));
    let id = |number: &str| there.as_array().unwrap().iter().find(|one| one["reference"] == number).unwrap()["id"].clone();
    let pay = |number: &str, pence: i64, reference: &str| {
        let amount = decimal(pence, "GBP");
        peer.admin("pay", json!({ "id": id(number), "amount": amount, "day": "2010-12-20", "reference": reference }));
    };
    pay(&invoice, 10_000, "BACS 1");
    pay(&credit, refund, "REFUND 2");
    assert_eq!(books.sync().await, SyncStatus::Synced);
    let received: Vec<(String, String, i64, String)> =
        sql("SELECT d.number, p.paid_on, p.amount, p.reference FROM payments p JOIN documents d ON d.id = p.document_id ORDER BY p.amount DESC")
            .all(&books.db)
            .await
            .unwrap();
    let row = |number: &str, amount, reference: &str| (number.to_owned(), "2010-12-20".to_owned(), amount, reference.to_owned());
    assert_eq!(received, [row(&invoice, 10_000, "BACS 1"), row(&credit, refund, "REFUND 2")]);
    let tied = books.assert_in_balance().await;
    let payments = tied.iter().find(|found| found.entity == Entity::Payment).unwrap();
    assert_eq!((payments.external.count, payments.external.gross), (2, 10_000 + refund));
    pay(&invoice, gross - 10_000, "BACS 3");
    assert_eq!(books.sync().await, SyncStatus::Synced);
    assert_eq!(books.number("SELECT count(*) FROM payments").await, 3);
    books.assert_in_balance().await;
}

/// Every document here is there once and posted, with the same contact, days, lines, taxes and totals, and its entries
/// in the ledger balance.
async fn assert_there_to_the_penny(books: &Books, peer: &Peer) {
    let there = peer.admin("documents", json!({}));
    let mut by_number = BTreeMap::new();
    for document in there.as_array().unwrap() {
        let number = document["reference"].as_str().unwrap().to_owned();
        assert!(by_number.insert(number.clone(), document).is_none(), "{number} is there twice");
    }
    let ids: Vec<(String,)> = sql("SELECT id FROM documents ORDER BY id").all(&books.db).await.unwrap();
    assert_eq!(ids.len(), by_number.len());
    let mut snapshot = books.db.snapshot().await.unwrap();
    for (id,) in ids {
        let held = holdings::document(&mut snapshot, &books.company.id, &id).await.unwrap().unwrap().facts;
        let there = by_number.remove(&held.number).unwrap_or_else(|| panic!("{} is not there", held.number));
        assert_same(&held, there);
    }
}

fn assert_same(held: &DocumentFacts, there: &Value) {
    let amount = |minor: i64| decimal(minor, "GBP");
    let (net, tax): (i64, i64) = held.lines.iter().fold((0, 0), |sum, line| (sum.0 + line.net, sum.1 + line.tax));
    let expected = json!({
        "type": "out", "state": "posted", "posted": "posted", "party": held.contact, "date": held.issue_date, "due": held.due_date,
        "currency": "GBP", "net": amount(net), "tax": amount(tax), "total": amount(net + tax), "to_pay": amount(net + tax),
        "description": format!("{} {}", held.kind.label(), held.number),
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&there[field], value, "{field} of {}", held.number);
    }
    assert_eq!(there["debit"], there["credit"], "{}", held.number);
    assert_eq!(held.kind == DocumentKind::SalesCreditNote, there["total"].as_str().unwrap().starts_with('-'));
    let lines = there["lines"].as_array().unwrap();
    assert_eq!(lines.len(), held.lines.len(), "{}", held.number);
    for (ours, theirs) in held.lines.iter().zip(lines) {
        let rate = if ours.tax_type == "20% (VAT on Income)" { "VAT 20%" } else { &ours.tax_type };
        let note = (!ours.item_code.is_empty()).then(|| format!("Item {}", ours.item_code));
        assert_eq!(theirs["description"], ours.description, "{}", held.number);
        assert_eq!(theirs["quantity"].as_f64().unwrap() * 10_000.0, ours.quantity_e4 as f64, "{}", held.number);
        let price = theirs["unit_price"].as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!(price, scaled(ours.unit_amount_e4, 4).parse::<f64>().unwrap(), "{}", held.number);
        assert_eq!(theirs["amount"], amount(ours.net), "{}", held.number);
        assert_eq!(theirs["account"], "4000");
        assert_eq!(theirs["taxes"], json!([rate]));
        assert_eq!(theirs["tracking"], json!([ours.tracking]));
        assert_eq!(theirs["note"].as_str(), note.as_deref());
    }
}

/// Each contact is one party there, with its country: from Tryton's list, or by name where that does not have it.
async fn assert_contacts_there(books: &Books, peer: &Peer) {
    let held: Vec<(String, String)> = sql("SELECT name, country FROM contacts").all(&books.db).await.unwrap();
    let there = peer.admin("parties", json!({}));
    let there: BTreeSet<(String, String)> = there
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|party| {
            let listed = party["addresses"][0][1].as_str();
            let named = party["mechanisms"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one[1] == "Country")
                .map(|one| one[2].as_str().unwrap());
            (party["name"].as_str().unwrap().to_owned(), listed.or(named).unwrap_or_default().to_owned())
        })
        .collect();
    assert_eq!(there.len(), held.len(), "none is there twice");
    assert_eq!(there, held.into_iter().collect());
    let unlisted = |(_, country): &&(String, String)| country == "Israel";
    assert_eq!(there.iter().filter(unlisted).count(), 1, "the file has a country Tryton has not");
}

/// Nothing but what a person at the keyboard may know comes out of an error.
#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_its_key() {
    let Err(error) = access::request("http://127.0.0.1:9", DATABASE, USER).await else { panic!("nobody listens there") };
    assert!(
        matches!(&error, ConnectorError::Transient(text) if text.starts_with("http://127.0.0.1:9 cannot be reached")),
        "{error}"
    );
}
