//! A server that gives tokens as Xero does, and else answers what a test lays down.

use crate::harness::{TestDatabase, one_database};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};
use tieout::{
    domain::{provider::Provider, schedule::Schedule},
    server::{
        connectors::{
            Organisation, outgoing,
            xero::{
                Tokens, XeroConnector,
                limits::{self, Rules},
            },
        },
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            now_ms, secrets,
        },
        services::{
            companies::{Wanted, add},
            connections::{Granted, connect},
        },
    },
};
use tokio::{net::TcpListener, sync::Notify};

pub const TENANT: &str = "4f3c2b1a-0000-4000-8000-00000000beef";
pub const QUAY_BOOKS: Tenant = (TENANT, "0c0c0c0c-0000-4000-8000-00000000cccc", "Quay Books", "GBP");
const HALF_AN_HOUR_MS: i64 = 30 * 60 * 1000;

/// What came to the Accounting API.
#[derive(Clone, Debug)]
pub struct Came {
    pub method: String,
    pub path: String,
    pub query: String,
    pub key: Option<String>,
    pub token: String,
    pub since: Option<String>,
    pub body: Value,
}

/// An answer that was laid down: status, headers and body.
pub type Laid = (u16, Vec<(&'static str, &'static str)>, String);

#[derive(Default)]
struct Inner {
    /// Pairs that were given.
    given: u32,
    /// When the last one was, by the clock of the process.
    given_at: i64,
    /// Requests for tokens.
    asked: u32,
    /// Answers with tokens that are lost after they were given.
    lose: u32,
    /// Answers to requests for tokens that come first.
    laid_for_tokens: VecDeque<(u16, &'static str)>,
    /// Refresh tokens that are taken.
    takes: Vec<String>,
    /// Access tokens that are good.
    lets_in: Vec<String>,
    came: Vec<Came>,
    laid: VecDeque<Laid>,
    /// Requests for tokens wait until they are let go on.
    holds: bool,
    /// What a person let the app into.
    tenants: Vec<Tenant>,
    /// By code: what it was given for.
    agreed: HashMap<String, Agreed>,
    revoked: u32,
    /// Of connectors that have one of their own.
    databases: Vec<TestDatabase>,
}

/// An organisation: id, id of the app's connection to it, name and currency.
pub type Tenant = (&'static str, &'static str, &'static str, &'static str);

/// What has to fit when a code is brought back.
struct Agreed {
    challenge: String,
    redirect: String,
}

#[derive(Clone)]
pub struct Desk {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
    at_the_desk: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Desk {
    pub async fn open() -> Desk {
        // Connectors of this process ask it.
        outgoing::begin(vec![url::Host::Ipv4(Ipv4Addr::LOCALHOST)]);
        limits::begin(Rules { minute: 100_000, ..Rules::XERO });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let desk = Desk { address, inner: Arc::default(), at_the_desk: Arc::default(), go_on: Arc::default() };
        desk.lets_in(&["access-0"]);
        desk.takes(&["refresh-0"]);
        desk.opens(&[QUAY_BOOKS]);
        let router = Router::new()
            .route("/connect/token", post(tokens))
            .route("/connect/revocation", post(revocation))
            .fallback(anything)
            .with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap())
    }

    /// The pair that a person was given; `left_ms`: how long its access token lasts still, by our clock.
    pub fn first_pair(&self, left_ms: i64) -> Tokens {
        Tokens {
            address: self.address.clone(),
            client_id: "tieout".into(),
            client_secret: String::new(),
            access_token: "access-0".into(),
            refresh_token: "refresh-0".into(),
            previous_refresh_token: String::new(),
            expires_at: now_ms() + left_ms,
            tenant_id: TENANT.into(),
            connection_id: "0c0c0c0c-0000-4000-8000-00000000cccc".into(),
        }
    }

    /// A connector with a database of its own, in which nobody has met a limit.
    pub async fn connector(&self) -> XeroConnector {
        let database = one_database().await;
        let secret = self.first_pair(HALF_AN_HOUR_MS).secret();
        let connector = XeroConnector::from_secret(&database.db, &secret, TENANT, None).unwrap();
        self.with(|inner| inner.databases.push(database));
        connector
    }

    /// Only these refresh tokens are taken from now on.
    pub fn takes(&self, tokens: &[&str]) {
        self.with(|inner| inner.takes = tokens.iter().map(|token| (*token).to_owned()).collect());
    }

