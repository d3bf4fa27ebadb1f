//! What clients may write is what Xero's own description says: the table here is held against it, and what is beyond is
//! refused and noted.

use super::{Client, invoice, with, with_line};
use crate::harness::{shared, xero::server::shapes};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The names of each schema's fields in the description, and which of them are read only.
fn described(yaml: &str) -> BTreeMap<&str, BTreeMap<&str, bool>> {
    let schemas = yaml.split_once("\n  schemas:\n").expect("it has schemas").1;
    let mut all: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    let (mut schema, mut in_properties, mut field) = ("", false, "");
    for line in schemas.lines() {
        let name = line.trim_start();
        let indent = line.len() - name.len();
        match (indent, name.strip_suffix(':')) {
            (4, Some(name)) => (schema, in_properties) = (name, false),
            (6, _) => in_properties = name == "properties:",
            (8, Some(name)) if in_properties => {
                field = name;
                all.entry(schema).or_default().insert(field, false);
            }
            (10, None) if in_properties && name == "readOnly: true" => {
                all.get_mut(schema).expect("it has fields").insert(field, true);
            }
            _ => {}
        }
    }
    all
}

#[test]
fn the_table_of_fields_is_that_of_the_description() {
    let Some(path) = shared("contracts/xero_accounting.yaml") else { return };
    let yaml = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let described = described(&yaml);
    for (schema, fields) in shapes::schemas() {
        let here: BTreeMap<&str, bool> = fields.iter().map(|(name, kind)| (*name, *kind == "-")).collect();
        assert_eq!(&here, &described[schema], "{schema}");
    }
    let read_only: BTreeSet<&str> = described["Invoice"].iter().filter(|(_, is)| **is).map(|(name, _)| *name).collect();
    assert!(read_only.contains("AmountDue") && !read_only.contains("Status"), "the reader reads: {read_only:?}");
}

#[test]
fn what_is_not_in_the_description_is_refused_and_noted() {
    let client = Client::open();
    let is_described = shared("contracts/xero_accounting.yaml").is_some();
    let wrong = [
        (with(invoice("1", 5.0), json!({ "Colour": "red" })), "Invoice.Colour is no field"),
        (with(invoice("1", 5.0), json!({ "AmountDue": 5.0 })), "Invoice.AmountDue is read only"),
        (with(invoice("1", 5.0), json!({ "Status": "APPROVED" })), "Invoice.Status is no DRAFT|SUBMITTED"),
        (with(invoice("1", 5.0), json!({ "Date": "01/12/2010" })), "Invoice.Date is no date"),
        (with(invoice("1", 5.0), json!({ "InvoiceID": "1001" })), "Invoice.InvoiceID is no uuid"),
        (with(invoice("1", 5.0), json!({ "CurrencyCode": "pounds" })), "Invoice.CurrencyCode is no currency"),
        (with(invoice("1", 5.0), json!({ "InvoiceNumber": "1".repeat(256) })), "Invoice.InvoiceNumber is no text255"),
        (with(invoice("1", 5.0), json!({ "Contact": "Ada" })), "Invoice.Contact is no object"),
        (with_line(invoice("1", 5.0), json!({ "Quantity": "1" })), "Invoice.LineItems[0].Quantity is no number"),
        (with_line(invoice("1", 5.0), json!({ "Account": "200" })), "Invoice.LineItems[0].Account is no field"),
        (with_line(invoice("1", 5.0), json!({ "Tracking": {} })), "Invoice.LineItems[0].Tracking is no list"),
        (with_line(invoice("1", 5.0), json!({ "Tracking": [{ "Colour": 1 }] })), "Invoice.LineItems[0].Tracking[0].Colour"),
    ];
    for (element, fault) in &wrong {
        let before = client.organisation.violations().len();
        let answer = client.ask("PUT", "Invoices", &[], &json!({ "Invoices": [element] }));
        assert_eq!(answer.status, 400, "{fault}");
        let noted = client.organisation.violations();
        assert!(noted.last().unwrap().contains(fault), "{fault}: {noted:?}");
        // The description says of dates that they are texts.
        if is_described && !fault.contains("date") {
            assert!(noted[before].contains("by the description: /Invoices/0"), "{fault}: {noted:?}");
        }
    }
    for (method, path, body) in [
        ("PUT", "Invoices", json!([invoice("1", 5.0)])),
        ("PUT", "Invoices?summarizeErrors=false&colour=red", json!({ "Invoices": [] })),
        ("PUT", "Bills", json!({ "Bills": [] })),
        ("GET", "Bills", json!(null)),
        ("DELETE", "Invoices", json!(null)),
    ] {
        let before = client.organisation.violations().len();
        client.ask(method, path, &[], &body);
        let noted = client.organisation.violations();
        assert_eq!(noted[before..].len(), if is_described { 2 } else { 1 }, "{method} {path}: {noted:?}");
    }
    let before = client.organisation.violations().len();
    let answer = client.ask("GET", "Organisation", &[("accept", "application/xml")], &json!(null));
    assert_eq!((answer.header("content-type"), client.organisation.violations().len()), ("text/xml", before + 1));
    assert_eq!(client.organisation.held().invoices, Vec::<serde_json::Value>::new());
}
