//! Records as Xero's JSON shows them.

use super::{
    books::{Allocation, Books, Contact, Document, Line, Payment},
    decimal::{money, number},
    time,
    writing::Resource,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What settles documents, by document: made once for a whole answer.
pub struct Settled<'a> {
    payments: HashMap<&'a str, Vec<&'a Payment>>,
    of_invoices: HashMap<&'a str, Vec<&'a Allocation>>,
    of_credits: HashMap<&'a str, Vec<&'a Allocation>>,
}

impl<'a> Settled<'a> {
    pub fn of(books: &'a Books) -> Settled<'a> {
        let mut settled = Settled { payments: HashMap::new(), of_invoices: HashMap::new(), of_credits: HashMap::new() };
        for payment in books.payments.values().filter(|payment| !payment.is_deleted) {
            settled.payments.entry(&payment.document_id).or_default().push(payment);
        }
        for allocation in books.allocations.values().filter(|allocation| !allocation.is_deleted) {
            settled.of_invoices.entry(&allocation.invoice_id).or_default().push(allocation);
            settled.of_credits.entry(&allocation.credit_id).or_default().push(allocation);
        }
        settled
    }
}

fn of<'a, T>(map: &'a HashMap<&str, Vec<&'a T>>, id: &str) -> &'a [&'a T] {
    map.get(id).map_or(&[], Vec::as_slice)
}

pub fn contact(contact: &Contact) -> Value {
    let mut shown = json!({
        "BankAccountDetails": "", "ContactGroups": [], "ContactPersons": [], "IsSupplier": false, "IsCustomer": false,
        "EmailAddress": "", "HasAttachments": false, "HasValidationErrors": false,
    });
    let object = shown.as_object_mut().expect("an object");
    object.extend(contact.fields.clone());
    let written = contact.fields.get("Addresses").cloned().unwrap_or_default();
    let address = |kind: &str| by_kind(&written, "AddressType", kind, &["City", "Region", "PostalCode", "Country"]);
    object.insert("Addresses".into(), json!([address("STREET"), address("POBOX")]));
    let written = contact.fields.get("Phones").cloned().unwrap_or_default();
    let phone = |kind: &str| by_kind(&written, "PhoneType", kind, &["PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"]);
    object.insert("Phones".into(), json!(["DDI", "DEFAULT", "FAX", "MOBILE"].map(phone)));
    object.insert("ContactID".into(), contact.id.clone().into());
    object.insert("Name".into(), contact.name.clone().into());
    object.insert("ContactStatus".into(), if contact.is_archived { "ARCHIVED" } else { "ACTIVE" }.into());
    object.insert("UpdatedDateUTC".into(), time::moment(contact.updated).into());
    shown
}

/// The one of a kind among those written, with the fields that are always shown.
fn by_kind(written: &Value, field: &str, kind: &str, fields: &[&str]) -> Value {
    let mut shown: Map<String, Value> = fields.iter().map(|field| ((*field).to_owned(), "".into())).collect();
    shown.insert(field.to_owned(), kind.into());
    let found = written.as_array().and_then(|all| all.iter().rfind(|one| one[field] == kind));
    shown.extend(found.and_then(Value::as_object).cloned().unwrap_or_default());
    Value::Object(shown)
}

fn contact_in_short(books: &Books, id: &str) -> Value {
    json!({
        "ContactID": id, "Name": books.contact_name(id), "Addresses": [], "Phones": [], "ContactGroups": [],
        "ContactPersons": [], "HasValidationErrors": false,
    })
}

/// How many decimals of a unit amount are shown, and whether lines are.
#[derive(Clone, Copy)]
pub struct Detail {
    pub has_lines: bool,
    pub has_four_decimals: bool,
}

pub fn document(books: &Books, settled: &Settled, document: &Document, detail: Detail) -> Value {
    let lines: Vec<Value> = document.lines.iter().map(|one| line(books, one, detail)).collect();
    let mut shown = json!({
        "Type": document.kind.as_str(), "Reference": "", "CurrencyRate": 1.0, "HasErrors": false, "HasAttachments": false,
        "Contact": contact_in_short(books, &document.contact_id), "Status": document.shown_status(),
        "DateString": time::day_text(&document.date), "Date": time::day(&document.date),
        "LineAmountTypes": document.line_amount_types, "LineItems": if detail.has_lines { lines } else { vec![] },
        "SubTotal": money(document.sub_total), "TotalTax": money(document.total_tax), "Total": money(document.total()),
        "UpdatedDateUTC": time::moment(document.updated), "CurrencyCode": document.currency,
    });
    let object = shown.as_object_mut().expect("an object");
    object.extend(document.fields.clone());
    if let Some(due) = &document.due_date {
        object.insert("DueDateString".into(), time::day_text(due).into());
        object.insert("DueDate".into(), time::day(due).into());
    }
    let payments = of(&settled.payments, &document.id);
    let short = |one: &&Payment| {
        json!({
            "PaymentID": one.id, "Date": time::day(&one.date), "Amount": money(one.amount), "Reference": one.reference,
            "CurrencyRate": 1.0, "HasAccount": false, "HasValidationErrors": false,
        })
    };
    object.insert("Payments".into(), payments.iter().map(short).collect());
    let more = if document.kind.is_credit() {
        of_credit(books, document, of(&settled.of_credits, &document.id))
    } else {
        of_invoice(books, document, of(&settled.of_invoices, &document.id), payments)
    };
    object.extend(more);
    shown
}

fn of_invoice(books: &Books, document: &Document, credits: &[&Allocation], payments: &[&Payment]) -> Map<String, Value> {
    let of = |resource: Resource| -> Vec<Value> {
        let all = credits.iter().map(|one| (one, &books.documents[&one.credit_id]));
        all.filter(|(_, credit)| credit.kind.resource() == resource).map(|(one, credit)| applied(one, credit)).collect()
    };
    let paid: i64 = payments.iter().map(|one| one.amount).sum();
    let credited: i64 = credits.iter().map(|one| one.amount).sum();
    let mut shown = json!({
        "InvoiceID": document.id, "InvoiceNumber": document.number,
        "Prepayments": of(Resource::Prepayments), "Overpayments": of(Resource::Overpayments), "AmountDue": money(document.due()), "AmountPaid": money(paid), "AmountCredited": money(credited),
        "IsDiscounted": document.lines.iter().any(|line| line.discount_rate_e4.is_some()),
        "CreditNotes": of(Resource::CreditNotes),
    });
    let last = payments.iter().map(|one| &one.date).chain(credits.iter().map(|one| &one.date)).max();
    if let Some(last) = last.filter(|_| document.shown_status() == "PAID") {
        shown["FullyPaidOnDate"] = time::day(last).into();
    }
    object(shown)
}

/// Credit as the invoice shows it that it was given to.
fn applied(one: &Allocation, credit: &Document) -> Value {
    let resource = credit.kind.resource();
    let number_field = if resource == Resource::CreditNotes { "CreditNoteNumber" } else { "Reference" };
    json!({
        resource.id_field(): credit.id, "ID": credit.id, number_field: credit.number, "AppliedAmount": money(one.amount),
        "Date": time::day(&one.date), "Total": money(credit.total()), "HasErrors": false, "LineItems": [],
    })
}

fn of_credit(books: &Books, document: &Document, allocations: &[&Allocation]) -> Map<String, Value> {
    let resource = document.kind.resource();
    let mut shown = json!({
        resource.id_field(): document.id, "ID": document.id, "RemainingCredit": money(document.due()),
        "Allocations": allocations.iter().map(|one| allocation(books, one)).collect::<Vec<_>>(),
    });
    match resource {
        Resource::CreditNotes => shown["CreditNoteNumber"] = document.number.clone().into(),
        // What went through the bank has a reference there, which a prepayment shows as the number of an invoice too.
        Resource::Prepayments => {
            shown["Reference"] = document.number.clone().into();
            shown["InvoiceNumber"] = document.number.clone().into();
        }
        _ => shown["Reference"] = document.number.clone().into(),
    }
    object(shown)
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { unreachable!("an object") };
    object
}

fn line(books: &Books, line: &Line, detail: Detail) -> Value {
    let unit = if detail.has_four_decimals {
        number(line.unit_amount_e4, 4)
    } else {
        money(super::decimal::rounded(line.unit_amount_e4.into(), 100))
    };
    let mut shown = json!({
        "LineItemID": line.id, "Description": line.description, "Quantity": number(line.quantity_e4, 4), "UnitAmount": unit,
        "LineAmount": money(line.amount), "TaxAmount": money(line.tax_amount), "ValidationErrors": [],
        "Tracking": line.tracking.iter().map(|(category, option)| tracking(books, category, option)).collect::<Vec<_>>(),
    });
    if let Some(code) = &line.account_code {
        shown["AccountCode"] = code.clone().into();
        let account = books.setup.accounts.iter().find(|account| account.code == *code);
        shown["AccountID"] = account.map_or(Value::Null, |account| account.id.clone().into());
    }
    if let Some(code) = &line.item_code {
        shown["ItemCode"] = code.clone().into();
    }
    if let Some(tax_type) = &line.tax_type {
        shown["TaxType"] = tax_type.clone().into();
    }
    if let Some(rate) = line.discount_rate_e4 {
        shown["DiscountRate"] = number(rate, 4);
    }
    shown
}

fn tracking(books: &Books, category_id: &str, option_id: &str) -> Value {
    let category = books.setup.tracking.iter().find(|category| category.id == category_id);
    let option = category.and_then(|category| category.options.iter().find(|option| option.id == option_id));
    json!({
        "Name": category.map(|category| &category.name), "Option": option.map(|option| &option.name),
        "TrackingCategoryID": category_id, "TrackingOptionID": option_id, "Options": [],
    })
}

pub fn payment(books: &Books, payment: &Payment) -> Value {
    let document = &books.documents[&payment.document_id];
    let account = books.setup.accounts.iter().find(|account| account.id == payment.account_id);
    let side = if document.kind.is_sales() { "AR" } else { "AP" };
    let kind = match document.kind.resource() {
        Resource::Invoices => if document.kind.is_sales() { "ACCRECPAYMENT" } else { "ACCPAYPAYMENT" }.to_owned(),
        Resource::Prepayments => format!("{side}PREPAYMENTPAYMENT"),
        Resource::Overpayments => format!("{side}OVERPAYMENTPAYMENT"),
        _ => format!("{side}CREDITPAYMENT"),
    };
    let resource = document.kind.resource();
    let is_through_bank = !resource.is_written();
    // A credit note stands under `Invoice` too.
    let (under, id_field) = if is_through_bank { (resource.schema(), resource.id_field()) } else { ("Invoice", "InvoiceID") };
    let number_field = if is_through_bank { "Reference" } else { "InvoiceNumber" };
    let paid = json!({
        "Type": document.kind.as_str(), id_field: document.id, number_field: document.number, "Payments": [],
        "CreditNotes": [], "Prepayments": [], "Overpayments": [], "HasErrors": false, "IsDiscounted": false,
        "Contact": contact_in_short(books, &document.contact_id), "LineItems": [], "CurrencyCode": document.currency,
    });
    json!({
        "PaymentID": payment.id, "Date": time::day(&payment.date), "BankAmount": money(payment.amount),
        "Amount": money(payment.amount), "Reference": payment.reference, "CurrencyRate": 1.0, "PaymentType": kind,
        "Status": if payment.is_deleted { "DELETED" } else { "AUTHORISED" },
        "UpdatedDateUTC": time::moment(payment.updated), "HasAccount": true, "IsReconciled": false,
        "Account": { "AccountID": payment.account_id, "Code": account.map(|account| &account.code) },
        under: paid, "HasValidationErrors": false,
    })
}

pub fn allocation(books: &Books, one: &Allocation) -> Value {
    let number = books.documents.get(&one.invoice_id).map(|invoice| &invoice.number);
    let credit = books.documents[&one.credit_id].kind.resource();
    json!({
        "AllocationID": one.id, "Amount": money(one.amount), "Date": time::day(&one.date),
        "Invoice": { "InvoiceID": one.invoice_id, "InvoiceNumber": number, "Payments": [], "LineItems": [] },
        credit.schema(): { credit.id_field(): one.credit_id, "ID": one.credit_id, "LineItems": [] },
        "ValidationErrors": [],
    })
}
