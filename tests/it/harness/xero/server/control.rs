//! Carries out what tests order.

use super::{
    api,
    askers::Askers,
    bank,
    books::BooksChange,
    http::{Head, Reply},
    identity::{Access, App, Grant, IdentityChange},
    shown::Settled,
    state::{Change, State, new_id},
    time, tokens,
    writing::{Refused, Resource, one},
};
use crate::harness::xero::{
    orders::{Granted, Held, Order},
    setup::Setup,
};
use serde::Serialize;
use serde_json::{Value, json};

pub fn answer(state: &mut State, body: &[u8]) -> Reply {
    match serde_json::from_slice(body) {
        Ok(order) => carry_out(state, order),
        Err(error) => Reply::text(400, "text/plain", error.to_string()),
    }
}

fn told(answer: impl Serialize) -> Reply {
    Reply::json(200, &serde_json::to_value(answer).expect("answers are JSON"))
}

fn done() -> Reply {
    told(Value::Null)
}

fn carry_out(state: &mut State, order: Order) -> Reply {
    let change = |state: &mut State, tenant: &str, change: BooksChange| {
        state.commit_to(tenant, vec![change]);
        done()
    };
    match order {
        Order::App { client_id, secret, redirects } => {
            let app = App { client_id, secret, redirects, chosen: Vec::new(), is_refused: false };
            state.commit(&[Change::Identity(IdentityChange::App(app))]);
            done()
        }
        Order::Organisation(setup) => organisation(state, *setup),
        Order::Choose { client_id, tenants, is_refused } => choose(state, &client_id, tenants, is_refused),
        Order::Grant { client_id, tenants, scopes } => grant(state, client_id, tenants, scopes),
        Order::Disconnect { tenant } => disconnect(state, &tenant),
        Order::Revoke { tenant } => revoke(state, &tenant),
        Order::Expire { tenant } => expire(state, &tenant),
        Order::Setup { tenant } => told(&state.of(&tenant).setup),
        Order::Change { tenant, setup } => {
            let setup = with_ids(*setup);
            change(state, &tenant, BooksChange::Setup(Box::new(setup)))
        }
        Order::Person { tenant, method, path, body } => person(state, &tenant, &method, &path, &body),
        Order::Bank { tenant, deed } => match bank::carry_out(state.of(&tenant), &deed) {
            Ok(written) => {
                state.commit_to(&tenant, written.changes);
                told(written.id)
            }
            Err(Refused(reasons)) => Reply::text(400, "text/plain", reasons.join(" ")),
        },
        Order::Faults { tenant, faults } => change(state, &tenant, BooksChange::Faults(faults)),
        Order::Limits { tenant, limits } => change(state, &tenant, BooksChange::Limits(limits)),
        Order::Skew { tenant, ms } => change(state, &tenant, BooksChange::Skew(ms)),
        Order::TokenLife { tenant, ms } => change(state, &tenant, BooksChange::TokenLife(ms)),
        Order::Held { tenant } => told(held(state, &tenant)),
        Order::Writes { tenant } => told(&state.of(&tenant).writes),
        Order::Events { tenant } => told(&state.of(&tenant).events),
        Order::Hold { tenant, is_on } => {
            state.held.retain(|held| *held != tenant);
            state.held.extend(is_on.then_some(tenant));
            done()
        }
        Order::Counts { tenant } => told(state.of(&tenant).counts),
        Order::NoteAskers => {
            state.askers = Some(Askers::default());
            done()
        }
        Order::Askers => told(&state.askers),
        Order::Violations { tenant } => {
            let all = state.books.iter().filter(|(id, _)| tenant.as_ref().is_none_or(|tenant| tenant == *id));
            told(all.flat_map(|(_, books)| books.violations.clone()).collect::<Vec<_>>())
        }
    }
}

/// Gives ids to what has none.
fn with_ids(mut setup: Setup) -> Setup {
    let now = time::machine_ms();
    for account in setup.accounts.iter_mut().filter(|account| account.id.is_empty()) {
        (account.id, account.updated) = (new_id(), now);
    }
    for category in &mut setup.tracking {
        let options = category.options.iter_mut().map(|option| &mut option.id);
        for id in options.chain([&mut category.id]).filter(|id| id.is_empty()) {
            *id = new_id();
        }
    }
    setup
}

fn organisation(state: &mut State, setup: Setup) -> Reply {
    let tenant = new_id();
    state.commit_to(&tenant, vec![BooksChange::Setup(Box::new(with_ids(setup)))]);
    told(tenant)
}

