//! Requests to accounting software over HTTP: the one place where they are made, so that every connector keeps the same
//! limits. [`bounds`] says whom they may go to, by the address and by what its name leads to ([`addresses`],
//! [`resolver`]); an answer takes a bounded time and a bounded size; [`failure`] says what it means that none came.

mod addresses;
mod bounds;
mod failure;
mod resolver;

pub use bounds::{Barred, Bounds, Hosts};
pub use failure::{Failure, shortened};

use reqwest::{Client, Method, RequestBuilder, StatusCode, header::HeaderMap, redirect};
use resolver::Resolver;
use std::{sync::OnceLock, time::Duration};
use url::{Host, Url};

/// How long a request may take and how much may come of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection, with looking up the name.
    pub connecting: Duration,
    /// Until the last byte of the answer.
    pub answering: Duration,
    /// Bytes of the answer's body.
    pub size: usize,
}

impl Limits {
    /// Accounting software may take seconds to post a document of hundreds of lines. No answer we ask for comes near the size.
    pub const USUAL: Limits =
        Limits { connecting: Duration::from_secs(10), answering: Duration::from_secs(60), size: 32 * 1024 * 1024 };
}

/// What this process can reach, and within which limits.
pub struct Reach {
    bounds: Bounds,
    limits: Limits,
    /// Made when it is first needed, which most commands never do. It keeps connections open between requests.
    client: OnceLock<Option<Client>>,
}

static OF_PROCESS: OnceLock<Reach> = OnceLock::new();

/// Says which hosts may be inside a private network; without it none may. Once, before the process asks anybody: what is
/// said later counts for nothing, so that no code can widen it while it serves.
pub fn begin(private_hosts: Vec<Host>) {
    let _ = OF_PROCESS.set(Reach::new(private_hosts, Limits::USUAL));
}

/// What connectors ask through.
pub fn of_process() -> &'static Reach {
    OF_PROCESS.get_or_init(|| Reach::new(Vec::new(), Limits::USUAL))
}

impl Reach {
    pub fn new(private_hosts: Vec<Host>, limits: Limits) -> Reach {
        Reach { bounds: Bounds::new(private_hosts), limits, client: OnceLock::new() }
    }

    /// Whether an address can be asked at all, as far as can be told without looking up its name.
    pub fn check(&self, url: &Url) -> Result<(), Barred> {
        self.bounds.check(url)
    }

    /// Begins a request to one of the hosts its connection leads to.
    pub fn request(&self, method: Method, url: Url, hosts: &Hosts) -> Result<Request, Failure> {
        hosts.check(&url).and_then(|()| self.check(&url)).map_err(Failure::Barred)?;
        let client = self.client.get_or_init(|| self.client()).as_ref().ok_or(Failure::Unable)?;
        Ok(Request { builder: client.request(method, url), limits: self.limits })
    }

    fn client(&self) -> Option<Client> {
        // Fails where one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let built = Client::builder()
            .user_agent(concat!("tieout/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Resolver(self.bounds.clone()))
            // A proxy would look names up itself, and reach what it can reach.
            .no_proxy()
            // Keys belong to the server that was named, and where it points to was not checked.
            .redirect(redirect::Policy::none())
            .connect_timeout(self.limits.connecting)
            .timeout(self.limits.answering)
            .build();
        built.inspect_err(|error| tracing::error!(%error, "no HTTP client can be made")).ok()
    }
}

/// A request that may be made.
pub struct Request {
    builder: RequestBuilder,
    limits: Limits,
}

impl Request {
    /// With the key that lets it in.
    pub fn bearer(self, key: &str) -> Request {
        Request { builder: self.builder.bearer_auth(key), ..self }
    }

    pub fn header(self, name: &str, value: &str) -> Request {
        Request { builder: self.builder.header(name, value), ..self }
    }

    /// With a name and a password.
    pub fn basic(self, name: &str, password: &str) -> Request {
        Request { builder: self.builder.basic_auth(name, Some(password)), ..self }
    }

    /// Names and values as a form carries them.
    pub fn form(self, fields: &[(&str, &str)]) -> Request {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Request { builder: self.builder.header("Content-Type", "application/x-www-form-urlencoded").body(body), ..self }
    }

    pub fn json(self, data: &serde_json::Value) -> Request {
        Request { builder: self.builder.header("Content-Type", "application/json").body(data.to_string()), ..self }
    }

    /// Sends it, and reads the answer whatever its status is: one that points elsewhere is an answer too.
    pub async fn answer(self) -> Result<Answer, Failure> {
        let Request { builder, limits } = self;
        let failure = |error: reqwest::Error| Failure::of(&error, &limits);
        let mut response = builder.send().await.map_err(failure)?;
        let status = response.status();
        let headers = response.headers().clone();
        let retry_after = headers.get("Retry-After").and_then(|value| value.to_str().ok()?.parse().ok());
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > limits.size) {
            return Err(Failure::TooLong(limits.size));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > limits.size {
                return Err(Failure::TooLong(limits.size));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, retry_after: retry_after.map(Duration::from_secs), body })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    headers: HeaderMap,
    /// Where it asks for a pause.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
