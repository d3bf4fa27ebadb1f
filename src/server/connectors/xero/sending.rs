//! What goes out: each record is put as Xero takes it and goes with others of its resource. What Xero has to be asked first
//! is asked before anything is sent.

use super::{
    allocations,
    batch::{Batch, Element, not_tried},
    chart::{Account, Names, refused},
    connector::XeroConnector,
    contacts,
    documents::{self, CREDIT_NOTES, INVOICES, Shape},
    payments, value,
};
use crate::{
    domain::document::DocumentKind,
    server::connectors::{
        ConnectorError, ContactContent, Content, Credit, DocumentContent, PaymentContent, PushItem, PushOutcome,
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};

/// By the keys of requests that had no answer: how often each was sent. Xero remembers a request for some minutes, whatever
/// came of it, an error of its own too; after it was looked up, what is sent again is another request.
pub type Sent = Mutex<HashMap<String, u32>>;

/// What has to be known of what is there before anything is sent.
struct Surroundings {
    names: Option<Names>,
    /// For payments; `None` where there are none.
    account: Option<Result<Account, ConnectorError>>,
    /// By id: what is changed, or paid.
    there: HashMap<String, Value>,
}

/// What is to be done for one item.
enum Step {
    /// In a batch of its resource.
    Send(&'static str, Method, Element),
    /// In a batch of what is applied of the same credit.
    Apply(Credit, Element),
    /// By itself, and first: what it frees may be used by what is sent with it.
    TakeBack(PaymentContent, String),
    /// There is nothing to do.
    Done(PushOutcome),
}

impl XeroConnector {
    pub(super) async fn send(&self, items: &[PushItem]) -> Result<Vec<PushOutcome>, ConnectorError> {
        let surroundings = self.surroundings(items).await?;
        let mut outcomes: Vec<Option<PushOutcome>> = vec![None; items.len()];
        let (mut batches, mut taken_back): (Vec<Batch>, Vec<_>) = (Vec::new(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            match step(item, &surroundings) {
                Ok(Step::Done(outcome)) => outcomes[place] = Some(outcome),
                Ok(Step::Send(resource, method, element)) => {
                    let together = Batch { path: resource.to_owned(), resource, method, elements: Vec::new() };
                    add(&mut batches, together, Element { place, key: item.idempotency_key.clone(), ..element }, true);
                }
                Ok(Step::Apply(credit, element)) => {
                    let (path, resource) = (allocations::path(&credit), allocations::RESOURCE);
                    let together = Batch { path, resource, method: Method::PUT, elements: Vec::new() };
                    // Of prepayments and overpayments Xero takes one at a time.
                    let is_shared = credit.kind.is_credit_note();
                    add(&mut batches, together, Element { place, key: item.idempotency_key.clone(), ..element }, is_shared);
                }
                Ok(Step::TakeBack(payment, id)) => taken_back.push((place, payment, id)),
                Err(error) => outcomes[place] = Some(Err(error)),
            }
        }
        let mut stopped: Option<ConnectorError> = None;
        for (place, payment, id) in taken_back {
            let outcome = match &stopped {
                Some(why) => Err(not_tried(why)),
                None => self.take_back(&payment, &id, &items[place].idempotency_key).await,
            };
            stopped = stopped.or(outcome.as_ref().err().filter(|error| !error.is_about_the_record()).cloned());
            outcomes[place] = Some(outcome);
        }
        for batch in batches {
            for (place, outcome) in self.send_batch(batch, &mut stopped).await {
                outcomes[place] = Some(outcome);
            }
        }
        // Every place is one of the items, and each has its step.
        Ok(outcomes.into_iter().flatten().collect())
    }

    async fn surroundings(&self, items: &[PushItem]) -> Result<Surroundings, ConnectorError> {
        let has_lines = |item: &PushItem| matches!(&item.content, Content::Document(document) if !document.voided);
        let is_payment = |item: &PushItem| {
            matches!(&item.content, Content::Payment(payment) if payment.credit.is_none()) && item.external_id.is_none()
        };
        let mut names = if items.iter().any(has_lines) { Some(self.chart.names(&self.client, &[]).await?) } else { None };
        let names_an_item = |item: &PushItem| match &item.content {
            Content::Document(document) => document.lines.iter().any(|line| !line.item_code.is_empty()),
            _ => false,
        };
        if let Some(names) = names.as_mut().filter(|_| items.iter().any(names_an_item)) {
            names.items = self.chart.items(&self.client).await?;
        }
        let account = match items.iter().any(is_payment) {
            true => match self.chart.payments_account(&self.client).await {
                Err(error) if !error.is_about_the_record() => return Err(error),
                found => Some(found),
            },
            false => None,
        };
        let ids = |resource: &str| -> Vec<&str> { items.iter().filter_map(|item| asked(item, resource)).collect() };
        let mut there = self.contacts_now(&ids(contacts::RESOURCE)).await?;
        for shape in [INVOICES, CREDIT_NOTES] {
            let mut ids = ids(shape.resource);
            ids.sort_unstable();
            ids.dedup();
            there.extend(self.documents_now(shape, &ids).await?);
        }
        Ok(Surroundings { names, account, there })
    }
}

/// Puts an element to those of the same address, or into a batch of its own.
fn add(batches: &mut Vec<Batch>, mut together: Batch, element: Element, is_shared: bool) {
    let same = |batch: &&mut Batch| is_shared && (&batch.path, &batch.method) == (&together.path, &together.method);
    match batches.iter_mut().find(same) {
        Some(batch) => batch.elements.push(element),
        None => {
            together.elements.push(element);
            batches.push(together);
        }
    }
}

/// The id of the record of a resource that is looked at before an item goes: a contact that is changed, a document that is
/// voided, a document that is paid.
fn asked<'i>(item: &'i PushItem, resource: &str) -> Option<&'i str> {
    match (&item.content, &item.external_id) {
        (Content::Contact(_), Some(id)) if resource == contacts::RESOURCE => Some(id),
        (Content::Document(document), Some(id)) if document.voided => of(documents::shape(document.kind), resource, id),
        (Content::Payment(payment), None) => of(payments::shape(payment), resource, &payment.document_id),
        _ => None,
    }
}

fn of<'i>(shape: Shape, resource: &str, id: &'i str) -> Option<&'i str> {
    (shape.resource == resource).then_some(id)
}

