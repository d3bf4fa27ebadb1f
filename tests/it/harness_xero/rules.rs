//! What the books take and what they refuse, in Xero's words.

use super::{Client, invoice, text, with, with_line};
use crate::harness::xero::{Kind, Peer, Setup, ask::json};
use serde_json::{Value, json};

#[test]
fn totals_and_taxes_are_computed_for_each_kind_of_line_amounts() {
    let client = Client::open();
    let exclusive = client.taken("PUT", "Invoices", invoice("1001", 9.99));
    assert_eq!((&exclusive["SubTotal"], &exclusive["TotalTax"], &exclusive["Total"]), (&json!(9.99), &json!(2.0), &json!(11.99)));
    assert_eq!((&exclusive["AmountDue"], &exclusive["AmountPaid"]), (&json!(11.99), &json!(0.0)));
    assert_eq!(exclusive["Date"], "/Date(1291161600000+0000)/");
    let inclusive = client.taken("PUT", "Invoices", with(invoice("1002", 12.0), json!({ "LineAmountTypes": "Inclusive" })));
    assert_eq!((&inclusive["SubTotal"], &inclusive["TotalTax"], &inclusive["Total"]), (&json!(10.0), &json!(2.0), &json!(12.0)));
    let untaxed = client.taken("PUT", "Invoices", with(invoice("1003", 12.0), json!({ "LineAmountTypes": "NoTax" })));
    assert_eq!((&untaxed["TotalTax"], &untaxed["Total"]), (&json!(0.0), &json!(12.0)));
    let given = client.taken("PUT", "Invoices", with_line(invoice("1004", 9.99), json!({ "TaxAmount": 1.99 })));
    assert_eq!(given["Total"], 11.98);
    let discount = json!({ "Quantity": 3, "UnitAmount": 3.33, "DiscountRate": 10 });
    let discounted = client.taken("PUT", "Invoices", with_line(invoice("1005", 0.0), discount));
    assert_eq!((&discounted["SubTotal"], &discounted["IsDiscounted"]), (&json!(8.99), &json!(true)));
}

#[test]
fn amounts_of_lines_must_agree_and_half_pennies_must_be_asked_for() {
    let client = Client::open();
    let line = json!({ "Quantity": 3, "UnitAmount": 1.5, "LineAmount": 4.51 });
    client.taken("PUT", "Invoices", with_line(invoice("1001", 0.0), line));
    let line = json!({ "Quantity": 3, "UnitAmount": 1.5, "LineAmount": 4.52 });
    let reason = client.refused("PUT", "Invoices", with_line(invoice("1002", 0.0), line));
    assert_eq!(reason, "The line total 4.52 does not match the expected line total 4.50");
    let line = json!({ "Quantity": 1000, "UnitAmount": 0.0025 });
    let rounded = client.taken("PUT", "Invoices", with_line(invoice("1003", 0.0), line.clone()));
    assert_eq!(rounded["SubTotal"], 0.0);
    let body = json!({ "Invoices": [with_line(invoice("1004", 0.0), line)] });
    let exact = json(&client.ask("PUT", "Invoices?summarizeErrors=false&unitdp=4", &[], &body));
    assert_eq!(
        (&exact["Invoices"][0]["SubTotal"], &exact["Invoices"][0]["LineItems"][0]["UnitAmount"]),
        (&json!(2.5), &json!(0.0025))
    );
}

