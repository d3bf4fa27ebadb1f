//! One request: what it meets on its way, in the order of the way. It is counted and held against the limits before anything
//! else, then it comes through or not, is applied or not, and is answered or not.

use super::{
    access,
    api::{self, Asked},
    books::BooksChange,
    control, description,
    http::{Head, Reply, Wire},
    limits::{self, Left},
    state::State,
    tokens,
};
use crate::harness::xero::faults::{Fault, Request};
use serde_json::json;
use std::{
    io,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

/// How often a request that is held looks whether it may go on.
const HELD_LOOK: Duration = Duration::from_millis(5);

/// A request that was counted.
struct Begun<'a> {
    state: &'a Mutex<State>,
    /// `None`: it names no organisation, and meets nothing.
    tenant: Option<String>,
    /// The process that asks, where that is noted.
    asker: Option<u32>,
    /// How many were before it.
    number: u64,
    fault: Option<Fault>,
    delay_ms: Option<u64>,
    /// What is left of the limits after it, or the limit it meets and the seconds to wait.
    left: Option<Result<Left, (&'static str, i64)>>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let Some(tenant) = &self.tenant else { return };
        let mut state = lock(self.state);
        if let Some(count) = state.in_flight.get_mut(tenant) {
            *count -= 1;
        }
        if let (Some(askers), Some(asker)) = (&mut state.askers, self.asker) {
            askers.ends(tenant, asker);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no request made the server panic")
}

/// Answers a request; `false`: its connection has ended.
pub fn meet(state: &Mutex<State>, wire: &mut Wire, head: &Head) -> io::Result<bool> {
    if head.path.starts_with("/_peer/") {
        let body = wire.body(head)?;
        let reply = control::answer(&mut lock(state), &body);
        return wire.answer(&reply).map(|()| true);
    }
    let is_api = head.path.starts_with(api::BASE);
    // Only its body says which organisation a request about tokens is about.
    let early = if is_api { None } else { Some(wire.body(head)?) };
    let is_noted = lock(state).askers.is_some();
    let asker = if is_noted { wire.asker() } else { None };
    let begun = begin(state, head, early.as_deref(), asker);
    if begun.fault == Some(Fault::CutBeforeReading) {
        return wire.cut().map(|()| false);
    }
    let body = match early {
        Some(body) => body,
        None => wire.body(head)?,
    };
    std::thread::sleep(Duration::from_millis(begun.delay_ms.unwrap_or(0)));
    while begun.tenant.as_ref().is_some_and(|tenant| lock(state).held.contains(tenant)) {
        std::thread::sleep(HELD_LOOK);
    }
    if begun.fault == Some(Fault::CutBeforeApplying) {
        return wire.cut().map(|()| false);
    }
    let undescribed = if is_api { begun.undescribed(head, &body) } else { None };
    let (reply, fault) = (undescribed.unwrap_or_else(|| begun.worked_on(head, &body)), begun.fault);
    // Before the client knows: else its next request might be one too many at once.
    drop(begun);
    answer(wire, reply, fault)
}

fn begin<'a>(state: &'a Mutex<State>, head: &Head, early: Option<&[u8]>, asker: Option<u32>) -> Begun<'a> {
    let mut held = lock(state);
    let named = head.header("xero-tenant-id").filter(|tenant| held.books.contains_key(*tenant)).map(str::to_owned);
    let tenant = named.or_else(|| tokens::tenant_of(&held, head, early?));
    let mut begun = Begun { state, tenant: tenant.clone(), asker, number: 0, fault: None, delay_ms: None, left: None };
    let Some(tenant) = tenant else { return begun };
    let request = match (early, head.method.as_str()) {
        (Some(body), _) if tokens::is_refresh(body) => Request::Refresh,
        (Some(_), _) => Request::Identity,
        (None, "GET") => head.page().map_or(Request::Read, Request::Page),
        (None, _) => Request::Write,
    };
    let books = held.of(&tenant);
    let (now, faults) = (books.now(), &books.faults);
    begun.number = books.counts.requests;
    begun.fault = faults.decide(begun.number, request);
    begun.delay_ms = faults.delay_ms(begun.number);
    if early.is_none() {
        begun.left = Some(within_limits(&mut held, &tenant, head, now));
    }
    let limited = matches!(begun.left, Some(Err(_))) || matches!(begun.fault, Some(Fault::LimitedASecond | Fault::LimitedHours));
    held.commit_to(&tenant, vec![BooksChange::Request { at: now, limited, faulty: begun.fault.is_some() }]);
    if let (Some(askers), Some(asker)) = (&mut held.askers, asker) {
        askers.begins(&tenant, asker);
    }
    *held.in_flight.entry(tenant).or_default() += 1;
    begun
}

