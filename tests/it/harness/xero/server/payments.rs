//! Writing payments, taking them back, giving credit to an invoice, and taking that back.

use super::{
    books::{Allocation, Books, BooksChange, Document, Payment},
    decimal::scaled,
    state::new_id,
    time,
    writing::{Refused, Resource, Way, Written, text},
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
    let meant = [Resource::Invoices, Resource::CreditNotes, Resource::Prepayments, Resource::Overpayments];
    let by_id = meant.into_iter().find_map(|resource| Some((resource, named(resource.schema(), resource.id_field())?)));
    let invoice = named("Invoice", "InvoiceNumber").or_else(|| text(element, "InvoiceNumber"));
    let note = named("CreditNote", "CreditNoteNumber").or_else(|| text(element, "CreditNoteNumber"));
    let found = match (by_id, invoice, note) {
        (Some((resource, id)), ..) => books.documents.get(id).filter(|one| one.kind.resource() == resource),
        (None, Some(number), _) => numbered(books, number, Resource::Invoices),
        (None, None, Some(number)) => numbered(books, number, Resource::CreditNotes),
        (None, None, None) => None,
    };
    found.ok_or_else(|| Refused::of("Invoice could not be found"))
}

fn numbered<'a>(books: &'a Books, number: &str, resource: Resource) -> Option<&'a Document> {
    let is_meant = |one: &&Document| one.kind.resource() == resource && one.number == number && !one.is_gone();
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

/// `PUT CreditNotes/{id}/Allocations`, and the same of prepayments and overpayments.
pub fn allocate(books: &Books, element: &Element, credit: Resource, way: &Way) -> Result<Written, Refused> {
    let note = way.id.as_deref().and_then(|id| books.documents.get(id)).filter(|note| note.kind.resource() == credit);
    let (what, field) = (credit.schema(), credit.id_field());
    let gone = || Refused::of(&format!("An existing {what} with the specified {field} could not be found"));
    let note = note.ok_or_else(gone)?;
    let called = if credit == Resource::CreditNotes { "Credit Note" } else { what };
    let invoice = element.get("Invoice").and_then(Value::as_object).and_then(|invoice| text(invoice, "InvoiceID"));
    let invoice = invoice.and_then(|id| books.documents.get(id)).filter(|invoice| !invoice.kind.is_credit());
    let invoice = invoice.ok_or_else(|| Refused::of("Invoice could not be found"))?;
    let amount = amount(element)?;
    if note.kind.is_sales() != invoice.kind.is_sales() {
        return Err(Refused::of(&format!("{called} cannot be allocated to an incorrect invoice type")));
    }
    if note.status != "AUTHORISED" || invoice.status != "AUTHORISED" {
        return Err(Refused::of("Allocations can only be made between authorised documents"));
    }
    let mut reasons = Vec::new();
    if invoice.due() == 0 {
        reasons.push("The invoice you are trying to allocate to has already been paid off".to_owned());
    }
    if amount > invoice.due() || amount > note.due() {
        reasons.push(format!("{called} cannot be allocated as amount is greater than amount outstanding"));
    }
    if !reasons.is_empty() {
        return Err(Refused(reasons));
    }
    let date = text(element, "Date").and_then(time::read_day).unwrap_or_else(|| time::day_of(books.now()));
    books.check_lock(&date).map_err(|reason| Refused::of(&reason))?;
    let allocation =
        Allocation { id: new_id(), credit_id: note.id.clone(), invoice_id: invoice.id.clone(), date, amount, is_deleted: false };
    let changes =
        vec![settled(books, note, amount), settled(books, invoice, amount), BooksChange::Allocation(allocation.clone())];
    Ok(Written { id: allocation.id, changes })
}

/// `DELETE CreditNotes/{id}/Allocations/{id}`, and the same of prepayments and overpayments. `None`: there is none.
pub fn take_credit_back(books: &Books, credit: Resource, credit_id: &str, id: &str) -> Option<Result<Written, Refused>> {
    let is_of = |one: &&Allocation| one.credit_id == credit_id && !one.is_deleted;
    let allocation = books.allocations.get(id).filter(is_of)?;
    let (note, invoice) = (&books.documents[&allocation.credit_id], &books.documents[&allocation.invoice_id]);
    if note.kind.resource() != credit {
        return None;
    }
    let taken = books.check_lock(&allocation.date).map_err(|reason| Refused::of(&reason)).map(|()| {
        let gone = Allocation { is_deleted: true, ..allocation.clone() };
        let amount = -allocation.amount;
        let changes = vec![settled(books, note, amount), settled(books, invoice, amount), BooksChange::Allocation(gone)];
        Written { id: id.to_owned(), changes }
    });
    Some(taken)
}
