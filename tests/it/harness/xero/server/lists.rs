//! Lists: which records, in what order, and which page of them.

use super::{
    books::{Books, Document},
    http::{Head, Reply},
    query::{self, Condition, Term},
    shown::{self, Detail, Settled},
    time,
    writing::{Resource, envelope},
};
use crate::harness::xero::faults::{Fault, Faults};
use serde_json::{Value, json};

const PAGE_SIZE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// What a list was asked for cannot be answered, and why.
pub struct Misasked(pub String);

/// The fault a page meets, with what draws its particulars.
#[derive(Clone, Copy)]
pub struct Met<'a> {
    pub fault: Option<Fault>,
    pub faults: &'a Faults,
    pub number: u64,
    /// Whether the listing answers its first page for ever.
    pub is_looping: bool,
}

/// A record's value of a field of the query language; `None`: there is no such field.
fn field(books: &Books, resource: Resource, id: &str, name: &str) -> Option<Term> {
    match resource {
        Resource::Contacts => contact_field(books, id, name),
        Resource::Invoices | Resource::CreditNotes | Resource::Prepayments | Resource::Overpayments => {
            document_field(books, &books.documents[id], resource, name)
        }
        Resource::Payments => payment_field(books, id, name),
        Resource::Allocations => None,
    }
}

fn contact_field(books: &Books, id: &str, name: &str) -> Option<Term> {
    let contact = &books.contacts[id];
    match name {
        "ContactID" => Some(Term::text(&contact.id)),
        "Name" => Some(Term::text(&contact.name)),
        "ContactStatus" => Some(Term::text(if contact.is_archived { "ARCHIVED" } else { "ACTIVE" })),
        "ContactNumber" | "AccountNumber" | "EmailAddress" | "FirstName" | "LastName" => {
            Some(contact.fields.get(name).and_then(Value::as_str).map_or(Term::Nothing, Term::text))
        }
        "UpdatedDateUTC" => Some(Term::text(&time::moment_text(contact.updated))),
        _ => None,
    }
}

fn document_field(books: &Books, document: &Document, resource: Resource, name: &str) -> Option<Term> {
    if name == resource.id_field() {
        return Some(Term::text(&document.id));
    }
    if name == resource.number_field() {
        return Some(Term::text(&document.number));
    }
    match name {
        "Type" => Some(Term::text(document.kind.as_str())),
        "Status" => Some(Term::text(document.shown_status())),
        "Date" => Some(Term::day(&document.date)),
        "DueDate" => Some(document.due_date.as_deref().map_or(Term::Nothing, Term::day)),
        "Contact.ContactID" => Some(Term::text(&document.contact_id)),
        "Contact.Name" => Some(Term::text(books.contact_name(&document.contact_id))),
        "CurrencyCode" => Some(Term::text(&document.currency)),
        "Reference" => Some(document.fields.get(name).and_then(Value::as_str).map_or(Term::Nothing, Term::text)),
        "Total" => Some(Term::money(document.total())),
        "AmountDue" if resource == Resource::Invoices => Some(Term::money(document.due())),
        "UpdatedDateUTC" => Some(Term::text(&time::moment_text(document.updated))),
        _ => None,
    }
}

fn payment_field(books: &Books, id: &str, name: &str) -> Option<Term> {
    let payment = &books.payments[id];
    let document = &books.documents[&payment.document_id];
    match name {
        "PaymentID" => Some(Term::text(&payment.id)),
        "Status" => Some(Term::text(if payment.is_deleted { "DELETED" } else { "AUTHORISED" })),
        "Date" => Some(Term::day(&payment.date)),
        "Amount" => Some(Term::money(payment.amount)),
        "Reference" => Some(Term::text(&payment.reference)),
        "Invoice.InvoiceID" => Some(Term::text(&document.id)),
        "Invoice.InvoiceNumber" => Some(Term::text(&document.number)),
        "UpdatedDateUTC" => Some(Term::text(&time::moment_text(payment.updated))),
        _ => None,
    }
}

/// All records of a resource with the moment each was changed.
fn all(books: &Books, resource: Resource, has_archived: bool) -> Vec<(i64, &str)> {
    match resource {
        Resource::Contacts => {
            let shown = books.contacts.values().filter(|one| has_archived || !one.is_archived);
            shown.map(|one| (one.updated, one.id.as_str())).collect()
        }
        Resource::Payments => books.payments.values().map(|one| (one.updated, one.id.as_str())).collect(),
        _ => {
            let shown = books.documents.values().filter(|one| one.kind.resource() == resource);
            shown.map(|one| (one.updated, one.id.as_str())).collect()
        }
    }
}

/// The ids of what is asked for, in order.
fn found(books: &Books, resource: Resource, head: &Head) -> Result<Vec<String>, Misasked> {
    let since = head
        .header("if-modified-since")
        .map(|text| time::read_since(text).ok_or_else(|| Misasked(format!("If-Modified-Since is no moment: {text}"))));
    let since = since.transpose()?;
    let conditions = head.parameter("where").filter(|text| !text.is_empty()).map_or(Ok(vec![]), query::parse);
    let conditions = conditions.map_err(|part| Misasked(format!("where is not understood: {part}")))?;
    let has_archived = head.parameter("includeArchived").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut found = Vec::new();
    for (updated, id) in all(books, resource, has_archived) {
        if since.is_none_or(|since| updated > since)
            && is_listed(books, resource, id, head)
            && meets(books, resource, id, &conditions)?
        {
            found.push((updated, id));
        }
    }
    order(books, resource, found, head)
}

