//! An organisation of the peer, as tests hold it: what people do there, what goes wrong from now on, what there is.

use super::{
    Counts, Limits, Write, ask,
    faults::Faults,
    orders::{BankDeed, Granted, Held, Order},
    server::{books::Kind, events::Event},
    setup::Setup,
};
use crate::harness::process::Answer;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io;
use tieout::server::connectors::xero::Tokens;

/// What access is asked for where nothing else is said.
pub const SCOPES: &str = "offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings.read";

#[derive(Clone, Debug)]
pub struct Organisation {
    /// Of the server, such as `127.0.0.1:40001`.
    pub server: String,
    /// By which requests name it.
    pub tenant_id: String,
}

/// Sends an order; it must be one that can be carried out.
pub fn order<T: DeserializeOwned>(server: &str, order: &Order) -> T {
    let body = serde_json::to_vec(order).expect("orders are JSON");
    let answer = ask::ask(server, "POST", "/_peer/do", &[], &body).unwrap_or_else(|error| panic!("{order:?}: {error}"));
    assert_eq!(answer.status, 200, "{order:?}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{order:?}: {error}: {}", answer.text()))
}

impl Organisation {
    /// The base of all addresses, in place of Xero's hosts.
    pub fn base(&self) -> String {
        format!("http://{}", self.server)
    }

    fn tenant(&self) -> String {
        self.tenant_id.clone()
    }

    fn order<T: DeserializeOwned>(&self, wanted: &Order) -> T {
        order(&self.server, wanted)
    }

    /// Lets an app in, with all scopes Tieout asks for.
    pub fn grant(&self, client_id: &str) -> Granted {
        self.grant_scopes(client_id, SCOPES)
    }

    /// The same with these scopes, which have spaces between them.
    pub fn grant_scopes(&self, client_id: &str, scopes: &str) -> Granted {
        let scopes = scopes.split(' ').map(str::to_owned).collect();
        self.order(&Order::Grant { client_id: client_id.to_owned(), tenants: vec![self.tenant()], scopes })
    }

    /// What a connection keeps of that. `expires_at`: until when the access token counts as good, by our clock.
    pub fn tokens(&self, granted: Granted, expires_at: i64) -> Tokens {
        Tokens {
            access_token: granted.access_token,
            refresh_token: granted.refresh_token,
            expires_at,
            tenant_id: granted.tenant_id,
            connection_id: granted.connection_id,
            ..Tokens::of_nobody(&self.base(), &granted.client_id)
        }
    }

    /// A person disconnects all apps.
    pub fn disconnect(&self) {
        self.order(&Order::Disconnect { tenant: self.tenant() })
    }

    /// Every grant ends, and with it its tokens.
    pub fn revoke(&self) {
        self.order(&Order::Revoke { tenant: self.tenant() })
    }

    /// Every access token expires; refresh tokens stay.
    pub fn expire_tokens(&self) {
        self.order(&Order::Expire { tenant: self.tenant() })
    }

    pub fn set_faults(&self, faults: Faults) {
        self.order(&Order::Faults { tenant: self.tenant(), faults })
    }

    pub fn set_limits(&self, limits: Limits) {
        self.order(&Order::Limits { tenant: self.tenant(), limits })
    }

    /// Moves its clock ahead of this machine's.
    pub fn set_skew(&self, ms: i64) {
        self.order(&Order::Skew { tenant: self.tenant(), ms })
    }

    /// For how long access tokens let in that are given from now on.
    pub fn set_token_life(&self, ms: i64) {
        self.order(&Order::TokenLife { tenant: self.tenant(), ms })
    }

    /// Changes accounts, rates, tracking or lock dates.
    pub fn change(&self, edit: impl FnOnce(&mut Setup)) {
        let mut setup = self.setup();
        edit(&mut setup);
        self.order(&Order::Change { tenant: self.tenant(), setup: Box::new(setup) })
    }

    /// What it is now, with the ids of accounts and tracking options.
    pub fn setup(&self) -> Setup {
        self.order(&Order::Setup { tenant: self.tenant() })
    }

    pub fn held(&self) -> Held {
        self.order(&Order::Held { tenant: self.tenant() })
    }

    /// What apps wrote and was applied, in order.
    pub fn writes(&self) -> Vec<Write> {
        self.order(&Order::Writes { tenant: self.tenant() })
    }

    /// What it has told of its changes by itself, or would have.
    pub fn events(&self) -> Vec<Event> {
        self.order(&Order::Events { tenant: self.tenant() })
    }

    /// Requests of apps wait from now on, after they are counted.
    pub fn hold(&self) {
        self.order(&Order::Hold { tenant: self.tenant(), is_on: true })
    }

    pub fn let_go_on(&self) {
        self.order(&Order::Hold { tenant: self.tenant(), is_on: false })
    }

    pub fn counts(&self) -> Counts {
        self.order(&Order::Counts { tenant: self.tenant() })
    }

    pub fn violations(&self) -> Vec<String> {
        self.order(&Order::Violations { tenant: Some(self.tenant()) })
    }

    /// A person writes something, as the body of a request would have it; what the organisation does not take fails.
    pub fn write(&self, method: &str, path: &str, body: Value) -> Value {
        let (method, path) = (method.to_owned(), path.to_owned());
        let elements: Value = self.order(&Order::Person { tenant: self.tenant(), method, path, body });
        elements[0].clone()
    }

    /// A person makes a contact; answers its id.
    pub fn make_contact(&self, name: &str) -> String {
        id(&self.write("PUT", "Contacts", json!({ "Contacts": [{ "Name": name }] })), "ContactID")
    }

