//! OAuth 2 as Xero has it: the page where a person agrees, who is taken to do so at once; tokens for a code, for a refresh
//! token that rotates, and for an app alone; and taking them back.

use super::{
    books::BooksChange,
    http::{Head, Reply},
    identity::{Access, App, Code, Connection, Grant, IdentityChange, Refresh},
    state::{Change, State, new_id},
    time,
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

const CODE_LIFE_MS: i64 = 5 * 60 * 1000;
/// For how long a refresh token can be used again when the answer was lost.
const GRACE_MS: i64 = 30 * 60 * 1000;
const REFRESH_LIFE_MS: i64 = 60 * 24 * 60 * 60 * 1000;

pub const SCOPES: [&str; 13] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.invoices",
    "accounting.invoices.read",
    "accounting.payments",
    "accounting.payments.read",
    "accounting.contacts",
    "accounting.contacts.read",
    "accounting.settings",
    "accounting.settings.read",
    "accounting.transactions",
];

type Form = Vec<(String, String)>;

fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

pub fn form(body: &[u8]) -> Form {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// The organisation whose clock and faults a request about tokens has.
pub fn tenant_of(state: &State, head: &Head, body: &[u8]) -> Option<String> {
    let identity = &state.identity;
    let form = form(body);
    let by_token = |token: &str| Some(identity.refresh.get(token)?.grant_id.clone());
    let grant = head.bearer().and_then(|token| Some(identity.access.get(token)?.grant_id.clone()));
    let grant = grant
        .or_else(|| by_token(field(&form, "refresh_token").or_else(|| field(&form, "token"))?))
        .or_else(|| Some(identity.codes.get(field(&form, "code")?)?.grant_id.clone()))?;
    identity.grants.get(&grant)?.tenants.first().cloned()
}

pub fn is_refresh(body: &[u8]) -> bool {
    field(&form(body), "grant_type") == Some("refresh_token")
}

/// By the clock of the first organisation that a grant lets in to.
pub fn now(state: &State, grant: &Grant) -> i64 {
    grant.tenants.first().map_or_else(time::machine_ms, |tenant| state.of(tenant).now())
}

/// `GET /identity/connect/authorize`
pub fn authorize(state: &mut State, head: &Head) -> Reply {
    let asked = |name: &str| head.query.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
    let page = |text: &str| Reply::text(400, "text/html", format!("<h1>Sorry, something went wrong</h1><p>Error: {text}</p>"));
    let Some(app) = asked("client_id").and_then(|id| state.identity.apps.get(id)).cloned() else {
        return page("unauthorized_client");
    };
    let Some(redirect) = asked("redirect_uri").filter(|uri| app.redirects.iter().any(|one| one == uri)) else {
        return page("invalid_redirect_uri");
    };
    let back = |answer: &[(&str, &str)]| {
        let mut address = url::Url::parse(redirect).expect("redirects are addresses");
        address.query_pairs_mut().extend_pairs(answer).extend_pairs(asked("state").map(|state| ("state", state)));
        let mut reply = Reply::new(302);
        reply.header("Location", address.as_str());
        reply
    };
    let scopes: Vec<String> = asked("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let challenge = asked("code_challenge").map(str::to_owned);
    if let Some(error) = refused(&app, &scopes, challenge.as_deref(), &asked) {
        return back(&[("error", error)]);
    }
    let grant = Grant { id: new_id(), client_id: app.client_id, scopes, tenants: app.chosen, is_revoked: false };
    let until = now(state, &grant) + CODE_LIFE_MS;
    let code = Code { code: new_id(), grant_id: grant.id.clone(), redirect: redirect.into(), challenge, until, is_used: false };
    state.commit(&[Change::Identity(IdentityChange::Grant(grant)), Change::Identity(IdentityChange::Code(code.clone()))]);
    back(&[("code", &code.code)])
}

fn refused<'a>(
    app: &App,
    scopes: &[String],
    challenge: Option<&str>,
    asked: &impl Fn(&str) -> Option<&'a str>,
) -> Option<&'static str> {
    if asked("response_type") != Some("code") {
        return Some("unsupported_response_type");
    }
    if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Some("invalid_scope");
    }
    let is_s256 = asked("code_challenge_method") == Some("S256") && challenge.is_some_and(|challenge| challenge.len() == 43);
    if (app.secret.is_none() || challenge.is_some()) && !is_s256 {
        return Some("invalid_request");
    }
    app.is_refused.then_some("access_denied")
}