fn meets(books: &Books, resource: Resource, id: &str, conditions: &[Condition]) -> Result<bool, Misasked> {
    for condition in conditions {
        let name = &condition.field;
        let term = field(books, resource, id, name);
        let term = term.ok_or_else(|| Misasked(format!("where: no property or field '{name}' exists")))?;
        let holds = condition.holds(&term);
        if !holds.ok_or_else(|| Misasked(format!("where: '{name}' cannot be compared with that")))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The lists of ids, numbers and statuses beside the query language.
fn is_listed(books: &Books, resource: Resource, id: &str, head: &Head) -> bool {
    let among = |parameter: &str, value: &str| {
        let listed = head.parameter(parameter).filter(|list| !list.is_empty());
        listed.is_none_or(|list| list.split(',').any(|one| one.trim() == value))
    };
    let of_document = |document: &Document| {
        let numbers = resource != Resource::Invoices || among("InvoiceNumbers", &document.number);
        numbers && among("Statuses", document.shown_status()) && among("ContactIDs", &document.contact_id)
    };
    among("IDs", id) && (resource != Resource::Invoices || books.documents.get(id).is_some_and(of_document))
}

fn order(books: &Books, resource: Resource, mut found: Vec<(i64, &str)>, head: &Head) -> Result<Vec<String>, Misasked> {
    found.sort();
    let mut ids: Vec<String> = found.into_iter().map(|(_, id)| id.to_owned()).collect();
    if let Some(text) = head.parameter("order").filter(|text| !text.is_empty()) {
        let (name, downwards) = query::order(text).ok_or_else(|| Misasked(format!("order is not understood: {text}")))?;
        let key = |id: &String| field(books, resource, id, &name);
        if ids.first().is_some_and(|id| key(id).is_none()) {
            return Err(Misasked(format!("order: no property or field '{name}' exists")));
        }
        // By moments of a second they would lose the order of milliseconds that they are in.
        if name != "UpdatedDateUTC" {
            ids.sort_by_cached_key(key);
        }
        if downwards {
            ids.reverse();
        }
    }
    Ok(ids)
}

/// The size of pages that is asked for.
fn page_size(head: &Head) -> Result<usize, Misasked> {
    let Some(text) = head.parameter("pageSize") else { return Ok(PAGE_SIZE) };
    let size = text.parse().ok().filter(|size| (1..=LARGEST_PAGE).contains(size));
    size.ok_or_else(|| Misasked(format!("pageSize is no number from 1 to {LARGEST_PAGE}: {text}")))
}

/// `GET` of a resource.
pub fn list(books: &Books, resource: Resource, head: &Head, met: Met) -> Result<Reply, Misasked> {
    let ids = found(books, resource, head)?;
    let has_four_decimals = head.parameter("unitdp") == Some("4");
    let Some(text) = head.parameter("page") else {
        // Without pages there are no lines either.
        let detail = Detail { has_lines: false, has_four_decimals };
        let elements = shown_all(books, resource, ids.iter(), detail);
        return Ok(Reply::json(200, &envelope(books, resource.name(), elements)));
    };
    let page = text.parse().ok().filter(|page| *page > 0).ok_or_else(|| Misasked(format!("page is no number: {text}")))?;
    let size = page_size(head)?;
    let pages = ids.len().div_ceil(size).max(1);
    let turned = turned(&ids, page, size, met);
    let detail = Detail { has_lines: true, has_four_decimals };
    let mut body = envelope(books, resource.name(), shown_all(books, resource, turned.iter(), detail));
    if met.fault != Some(Fault::PageWithoutPagination) {
        let pages = if met.is_looping { page + 1 } else { pages };
        body["pagination"] = json!({ "page": page, "pageSize": size, "pageCount": pages, "itemCount": ids.len() });
    }
    Ok(Reply::json(200, &body))
}

fn shown_all<'a>(books: &Books, resource: Resource, ids: impl Iterator<Item = &'a String>, detail: Detail) -> Value {
    let settled = Settled::of(books);
    let shown = |id: &String| match resource {
        Resource::Contacts => shown::contact(&books.contacts[id]),
        Resource::Payments => shown::payment(books, &books.payments[id]),
        _ => shown::document(books, &settled, &books.documents[id], detail),
    };
    Value::Array(ids.map(shown).collect())
}

/// A page, with what goes wrong with it.
fn turned(ids: &[String], page: usize, size: usize, met: Met) -> Vec<String> {
    let of = |page: usize| ids.iter().skip((page - 1) * size).take(size).cloned().collect::<Vec<_>>();
    let mut turned = match met.fault {
        _ if met.is_looping => of(1),
        Some(Fault::PageRepeated) => of(page - 1),
        _ => of(page),
    };
    match met.fault {
        Some(Fault::Duplicated) if page > 1 => {
            if let Some(last) = of(page - 1).last() {
                turned.insert(0, last.clone());
            }
        }
        Some(Fault::Reordered) if turned.len() > 1 => {
            let by = 1 + met.faults.draw(Fault::Reordered, met.number, 1) as usize % (turned.len() - 1);
            turned.rotate_left(by);
        }
        _ => {}
    }
    turned
}