    /// A person archives a contact.
    pub fn archive_contact(&self, id: &str) {
        self.write("POST", "Contacts", json!({ "Contacts": [{ "ContactID": id, "ContactStatus": "ARCHIVED" }] }));
    }

    /// A person makes and approves an invoice (`ACCREC`) or a bill (`ACCPAY`) of one line without a tax; answers its id.
    pub fn make_invoice(&self, kind: &str, number: &str, contact: &str, date: &str, amount: f64) -> String {
        let account = if kind == "ACCREC" { "200" } else { "429" };
        let invoice = json!({
            "Type": kind, "InvoiceNumber": number, "Contact": { "Name": contact }, "Date": date, "DueDate": date,
            "Status": "AUTHORISED", "LineItems": [line(account, amount)],
        });
        id(&self.write("PUT", "Invoices", json!({ "Invoices": [invoice] })), "InvoiceID")
    }

    /// The same of a credit note (`ACCRECCREDIT` or `ACCPAYCREDIT`).
    pub fn make_credit_note(&self, kind: &str, number: &str, contact: &str, date: &str, amount: f64) -> String {
        let account = if kind == "ACCRECCREDIT" { "200" } else { "429" };
        let note = json!({
            "Type": kind, "CreditNoteNumber": number, "Contact": { "Name": contact }, "Date": date, "Status": "AUTHORISED",
            "LineItems": [line(account, amount)],
        });
        id(&self.write("PUT", "CreditNotes", json!({ "CreditNotes": [note] })), "CreditNoteID")
    }

    /// A person changes fields of an invoice or bill.
    pub fn edit_invoice(&self, id: &str, fields: Value) -> Value {
        self.write("POST", &format!("Invoices/{id}"), fields)
    }

    /// A person voids an invoice or bill.
    pub fn void_invoice(&self, id: &str) {
        self.edit_invoice(id, json!({ "Status": "VOIDED" }));
    }

    /// A person pays an invoice or bill from the bank account; answers the payment's id.
    pub fn pay(&self, invoice_id: &str, date: &str, amount: f64) -> String {
        let payment = json!({
            "Invoice": { "InvoiceID": invoice_id }, "Account": { "Code": "090" }, "Date": date, "Amount": amount,
        });
        id(&self.write("PUT", "Payments", json!({ "Payments": [payment] })), "PaymentID")
    }

    /// A person takes a payment back.
    pub fn take_back(&self, payment_id: &str) {
        self.write("POST", &format!("Payments/{payment_id}"), json!({ "Status": "DELETED" }));
    }

    /// A person gives a credit note's credit to an invoice; answers the allocation's id.
    pub fn allocate(&self, note_id: &str, invoice_id: &str, date: &str, amount: f64) -> String {
        self.allocate_of("CreditNotes", note_id, invoice_id, date, amount)
    }

    /// The same of `CreditNotes`, `Prepayments` or `Overpayments`.
    pub fn allocate_of(&self, credits: &str, credit_id: &str, invoice_id: &str, date: &str, amount: f64) -> String {
        let allocation = json!({ "Invoice": { "InvoiceID": invoice_id }, "Amount": amount, "Date": date });
        let path = format!("{credits}/{credit_id}/Allocations");
        id(&self.write("PUT", &path, json!({ "Allocations": [allocation] })), "AllocationID")
    }

    /// A person takes credit back from an invoice.
    pub fn take_credit_back(&self, credits: &str, credit_id: &str, allocation_id: &str) {
        self.write("DELETE", &format!("{credits}/{credit_id}/Allocations/{allocation_id}"), Value::Null);
    }

    /// Money comes or goes through the bank that is no invoice's: a prepayment or an overpayment of so many cents. Answers
    /// its id.
    pub fn make_credit(&self, kind: Kind, reference: &str, contact: &str, date: &str, amount: i64) -> String {
        let (reference, contact, date) = (reference.to_owned(), contact.to_owned(), date.to_owned());
        self.order(&Order::Bank { tenant: self.tenant(), deed: BankDeed::Credit { kind, reference, contact, date, amount } })
    }

    /// That is removed from the bank again.
    pub fn undo_credit(&self, id: &str) {
        let _: String = self.order(&Order::Bank { tenant: self.tenant(), deed: BankDeed::Undo { id: id.to_owned() } });
    }

    /// A person gives back what is left of a credit, such as `CreditNote` by its `CreditNoteID`; answers the payment's id.
    pub fn refund(&self, credit: &str, credit_id: &str, date: &str, amount: f64) -> String {
        let field = format!("{credit}ID");
        let payment = json!({ credit: { field: credit_id }, "Account": { "Code": "090" }, "Date": date, "Amount": amount });
        id(&self.write("PUT", "Payments", json!({ "Payments": [payment] })), "PaymentID")
    }

    /// A request of an app to the accounting API, such as `GET` `Invoices?page=1`; `Err`: no whole answer came.
    pub fn ask(&self, granted: &Granted, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> io::Result<Answer> {
        let bearer = format!("Bearer {}", granted.access_token);
        let mut all = vec![
            ("authorization", bearer.as_str()),
            ("xero-tenant-id", &self.tenant_id),
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        all.extend(headers);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        ask::ask(&self.server, method, &format!("/api.xro/2.0/{path}"), &all, &body)
    }
}

fn line(account: &str, amount: f64) -> Value {
    json!({ "Description": "Rent", "Quantity": 1, "UnitAmount": amount, "AccountCode": account, "TaxType": "NONE" })
}

fn id(element: &Value, field: &str) -> String {
    element[field].as_str().unwrap_or_else(|| panic!("no {field}: {element}")).to_owned()
}
