//! `/api.xro/2.0/`: who asks and whether they may, what of a request is not as the protocol says, keys that make a write
//! safe to repeat, and which part answers.

use super::{
    access,
    books::{BooksChange, Remembered},
    http::{Head, Reply},
    identity::{Access, IdentityChange},
    lists::{self, Met, Misasked},
    reference,
    shown::Settled,
    state::{Change, State},
    time,
    writing::{self, Batch, Resource, Way, envelope},
};
use crate::harness::xero::faults::Fault;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const BASE: &str = "/api.xro/2.0/";
const KEY_REMEMBERED_MS: i64 = 6 * 60 * 1000;
const LONGEST_KEY: usize = 128;

/// A request about an organisation, with what goes wrong with it.
pub struct Asked<'a> {
    pub head: &'a Head,
    pub body: &'a [u8],
    pub fault: Option<Fault>,
    pub number: u64,
}

pub fn answer(state: &mut State, asked: &Asked) -> Reply {
    let head = asked.head;
    if asked.fault == Some(Fault::TokenExpires) {
        expire(state, head);
    }
    let grant = match access::check(state, head) {
        Ok(grant) => grant.clone(),
        Err(reply) => return reply,
    };
    let tenant = head.header("xero-tenant-id").unwrap_or_default().to_owned();
    if !state.identity.connections_of(&grant).any(|one| one.tenant_id == tenant) {
        return access::refusal(403, "Forbidden", "AuthenticationUnsuccessful");
    }
    if !head.header("accept").is_some_and(|kinds| kinds.contains("application/json")) {
        violated(state, &tenant, head, "Accept does not ask for JSON");
        return Reply::text(200, "text/xml", "<Response/>");
    }
    if !is_in_scope(&grant.scopes, head) {
        return access::refusal(401, "Unauthorized", "AuthorizationUnsuccessful");
    }
    match head.method.as_str() {
        "GET" => read(state, &tenant, asked),
        "PUT" | "POST" => keyed(state, &tenant, asked),
        "DELETE" => deleted(state, &tenant, head, false),
        _ => no_such(state, &tenant, head),
    }
}

fn expire(state: &mut State, head: &Head) {
    let token = head.bearer().and_then(|token| state.identity.access.get(token)).cloned();
    if let Some(access) = token {
        state.commit(&[Change::Identity(IdentityChange::Access(Access { until: 0, ..access }))]);
    }
}

fn is_in_scope(scopes: &[String], head: &Head) -> bool {
    let first = head.path[BASE.len()..].split('/').next().unwrap_or_default();
    let wanted = match (Resource::of(first).map(Resource::scopes), head.method.as_str()) {
        (Some((read, _)), "GET") => read,
        (Some((_, write)), _) => write,
        (None, "GET") => &["accounting.settings", "accounting.settings.read"],
        // There is nothing to write.
        (None, _) => return true,
    };
    scopes.iter().any(|scope| wanted.contains(&scope.as_str()))
}

/// Notes that the client did what the protocol does not have.
fn violated(state: &mut State, tenant: &str, head: &Head, what: &str) {
    let text = format!("{} {}: {what}", head.method, head.path);
    state.commit_to(tenant, vec![BooksChange::Violation(text)]);
}

fn no_such(state: &mut State, tenant: &str, head: &Head) -> Reply {
    violated(state, tenant, head, "there is no such address");
    not_found()
}

fn not_found() -> Reply {
    Reply::text(404, "text/html", "The resource you're looking for cannot be found")
}

fn refused(number: i64, kind: &str, message: &str) -> Reply {
    Reply::json(400, &json!({ "ErrorNumber": number, "Type": kind, "Message": message }))
}