fn error(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({ "error": error }))
}

/// Which app asks, proved by its secret where it has one.
fn app<'a>(state: &'a State, head: &Head, form: &Form) -> Option<&'a App> {
    let basic = head.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let basic = basic.and_then(|value| String::from_utf8(STANDARD.decode(value).ok()?).ok());
    let (id, secret) = match &basic {
        Some(both) => both.split_once(':').map(|(id, secret)| (id, Some(secret)))?,
        None => (field(form, "client_id")?, field(form, "client_secret")),
    };
    state.identity.apps.get(id).filter(|app| app.secret.as_deref() == secret.filter(|secret| !secret.is_empty()))
}

/// `POST /connect/token`
pub fn token(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    let form = form(body);
    if !head.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return error(400, "invalid_request");
    }
    let Some(app) = app(state, head, &form).cloned() else { return error(400, "invalid_client") };
    match field(&form, "grant_type") {
        Some("authorization_code") => for_code(state, &app, &form),
        Some("refresh_token") => for_refresh(state, &app, &form),
        Some("client_credentials") if app.secret.is_some() => for_app(state, app, &form),
        Some("client_credentials") => error(400, "unauthorized_client"),
        _ => error(400, "unsupported_grant_type"),
    }
}

fn for_code(state: &mut State, app: &App, form: &Form) -> Reply {
    let code = field(form, "code").and_then(|code| state.identity.codes.get(code)).cloned();
    let Some(mut code) = code else { return error(400, "invalid_grant") };
    let grant = state.identity.grants[&code.grant_id].clone();
    let proof = |challenge: &str| {
        let verifier = field(form, "code_verifier").filter(|verifier| (43..=128).contains(&verifier.len()));
        verifier.is_some_and(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge)
    };
    let is_proved = code.challenge.as_deref().is_none_or(proof);
    let is_meant = grant.client_id == app.client_id && field(form, "redirect_uri") == Some(&code.redirect);
    if code.is_used || now(state, &grant) > code.until || !is_meant || !is_proved {
        return error(400, "invalid_grant");
    }
    code.is_used = true;
    let mut changes = vec![IdentityChange::Code(code)];
    changes.extend(connect(state, &grant));
    answer(state, grant, None, changes)
}

/// The connections that a grant brings about, those that are there again.
pub fn connect(state: &State, grant: &Grant) -> Vec<IdentityChange> {
    let (event, now) = (new_id(), now(state, grant));
    let connection = |tenant: &String| {
        let known = state.identity.connection(&grant.client_id, tenant);
        IdentityChange::Connection(Connection {
            id: known.map_or_else(new_id, |known| known.id.clone()),
            tenant_id: tenant.clone(),
            client_id: grant.client_id.clone(),
            auth_event_id: event.clone(),
            created: known.map_or(now, |known| known.created),
            updated: now,
        })
    };
    grant.tenants.iter().map(connection).collect()
}

fn for_refresh(state: &mut State, app: &App, form: &Form) -> Reply {
    let used = field(form, "refresh_token").and_then(|token| state.identity.refresh.get(token)).cloned();
    let Some(mut used) = used else { return error(400, "invalid_grant") };
    let grant = state.identity.grants[&used.grant_id].clone();
    let now = now(state, &grant);
    let is_late = now > used.until || used.used.is_some_and(|first| now > first + GRACE_MS);
    if grant.is_revoked || grant.client_id != app.client_id || used.is_over || is_late {
        return error(400, "invalid_grant");
    }
    used.used = used.used.or(Some(now));
    let parent = used.parent.as_ref().and_then(|parent| state.identity.refresh.get(parent)).cloned();
    let over = parent.map(|parent| IdentityChange::Refresh(Refresh { is_over: true, ..parent }));
    let token = used.token.clone();
    if let Some(tenant) = grant.tenants.first().cloned() {
        state.commit_to(&tenant, vec![BooksChange::Refresh]);
    }
    answer(state, grant, Some(token), over.into_iter().chain([IdentityChange::Refresh(used)]).collect())
}