#[test]
fn accounts_and_rates_must_fit() {
    let mut setup = Setup::named("Albion Quay Estates");
    setup.account_mut("260").is_archived = true;
    let client = Client::of(Peer::shared(), &setup);
    let on = |changes: Value| client.refused("PUT", "Invoices", with_line(invoice("1001", 5.0), changes));
    assert_eq!(on(json!({ "Quantity": 100_000_001 })), "Quantity is too large");
    assert_eq!(on(json!({ "AccountCode": "999" })), "Account code '999' is not a valid code for this document.");
    assert_eq!(on(json!({ "AccountCode": "610" })), "Account code '610' is not a valid code for this document.");
    assert!(on(json!({ "AccountCode": "260" })).starts_with("Account code '260' has been archived or deleted."));
    assert_eq!(on(json!({ "TaxType": "INPUT2" })), "The TaxType code 'INPUT2' cannot be used with account code '200'.");
    assert!(on(json!({ "TaxType": "OUTPUT9" })).starts_with("The TaxType code 'OUTPUT9' does not exist"));
    let tracked = |option: &str| json!({ "Tracking": [{ "Name": "Region", "Option": option }] });
    assert!(on(tracked("Nowhere")).contains("tracking category or option could not be found"));
    let taken = client.taken("PUT", "Invoices", with_line(invoice("1001", 5.0), tracked("France")));
    assert_eq!(taken["LineItems"][0]["Tracking"][0]["Option"], "France");
    // A draft may lack what the books need.
    let bare = json!({ "Type": "ACCREC", "Contact": { "Name": "Customer 1" }, "LineItems": [{ "Description": "Rent" }] });
    assert_eq!(client.taken("PUT", "Invoices", bare.clone())["Status"], "DRAFT");
    let reason = client.refused("PUT", "Invoices", with(bare, json!({ "Status": "AUTHORISED", "DueDate": "2010-12-31" })));
    assert_eq!(reason, "Account must be valid.");
    assert_eq!(client.organisation.violations(), Vec::<String>::new());
}

#[test]
fn numbers_of_invoices_are_unique_and_those_of_bills_are_not() {
    let client = Client::open();
    let first = client.taken("PUT", "Invoices", invoice("1001", 5.0));
    assert_eq!(client.refused("PUT", "Invoices", invoice("1001", 6.0)), "Invoice # must be unique.");
    let bill =
        with(with_line(invoice("1001", 5.0), json!({ "AccountCode": "429", "TaxType": "INPUT2" })), json!({ "Type": "ACCPAY" }));
    client.taken("PUT", "Invoices", bill.clone());
    client.taken("PUT", "Invoices", bill);
    // A POST is about the one that has the number.
    let again = client.taken("POST", "Invoices", invoice("1001", 7.0));
    assert_eq!((&again["InvoiceID"], &again["SubTotal"]), (&first["InvoiceID"], &json!(7.0)));
    client.organisation.void_invoice(text(&first["InvoiceID"]));
    assert_ne!(client.taken("PUT", "Invoices", invoice("1001", 8.0))["InvoiceID"], first["InvoiceID"]);
    let mut unnumbered = invoice("", 5.0);
    unnumbered.as_object_mut().unwrap().remove("InvoiceNumber");
    assert!(text(&client.taken("PUT", "Invoices", unnumbered)["InvoiceNumber"]).starts_with("INV-"));
}

#[test]
fn names_of_contacts_are_unique_whatever_the_case_and_archived_ones_refused() {
    let client = Client::open();
    let ada = client.taken("PUT", "Contacts", json!({ "Name": "Ada Ltd", "EmailAddress": "ada@example.com" }));
    let reason = client.refused("PUT", "Contacts", json!({ "Name": "ADA LTD" }));
    assert!(reason.contains("is already assigned to another contact. The contact name must be unique"), "{reason}");
    assert_eq!(
        client.refused("PUT", "Contacts", json!({ "Name": "Bob", "EmailAddress": "bob" })),
        "Email address must be valid."
    );
    let same = client.taken("POST", "Contacts", json!({ "Name": "ada ltd", "EmailAddress": "new@example.com" }));
    assert_eq!(same["ContactID"], ada["ContactID"]);
    assert_eq!((&ada["Addresses"][1]["AddressType"], &ada["Phones"][3]["PhoneType"]), (&json!("POBOX"), &json!("MOBILE")));
    client.organisation.archive_contact(text(&ada["ContactID"]));
    for contact in [json!({ "ContactID": ada["ContactID"] }), json!({ "Name": "Ada Ltd" })] {
        let reason = client.refused("PUT", "Invoices", with(invoice("1001", 5.0), json!({ "Contact": contact })));
        assert!(reason.contains("has been archived. The contact must be un-archived"), "{reason}");
    }
    assert_eq!(client.get("Contacts?page=1")["Contacts"], json!([]));
    assert_eq!(client.get("Contacts?page=1&includeArchived=true")["Contacts"][0]["ContactStatus"], "ARCHIVED");
}