/// Parameters that each address takes here; whoever needs more of Xero's will be told.
fn parameters(path: &[&str], method: &str) -> &'static [&'static str] {
    match (method, path) {
        ("GET", ["Contacts"]) => &["where", "order", "IDs", "page", "includeArchived", "pageSize"],
        ("GET", ["Invoices"]) => {
            &["where", "order", "IDs", "InvoiceNumbers", "ContactIDs", "Statuses", "page", "unitdp", "pageSize"]
        }
        ("GET", ["CreditNotes"]) => &["where", "order", "page", "unitdp", "pageSize"],
        ("GET", ["Prepayments"]) => &["where", "order", "page", "unitdp", "pageSize", "InvoiceNumbers"],
        ("GET", ["Overpayments"]) => &["where", "order", "page", "unitdp", "pageSize", "References"],
        ("GET", ["Payments"]) => &["where", "order", "page", "pageSize"],
        ("GET", ["TrackingCategories"]) => &["includeArchived"],
        ("GET" | "POST", ["Invoices" | "CreditNotes", _]) => &["unitdp"],
        ("PUT" | "POST", ["Invoices" | "CreditNotes"]) => &["summarizeErrors", "unitdp"],
        ("PUT" | "POST", ["Contacts"]) | ("PUT", ["Payments"] | [_, _, "Allocations"]) => &["summarizeErrors"],
        _ => &[],
    }
}

fn check_parameters(state: &mut State, tenant: &str, head: &Head, path: &[&str]) {
    let known = parameters(path, &head.method);
    for (name, _) in head.query.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        violated(state, tenant, head, &format!("the parameter {name} is none"));
    }
}

fn read(state: &mut State, tenant: &str, asked: &Asked) -> Reply {
    let head = asked.head;
    let path: Vec<&str> = head.path[BASE.len()..].split('/').collect();
    check_parameters(state, tenant, head, &path);
    let books = state.of(tenant);
    let since = head.header("if-modified-since").and_then(time::read_since);
    let whole = match path[..] {
        ["Organisation"] => Some(("Organisations", json!([reference::organisation(books, tenant)]))),
        ["Accounts"] => Some(("Accounts", reference::accounts(books, since))),
        ["TaxRates"] => Some(("TaxRates", reference::tax_rates(books))),
        ["Items"] => Some(("Items", reference::items(books))),
        ["TrackingCategories"] => Some(("TrackingCategories", reference::tracking(books, head))),
        _ => None,
    };
    if let Some((name, elements)) = whole {
        return Reply::json(200, &envelope(books, name, elements));
    }
    match (Resource::of(path[0]), path.len()) {
        (Some(resource), 1) => listed(state, tenant, asked, resource),
        (Some(resource), 2) => one(state, tenant, head, resource, path[1]),
        _ => no_such(state, tenant, head),
    }
}

fn listed(state: &mut State, tenant: &str, asked: &Asked, resource: Resource) -> Reply {
    let (head, name) = (asked.head, resource.name().to_owned());
    let was_looping = state.of(tenant).loops.contains(&name);
    let is_looping = match head.page() {
        Some(1) => asked.fault == Some(Fault::PagesLoop),
        _ => was_looping || asked.fault == Some(Fault::PagesLoop),
    };
    if is_looping != was_looping {
        state.commit_to(tenant, vec![BooksChange::Loop(name, is_looping)]);
    }
    let books = state.of(tenant);
    let is_looping = is_looping && head.page().is_some();
    let met = Met { fault: asked.fault, faults: &books.faults, number: asked.number, is_looping };
    lists::list(books, resource, head, met).unwrap_or_else(|Misasked(reason)| {
        violated(state, tenant, head, &reason);
        refused(16, "QueryParseException", &reason)
    })
}

/// One record by its id.
fn one(state: &mut State, tenant: &str, head: &Head, resource: Resource, id: &str) -> Reply {
    let books = state.of(tenant);
    let is_there = match resource {
        Resource::Contacts => books.contacts.contains_key(id),
        Resource::Payments => books.payments.contains_key(id),
        _ => books.documents.get(id).is_some_and(|one| one.kind.resource() == resource),
    };
    if !is_there {
        return not_found();
    }
    let shown = writing::one(books, &Settled::of(books), resource, id, head.parameter("unitdp") == Some("4"));
    Reply::json(200, &envelope(books, resource.name(), json!([shown])))
}

