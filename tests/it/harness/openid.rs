//! A little OpenID provider on a port of its own. It checks what it is sent as strictly as the specifications ask (client,
//! redirect address, PKCE, a code good once), lets the account in that is set, and can be told to answer wrongly.

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub const CLIENT_ID: &str = "tieout & sons";
/// With what has to be written otherwise in a header.
pub const CLIENT_SECRET: &str = "a secret:of/the%client+that=nobody&sees";

/// What it does wrong, or otherwise than most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Right,
    /// The e-mail address is told where the token is shown, and not in the ID token.
    ThinToken,
    /// The same, about somebody else.
    ThinTokenOfAnother,
    WrongNonce,
    NoNonce,
    WrongAudience,
    WrongIssuer,
    Expired,
    /// Signed with a key that is not published, under the name of one that is.
    ForeignSignature,
    Unsigned,
    /// Signed with the secret that the client has too.
    SharedSecret,
    NoIdToken,
    Cancelled,
    Failing,
    /// Not within anybody's patience.
    Slow,
    Broken,
    Giant,
    /// Discovery fails.
    Down,
    /// Discovery names an issuer that is not asked.
    OtherIssuer,
    /// Discovery names addresses on the net without encryption.
    Unencrypted,
    OutwardTokens,
}

/// The account that is let in.
pub struct Account {
    pub email: Value,
    pub is_verified: Value,
    pub subject: String,
}

struct Grant {
    nonce: String,
    challenge: String,
    back: String,
}

pub struct Provider {
    pub issuer: String,
    inner: Arc<Mutex<Inner>>,
}

pub struct Inner {
    pub way: Way,
    pub account: Account,
    /// The only address people are sent back to.
    pub back: String,
    /// How often each of its pages was asked for.
    pub asked: HashMap<&'static str, usize>,
    key: CoreEdDsaPrivateSigningKey,
    keys: usize,
    issuer: String,
    codes: HashMap<String, Grant>,
    tokens: usize,
}

type Shared = State<Arc<Mutex<Inner>>>;

fn lock(inner: &Arc<Mutex<Inner>>) -> MutexGuard<'_, Inner> {
    inner.lock().expect("the provider did not panic")
}

fn new_key(name: &str) -> CoreEdDsaPrivateSigningKey {
    let pem = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(name.to_owned()))).unwrap()
}