#[test]
fn what_is_paid_cannot_be_changed_and_what_is_not_can_be_voided() {
    let client = Client::open();
    let invoice = client.taken("PUT", "Invoices", invoice("1001", 10.0));
    let id = text(&invoice["InvoiceID"]);
    let payment = |amount: f64| json!({ "Invoice": { "InvoiceID": id }, "Account": { "Code": "090" }, "Date": "2010-12-05", "Amount": amount });
    assert_eq!(
        client.refused("PUT", "Payments", payment(12.01)),
        "Payment amount exceeds the amount outstanding on this document"
    );
    let on_sales = with(payment(1.0), json!({ "Account": { "Code": "200" } }));
    assert_eq!(client.refused("PUT", "Payments", on_sales), "Account must be valid.");
    let part = client.taken("PUT", "Payments", payment(5.0));
    assert_eq!((&part["PaymentType"], &part["Invoice"]["InvoiceNumber"]), (&json!("ACCRECPAYMENT"), &json!("1001")));
    let rest = client.organisation.pay(id, "2010-12-06", 7.0);
    let paid = &client.get(&format!("Invoices/{id}"))["Invoices"][0];
    assert_eq!((&paid["Status"], &paid["AmountDue"], &paid["Payments"][1]["Amount"]), (&json!("PAID"), &json!(0.0), &json!(7.0)));
    assert_eq!(paid["FullyPaidOnDate"], "/Date(1291593600000+0000)/");
    let void = json!({ "InvoiceID": id, "Status": "VOIDED" });
    assert_eq!(client.refused("POST", "Invoices", void.clone()), "Invoice not of valid status for modification");
    assert_eq!(
        client.refused("PUT", "Payments", payment(0.01)),
        "Payment amount exceeds the amount outstanding on this document"
    );
    // One is taken back by the app, one by a person.
    let path = format!("Payments/{}", text(&part["PaymentID"]));
    let gone = json(&client.ask("POST", &path, &[], &json!({ "Status": "DELETED" })));
    assert_eq!(gone["Payments"][0]["Status"], "DELETED");
    client.organisation.take_back(&rest);
    assert_eq!(client.taken("POST", "Invoices", void.clone())["Status"], "VOIDED");
    assert_eq!(client.refused("POST", "Invoices", void), "Invoice not of valid status for modification");
    assert_eq!(client.refused("PUT", "Payments", payment(1.0)), "Payments can only be made against authorised documents");
    let nobody = json!({ "InvoiceID": "00000000-0000-4000-8000-000000000000", "Status": "VOIDED" });
    let reason = client.refused("POST", "Invoices", nobody);
    assert_eq!(reason, "An existing Invoice with the specified InvoiceID could not be found");
}

