//! The peer that stands for Xero in tests, seen by a plain HTTP client: each of its rules, each of its faults, and that being
//! killed loses nothing it answered for. What is tested against it is worth as much as this.

mod faults;
mod killed;
mod limits;
mod lists;
mod rules;
mod shapes;
mod tokens;
mod wire;

use crate::harness::{
    process::Answer,
    xero::{CLIENT_ID, Granted, Organisation, Peer, Setup, ask::json},
};
use serde_json::{Value, json};

/// An organisation of the shared peer, and an app's way into it.
struct Client {
    organisation: Organisation,
    granted: Granted,
}

impl Client {
    fn open() -> Client {
        Client::of(Peer::shared(), &Setup::named("Albion Quay Estates"))
    }

    fn of(peer: &Peer, setup: &Setup) -> Client {
        let organisation = peer.organisation(setup);
        let granted = organisation.grant(CLIENT_ID);
        Client { organisation, granted }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let answer = self.organisation.ask(&self.granted, method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, &[], &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        json(&answer)
    }

    /// Writes elements each on its own, and answers them.
    fn write(&self, method: &str, path: &str, elements: Value) -> Vec<Value> {
        let name = path.split('/').next_back().unwrap();
        let answer = self.ask(method, &format!("{path}?summarizeErrors=false"), &[], &json!({ name: elements }));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        json(&answer)[name].as_array().unwrap().clone()
    }

    /// Writes one element that is refused, and answers why.
    fn refused(&self, method: &str, path: &str, element: Value) -> String {
        let all = self.write(method, path, json!([element]));
        assert_eq!(all[0]["StatusAttributeString"], "ERROR", "{}", all[0]);
        all[0]["ValidationErrors"][0]["Message"].as_str().unwrap().to_owned()
    }

    /// Writes one element that is taken.
    fn taken(&self, method: &str, path: &str, element: Value) -> Value {
        let all = self.write(method, path, json!([element]));
        assert_eq!(all[0]["StatusAttributeString"], "OK", "{}", all[0]);
        all[0].clone()
    }
}

/// An approved invoice of one line on account 200 with 20 % VAT.
fn invoice(number: &str, amount: f64) -> Value {
    json!({
        "Type": "ACCREC", "InvoiceNumber": number, "Contact": { "Name": "Customer 1" }, "Date": "2010-12-01",
        "DueDate": "2010-12-31", "LineAmountTypes": "Exclusive", "Status": "AUTHORISED",
        "LineItems": [{
            "Description": "Rent", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200", "TaxType": "OUTPUT2",
        }],
    })
}

fn with(mut element: Value, changes: Value) -> Value {
    element.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    element
}

/// The same with changes to its only line.
fn with_line(mut element: Value, changes: Value) -> Value {
    element["LineItems"][0] = with(element["LineItems"][0].clone(), changes);
    element
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
