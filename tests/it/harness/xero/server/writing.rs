//! Batches of writes: each element on its own with `summarizeErrors=false`, all or none of them without.

use super::{
    books::{Books, BooksChange, Write},
    contacts, documents,
    http::{Head, Reply},
    payments, shapes,
    shown::{self, Detail, Settled},
    state::{State, new_id},
    time,
};
use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    Contacts,
    Invoices,
    CreditNotes,
    /// Made by what goes through the bank: they are read, and given to invoices.
    Prepayments,
    Overpayments,
    Payments,
    Allocations,
}

impl Resource {
    pub fn of(name: &str) -> Option<Resource> {
        match name {
            "Contacts" => Some(Resource::Contacts),
            "Invoices" => Some(Resource::Invoices),
            "CreditNotes" => Some(Resource::CreditNotes),
            "Prepayments" => Some(Resource::Prepayments),
            "Overpayments" => Some(Resource::Overpayments),
            "Payments" => Some(Resource::Payments),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Resource::Contacts => "Contacts",
            Resource::Invoices => "Invoices",
            Resource::CreditNotes => "CreditNotes",
            Resource::Prepayments => "Prepayments",
            Resource::Overpayments => "Overpayments",
            Resource::Payments => "Payments",
            Resource::Allocations => "Allocations",
        }
    }

    /// The schema of an element.
    pub fn schema(self) -> &'static str {
        self.name().strip_suffix('s').expect("names of resources are plurals")
    }

    /// As messages call it.
    pub fn one(self) -> &'static str {
        if self == Resource::CreditNotes { "Credit note" } else { self.schema() }
    }

    pub fn id_field(self) -> &'static str {
        match self {
            Resource::Contacts => "ContactID",
            Resource::Invoices => "InvoiceID",
            Resource::CreditNotes => "CreditNoteID",
            Resource::Prepayments => "PrepaymentID",
            Resource::Overpayments => "OverpaymentID",
            Resource::Payments => "PaymentID",
            Resource::Allocations => "AllocationID",
        }
    }

    pub fn number_field(self) -> &'static str {
        if self == Resource::CreditNotes { "CreditNoteNumber" } else { "InvoiceNumber" }
    }

    /// Whether elements of it are written by themselves.
    pub fn is_written(self) -> bool {
        !matches!(self, Resource::Prepayments | Resource::Overpayments)
    }

    /// Whether it can be given to invoices or bills.
    pub fn is_credit(self) -> bool {
        matches!(self, Resource::CreditNotes | Resource::Prepayments | Resource::Overpayments)
    }

    /// The scopes one of which lets read it, and those one of which lets write it.
    pub fn scopes(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Resource::Contacts => (&["accounting.contacts", "accounting.contacts.read"], &["accounting.contacts"]),
            Resource::Payments | Resource::Prepayments | Resource::Overpayments => (
                &["accounting.payments", "accounting.payments.read", "accounting.transactions"],
                &["accounting.payments", "accounting.transactions"],
            ),
            _ => (
                &["accounting.invoices", "accounting.invoices.read", "accounting.transactions"],
                &["accounting.invoices", "accounting.transactions"],
            ),
        }
    }
}

/// How an element is written.
pub struct Way {
    pub is_put: bool,
    /// From the address.
    pub id: Option<String>,
    pub has_four_decimals: bool,
}

/// What a write comes to.
pub struct Written {
    pub id: String,
    pub changes: Vec<BooksChange>,
}

/// Why an element is not taken, in Xero's words.
#[derive(Debug)]
pub struct Refused(pub Vec<String>);

impl Refused {
    pub fn of(reason: &str) -> Refused {
        Refused(vec![reason.to_owned()])
    }
}

pub fn text<'a>(element: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    element.get(name).and_then(Value::as_str)
}