#[test]
fn credit_notes_settle_invoices_and_are_refunded() {
    let client = Client::open();
    let organisation = &client.organisation;
    let invoice = organisation.make_invoice("ACCREC", "1001", "Customer 1", "2010-12-01", 30.0);
    let note = with(invoice_less_note(), json!({ "CreditNoteNumber": "C1001" }));
    let note = client.taken("PUT", "CreditNotes", note);
    let id = text(&note["CreditNoteID"]);
    assert_eq!((&note["Total"], &note["RemainingCredit"]), (&json!(12.0), &json!(12.0)));
    let allocation = json!({ "Invoice": { "InvoiceID": invoice }, "Amount": 4.0, "Date": "2010-12-10" });
    let path = format!("CreditNotes/{id}/Allocations");
    client.taken("PUT", &path, with(allocation.clone(), json!({ "Amount": 3.0 })));
    organisation.allocate(id, &invoice, "2010-12-10", 1.0);
    let reason = client.refused("PUT", &path, with(allocation, json!({ "Amount": 8.01 })));
    assert_eq!(reason, "Credit Note cannot be allocated as amount is greater than amount outstanding");
    let shown = &client.get(&format!("Invoices/{invoice}"))["Invoices"][0];
    assert_eq!((&shown["AmountCredited"], &shown["AmountDue"]), (&json!(4.0), &json!(26.0)));
    let refund =
        json!({ "CreditNote": { "CreditNoteID": id }, "Account": { "Code": "090" }, "Date": "2010-12-11", "Amount": 8.0 });
    let refund = client.taken("PUT", "Payments", refund);
    assert_eq!((&refund["PaymentType"], &refund["Invoice"]["Type"]), (&json!("ARCREDITPAYMENT"), &json!("ACCRECCREDIT")));
    let shown = &client.get(&format!("CreditNotes/{id}"))["CreditNotes"][0];
    assert_eq!((&shown["Status"], &shown["RemainingCredit"]), (&json!("PAID"), &json!(0.0)));
}

fn invoice_less_note() -> Value {
    json!({
        "Type": "ACCRECCREDIT", "Contact": { "Name": "Customer 1" }, "Date": "2010-12-09", "Status": "AUTHORISED",
        "LineItems": [{ "Description": "Rent", "Quantity": 1, "UnitAmount": 10.0, "AccountCode": "200", "TaxType": "OUTPUT2" }],
    })
}

#[test]
fn locked_periods_and_foreign_currencies_are_refused() {
    let client = Client::open();
    let early = client.taken("PUT", "Invoices", invoice("1001", 5.0));
    client.organisation.change(|setup| setup.period_lock_date = Some("2010-12-31".into()));
    assert_eq!(client.get("Organisation")["Organisations"][0]["PeriodLockDate"], "/Date(1293753600000+0000)/");
    let locked = "The document date cannot be before the period lock date, currently set at 31 December 2010";
    assert_eq!(client.refused("PUT", "Invoices", invoice("1002", 5.0)), locked);
    assert_eq!(client.refused("POST", "Invoices", json!({ "InvoiceID": early["InvoiceID"], "Status": "VOIDED" })), locked);
    client.taken("PUT", "Invoices", with(invoice("1002", 5.0), json!({ "Date": "2011-01-01" })));
    client.organisation.change(|setup| setup.end_of_year_lock_date = Some("2011-03-31".into()));
    let reason = client.refused("PUT", "Invoices", with(invoice("1003", 5.0), json!({ "Date": "2011-03-31" })));
    assert_eq!(reason, "The document date cannot be before the end of year lock date, currently set at 31 March 2011");
    let euros = with(invoice("1004", 5.0), json!({ "Date": "2011-04-01", "CurrencyCode": "EUR" }));
    assert_eq!(client.refused("PUT", "Invoices", euros.clone()), "Organisation is not subscribed to currency EUR");
    client.organisation.change(|setup| setup.other_currencies.push("EUR".into()));
    assert_eq!(client.taken("PUT", "Invoices", euros)["CurrencyCode"], "EUR");
}