/// A write: what its key remembers, or what comes of it.
fn keyed(state: &mut State, tenant: &str, asked: &Asked) -> Reply {
    let head = asked.head;
    let Some(key) = head.header("idempotency-key").map(str::to_owned) else {
        return written(state, tenant, head, asked.body, asked.fault, false);
    };
    if key.is_empty() || key.chars().count() > LONGEST_KEY {
        violated(state, tenant, head, "the Idempotency-Key is empty or longer than 128");
        return refused(15, "ValidationException", "Idempotency-Key must have 1 to 128 characters");
    }
    let query: String = head.query.iter().map(|(name, value)| format!("{name}={value}&")).collect();
    let about = format!("{} {}?{query}\n", head.method, head.path);
    let request = STANDARD.encode(Sha256::digest([about.as_bytes(), asked.body].concat()));
    let books = state.of(tenant);
    match books.remembered.get(&key).filter(|remembered| books.now() <= remembered.until) {
        Some(known) if known.request == request => {
            return Reply::text(known.status, "application/json; charset=utf-8", known.body.clone());
        }
        Some(_) => {
            return refused(15, "ValidationException", "The Idempotency-Key has been used with a different request");
        }
        None => {}
    }
    let until = books.now() + KEY_REMEMBERED_MS;
    let reply = written(state, tenant, head, asked.body, asked.fault, false);
    // Of a batch that was not finished nothing is remembered.
    if asked.fault != Some(Fault::CutWhileApplying) {
        let body = String::from_utf8(reply.body.clone()).expect("answers are text");
        let remembered = Remembered { request, status: reply.status, body, until };
        state.commit_to(tenant, vec![BooksChange::Remembered(key, Box::new(remembered))]);
    }
    reply
}

/// `DELETE`, which only applied credit knows.
pub fn deleted(state: &mut State, tenant: &str, head: &Head, by_person: bool) -> Reply {
    let path: Vec<&str> = head.path[BASE.len()..].split('/').collect();
    check_parameters(state, tenant, head, &path);
    let [credit, credit_id, "Allocations", id] = path[..] else { return no_such(state, tenant, head) };
    let Some(credit) = Resource::of(credit).filter(|resource| resource.is_credit()) else {
        return no_such(state, tenant, head);
    };
    writing::take_credit_back(state, tenant, head, (credit, credit_id, id), by_person).unwrap_or_else(not_found)
}

/// Carries out a write, an app's or a person's.
pub fn written(state: &mut State, tenant: &str, head: &Head, body: &[u8], fault: Option<Fault>, by_person: bool) -> Reply {
    let path: Vec<&str> = head.path[BASE.len()..].split('/').collect();
    check_parameters(state, tenant, head, &path);
    let is_put = head.method == "PUT";
    let credit = Resource::of(path[0]).filter(|resource| resource.is_credit());
    let (resource, id) = match (path[..].as_ref(), is_put) {
        ([_, id, "Allocations"], true) if credit.is_some() => (Some(Resource::Allocations), Some((*id).to_owned())),
        ([name], _) => (Resource::of(name), None),
        ([name, id], false) => (Resource::of(name), Some((*id).to_owned())),
        _ => (None, None),
    };
    let Some(resource) = resource.filter(|resource| resource.is_written()) else { return no_such(state, tenant, head) };
    let may_be_bare = id.is_some() || (resource == Resource::Payments && !is_put);
    let elements = match elements(resource, head, body, may_be_bare) {
        Ok(elements) => elements,
        Err(reason) => {
            violated(state, tenant, head, &reason);
            return refused(14, "PostDataInvalidException", &reason);
        }
    };
    let is_summarized = !head.parameter("summarizeErrors").is_some_and(|value| value.eq_ignore_ascii_case("false"));
    // All or nothing cannot be cut in its middle.
    let is_cut = fault == Some(Fault::CutWhileApplying) && !is_summarized;
    let limit = is_cut.then(|| elements.len().div_ceil(2).min(elements.len().max(2) - 1));
    let has_four_decimals = head.parameter("unitdp") == Some("4");
    let way = Way { is_put, id, has_four_decimals };
    writing::batch(state, tenant, &Batch { resource, credit, way, elements, is_summarized, limit, head, by_person })
}

/// The elements of a body, or what of it is not as the description of the protocol says.
fn elements(resource: Resource, head: &Head, body: &[u8], may_be_bare: bool) -> Result<Vec<Value>, String> {
    if !head.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err("Content-Type is not JSON".to_owned());
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let elements = writing::elements(resource, &body, may_be_bare)?;
    let faults = writing::shape_faults(resource, &elements);
    if faults.is_empty() { Ok(elements) } else { Err(faults.join("; ")) }
}
