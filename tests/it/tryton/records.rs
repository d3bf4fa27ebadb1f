//! Records of every kind, both ways.

use super::{books::Books, peer::Peer};
use crate::harness::{books::line, databases};
use serde_json::{Value, json};
use tieout::{
    domain::{
        document::{DocumentKind, Line},
        status::SyncStatus,
    },
    server::{
        connectors::{ConnectorError, Content, DocumentContent, NaturalKey, PushItem},
        db::{new_id, query::sql},
    },
};

fn item(external_id: Option<&str>, content: Content) -> PushItem {
    PushItem { external_id: external_id.map(str::to_owned), idempotency_key: new_id(), content }
}

#[tokio::test]
async fn what_is_made_there_comes_here_and_what_is_made_here_goes_there() {
    let Some(peer) = Peer::start() else { return };
    let database = databases().await.remove(0);
    let books = Books::onboarded(&database.db, &peer, &line("Customer 1", "1001", 1, 10, "12.50", "200")).await;
    assert_eq!(books.work().await, SyncStatus::Synced);

    // A customer's invoice goes by Tryton's number, a supplier's bill by the supplier's.
    let made = json!({ "party": "Customer 1", "day": "2010-12-03", "amount": "10.00", "reference": "PO 1" });
    let invoice = peer.admin("make_invoice", made);
    let bill = json!({ "party": "Customer 1", "day": "2010-12-03", "amount": "20.00", "reference": "S-1", "kind": "in" });
    peer.admin("make_invoice", bill);
    assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
    let held: Vec<(String, String, String, i64)> =
        sql("SELECT kind, number, reference, gross FROM documents WHERE number <> '1001' ORDER BY kind")
            .all(&books.db)
            .await
            .unwrap();
    let number = invoice["number"].as_str().unwrap().to_owned();
    assert_eq!(held, [("bill".into(), "S-1".into(), String::new(), 7200), ("sales_invoice".into(), number, "PO 1".into(), 3600)]);

    // Payments made here go there, each once; more than is owed is refused and leaves nothing behind.
    for (number, pence) in [("1001", 5_000), ("S-1", 7_200)] {
        crate::resolve::pay_here_on(&books.db, number, pence).await;
    }
    assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
    books.assert_in_balance().await;
    let there = peer.admin("documents", json!({}));
    let to_pay = |reference: &str| {
        let found: &Value = there.as_array().unwrap().iter().find(|one| one["reference"] == reference).unwrap();
        (found["state"].clone(), found["to_pay"].clone())
    };
    assert_eq!(to_pay("1001"), (json!("posted"), json!("100.00")));
    assert_eq!(to_pay("S-1").0, "paid");
    crate::resolve::pay_here_on(&books.db, "1001", 20_000).await;
    assert_eq!(books.sync().await, SyncStatus::Errors);
    let problems = books.problems().await;
    let told: Vec<_> = problems.iter().map(|(label, code, cause, _)| (label.as_str(), code.as_str(), cause.as_str())).collect();
    let difference = ("1001", "difference", "The amounts paid differ");
    assert_eq!(told, [difference, ("for 1001", "payment-above-outstanding", "Paid there already")]);
    assert_eq!(peer.admin("drafts", json!({})), 0);
}