fn choose(state: &mut State, client_id: &str, tenants: Vec<String>, is_refused: bool) -> Reply {
    let Some(app) = state.identity.apps.get(client_id) else { return Reply::text(400, "text/plain", "no such app") };
    let app = App { chosen: tenants, is_refused, ..app.clone() };
    state.commit(&[Change::Identity(IdentityChange::App(app))]);
    done()
}

fn grant(state: &mut State, client_id: String, tenants: Vec<String>, scopes: Vec<String>) -> Reply {
    let grant = Grant { id: new_id(), client_id, scopes, tenants, is_revoked: false };
    let (connections, (pair, _)) = (tokens::connect(state, &grant), tokens::pair(state, &grant, None));
    let mut granted = Granted {
        client_id: grant.client_id.clone(),
        tenant_id: grant.tenants[0].clone(),
        connection_id: String::new(),
        access_token: String::new(),
        refresh_token: String::new(),
    };
    for change in connections.iter().rev().chain(&pair) {
        match change {
            IdentityChange::Connection(connection) => granted.connection_id = connection.id.clone(),
            IdentityChange::Access(access) => granted.access_token = access.token.clone(),
            IdentityChange::Refresh(refresh) => granted.refresh_token = refresh.token.clone(),
            _ => {}
        }
    }
    let changes = [IdentityChange::Grant(grant)].into_iter().chain(connections).chain(pair);
    let changes: Vec<Change> = changes.map(Change::Identity).collect();
    state.commit(&changes);
    told(granted)
}

fn disconnect(state: &mut State, tenant: &str) -> Reply {
    let gone = state.identity.connections.values().filter(|one| one.tenant_id == tenant);
    let changes: Vec<Change> = gone.map(|one| Change::Identity(IdentityChange::Disconnected(one.id.clone()))).collect();
    state.commit(&changes);
    done()
}

fn grants_of<'a>(state: &'a State, tenant: &'a str) -> impl Iterator<Item = &'a Grant> {
    state.identity.grants.values().filter(move |grant| grant.tenants.iter().any(|one| one == tenant))
}

fn revoke(state: &mut State, tenant: &str) -> Reply {
    let ended = grants_of(state, tenant).map(|grant| IdentityChange::Grant(Grant { is_revoked: true, ..grant.clone() }));
    let changes: Vec<Change> = ended.map(Change::Identity).collect();
    state.commit(&changes);
    done()
}

fn expire(state: &mut State, tenant: &str) -> Reply {
    let ids: Vec<&str> = grants_of(state, tenant).map(|grant| grant.id.as_str()).collect();
    let ended = state.identity.access.values().filter(|access| access.until > 0 && ids.contains(&access.grant_id.as_str()));
    let changes: Vec<Change> =
        ended.map(|access| Change::Identity(IdentityChange::Access(Access { until: 0, ..access.clone() }))).collect();
    state.commit(&changes);
    done()
}

fn person(state: &mut State, tenant: &str, method: &str, path: &str, body: &Value) -> Reply {
    let head = Head::of_write(method, &format!("{}{path}", api::BASE));
    if method == "DELETE" {
        let reply = api::deleted(state, tenant, &head, true);
        let shown: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        return if reply.status == 200 { Reply::json(200, &json!([shown])) } else { reply };
    }
    let reply = api::written(state, tenant, &head, body.to_string().as_bytes(), None, true);
    if reply.status != 200 {
        return reply;
    }
    let body: Value = serde_json::from_slice(&reply.body).expect("an answer is JSON");
    let name = path.split(['/', '?']).next().unwrap_or_default();
    let elements = body.get("Allocations").or_else(|| body.get(name)).cloned().unwrap_or_default();
    Reply::json(200, &json!(elements))
}

fn held(state: &State, tenant: &str) -> Held {
    let books = state.of(tenant);
    let settled = Settled::of(books);
    let shown = |resource: Resource, id: &String| one(books, &settled, resource, id, true);
    let documents = |resource: Resource| {
        let all = books.documents.values().filter(|one| one.kind.resource() == resource);
        all.map(|one| shown(resource, &one.id)).collect()
    };
    Held {
        contacts: books.contacts.keys().map(|id| shown(Resource::Contacts, id)).collect(),
        invoices: documents(Resource::Invoices),
        credit_notes: documents(Resource::CreditNotes),
        prepayments: documents(Resource::Prepayments),
        overpayments: documents(Resource::Overpayments),
        payments: books.payments.keys().map(|id| shown(Resource::Payments, id)).collect(),
    }
}