#[test]
fn a_batch_is_taken_element_by_element_or_not_at_all() {
    let client = Client::open();
    let all = json!([
        invoice("1001", 5.0),
        with_line(invoice("1002", 5.0), json!({ "AccountCode": "999" })),
        invoice("1001", 6.0),
        invoice("1003", 5.0)
    ]);
    let answer = client.ask("PUT", "Invoices", &[], &json!({ "Invoices": all }));
    assert_eq!(answer.status, 400);
    let refused = json(&answer);
    assert_eq!((&refused["ErrorNumber"], &refused["Type"]), (&json!(10), &json!("ValidationException")));
    assert_eq!(refused["Elements"].as_array().unwrap().len(), 2, "one is wrong, and one has the number of the first");
    assert_eq!((client.organisation.held().invoices, client.organisation.writes()), (vec![], vec![]));
    let outcomes = client.write("PUT", "Invoices", all);
    let told: Vec<(&str, &str)> =
        outcomes.iter().map(|one| (text(&one["InvoiceNumber"]), text(&one["StatusAttributeString"]))).collect();
    assert_eq!(told, [("1001", "OK"), ("1002", "ERROR"), ("1001", "ERROR"), ("1003", "OK")]);
    assert_eq!(outcomes[1]["InvoiceID"], "00000000-0000-0000-0000-000000000000");
    let writes = client.organisation.writes();
    assert_eq!(writes[0].ids, [text(&outcomes[0]["InvoiceID"]), text(&outcomes[3]["InvoiceID"])]);
    assert_eq!((writes.len(), writes[0].path.as_str()), (1, "/api.xro/2.0/Invoices"));
    assert_eq!(client.organisation.held().contacts.len(), 1, "the one customer was made with the first");
}

#[test]
fn a_key_is_remembered_for_six_minutes_with_what_was_answered() {
    let client = Client::open();
    let body = json!({ "Contacts": [{ "Name": "Ada Ltd" }] });
    let put = |key: &str, body: &Value| client.ask("PUT", "Contacts", &[("idempotency-key", key)], body);
    let first = put("one", &body);
    assert_eq!((first.status, put("one", &body).text()), (200, first.text()));
    // Errors are remembered too, though they would not be made again.
    let refused = put("two", &body);
    assert_eq!(refused.status, 400);
    client.organisation.write("POST", "Contacts", json!({ "Contacts": [{ "Name": "Ada Ltd", "ContactStatus": "ARCHIVED" }] }));
    assert_eq!(put("two", &body).text(), refused.text());
    let other = put("one", &json!({ "Contacts": [{ "Name": "Bob Ltd" }] }));
    assert_eq!(other.status, 400);
    assert!(other.text().contains("Idempotency-Key"), "{}", other.text());
    client.organisation.set_skew(5 * 60_000);
    assert_eq!(put("one", &body).text(), first.text());
    client.organisation.set_skew(7 * 60_000);
    assert_eq!(client.organisation.held().contacts.len(), 1);
    assert_eq!(put("one", &body).status, 200);
    assert_eq!(client.organisation.held().contacts.len(), 2, "it is made again, for the first is archived");
    assert_eq!(put(&"k".repeat(129), &body).status, 400);
    assert_eq!(client.organisation.violations().len(), 1);
}

#[test]
fn reference_data_is_told_with_what_is_archived() {
    let mut setup = Setup::named("Albion Quay Estates");
    setup.account_mut("473").is_archived = true;
    setup.tracking[0].options[0].is_archived = true;
    let client = Client::of(Peer::shared(), &setup);
    let accounts = client.get("Accounts");
    let account = |code: &str| accounts["Accounts"].as_array().unwrap().iter().find(|one| one["Code"] == code).unwrap().clone();
    assert_eq!((&account("473")["Status"], &account("610")["SystemAccount"]), (&json!("ARCHIVED"), &json!("DEBTORS")));
    assert_eq!((&account("200")["Class"], &account("090")["Type"]), (&json!("REVENUE"), &json!("BANK")));
    let rates = client.get("TaxRates");
    assert_eq!((&rates["TaxRates"][0]["TaxType"], &rates["TaxRates"][0]["EffectiveRate"]), (&json!("OUTPUT2"), &json!(20.0)));
    let options = |path: &str| client.get(path)["TrackingCategories"][0]["Options"].as_array().unwrap().len();
    assert_eq!((options("TrackingCategories"), options("TrackingCategories?includeArchived=true")), (5, 6));
    assert_eq!(client.get("Organisation")["Organisations"][0]["BaseCurrency"], "GBP");
}

