//! Which records a list brings, in what order, in what pages.

use super::{Client, text};
use crate::harness::xero::{Organisation, ask::json};
use serde_json::{Value, json};

fn numbers(page: &Value) -> Vec<&str> {
    page["Invoices"].as_array().unwrap().iter().map(|one| text(&one["InvoiceNumber"])).collect()
}

/// Five invoices of two customers, of different days and amounts.
fn five(organisation: &Organisation) -> Vec<String> {
    let made = [(1, "Customer 1"), (2, "Customer \"2\" & AND Sons"), (3, "Customer 1"), (4, "Customer 1"), (5, "Customer 1")];
    made.map(|(n, contact)| {
        organisation.make_invoice("ACCREC", &format!("100{n}"), contact, &format!("2010-12-0{}", 6 - n), f64::from(n))
    })
    .to_vec()
}

#[test]
fn pages_have_their_size_and_say_how_many_there_are() {
    let client = Client::open();
    five(&client.organisation);
    let second = client.get("Invoices?page=2&pageSize=2");
    assert_eq!(second["pagination"], json!({ "page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5 }));
    assert_eq!(numbers(&second), ["1003", "1004"]);
    assert_eq!(second["Invoices"][0]["LineItems"].as_array().unwrap().len(), 1);
    assert_eq!(numbers(&client.get("Invoices?page=4&pageSize=2")), Vec::<&str>::new());
    assert_eq!(client.get("Invoices?page=1")["pagination"]["pageSize"], 100);
    let whole = client.get("Invoices");
    assert_eq!((whole.get("pagination"), &whole["Invoices"][0]["LineItems"]), (None, &json!([])));
    assert_eq!(client.organisation.violations(), Vec::<String>::new());
    assert_eq!(client.ask("GET", "Invoices?page=1&pageSize=1001", &[], &Value::Null).status, 400);
    assert_eq!(client.organisation.violations().len(), 1);
}

#[test]
fn conditions_and_lists_choose() {
    let client = Client::open();
    let ids = five(&client.organisation);
    let payment = client.organisation.pay(&ids[0], "2010-12-20", 1.0);
    client.organisation.void_invoice(&ids[1]);
    client.organisation.make_credit_note("ACCRECCREDIT", "C1", "Customer 1", "2010-12-09", 2.0);
    client.organisation.make_invoice("ACCPAY", "1003", "Supplier", "2010-12-01", 7.0);
    let found = |query: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        numbers(&client.get(&format!("Invoices?page=1&{query}"))).join(" ")
    };
    assert_eq!(found(&[("where", r#"Type=="ACCREC" AND Status=="AUTHORISED""#)]), "1003 1004 1005");
    assert_eq!(found(&[("where", r#"InvoiceNumber=="1003" && Type=="ACCPAY""#)]), "1003");
    assert_eq!(found(&[("where", r#"Contact.Name=="customer \"2\" & AND sons""#)]), "1002");
    assert_eq!(found(&[("where", r#"Date>=DateTime(2010,12,4) AND Date<DateTime.Parse("2010-12-05")"#)]), "1002");
    assert_eq!(found(&[("where", &format!(r#"InvoiceID==guid("{}")"#, ids[3]))]), "1004");
    assert_eq!(found(&[("InvoiceNumbers", "1003,1005"), ("where", r#"Type=="ACCREC""#)]), "1003 1005");
    assert_eq!(found(&[("Statuses", "PAID,VOIDED"), ("order", "InvoiceNumber")]), "1001 1002");
    assert_eq!(found(&[("IDs", &ids[4])]), "1005");
    assert_eq!(found(&[("where", r#"Type=="ACCREC""#), ("order", "Date DESC")]), "1001 1002 1003 1004 1005");
    let payments = |query: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("where", query).finish();
        client.get(&format!("Payments?page=1&{query}"))["Payments"].as_array().unwrap().clone()
    };
    let of_first = format!(r#"Invoice.InvoiceID==guid("{}") AND Date==DateTime(2010,12,20) AND Amount==1.00"#, ids[0]);
    assert_eq!(text(&payments(&of_first)[0]["PaymentID"]), payment);
    assert_eq!(payments(&of_first.replace("1.00", "1.01")), Vec::<Value>::new());
    let notes = client.get("CreditNotes?page=1&where=CreditNoteNumber%3D%3D%22C1%22");
    assert_eq!(notes["CreditNotes"][0]["RemainingCredit"], 2.0);
    assert_eq!(client.organisation.violations(), Vec::<String>::new());
}

#[test]
fn what_is_asked_wrongly_is_refused_and_noted() {
    let client = Client::open();
    five(&client.organisation);
    let wrong = [
        r#"where=Colour=="red""#,
        r#"where=Date=="2010-12-01""#,
        r#"where=Status=="PAID" OR Status=="VOIDED""#,
        "order=Colour",
        "page=0",
    ];
    for (n, query) in wrong.iter().enumerate() {
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let answer = client.ask("GET", &format!("Invoices?{query}"), &[], &Value::Null);
        assert_eq!((answer.status, text(&json(&answer)["Type"])), (400, "QueryParseException"), "{query}");
        assert_eq!(client.organisation.violations().len(), n + 1, "{query}");
    }
}

#[test]
fn only_what_changed_since_is_brought_by_its_own_clock() {
    let client = Client::open();
    client.organisation.set_skew(-3_600_000);
    let ids = five(&client.organisation);
    client.organisation.set_skew(0);
    let shown = client.get(&format!("Invoices/{}", ids[0]));
    let updated = text(&shown["Invoices"][0]["UpdatedDateUTC"]);
    let since: i64 = updated["/Date(".len()..].split('+').next().unwrap().parse().unwrap();
    // Half an hour later.
    let since = jiff::Timestamp::from_millisecond(since + 1_800_000).unwrap().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let changed = |path: &str| json(&client.ask("GET", path, &[("if-modified-since", &since)], &Value::Null));
    assert_eq!(numbers(&changed("Invoices?page=1")), Vec::<&str>::new());
    client.organisation.pay(&ids[2], "2010-12-20", 1.0);
    client.organisation.edit_invoice(&ids[4], json!({ "Reference": "changed" }));
    assert_eq!(numbers(&changed("Invoices?page=1&order=UpdatedDateUTC")), ["1003", "1005"]);
    assert_eq!(changed("Payments?page=1")["Payments"].as_array().unwrap().len(), 1);
    assert_eq!(changed("Contacts?page=1")["Contacts"], json!([]));
    client.organisation.make_contact("Customer 3");
    assert_eq!(changed("Contacts?page=1")["Contacts"].as_array().unwrap().len(), 1);
}