fn within_limits(state: &mut State, tenant: &str, head: &Head, now: i64) -> Result<Left, (&'static str, i64)> {
    let in_flight = state.in_flight.get(tenant).copied().unwrap_or(0);
    let own = state.of(tenant).limits;
    if !own.are_on() {
        return limits::check(state.of(tenant), in_flight, 0);
    }
    let app = head.bearer().and_then(|token| state.identity.granted(token)).map(|(_, grant)| grant.client_id.clone());
    let recent = state.app_recent.entry(app.unwrap_or_default()).or_default();
    recent.retain(|at| now - at < own.minute_ms());
    let asked = recent.len();
    recent.push(now);
    limits::check(state.of(tenant), in_flight, asked)
}

impl Begun<'_> {
    /// Notes what is not as Xero describes it, and refuses it where Tieout asks: no test is to pass then. Outside of the lock,
    /// for a batch is long.
    fn undescribed(&self, head: &Head, body: &[u8]) -> Option<Reply> {
        let faults = description::faults_of(head, body);
        if faults.is_empty() {
            return None;
        }
        let text = format!("{} {}: by the description: {}", head.method, head.path, faults.join("; "));
        let is_ours = head.header("user-agent").is_some_and(|agent| agent.starts_with("tieout/"));
        let reply = is_ours.then(|| Reply::json(400, &json!({ "ErrorNumber": 14, "Type": "Undescribed", "Message": text })));
        if let Some(tenant) = &self.tenant {
            lock(self.state).commit_to(tenant, vec![BooksChange::Violation(text)]);
        }
        reply
    }

    /// What the request comes to, unless it is stopped before.
    fn worked_on(&self, head: &Head, body: &[u8]) -> Reply {
        let reply = match (self.fault, &self.left) {
            (Some(Fault::LimitedASecond), _) => limits::refusal("minute", 1),
            (Some(Fault::LimitedHours), _) => limits::refusal("day", 7200),
            (_, Some(Err((problem, seconds)))) => limits::refusal(problem, *seconds),
            (Some(Fault::ErrorBefore | Fault::BadGatewayBefore | Fault::UnavailableBefore), _) => failure(self.fault),
            _ => self.answered(head, body),
        };
        match self.left {
            Some(Ok(left)) => left.added_to(reply),
            _ => reply,
        }
    }

    fn answered(&self, head: &Head, body: &[u8]) -> Reply {
        let mut state = lock(self.state);
        let state = &mut *state;
        match (head.method.as_str(), head.path.as_str()) {
            ("GET", "/identity/connect/authorize") => tokens::authorize(state, head),
            ("POST", "/connect/token") => tokens::token(state, head, body),
            ("POST", "/connect/revocation") => tokens::revoke(state, head, body),
            ("GET", "/connections") => access::connections(state, head),
            ("DELETE", path) if path.starts_with("/connections/") => {
                access::disconnect(state, head, &path["/connections/".len()..])
            }
            (_, path) if path.starts_with(api::BASE) => {
                api::answer(state, &Asked { head, body, fault: self.fault, number: self.number })
            }
            _ => Reply::new(404),
        }
    }
}

/// Sends the reply, or what becomes of it on its way; `false`: the connection has ended.
fn answer(wire: &mut Wire, mut reply: Reply, fault: Option<Fault>) -> io::Result<bool> {
    match fault {
        Some(Fault::CutWhileApplying | Fault::CutAfterApplying | Fault::RefreshLost) => {
            return wire.cut().map(|()| false);
        }
        Some(Fault::CutInAnswer) => return wire.answer_half(&reply).map(|()| false),
        Some(Fault::ErrorAfter | Fault::BadGatewayAfter | Fault::UnavailableAfter) => reply = failure(fault),
        Some(Fault::Truncated) => reply.body.truncate(reply.body.len() / 2),
        Some(Fault::Malformed) => {
            let middle = reply.body.len() / 2;
            reply.body.splice(middle..middle, *b"\"}]<!-- \0").for_each(drop);
        }
        _ => {}
    }
    wire.answer(&reply).map(|()| true)
}

fn failure(fault: Option<Fault>) -> Reply {
    match fault {
        Some(Fault::ErrorBefore | Fault::ErrorAfter) => {
            let message = "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status.";
            Reply::json(500, &json!({ "ErrorNumber": 500, "Type": "Error", "Message": message }))
        }
        Some(Fault::BadGatewayBefore | Fault::BadGatewayAfter) => {
            Reply::text(502, "text/html", "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>")
        }
        _ => Reply::text(503, "text/html", "<html><body>The Xero API is currently offline</body></html>"),
    }
}