impl Provider {
    /// Starts one that sends people back to that address; it ends with the tests.
    pub fn start(back: &str) -> Provider {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let account = Account { email: "ada@example.com".into(), is_verified: true.into(), subject: "248289761001".to_owned() };
        let inner = Arc::new(Mutex::new(Inner {
            way: Way::Right,
            account,
            back: back.to_owned(),
            asked: HashMap::new(),
            key: new_key("key-1"),
            keys: 1,
            issuer: issuer.clone(),
            codes: HashMap::new(),
            tokens: 0,
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/jwks", get(jwks))
            .route("/userinfo", get(user_info))
            .with_state(inner.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Provider { issuer, inner }
    }

    pub fn change(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }
}

impl Inner {
    /// Signs with a new key from now on, and publishes that one alone.
    pub fn change_keys(&mut self) {
        self.keys += 1;
        self.key = new_key(&format!("key-{}", self.keys));
    }

    fn note(&mut self, page: &'static str) {
        *self.asked.entry(page).or_default() += 1;
    }

    fn id_token(&self, nonce: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let until = if self.way == Way::Expired { now - 1 } else { now + 300 };
        let audience = if self.way == Way::WrongAudience { "another client" } else { CLIENT_ID };
        let issuer = if self.way == Way::WrongIssuer { "https://other.example" } else { &self.issuer };
        let mut claims = json!({ "iss": issuer, "sub": self.account.subject, "aud": audience, "iat": now - 2, "exp": until });
        match self.way {
            Way::WrongNonce => claims["nonce"] = "of another sign-in".into(),
            Way::NoNonce => {}
            _ => claims["nonce"] = nonce.into(),
        }
        if !matches!(self.way, Way::ThinToken | Way::ThinTokenOfAnother) {
            claims["email"] = self.account.email.clone();
            claims["email_verified"] = self.account.is_verified.clone();
        }
        self.signed(&claims)
    }

    fn signed(&self, claims: &Value) -> String {
        let algorithm = match self.way {
            Way::Unsigned => "none",
            Way::SharedSecret => "HS256",
            _ => "EdDSA",
        };
        let name = format!("key-{}", self.keys);
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": name });
        let text = [header.to_string(), claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let sign = |key: &CoreEdDsaPrivateSigningKey| key.sign(&CoreJwsSigningAlgorithm::EdDsa, text.as_bytes()).unwrap();
        let signature = match self.way {
            Way::Unsigned => Vec::new(),
            Way::SharedSecret => {
                CoreHmacKey::new(CLIENT_SECRET).sign(&CoreJwsSigningAlgorithm::HmacSha256, text.as_bytes()).unwrap()
            }
            Way::ForeignSignature => sign(&new_key(&name)),
            _ => sign(&self.key),
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn discovery(State(inner): Shared) -> Response {
    let mut inner = lock(&inner);
    inner.note("discovery");
    let at = |place: &str| format!("{}{place}", inner.issuer);
    let mut document = json!({
        "issuer": inner.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // As careless as one can be.
        "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "HS256", "none"],
    });
    match inner.way {
        Way::Down => return (StatusCode::BAD_GATEWAY, "<html>down</html>").into_response(),
        Way::OtherIssuer => document["issuer"] = "https://other.example".into(),
        Way::Unencrypted => document["authorization_endpoint"] = "http://login.example.com/authorize".into(),
        Way::OutwardTokens => document["token_endpoint"] = "http://login.example.com/token".into(),
        _ => {}
    }
    Json(document).into_response()
}

async fn jwks(State(inner): Shared) -> Json<Value> {
    let mut inner = lock(&inner);
    inner.note("jwks");
    Json(json!({ "keys": [serde_json::to_value(inner.key.as_verification_key()).unwrap()] }))
}

async fn authorize(State(inner): Shared, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut inner = lock(&inner);
    inner.note("authorize");
    let asked_for = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let is_known = asked_for("client_id") == CLIENT_ID && asked_for("redirect_uri") == inner.back;
    let is_right = asked_for("response_type") == "code"
        && asked_for("code_challenge_method") == "S256"
        && asked_for("scope").split(' ').eq(["openid", "email"])
        && ["state", "nonce", "code_challenge"].iter().all(|name| asked_for(name).len() > 20);
    if !is_known || !is_right {
        return (StatusCode::BAD_REQUEST, format!("not a request of this client: {asked:?}")).into_response();
    }
    let mut back: url::Url = inner.back.parse().unwrap();
    back.query_pairs_mut().append_pair("state", asked_for("state"));
    let (name, value) = match inner.way {
        Way::Cancelled => ("error", "access_denied".to_owned()),
        Way::Failing => ("error", "server_error".to_owned()),
        _ => {
            let code = format!("code-{}", inner.asked["authorize"]);
            let (nonce, challenge) = (asked_for("nonce").to_owned(), asked_for("code_challenge").to_owned());
            let grant = Grant { nonce, challenge, back: inner.back.clone() };
            inner.codes.insert(code.clone(), grant);
            ("code", code)
        }
    };
    back.query_pairs_mut().append_pair(name, &value);
    Redirect::to(back.as_str()).into_response()
}

/// Whether the client says in the header who it is, as RFC 6749 (2.3.1) has it written.
fn is_client(headers: &HeaderMap) -> bool {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let expected = STANDARD.encode(format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET)));
    headers.get(header::AUTHORIZATION).is_some_and(|given| given == &format!("Basic {expected}"))
}

async fn token(State(inner): Shared, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let way = {
        let mut inner = lock(&inner);
        inner.note("token");
        inner.way
    };
    match way {
        Way::Slow => tokio::time::sleep(Duration::from_secs(15)).await,
        Way::Broken => return (StatusCode::INTERNAL_SERVER_ERROR, "<html>broken</html>").into_response(),
        Way::Giant => return ([(header::CONTENT_TYPE, "application/json")], vec![b' '; 20_000_000]).into_response(),
        _ => {}
    }
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if !is_client(&headers) {
        return refused("invalid_client");
    }
    let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let mut inner = lock(&inner);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier").as_bytes()));
    let Some(grant) = inner.codes.remove(given("code")) else { return refused("invalid_grant") };
    let is_right =
        given("grant_type") == "authorization_code" && given("redirect_uri") == grant.back && challenge == grant.challenge;
    if !is_right {
        return refused("invalid_grant");
    }
    inner.tokens += 1;
    let mut answer = json!({ "access_token": format!("access-{}", inner.tokens), "token_type": "Bearer", "expires_in": 300 });
    if inner.way != Way::NoIdToken {
        answer["id_token"] = inner.id_token(&grant.nonce).into();
    }
    Json(answer).into_response()
}

async fn user_info(State(inner): Shared, headers: HeaderMap) -> Response {
    let inner = lock(&inner);
    let expected = format!("Bearer access-{}", inner.tokens);
    if headers.get(header::AUTHORIZATION).is_none_or(|given| given != &expected) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let subject = if inner.way == Way::ThinTokenOfAnother { "somebody else" } else { &inner.account.subject };
    Json(json!({ "sub": subject, "email": inner.account.email, "email_verified": inner.account.is_verified })).into_response()
}
