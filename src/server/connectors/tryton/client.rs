//! The wire: one request to a Tryton server and what its answer means. A read that brings no answer is harmless; a
//! write that brings none may have been done, unless it is certain that it never left.

use super::{access::Grant, value};
use crate::server::connectors::{
    ConnectorError,
    outgoing::{self, Answer, Hosts, Request, shortened},
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use std::time::Duration;

/// Where a limit does not say how long it lasts.
const DEFAULT_PAUSE: Duration = Duration::from_secs(5);

/// The code of a refusal without a word.
pub const FORBIDDEN: &str = "forbidden";

/// What a request asks for beside its address.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub fields: Vec<&'static str>,
    pub domain: Option<Value>,
    /// Pairs of field and `ASC` or `DESC`.
    pub order: Option<Value>,
    pub offset: usize,
    pub limit: Option<usize>,
}

impl Query {
    pub fn of(fields: &[&'static str]) -> Query {
        Query { fields: fields.to_vec(), ..Query::default() }
    }

    pub fn domain(self, domain: Value) -> Query {
        Query { domain: Some(domain), ..self }
    }

    pub fn order(self, order: Value) -> Query {
        Query { order: Some(order), ..self }
    }

    pub fn page(self, offset: usize, limit: usize) -> Query {
        Query { offset, limit: Some(limit), ..self }
    }
}

/// Whether a request may have changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Read,
    Write,
    /// A write whose refusal for want of rights Tryton leaves without a word, whoever is to blame.
    Button,
}

/// A client of one database of a Tryton server, with a key to it.
#[derive(Clone, Debug)]
pub struct Client {
    grant: Grant,
    /// Sent with every request: which company is meant, and that archived records exist.
    context: String,
}

impl Client {
    /// `company`: its id in the database; `None` for questions about the user itself.
    pub fn new(grant: Grant, company: Option<i64>) -> Client {
        Client::with_context(grant, company, json!({ "active_test": false }))
    }

    /// The same without warnings: they are questions to a person at a screen, whom nobody could ask here.
    pub fn skipping_warnings(grant: Grant, company: Option<i64>) -> Client {
        Client::with_context(grant, company, json!({ "active_test": false, "_skip_warnings": true }))
    }

    fn with_context(grant: Grant, company: Option<i64>, mut context: Value) -> Client {
        if let Some(company) = company {
            context["company"] = company.into();
            context["companies"] = json!([company]);
        }
        Client { grant, context: URL_SAFE.encode(context.to_string()) }
    }

    /// The records of a model that a query chooses.
    pub async fn search(&self, model: &str, query: &Query) -> Result<Vec<Value>, ConnectorError> {
        let mut url = self.model(&[model])?;
        {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(query.fields.iter().map(|field| ("f", field)));
            if let Some(domain) = &query.domain {
                pairs.append_pair("d", &URL_SAFE.encode(domain.to_string()));
            }
            if let Some(order) = &query.order {
                pairs.append_pair("o", &URL_SAFE.encode(order.to_string()));
            }
            if let Some(limit) = query.limit {
                pairs.append_pair("s", &limit.to_string()).append_pair("p", &query.offset.to_string());
            }
        }
        match self.send(Method::GET, url, None, Effect::Read).await? {
            Value::Array(records) => Ok(records),
            _ => Err(ConnectorError::Protocol(format!("{} did not answer with a list of records", self.grant.place()))),
        }
    }

    /// Makes a record, and answers fields of it.
    pub async fn create(&self, model: &str, data: Value, fields: &[&str]) -> Result<Value, ConnectorError> {
        self.send(Method::POST, with_fields(self.model(&[model])?, fields), Some(data), Effect::Write).await
    }

    /// Changes a record, and answers fields of it.
    pub async fn update(&self, model: &str, id: i64, data: Value, fields: &[&str]) -> Result<Value, ConnectorError> {
        let url = with_fields(self.model(&[model, &id.to_string()])?, fields);
        self.send(Method::PUT, url, Some(data), Effect::Write).await
    }

    /// Presses a button on a record, and answers fields of it afterwards.
    pub async fn press(&self, model: &str, id: i64, button: &str, fields: &[&str]) -> Result<Value, ConnectorError> {
        let url = with_fields(self.model(&[model, &id.to_string(), button])?, fields);
        self.send(Method::POST, url, Some(json!({})), Effect::Button).await
    }

    pub async fn delete(&self, model: &str, id: i64) -> Result<(), ConnectorError> {
        self.send(Method::DELETE, self.model(&[model, &id.to_string()])?, None, Effect::Write).await.map(drop)
    }

    /// Calls what a model offers without a record, where that changes nothing.
    pub async fn ask(&self, model: &str, what: &str, data: Value) -> Result<Value, ConnectorError> {
        self.send(Method::POST, self.model(&[model, what])?, Some(data), Effect::Read).await
    }

    fn model(&self, path: &[&str]) -> Result<Url, ConnectorError> {
        address(&self.grant.server, [&[self.grant.database.as_str(), "rest", "model"], path].concat().as_slice())
    }

    async fn send(&self, method: Method, url: Url, data: Option<Value>, effect: Effect) -> Result<Value, ConnectorError> {
        let server = &self.grant.server;
        let request = request(method, url, server)?.bearer(&self.grant.key).header("X-Tryton-Context", &self.context);
        let request = match data {
            Some(data) => request.json(&data),
            None => request,
        };
        exchange(request, server, effect).await?.read(&self.grant, effect)
    }
}

fn with_fields(mut url: Url, fields: &[&str]) -> Url {
    url.query_pairs_mut().extend_pairs(fields.iter().map(|field| ("f", field)));
    url
}