#[test]
fn applied_credit_is_taken_back_and_what_comes_through_the_bank_no_app_makes() {
    let client = Client::open();
    let organisation = &client.organisation;
    let invoice = organisation.make_invoice("ACCREC", "1001", "Customer 1", "2010-12-01", 30.0);
    let bill = organisation.make_invoice("ACCPAY", "B-1", "Supplier 1", "2010-12-01", 30.0);
    let note = organisation.make_credit_note("ACCRECCREDIT", "C1001", "Customer 1", "2010-12-02", 12.0);
    let deposit = organisation.make_credit(Kind::Prepayment, "DEP-1", "Customer 1", "2010-12-03", 2_000);
    let allocation = |id: &str, amount: f64| json!({ "Invoice": { "InvoiceID": id }, "Amount": amount, "Date": "2010-12-10" });
    let path = format!("Prepayments/{deposit}/Allocations");
    let reason = client.refused("PUT", &path, allocation(&bill, 1.0));
    assert_eq!(reason, "Prepayment cannot be allocated to an incorrect invoice type");
    let reason = client.refused("PUT", &path, allocation(&invoice, 20.01));
    assert_eq!(reason, "Prepayment cannot be allocated as amount is greater than amount outstanding");
    let applied = client.taken("PUT", &path, allocation(&invoice, 20.0));
    let all = organisation.allocate(&note, &invoice, "2010-12-11", 10.0);
    let reason = client.refused("PUT", &path, allocation(&invoice, 1.0));
    assert_eq!(reason, "The invoice you are trying to allocate to has already been paid off");
    let shown = &client.get(&format!("Invoices/{invoice}"))["Invoices"][0];
    assert_eq!((&shown["Status"], &shown["AmountCredited"]), (&json!("PAID"), &json!(30.0)));
    let listed = &client.get("Prepayments?page=1")["Prepayments"][0];
    assert_eq!((&listed["Type"], &listed["RemainingCredit"]), (&json!("RECEIVE-PREPAYMENT"), &json!(0.0)));
    assert_eq!(listed["Allocations"][0]["AllocationID"], applied["AllocationID"]);

    // Taken back once, from where it was taken.
    let delete = |path: &str| client.ask("DELETE", path, &[], &Value::Null);
    assert_eq!(delete(&format!("CreditNotes/{note}/Allocations/{}", text(&applied["AllocationID"]))).status, 404);
    let gone = delete(&format!("CreditNotes/{note}/Allocations/{all}"));
    assert_eq!((gone.status, &json(&gone)["IsDeleted"]), (200, &json!(true)));
    assert_eq!(delete(&format!("CreditNotes/{note}/Allocations/{all}")).status, 404);
    assert_eq!(client.get(&format!("CreditNotes/{note}"))["CreditNotes"][0]["RemainingCredit"], json!(12.0));
    assert_eq!(organisation.writes().last().map(|write| write.method.clone()).as_deref(), Some("DELETE"));
    assert_eq!(organisation.violations(), Vec::<String>::new());

    // Of what comes through the bank an app reads, and gives it to invoices or back.
    let refund =
        json!({ "Prepayment": { "PrepaymentID": deposit }, "Account": { "Code": "090" }, "Date": "2010-12-12", "Amount": 1.0 });
    assert_eq!(client.refused("PUT", "Payments", refund), "Payment amount exceeds the amount outstanding on this document");
    assert_eq!(client.ask("PUT", "Prepayments", &[], &json!({ "Prepayments": [] })).status, 404);
    assert!(!organisation.violations().is_empty());
}