#[tokio::test]
async fn prices_come_back_as_agreed_and_what_is_posted_can_only_be_cancelled() {
    let Some(peer) = Peer::start() else { return };
    let database = databases().await.remove(0);
    let books = Books::onboarded(&database.db, &peer, &line("Customer 1", "1001", 1, 10, "12.50", "200")).await;
    assert_eq!(books.work().await, SyncStatus::Synced);
    let connector = books.connector().await;
    let NaturalKey::Document { kind, .. } = key("1001") else { panic!() };
    let found = connector.find(&key("1001")).await.unwrap().remove(0);
    let Content::Document(document) = found.content else { panic!("a document") };
    let ids: Vec<(String, String)> =
        sql("SELECT kind, external_id FROM reference_items WHERE code IN ('4000', 'VAT 20%')").all(&books.db).await.unwrap();
    let id = |kind: &str| ids.iter().find(|(one, _)| one == kind).unwrap().1.clone();

    // A discount, a discount whose price needs more than four places, and a half penny, which Tryton rounds the other way.
    let lines = |account: &str, tax: &str| -> Vec<Line> {
        [(120_000, 16_900, 50_000), (30_000, 16_999, 33_333), (5_000, 500, 0)]
            .map(|(quantity_e4, unit_amount_e4, discount_e4)| {
                let line = Line {
                    quantity_e4,
                    unit_amount_e4,
                    discount_e4,
                    description: "Rent ".into(),
                    account_code: account.into(),
                    tax_type: tax.into(),
                    ..Line::default()
                };
                line.priced(200_000, 2).unwrap()
            })
            .into()
    };
    let sent = DocumentContent {
        kind,
        number: "1002".into(),
        reference: "PO 7".into(),
        lines: lines(&id("account"), &id("tax_rate")),
        ..document
    };
    let outcome = connector.push(&[item(None, Content::Document(sent.clone()))]).await.unwrap().remove(0);
    let there = connector.find(&key("1002")).await.unwrap().remove(0);
    assert_eq!(outcome.as_ref(), Ok(&there.external_id));
    let shown = DocumentContent { lines: lines("4000", "VAT 20%"), ..sent.clone() };
    assert_eq!(there.content, Content::Document(shown.clone()));

    // Its number is taken now; what is posted does not change; cancelling has to be allowed.
    let push = |external_id: Option<String>, content: DocumentContent| {
        let connector = &connector;
        async move { connector.push(&[item(external_id.as_deref(), Content::Document(content))]).await.unwrap().remove(0) }
    };
    assert!(matches!(push(None, sent.clone()).await, Err(ConnectorError::Conflict { .. })));
    let known = Some(there.external_id.clone());
    for (content, said) in [
        (DocumentContent { due_date: "2011-01-31".into(), ..sent.clone() }, "posted in Tryton cannot be changed"),
        (DocumentContent { voided: true, ..sent.clone() }, "You can not call \"cancel\""),
    ] {
        let error = push(known.clone(), content).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    peer.admin("allow_cancel", json!({}));
    let voided = DocumentContent { voided: true, ..sent };
    assert_eq!(push(known.clone(), voided.clone()).await, Ok(there.external_id.clone()));
    assert_eq!(push(known, voided).await, Ok(there.external_id), "cancelled it stays");
    assert_eq!(connector.find(&key("1002")).await.unwrap(), [], "its number can be used again");
}

#[tokio::test]
async fn suppliers_documents_credit_notes_and_another_currency_go_there() {
    let Some(peer) = Peer::start() else { return };
    let database = databases().await.remove(0);
    let books = Books::onboarded(&database.db, &peer, &line("Customer 1", "1001", 1, 10, "12.50", "200")).await;
    assert_eq!(books.work().await, SyncStatus::Synced);
    peer.admin("currency", json!({ "code": "EUR", "rate": "1.25" }));
    let connector = books.connector().await;
    let Content::Document(document) = connector.find(&key("1001")).await.unwrap().remove(0).content else { panic!("a document") };
    let ids: Vec<(String, String, String)> =
        sql("SELECT kind, code, external_id FROM reference_items WHERE code IN ('4000', '5000', 'VAT 20%')")
            .all(&books.db)
            .await
            .unwrap();
    let id = |code: &str| ids.iter().find(|(_, one, _)| one == code).unwrap_or_else(|| panic!("{code}: {ids:?}")).2.clone();
    let content = |kind: DocumentKind, number: &str, currency: &str, account: &str, tax: &str, quantity_e4: i64| {
        let line = Line {
            quantity_e4,
            unit_amount_e4: 333_300,
            description: "Repairs".into(),
            account_code: account.into(),
            tax_type: tax.into(),
            ..Line::default()
        };
        let lines = vec![line.priced(200_000, 2).unwrap()];
        DocumentContent {
            kind,
            number: number.into(),
            currency: currency.into(),
            reference: String::new(),
            lines,
            ..document.clone()
        }
    };
    for (kind, number, currency, account, quantity_e4, total) in [
        (DocumentKind::Bill, "S-100", "GBP", "5000", 30_000, "119.99"),
        (DocumentKind::BillCreditNote, "S-101", "GBP", "5000", -10_000, "-40.00"),
        (DocumentKind::SalesCreditNote, "1002", "GBP", "4000", -20_000, "-79.99"),
        (DocumentKind::SalesInvoice, "1003", "EUR", "4000", 30_000, "119.99"),
    ] {
        let sent = content(kind, number, currency, &id(account), &id("VAT 20%"), quantity_e4);
        let outcome = connector.push(&[item(None, Content::Document(sent.clone()))]).await.unwrap().remove(0);
        let key = NaturalKey::Document { kind, number: number.into(), contact_id: sent.contact_id.clone() };
        let found = connector.find(&key).await.unwrap();
        assert_eq!(found.len(), 1, "{number}: {outcome:?}");
        assert_eq!(outcome.as_ref(), Ok(&found[0].external_id), "{number}");
        assert_eq!(
            found[0].content,
            Content::Document(content(kind, number, currency, account, "VAT 20%", quantity_e4)),
            "{number}"
        );
        // By Tryton's own client, who has not heard of us.
        let there = peer.admin("documents", json!({}));
        let there = there.as_array().unwrap().iter().find(|one| one["reference"] == number).unwrap_or_else(|| panic!("{number}"));
        let supplier = matches!(kind, DocumentKind::Bill | DocumentKind::BillCreditNote);
        let expected = (json!(if supplier { "in" } else { "out" }), json!("posted"), json!(currency), json!(total));
        let held = (there["type"].clone(), there["state"].clone(), there["currency"].clone(), there["total"].clone());
        assert_eq!(held, expected, "{number}");
        assert_eq!(there["debit"], there["credit"], "{number}");
        assert_eq!(there["lines"][0]["account"], account, "{number}");
    }
}

fn key(number: &str) -> NaturalKey {
    NaturalKey::Document { kind: DocumentKind::SalesInvoice, number: number.into(), contact_id: String::new() }
}