/// A token for what the app may do by itself. There is nobody who could agree to more, and nothing that renews it.
fn for_app(state: &mut State, app: App, form: &Form) -> Reply {
    let may = || SCOPES.iter().copied().filter(|scope| scope.starts_with("accounting"));
    let asked: Vec<&str> = field(form, "scope").map_or_else(|| may().collect(), |scopes| scopes.split_whitespace().collect());
    if asked.iter().any(|scope| !may().any(|one| one == *scope)) {
        return error(400, "invalid_scope");
    }
    let scopes = asked.into_iter().map(str::to_owned).collect();
    let grant = Grant { id: new_id(), client_id: app.client_id, scopes, tenants: app.chosen, is_revoked: false };
    let mut changes = vec![IdentityChange::Grant(grant.clone())];
    changes.extend(connect(state, &grant));
    if let Some(tenant) = grant.tenants.first().cloned() {
        state.commit_to(&tenant, vec![BooksChange::Refresh]);
    }
    answer(state, grant, None, changes)
}

/// Gives out a pair of tokens, and writes down what came of it.
fn answer(state: &mut State, grant: Grant, parent: Option<String>, mut changes: Vec<IdentityChange>) -> Reply {
    let scope = grant.scopes.join(" ");
    let (pair, seconds) = pair(state, &grant, parent);
    let mut body = json!({ "token_type": "Bearer", "expires_in": seconds, "scope": scope });
    for change in &pair {
        match change {
            IdentityChange::Access(access) => body["access_token"] = access.token.clone().into(),
            IdentityChange::Refresh(refresh) => body["refresh_token"] = refresh.token.clone().into(),
            _ => {}
        }
    }
    changes.extend(pair);
    let changes: Vec<Change> = changes.into_iter().map(Change::Identity).collect();
    state.commit(&changes);
    Reply::json(200, &body)
}

/// A new access token, a refresh token too where the grant has `offline_access`, and for how many seconds the first lets in.
pub fn pair(state: &State, grant: &Grant, parent: Option<String>) -> (Vec<IdentityChange>, i64) {
    let now = now(state, grant);
    let life = grant.tenants.first().map_or(GRACE_MS, |tenant| state.of(tenant).token_life_ms);
    let token = |kind: &str| format!("{kind}-{}", new_id());
    let grant_id = grant.id.clone();
    let mut pair = vec![IdentityChange::Access(Access { token: token("access"), grant_id: grant_id.clone(), until: now + life })];
    if grant.scopes.iter().any(|scope| scope == "offline_access") {
        let until = now + REFRESH_LIFE_MS;
        let refresh = Refresh { token: token("refresh"), grant_id, parent, until, used: None, is_over: false };
        pair.push(IdentityChange::Refresh(refresh));
    }
    (pair, life / 1000)
}

/// `POST /connect/revocation`
pub fn revoke(state: &mut State, head: &Head, body: &[u8]) -> Reply {
    let form = form(body);
    let Some(app) = app(state, head, &form).cloned() else { return error(400, "invalid_client") };
    let refresh = field(&form, "token").and_then(|token| state.identity.refresh.get(token));
    let grant = refresh.map(|refresh| state.identity.grants[&refresh.grant_id].clone());
    if let Some(grant) = grant.filter(|grant| grant.client_id == app.client_id) {
        let gone = state.identity.connections_of(&grant).map(|one| IdentityChange::Disconnected(one.id.clone()));
        let mut changes: Vec<Change> = gone.map(Change::Identity).collect();
        changes.push(Change::Identity(IdentityChange::Grant(Grant { is_revoked: true, ..grant })));
        state.commit(&changes);
    }
    Reply::new(200)
}
