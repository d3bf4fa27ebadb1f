//! Writing invoices, bills and credit notes: what a new one needs, and what may become of one that is there.

use super::{
    books::{Books, BooksChange, Document, Kind},
    contacts, lines,
    state::new_id,
    time,
    writing::{Refused, Resource, Way, Written, text},
};
use serde_json::{Map, Value};

/// Fields that are kept as they are written.
const KEPT: [&str; 8] = [
    "Reference",
    "BrandingThemeID",
    "Url",
    "CurrencyRate",
    "SentToContact",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
    "RepeatingInvoiceID",
];

type Element = Map<String, Value>;

pub fn write(books: &Books, element: &Element, resource: Resource, way: &Way) -> Result<Written, Refused> {
    match known(books, element, resource, way)? {
        Some(known) => change(books, known, element, way),
        None => create(books, element, resource, way),
    }
}

/// The one the element is about, if it is about one that is there: by its id, and a POST by the number of an invoice too.
fn known<'a>(books: &'a Books, element: &Element, resource: Resource, way: &Way) -> Result<Option<&'a Document>, Refused> {
    let is_of = |document: &&Document| document.kind.resource() == resource;
    if let Some(id) = way.id.as_deref().or_else(|| text(element, resource.id_field())) {
        let known = books.documents.get(id).filter(is_of);
        let (what, field) = (resource.schema(), resource.id_field());
        let reason = || Refused::of(&format!("An existing {what} with the specified {field} could not be found"));
        return known.map(Some).ok_or_else(reason);
    }
    let number = text(element, "InvoiceNumber").filter(|_| !way.is_put && text(element, "Type") == Some("ACCREC"));
    Ok(number.and_then(|number| with_number(books, number)))
}

/// The invoice that has the number.
fn with_number<'a>(books: &'a Books, number: &str) -> Option<&'a Document> {
    books.documents.values().find(|one| one.kind == Kind::Invoice && !one.is_gone() && one.number == number)
}

fn kind(element: &Element, resource: Resource) -> Result<Kind, Refused> {
    match (text(element, "Type"), resource) {
        (Some("ACCREC"), Resource::Invoices) => Ok(Kind::Invoice),
        (Some("ACCPAY"), Resource::Invoices) => Ok(Kind::Bill),
        (Some("ACCRECCREDIT"), Resource::CreditNotes) => Ok(Kind::CreditNote),
        (Some("ACCPAYCREDIT"), Resource::CreditNotes) => Ok(Kind::BillCreditNote),
        _ => Err(Refused::of("The Type field is not valid for this document")),
    }
}

fn create(books: &Books, element: &Element, resource: Resource, way: &Way) -> Result<Written, Refused> {
    let kind = kind(element, resource)?;
    let status = text(element, "Status").unwrap_or("DRAFT");
    if !matches!(status, "DRAFT" | "SUBMITTED" | "AUTHORISED") {
        return Err(not_modifiable(resource));
    }
    let (contact_id, contact) = contacts::of_document(books, element)?;
    let number = match text(element, resource.number_field()).filter(|number| !number.is_empty()) {
        Some(number) if kind == Kind::Invoice && with_number(books, number).is_some() => {
            return Err(Refused::of("Invoice # must be unique."));
        }
        Some(number) => number.to_owned(),
        None if kind.is_sales() => next_number(books, kind),
        None => String::new(),
    };
    let document = Document {
        id: new_id(),
        kind,
        number,
        contact_id,
        date: time::day_of(books.now()),
        due_date: None,
        currency: books.setup.currency.clone(),
        line_amount_types: "Exclusive".to_owned(),
        status: status.to_owned(),
        lines: Vec::new(),
        sub_total: 0,
        total_tax: 0,
        settled: 0,
        fields: Map::new(),
        updated: 0,
    };
    let document = filled(books, document, element, way)?;
    let changes = contact.into_iter().chain([BooksChange::Document(Box::new(document.clone()))]).collect();
    Ok(Written { id: document.id, changes })
}

fn next_number(books: &Books, kind: Kind) -> String {
    let prefix = if kind == Kind::Invoice { "INV" } else { "CN" };
    let count = books.documents.values().filter(|one| one.kind == kind).count();
    let is_free = |number: &String| !books.documents.values().any(|one| one.number == *number);
    (count + 1..).map(|n| format!("{prefix}-{n:04}")).find(is_free).expect("there is always a next number")
}