    /// Only these access tokens are good from now on, and those that will be given.
    pub fn lets_in(&self, tokens: &[&str]) {
        self.with(|inner| inner.lets_in = tokens.iter().map(|token| (*token).to_owned()).collect());
    }

    pub fn lose_answers(&self, n: u32) {
        self.with(|inner| inner.lose = n);
    }

    pub fn lay_for_tokens(&self, answers: &[(u16, &'static str)]) {
        self.with(|inner| inner.laid_for_tokens = answers.iter().copied().collect());
    }

    /// What the Accounting API answers next, to whatever is asked.
    pub fn lay(&self, answers: impl IntoIterator<Item = Laid>) {
        self.with(|inner| inner.laid = answers.into_iter().collect());
    }

    /// Requests for tokens wait from now on.
    pub fn hold(&self) {
        self.with(|inner| inner.holds = true);
    }

    /// Returns once one waits.
    pub async fn somebody_waits(&self) {
        self.at_the_desk.notified().await;
    }

    pub fn let_go_on(&self) {
        self.with(|inner| inner.holds = false);
        self.go_on.notify_one();
    }

    pub fn asked(&self) -> u32 {
        self.with(|inner| inner.asked)
    }

    pub fn given(&self) -> u32 {
        self.with(|inner| inner.given)
    }

    pub fn given_at(&self) -> i64 {
        self.with(|inner| inner.given_at)
    }

    pub fn revoked(&self) -> u32 {
        self.with(|inner| inner.revoked)
    }

    /// Which organisations the app is let into from now on.
    pub fn opens(&self, tenants: &[Tenant]) {
        self.with(|inner| inner.tenants = tenants.to_vec());
    }

    pub fn tenants(&self) -> Vec<Tenant> {
        self.with(|inner| inner.tenants.clone())
    }

    /// A person follows the link and agrees: the code and the state that the browser brings back.
    pub fn agree(&self, link: &str, redirect: &str) -> (String, String) {
        let link = url::Url::parse(link).unwrap();
        assert_eq!(format!("{}/identity/connect/authorize", self.address), link[..url::Position::AfterPath]);
        let field =
            |name: &str| link.query_pairs().find(|(field, _)| field == name).map(|(_, value)| value.into_owned()).unwrap();
        assert_eq!(
            (field("client_id"), field("response_type"), field("code_challenge_method")),
            ("tieout".into(), "code".into(), "S256".into())
        );
        assert_eq!(field("redirect_uri"), redirect);
        assert!(field("scope").split(' ').any(|scope| scope == "offline_access"));
        let agreed = Agreed { challenge: field("code_challenge"), redirect: redirect.to_owned() };
        let code = self.with(|inner| {
            let code = format!("c0de-{}", inner.agreed.len() + 1);
            inner.agreed.insert(code.clone(), agreed);
            code
        });
        (code, field("state"))
    }

    /// What came since it was asked for last.
    pub fn came(&self) -> Vec<Came> {
        self.with(|inner| std::mem::take(&mut inner.came))
    }

    /// A company whose books are here, connected.
    pub async fn connected(&self, db: &Db, name: &str) -> (Company, Connection) {
        let wanted = Wanted { name: name.into(), currency: "GBP".into(), time_zone: "Europe/London".into(), ..Wanted::default() };
        let company = add(db, &wanted).await.unwrap();
        let organisation = Organisation {
            id: TENANT.into(),
            name: "Quay Books".into(),
            currency: "GBP".into(),
            locked_until: None,
            short_code: None,
        };
        let secret = self.first_pair(HALF_AN_HOUR_MS).secret();
        let granted = Granted { provider: Provider::Xero, organisation, secret };
        connect(db, &company, granted, "2010-01-01", Schedule::Off, "test").await.unwrap();
        let connection = connections::of_company(db, &company.id).await.unwrap().unwrap();
        self.came();
        (company, connection)
    }
}

/// What the connection keeps.
pub async fn kept(db: &Db, connection: &Connection) -> Tokens {
    let secret = secrets::of_connection(db, db.vault(), &connection.id).await.unwrap().unwrap();
    Tokens::parse(&secret).unwrap()
}

/// Lays other tokens into the connection, as a person gives them.
pub async fn keep(db: &Db, connection: &Connection, tokens: &Tokens) {
    let mut tx = db.begin().await.unwrap();
    secrets::set_of_connection(&mut tx, db.vault(), &connection.id, &tokens.secret()).await.unwrap();
    tx.commit().await.unwrap();
}

/// An answer in JSON with nothing else to it.
pub fn said(status: u16, body: Value) -> Laid {
    (status, vec![("content-type", "application/json")], body.to_string())
}

async fn tokens(State(desk): State<Desk>, request: Request) -> Response {
    let basic = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str());
    let holds = desk.with(|inner| {
        inner.asked += 1;
        inner.holds
    });
    if holds {
        desk.at_the_desk.notify_one();
        desk.go_on.notified().await;
    }
    let refused = (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    let mut inner = desk.inner.lock().unwrap();
    if let Some((status, body)) = inner.laid_for_tokens.pop_front() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let is_good = match field("grant_type") {
        "refresh_token" => inner.takes.iter().any(|token| token == field("refresh_token")),
        "authorization_code" => inner.agreed.remove(field("code")).is_some_and(|agreed| {
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
            let is_app = basic == format!("Basic {}", STANDARD.encode("tieout:hush"));
            is_app && digest == agreed.challenge && field("redirect_uri") == agreed.redirect
        }),
        _ => false,
    };
    if !is_good {
        return refused.into_response();
    }
    inner.given += 1;
    inner.given_at = now_ms();
    let n = inner.given;
    // The one that was used is taken once more, for the answer may get lost.
    inner.takes = vec![field("refresh_token").to_owned(), format!("refresh-{n}")];
    inner.lets_in.push(format!("access-{n}"));
    if inner.lose > 0 {
        inner.lose -= 1;
        return broken_off();
    }
    let pair = json!({ "access_token": format!("access-{n}"), "refresh_token": format!("refresh-{n}"), "expires_in": 1800 });
    pair.to_string().into_response()
}

/// A connection that ends in the middle of an answer.
pub fn broken_off() -> Response {
    let gone: io::Result<Vec<u8>> = Err(io::ErrorKind::ConnectionAborted.into());
    Body::from_stream(futures::stream::iter([gone])).into_response()
}

/// The list of what the app is let into, and giving one of it up.
fn about_connections(inner: &mut Inner, method: &Method, path: &str) -> Option<Response> {
    if path == "/connections" {
        let listed = inner.tenants.iter().map(
            |(tenant, id, name, _)| json!({ "id": id, "tenantId": tenant, "tenantName": name, "tenantType": "ORGANISATION" }),
        );
        return Some(Value::from_iter(listed).to_string().into_response());
    }
    let id = path.strip_prefix("/connections/").filter(|_| *method == Method::DELETE)?;
    inner.tenants.retain(|(_, one, ..)| *one != id);
    Some(StatusCode::NO_CONTENT.into_response())
}

async fn revocation(State(desk): State<Desk>) {
    desk.with(|inner| inner.revoked += 1);
}

async fn anything(State(desk): State<Desk>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let came = Came {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        key: header("idempotency-key"),
        token: header("authorization").unwrap_or_default(),
        since: header("if-modified-since"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let mut inner = desk.inner.lock().unwrap();
    let lets_in = inner.lets_in.iter().any(|token| came.token == format!("Bearer {token}"));
    let resource = came.path.rsplit('/').next().unwrap_or_default().to_owned();
    inner.came.push(came);
    if let Some((status, headers, body)) = inner.laid.pop_front() {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, value.parse().unwrap());
        }
        return (StatusCode::from_u16(status).unwrap(), map, body).into_response();
    }
    if !lets_in {
        let expired = json!({ "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 01/01/2026" });
        return (StatusCode::UNAUTHORIZED, expired.to_string()).into_response();
    }
    if let Some(answer) = about_connections(&mut inner, &parts.method, parts.uri.path()) {
        return answer;
    }
    let tenant = header("xero-tenant-id").unwrap_or_default();
    let (.., name, currency) = *inner.tenants.iter().find(|(id, ..)| *id == tenant).unwrap_or(&QUAY_BOOKS);
    let organisation = json!({ "Organisations": [{ "Name": name, "BaseCurrency": currency,
        "PeriodLockDate": "/Date(1577750400000+0000)/" }] });
    let nothing = json!({ resource.as_str(): [], "pagination": { "page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 0 } });
    if resource == "Organisation" { organisation } else { nothing }.to_string().into_response()
}
