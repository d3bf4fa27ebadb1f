//! What an answer of Xero's means. A read that brings none is harmless; a write that brings none may have been done.

use super::{
    limits::{Limit, Told},
    value,
};
use crate::server::connectors::{
    ConnectorError,
    outgoing::{Answer, shortened},
};
use serde_json::Value;
use std::time::Duration;

/// Where a limit does not say how long it lasts: that of a minute, and that of a day.
const A_MINUTE: Duration = Duration::from_secs(60);
const AN_HOUR: Duration = Duration::from_secs(3600);

/// Whether a request may have changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
}

/// Why a batch was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Untaken {
    /// Nothing of it was applied, for these reasons: of each record, in order. Some have none.
    Elements(Vec<Vec<String>>),
    /// Nothing of it was applied, and which record is to blame is not said.
    Whole { code: &'static str, message: String },
    /// It says nothing about the records.
    Failed(ConnectorError),
}

/// An answer, which Xero gave or something in front of it.
pub struct Reply<'p> {
    answer: Answer,
    /// What the place is called.
    place: &'p str,
}

impl<'p> Reply<'p> {
    pub fn new(answer: Answer, place: &'p str) -> Reply<'p> {
        Reply { answer, place }
    }

    /// Whether the token was refused. It may only have ended.
    pub fn is_unauthorised(&self) -> bool {
        self.answer.status.as_u16() == 401
    }

    pub fn is_missing(&self) -> bool {
        self.answer.status.as_u16() == 404
    }

    /// What it says of the limits.
    pub fn told(&self) -> Told {
        let left = |name: &str| self.answer.header(name).parse().ok().filter(|left| *left >= 0);
        let refused = (self.answer.status.as_u16() == 429).then(|| {
            let ms = i64::try_from(self.pause().as_millis()).unwrap_or(i64::MAX);
            (self.limit(), ms)
        });
        Told {
            minute: left("X-MinLimit-Remaining"),
            day: left("X-DayLimit-Remaining"),
            app_minute: left("X-AppMinLimit-Remaining"),
            refused,
        }
    }

    /// Which limit it met, where it met one.
    fn limit(&self) -> Limit {
        let problem = self.answer.header("X-Rate-Limit-Problem").to_lowercase();
        if problem.contains("day") || problem.contains("daily") {
            Limit::Day
        } else if problem.contains("app") {
            Limit::AppMinute
        } else {
            Limit::Minute
        }
    }

    /// Of a request that changes nothing.
    pub fn read(self) -> Result<Value, ConnectorError> {
        if !self.answer.status.is_success() {
            return Err(self.failure(Effect::Read));
        }
        serde_json::from_slice(&self.answer.body)
            .map_err(|_| ConnectorError::Protocol(format!("{} did not answer in Xero’s language, or not to the end", self.place)))
    }

    /// Of a batch.
    pub fn taken(self) -> Result<Value, Untaken> {
        if self.answer.status.is_success() {
            let text = || format!("{} took a batch and did not say what became of it", self.place);
            let said = serde_json::from_slice(&self.answer.body);
            return said.map_err(|_| Untaken::Failed(ConnectorError::UnknownOutcome(text())));
        }
        match self.answer.status.as_u16() {
            400 => Err(self.refusal()),
            404 => {
                let message = "An existing record with the specified id could not be found".into();
                Err(Untaken::Whole { code: "gone", message })
            }
            _ => Err(Untaken::Failed(self.failure(Effect::Write))),
        }
    }

    /// Xero says no, in words.
    fn refusal(self) -> Untaken {
        let said = self.said();
        let elements: Vec<Vec<String>> = value::list(&said, "Elements").iter().map(messages).collect();
        let message = sentence(&said);
        if message.to_lowercase().replace('-', " ").contains("idempotency key") {
            // It belongs to an earlier request, of which nothing is known here.
            return Untaken::Failed(ConnectorError::UnknownOutcome(message));
        }
        if elements.iter().any(|messages| !messages.is_empty()) {
            return Untaken::Elements(elements);
        }
        if message.is_empty() {
            // Not from Xero itself, perhaps.
            return Untaken::Failed(ConnectorError::UnknownOutcome(format!("{} refused a batch without a word", self.place)));
        }
        Untaken::Whole { code: "refused", message }
    }

    fn said(&self) -> Value {
        serde_json::from_slice(&self.answer.body).unwrap_or(Value::Null)
    }

    fn failure(&self, effect: Effect) -> ConnectorError {
        let status = self.answer.status.as_u16();
        let said = sentence(&self.said());
        let with = |text: String| if said.is_empty() { text } else { format!("{text} ({said})") };
        match status {
            // It came after a new token was given, or none could be: whether we are let in is told where tokens are given.
            401 if said.starts_with("TokenExpired") => {
                ConnectorError::Transient(with(format!("{} took no token it had just given", self.place)))
            }
            401 | 403 => ConnectorError::NeedsReconnect(with(format!("{} no longer lets us in", self.place))),
            404 => ConnectorError::Protocol(with(format!("{} does not have what was asked for", self.place))),
            429 => ConnectorError::RateLimited { retry_after: self.pause() },
            300..=399 => ConnectorError::Protocol(format!("{} points to another address", self.place)),
            500.. => {
                let text = with(match status {
                    503 => format!("{} is not available now", self.place),
                    _ => format!("{} answered with status {status}", self.place),
                });
                match effect {
                    Effect::Read => ConnectorError::Transient(text),
                    Effect::Write => ConnectorError::UnknownOutcome(text),
                }
            }
            _ => ConnectorError::Protocol(with(format!("{} answered with status {status}", self.place))),
        }
    }

    fn pause(&self) -> Duration {
        // It is not given where many requests run at once.
        self.answer.retry_after.unwrap_or(if self.limit() == Limit::Day { AN_HOUR } else { A_MINUTE })
    }
}

/// What Xero has against one record.
pub fn messages(element: &Value) -> Vec<String> {
    let messages = value::list(element, "ValidationErrors").iter().map(|error| shortened(value::text(error, "Message")));
    messages.filter(|message| !message.is_empty()).collect()
}

/// What an error says in whichever of its shapes.
fn sentence(said: &Value) -> String {
    let parts = ["Detail", "Message", "detail", "message", "Title"].map(|field| shortened(value::text(said, field)));
    parts.into_iter().find(|part| !part.is_empty()).unwrap_or_default()
}