fn not_modifiable(resource: Resource) -> Refused {
    Refused::of(&format!("{} not of valid status for modification", resource.one()))
}

fn change(books: &Books, known: &Document, element: &Element, way: &Way) -> Result<Written, Refused> {
    let resource = known.kind.resource();
    let wanted = text(element, "Status").unwrap_or(&known.status);
    let is_allowed = match known.status.as_str() {
        "DRAFT" | "SUBMITTED" => matches!(wanted, "DRAFT" | "SUBMITTED" | "AUTHORISED" | "DELETED"),
        "AUTHORISED" => matches!(wanted, "AUTHORISED" | "VOIDED") && known.settled == 0,
        _ => false,
    };
    let is_of_kind = text(element, "Type").is_none_or(|kind| kind == known.kind.as_str());
    if !is_allowed || !is_of_kind {
        return Err(not_modifiable(resource));
    }
    if known.status == "AUTHORISED" {
        books.check_lock(&known.date).map_err(|reason| Refused::of(&reason))?;
    }
    let mut document = known.clone();
    document.status = wanted.to_owned();
    if document.is_gone() {
        document.updated = books.now();
        return Ok(Written { id: document.id.clone(), changes: vec![BooksChange::Document(Box::new(document))] });
    }
    let mut changes = Vec::new();
    if element.contains_key("Contact") {
        let (contact_id, contact) = contacts::of_document(books, element)?;
        document.contact_id = contact_id;
        changes.extend(contact);
    }
    if let Some(number) = text(element, resource.number_field()) {
        if known.kind == Kind::Invoice && with_number(books, number).is_some_and(|other| other.id != known.id) {
            return Err(Refused::of("Invoice # must be unique."));
        }
        document.number = number.to_owned();
    }
    let document = filled(books, document, element, way)?;
    let id = document.id.clone();
    changes.push(BooksChange::Document(Box::new(document)));
    Ok(Written { id, changes })
}

/// With what the element says of dates, currency and lines, if the books can take it.
fn filled(books: &Books, mut document: Document, element: &Element, way: &Way) -> Result<Document, Refused> {
    let day = |name: &str| text(element, name).and_then(time::read_day);
    document.date = day("Date").unwrap_or(document.date);
    document.due_date = day("DueDate").or(document.due_date);
    document.currency = text(element, "CurrencyCode").map_or(document.currency, str::to_owned);
    document.line_amount_types = text(element, "LineAmountTypes").map_or(document.line_amount_types, str::to_owned);
    // A supplier's document has no reference of its own beside its number.
    let is_kept = |name: &str| KEPT.contains(&name) && (name != "Reference" || document.kind.is_sales());
    let kept: Vec<_> = element.iter().filter(|(name, _)| is_kept(name)).collect();
    document.fields.extend(kept.into_iter().map(|(name, value)| (name.clone(), value.clone())));
    let is_draft = document.status != "AUTHORISED";
    let of = lines::Of { line_amount_types: &document.line_amount_types, is_draft };
    match element.get("LineItems").and_then(Value::as_array) {
        Some(written) => document.lines = lines::read(books, written, of, way)?,
        None if document.lines.is_empty() && !is_draft => drop(lines::read(books, &[], of, way)?),
        None => {}
    }
    (document.sub_total, document.total_tax) = lines::totals(&document.lines, &document.line_amount_types);
    check(books, &document, is_draft)?;
    document.updated = books.now();
    Ok(document)
}

fn check(books: &Books, document: &Document, is_draft: bool) -> Result<(), Refused> {
    let setup = &books.setup;
    if document.currency != setup.currency && !setup.other_currencies.contains(&document.currency) {
        return Err(Refused::of(&format!("Organisation is not subscribed to currency {}", document.currency)));
    }
    if document.total() < 0 {
        return Err(Refused::of("The document total cannot be negative"));
    }
    if is_draft {
        return Ok(());
    }
    if document.due_date.is_none() && !document.kind.is_credit() {
        return Err(Refused::of("Due Date cannot be empty"));
    }
    books.check_lock(&document.date).map_err(|reason| Refused::of(&reason))
}