/// Asks for a key; the server answers without being told who asks.
pub(super) async fn post_openly(server: &str, path: &[&str], data: Value) -> Result<(StatusCode, Value), ConnectorError> {
    let request = request(Method::POST, address(server, path)?, server)?.json(&data);
    let Reply(answer) = exchange(request, server, Effect::Write).await?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
}

/// A request to the server a manager named, and to no other.
fn request(method: Method, url: Url, server: &str) -> Result<Request, ConnectorError> {
    // Nothing was sent yet, so nothing can have changed.
    outgoing::of_process().request(method, url, &Hosts::of(&[server])).map_err(|failure| failure.of_read(server))
}

fn address(server: &str, path: &[&str]) -> Result<Url, ConnectorError> {
    let unusable = || ConnectorError::Protocol(format!("{server} is not an address requests can be sent to"));
    let mut url = Url::parse(server).map_err(|_| unusable())?;
    url.path_segments_mut().map_err(|()| unusable())?.pop_if_empty().extend(path);
    Ok(url)
}

async fn exchange(request: Request, server: &str, effect: Effect) -> Result<Reply, ConnectorError> {
    let answer = request.answer().await.map_err(|failure| match effect {
        Effect::Read => failure.of_read(server),
        Effect::Write | Effect::Button => failure.of_write(server),
    })?;
    Ok(Reply(answer))
}

/// An answer, which Tryton gave or something in front of it.
struct Reply(Answer);

impl Reply {
    fn read(self, grant: &Grant, effect: Effect) -> Result<Value, ConnectorError> {
        let place = grant.place();
        match self.0.status.as_u16() {
            204 => Ok(Value::Null),
            200..=299 => serde_json::from_slice(&self.0.body).map_err(|_| {
                let text = format!("{place} did not answer in Tryton's language: is it a Tryton server?");
                if effect == Effect::Read { ConnectorError::Protocol(text) } else { ConnectorError::UnknownOutcome(text) }
            }),
            300..=399 => Err(ConnectorError::Protocol(format!("{place} points to another address: connect to that one"))),
            401 => Err(ConnectorError::NeedsReconnect(format!(
                "Tryton no longer accepts the key of user {} on {place}: it was cancelled, or waits for approval",
                grant.user
            ))),
            403 if effect == Effect::Button => Err(ConnectorError::Validation {
                code: FORBIDDEN.into(),
                field: None,
                message: format!("Tryton does not let its user {} book this, and does not say why", grant.user),
            }),
            403 => Err(ConnectorError::NeedsReconnect(forbidden(grant))),
            404 if effect != Effect::Read => Err(ConnectorError::Validation {
                code: "gone".into(),
                field: None,
                message: "The record is not there any more, or its user may not see it".into(),
            }),
            404 => Err(ConnectorError::Protocol(format!("{place} is not there: was the database renamed or moved?"))),
            429 => Err(ConnectorError::RateLimited { retry_after: self.0.retry_after.unwrap_or(DEFAULT_PAUSE) }),
            400 => Err(self.refusal(grant, effect)),
            500 if self.is_trytons_own_page() => Err(self.failure(&place, effect)),
            status => {
                let text = format!("{place} answered with status {status}");
                Err(match effect {
                    Effect::Read if status >= 500 => ConnectorError::Transient(text),
                    Effect::Read => ConnectorError::Protocol(text),
                    Effect::Write | Effect::Button => ConnectorError::UnknownOutcome(text),
                })
            }
        }
    }

    /// Tryton says no, in words.
    fn refusal(self, grant: &Grant, effect: Effect) -> ConnectorError {
        let said: Value = serde_json::from_slice(&self.0.body).unwrap_or(Value::Null);
        let parts = [value::text(&said, "message"), value::text(&said, "description")];
        let message = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if message.is_empty() {
            return ConnectorError::Protocol(format!("{} did not understand the request", grant.place()));
        }
        let message = shortened(&message);
        match effect {
            Effect::Read if message.starts_with("You are not allowed") => {
                ConnectorError::NeedsReconnect(format!("{}: {message}", forbidden(grant)))
            }
            Effect::Read => ConnectorError::Protocol(format!("{} refused to answer: {message}", grant.place())),
            Effect::Write | Effect::Button => ConnectorError::Validation { code: "refused".into(), field: None, message },
        }
    }

    /// An error inside Tryton. It is raised inside the transaction of the request, which is thereby undone: what
    /// follows a commit (queued tasks) keeps its errors to itself. So a write of one record was provably not applied,
    /// and says nothing about the next record.
    fn failure(self, place: &str, effect: Effect) -> ConnectorError {
        let page = String::from_utf8_lossy(&self.0.body);
        let why = page.split("<p>").nth(1).and_then(|rest| rest.split("</p>").next()).unwrap_or_default();
        let why =
            why.replace("&#39;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let why = shortened(&why);
        match effect {
            Effect::Read => ConnectorError::Protocol(format!("Tryton had an error of its own on {place} ({why})")),
            Effect::Write | Effect::Button => ConnectorError::Validation {
                code: "server-error".into(),
                field: None,
                message: format!("Tryton had an error of its own with this record ({why}); its server's log says more"),
            },
        }
    }

    /// Whether the page is from Tryton and not from something in front of it, which cannot know what became of the request.
    fn is_trytons_own_page(&self) -> bool {
        self.0.body.starts_with(b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>")
    }
}

fn forbidden(grant: &Grant) -> String {
    format!("Tryton does not let its user {} do this: give the user the rights for accounting, then reconnect", grant.user)
}