/// A batch that is about to be written.
pub struct Batch<'a> {
    pub resource: Resource,
    /// What allocations are taken from.
    pub credit: Option<Resource>,
    pub way: Way,
    pub elements: Vec<Value>,
    pub is_summarized: bool,
    /// So many elements and no more, for the connection ends then.
    pub limit: Option<usize>,
    pub head: &'a Head,
    /// Whether a person does it, and no app.
    pub by_person: bool,
}

/// The elements of a body: a list under the resource's name, or one alone where the address is about one.
pub fn elements(resource: Resource, body: &Value, may_be_bare: bool) -> Result<Vec<Value>, String> {
    match body.as_object().and_then(|object| object.get(resource.name())) {
        Some(Value::Array(elements)) if body.as_object().is_some_and(|object| object.len() == 1) => Ok(elements.clone()),
        None if may_be_bare && body.is_object() => Ok(vec![body.clone()]),
        _ => Err(format!("the body is no object of {} alone", resource.name())),
    }
}

/// What of the elements is not as the description of the protocol says.
pub fn shape_faults(resource: Resource, elements: &[Value]) -> Vec<String> {
    elements.iter().flat_map(|element| shapes::faults_of(resource.schema(), element)).collect()
}

fn write(books: &Books, element: &Value, batch: &Batch) -> Result<Written, Refused> {
    let element = element.as_object().expect("the shapes were checked");
    match batch.resource {
        Resource::Contacts => contacts::write(books, element, &batch.way),
        Resource::Invoices | Resource::CreditNotes => documents::write(books, element, batch.resource, &batch.way),
        Resource::Payments => payments::write(books, element, &batch.way),
        Resource::Allocations => payments::allocate(books, element, batch.credit.expect("they are of a credit"), &batch.way),
        Resource::Prepayments | Resource::Overpayments => unreachable!("the address is refused"),
    }
}

/// Writes a batch and answers what became of it.
pub fn batch(state: &mut State, tenant: &str, batch: &Batch) -> Reply {
    let outcomes = if batch.is_summarized { together(state, tenant, batch) } else { one_by_one(state, tenant, batch) };
    if batch.is_summarized && outcomes.iter().any(Result::is_err) {
        return refusal(batch, &outcomes);
    }
    answer(state.of(tenant), batch, &outcomes)
}

type Outcome = Result<String, Refused>;

/// That an app wrote these; what people write is not noted.
fn noted(batch: &Batch, ids: Vec<String>) -> Option<BooksChange> {
    (!batch.by_person && !ids.is_empty()).then(|| write_of(batch.head, ids))
}

fn write_of(head: &Head, ids: Vec<String>) -> BooksChange {
    BooksChange::Write(Write {
        method: head.method.clone(),
        path: head.path.clone(),
        idempotency_key: head.header("idempotency-key").map(str::to_owned),
        ids,
    })
}

/// Takes credit back that was given to an invoice, and answers that it is gone. `None`: there is none to take back.
pub fn take_credit_back(
    state: &mut State,
    tenant: &str,
    head: &Head,
    (credit, credit_id, id): (Resource, &str, &str),
    by_person: bool,
) -> Option<Reply> {
    let books = state.of(tenant);
    let written = match payments::take_credit_back(books, credit, credit_id, id)? {
        Ok(written) => written,
        Err(Refused(reasons)) => {
            let messages: Vec<Value> = reasons.iter().map(|reason| json!({ "Message": reason })).collect();
            let elements = json!([{ "AllocationID": id, "ValidationErrors": messages }]);
            let body = json!({
                "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
                "Elements": elements,
            });
            return Some(Reply::json(400, &body));
        }
    };
    let mut shown = shown::allocation(books, &books.allocations[id]);
    shown["IsDeleted"] = true.into();
    let note = (!by_person).then(|| write_of(head, vec![id.to_owned()]));
    state.commit_to(tenant, written.changes.into_iter().chain(note).collect());
    Some(Reply::json(200, &shown))
}