fn step(item: &PushItem, surroundings: &Surroundings) -> Result<Step, ConnectorError> {
    let external_id = item.external_id.as_deref();
    match &item.content {
        Content::Contact(contact) => Ok(contact_step(contact, external_id, surroundings)),
        Content::Document(document) if document.voided => void_step(document.kind, external_id, surroundings),
        Content::Document(document) => document_step(document, external_id, surroundings),
        Content::Payment(payment) => payment_step(payment, external_id, surroundings),
    }
}

/// What makes a record, or brings one up to date.
fn method(external_id: Option<&str>) -> Method {
    // A POST without an id would change whatever has the same name or number.
    if external_id.is_some() { Method::POST } else { Method::PUT }
}

fn contact_step(contact: &ContactContent, external_id: Option<&str>, surroundings: &Surroundings) -> Step {
    let now = external_id.and_then(|id| surroundings.there.get(id));
    match contacts::write(contact, external_id, now) {
        Some(sent) => {
            let named = ("Name", contact.name.trim().to_owned());
            let expected = external_id.map_or(named, |id| (contacts::ID, id.to_owned()));
            Step::Send(contacts::RESOURCE, method(external_id), Element::new(sent, contacts::ID, expected))
        }
        None => Step::Done(Ok(external_id.unwrap_or_default().to_owned())),
    }
}

fn document_step(
    document: &DocumentContent,
    external_id: Option<&str>,
    surroundings: &Surroundings,
) -> Result<Step, ConnectorError> {
    let names = surroundings.names.as_ref();
    let names = names.ok_or_else(|| ConnectorError::Protocol("a document goes out whose accounts were not read".into()))?;
    let shape = documents::shape(document.kind);
    let sent = documents::write(document, external_id, names)?;
    let expected = match external_id {
        Some(id) => (shape.id, id.to_owned()),
        None => (shape.number, document.number.clone()),
    };
    let element = Element { is_new: external_id.is_none(), is_document: true, ..Element::new(sent, shape.id, expected) };
    Ok(Step::Send(shape.resource, method(external_id), element))
}

/// What is in the books is voided; a draft is deleted, for that is all Xero allows.
fn void_step(kind: DocumentKind, external_id: Option<&str>, surroundings: &Surroundings) -> Result<Step, ConnectorError> {
    let id = external_id.ok_or_else(|| refused("void", "A document that was never sent cannot be voided there".into()))?;
    let shape = documents::shape(kind);
    let status = match surroundings.there.get(id).map(|record| value::text(record, "Status")) {
        Some("VOIDED" | "DELETED") => return Ok(Step::Done(Ok(id.to_owned()))),
        Some("DRAFT" | "SUBMITTED") => "DELETED",
        _ => "VOIDED",
    };
    let sent = json!({ shape.id: id, "Status": status });
    let element = Element::new(sent, shape.id, (shape.id, id.to_owned()));
    Ok(Step::Send(shape.resource, Method::POST, Element { is_document: true, ..element }))
}

fn payment_step(
    payment: &PaymentContent,
    external_id: Option<&str>,
    surroundings: &Surroundings,
) -> Result<Step, ConnectorError> {
    if let Some(id) = external_id.filter(|_| payment.removed) {
        return Ok(Step::TakeBack(payment.clone(), id.to_owned()));
    }
    if external_id.is_some() {
        return Err(refused("payment-fixed", "A payment that is booked in Xero cannot be changed".into()));
    }
    let document = surroundings
        .there
        .get(&payment.document_id)
        .ok_or_else(|| refused("document-gone", "An existing document with the specified id could not be found".into()))?;
    let digits = documents::digits(document);
    if let Some(credit) = &payment.credit {
        let expected = ("Invoice.InvoiceID", payment.document_id.clone());
        let element = Element::new(allocations::write(payment, digits)?, allocations::ID, expected);
        return Ok(Step::Apply(credit.clone(), element));
    }
    let account = surroundings.account.clone();
    let account = account.ok_or_else(|| ConnectorError::Protocol("a payment goes out whose account was not read".into()))??;
    let sent = payments::write(payment, &account, digits)?;
    let is_refund = payments::shape(payment) == CREDIT_NOTES;
    let field = if is_refund { "CreditNote.CreditNoteID" } else { "Invoice.InvoiceID" };
    let element = Element::new(sent, payments::ID, (field, payment.document_id.clone()));
    Ok(Step::Send(payments::RESOURCE, Method::PUT, element))
}
