//! Writing payments, taking them back, and giving a credit note to an invoice.

use super::{
    books::{Allocation, Books, BooksChange, Document, Payment},
    decimal::scaled,
    state::new_id,
    time,
    writing::{Refused, Way, Written, text},
};
use crate::harness::xero::setup::Account;
use serde_json::{Map, Value};

type Element = Map<String, Value>;

/// Makes a payment; one that is there can be taken back and nothing else.
pub fn write(books: &Books, element: &Element, way: &Way) -> Result<Written, Refused> {
    match way.id.as_deref().or_else(|| text(element, "PaymentID")) {
        Some(id) => take_back(books, element, id),
        None => create(books, element),
    }
}

fn create(books: &Books, element: &Element) -> Result<Written, Refused> {
    let document = document(books, element)?;
    let account = account(books, element)?;
    let amount = amount(element)?;
    if document.status != "AUTHORISED" {
        return Err(Refused::of("Payments can only be made against authorised documents"));
    }
    if amount > document.due() {
        return Err(Refused::of("Payment amount exceeds the amount outstanding on this document"));
    }
    let date = text(element, "Date").and_then(time::read_day).unwrap_or_else(|| time::day_of(books.now()));
    books.check_lock(&date).map_err(|reason| Refused::of(&reason))?;
    let payment = Payment {
        id: new_id(),
        document_id: document.id.clone(),
        account_id: account.id.clone(),
        date,
        amount,
        reference: text(element, "Reference").unwrap_or_default().to_owned(),
        is_deleted: false,
        updated: books.now(),
    };
    let changes = vec![settled(books, document, amount), BooksChange::Payment(payment.clone())];
    Ok(Written { id: payment.id, changes })
}

/// A document with more, or less, of it settled.
fn settled(books: &Books, document: &Document, amount: i64) -> BooksChange {
    let document = Document { settled: document.settled + amount, updated: books.now(), ..document.clone() };
    BooksChange::Document(Box::new(document))
}

fn amount(element: &Element) -> Result<i64, Refused> {
    let amount = element.get("Amount").and_then(|amount| scaled(amount, 2));
    amount.filter(|amount| *amount > 0).ok_or_else(|| Refused::of("Payment amount must be greater than zero"))
}

fn document<'a>(books: &'a Books, element: &Element) -> Result<&'a Document, Refused> {
    let given = |name: &str| element.get(name).and_then(Value::as_object);
    let named = |object: &str, field: &str| given(object).and_then(|object| text(object, field));
    let id = named("Invoice", "InvoiceID").or_else(|| named("CreditNote", "CreditNoteID"));
    let invoice = named("Invoice", "InvoiceNumber").or_else(|| text(element, "InvoiceNumber"));
    let note = named("CreditNote", "CreditNoteNumber").or_else(|| text(element, "CreditNoteNumber"));
    let found = match (id, invoice, note) {
        (Some(id), ..) => books.documents.get(id).filter(|one| one.kind.is_credit_note() == element.contains_key("CreditNote")),
        (None, Some(number), _) => numbered(books, number, false),
        (None, None, Some(number)) => numbered(books, number, true),
        (None, None, None) => None,
    };
    found.ok_or_else(|| Refused::of("Invoice could not be found"))
}

fn numbered<'a>(books: &'a Books, number: &str, is_credit_note: bool) -> Option<&'a Document> {
    let is_meant = |one: &&Document| one.kind.is_credit_note() == is_credit_note && one.number == number && !one.is_gone();
    books.documents.values().find(is_meant)
}

fn account<'a>(books: &'a Books, element: &Element) -> Result<&'a Account, Refused> {
    let given = element.get("Account").and_then(Value::as_object);
    let id = given.and_then(|account| text(account, "AccountID"));
    let code = given.and_then(|account| text(account, "Code")).or_else(|| text(element, "Code"));
    let found = books.setup.accounts.iter().find(|one| match id {
        Some(id) => one.id == id,
        None => code == Some(&one.code),
    });
    let fits = |account: &&Account| !account.is_archived && (account.kind == "BANK" || account.takes_payments);
    found.filter(fits).ok_or_else(|| Refused::of("Account must be valid."))
}

fn take_back(books: &Books, element: &Element, id: &str) -> Result<Written, Refused> {
    let payment = books.payments.get(id);
    let payment = payment.ok_or_else(|| Refused::of("An existing Payment with the specified PaymentID could not be found"))?;
    if text(element, "Status") != Some("DELETED") || payment.is_deleted {
        return Err(Refused::of("Payment not of valid status for modification"));
    }
    books.check_lock(&payment.date).map_err(|reason| Refused::of(&reason))?;
    let document = settled(books, &books.documents[&payment.document_id], -payment.amount);
    let payment = Payment { is_deleted: true, updated: books.now(), ..payment.clone() };
    Ok(Written { id: payment.id.clone(), changes: vec![document, BooksChange::Payment(payment)] })
}

/// `PUT CreditNotes/{id}/Allocations`
pub fn allocate(books: &Books, element: &Element, way: &Way) -> Result<Written, Refused> {
    let note = way.id.as_deref().and_then(|id| books.documents.get(id)).filter(|note| note.kind.is_credit_note());
    let note = note.ok_or_else(|| Refused::of("An existing CreditNote with the specified CreditNoteID could not be found"))?;
    let invoice = element.get("Invoice").and_then(Value::as_object).and_then(|invoice| text(invoice, "InvoiceID"));
    let invoice = invoice.and_then(|id| books.documents.get(id)).filter(|invoice| !invoice.kind.is_credit_note());
    let invoice = invoice.ok_or_else(|| Refused::of("Invoice could not be found"))?;
    let amount = amount(element)?;
    if note.status != "AUTHORISED" || invoice.status != "AUTHORISED" || note.kind.is_sales() != invoice.kind.is_sales() {
        return Err(Refused::of("Allocations can only be made between authorised documents of the same kind"));
    }
    if amount > note.due() {
        return Err(Refused::of("The amount exceeds the remaining credit of the credit note"));
    }
    if amount > invoice.due() {
        return Err(Refused::of("The amount exceeds the amount outstanding on this document"));
    }
    let date = text(element, "Date").and_then(time::read_day).unwrap_or_else(|| time::day_of(books.now()));
    books.check_lock(&date).map_err(|reason| Refused::of(&reason))?;
    let allocation = Allocation { id: new_id(), credit_note_id: note.id.clone(), invoice_id: invoice.id.clone(), date, amount };
    let changes =
        vec![settled(books, note, amount), settled(books, invoice, amount), BooksChange::Allocation(allocation.clone())];
    Ok(Written { id: allocation.id, changes })
}