/// Each element is noted in the commit that applies it, so that a server which is killed has noted what it applied.
fn one_by_one(state: &mut State, tenant: &str, batch: &Batch) -> Vec<Outcome> {
    let (limit, mut is_noted) = (batch.limit.unwrap_or(usize::MAX), false);
    let mut outcomes = Vec::new();
    for element in batch.elements.iter().take(limit) {
        outcomes.push(write(state.of(tenant), element, batch).map(|written| {
            let (id, mut changes) = (written.id, written.changes);
            changes.extend(match is_noted {
                false => noted(batch, vec![id.clone()]),
                true => (!batch.by_person).then(|| BooksChange::WriteGoesOn(id.clone())),
            });
            is_noted = true;
            state.commit_to(tenant, changes);
            id
        }));
    }
    outcomes
}

fn together(state: &mut State, tenant: &str, batch: &Batch) -> Vec<Outcome> {
    let mut trial = state.of(tenant).clone();
    let mut changes = Vec::new();
    let mut outcomes = Vec::new();
    for element in &batch.elements {
        outcomes.push(write(&trial, element, batch).map(|written| {
            written.changes.iter().for_each(|change| trial.apply(change));
            changes.extend(written.changes);
            written.id
        }));
    }
    if outcomes.iter().all(Result::is_ok) {
        changes.extend(noted(batch, outcomes.iter().flatten().cloned().collect()));
        state.commit_to(tenant, changes);
    }
    outcomes
}

fn failed(batch: &Batch, element: &Value, Refused(reasons): &Refused) -> Value {
    let mut shown = element.clone();
    let messages: Vec<Value> = reasons.iter().map(|reason| json!({ "Message": reason })).collect();
    shown["ValidationErrors"] = messages.into();
    if batch.way.id.is_none() && element.get(batch.resource.id_field()).is_none() {
        shown[batch.resource.id_field()] = uuid::Uuid::nil().to_string().into();
    }
    shown
}

fn refusal(batch: &Batch, outcomes: &[Outcome]) -> Reply {
    let all = batch.elements.iter().zip(outcomes);
    let elements: Vec<Value> =
        all.filter_map(|(element, outcome)| Some(failed(batch, element, outcome.as_ref().err()?))).collect();
    let body = json!({
        "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred", "Elements": elements,
    });
    Reply::json(400, &body)
}

fn answer(books: &Books, batch: &Batch, outcomes: &[Outcome]) -> Reply {
    let settled = Settled::of(books);
    let flag = match batch.resource {
        Resource::Contacts | Resource::Payments => "HasValidationErrors",
        _ => "HasErrors",
    };
    let shown = batch.elements.iter().zip(outcomes).map(|(element, outcome)| {
        let mut shown = match outcome {
            Ok(id) => one(books, &settled, batch.resource, id, batch.way.has_four_decimals),
            Err(refused) => failed(batch, element, refused),
        };
        shown["StatusAttributeString"] = if outcome.is_ok() { "OK" } else { "ERROR" }.into();
        shown[flag] = outcome.is_err().into();
        shown
    });
    let elements: Vec<Value> = shown.collect();
    Reply::json(200, &envelope(books, batch.resource.name(), elements.into()))
}

/// One record as it is shown on its own.
pub fn one(books: &Books, settled: &Settled, resource: Resource, id: &str, has_four_decimals: bool) -> Value {
    let detail = Detail { has_lines: true, has_four_decimals };
    match resource {
        Resource::Contacts => shown::contact(&books.contacts[id]),
        Resource::Invoices | Resource::CreditNotes | Resource::Prepayments | Resource::Overpayments => {
            shown::document(books, settled, &books.documents[id], detail)
        }
        Resource::Payments => shown::payment(books, &books.payments[id]),
        Resource::Allocations => shown::allocation(books, &books.allocations[id]),
    }
}

/// What every answer about an organisation's records is in.
pub fn envelope(books: &Books, name: &str, elements: Value) -> Value {
    let now = time::moment(books.now()).replace("+0000", "");
    json!({ "Id": new_id(), "Status": "OK", "ProviderName": "Peer", "DateTimeUTC": now, name: elements })
}
