//! Why a request brought no answer, and what that says about what it may have changed.

use super::{Limits, bounds::Barred};
use crate::server::connectors::ConnectorError;
use std::error::Error;

/// More than a reader needs of an error.
const MAX_TEXT: usize = 600;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may not be sent.
    Barred(Barred),
    /// No request can be made of it.
    Unusable,
    /// This process cannot ask anybody.
    Unable,
    /// Nothing was sent, for this reason.
    Unreachable(String),
    /// After this many seconds it was waited for no longer.
    TooLate(u64),
    BrokeOff(String),
    /// It had more than this many bytes.
    TooLong(usize),
}

impl Failure {
    pub(super) fn of(error: &reqwest::Error, limits: &Limits) -> Failure {
        if let Some(barred) = causes(error).find_map(|cause| cause.downcast_ref::<Barred>()) {
            Failure::Barred(barred.clone())
        } else if error.is_builder() {
            Failure::Unusable
        } else if error.is_connect() {
            Failure::Unreachable(innermost(error))
        } else if error.is_timeout() {
            Failure::TooLate(limits.answering.as_secs())
        } else {
            Failure::BrokeOff(innermost(error))
        }
    }

    /// Of a request that changes nothing.
    pub fn of_read(self, server: &str) -> ConnectorError {
        let text = self.told(server);
        match self {
            Failure::Barred(_) => ConnectorError::Barred(text),
            Failure::Unusable | Failure::Unable | Failure::TooLong(_) => ConnectorError::Protocol(text),
            Failure::Unreachable(_) | Failure::TooLate(_) | Failure::BrokeOff(_) => ConnectorError::Transient(text),
        }
    }

    /// Of a request that changes something, and may have done so where it was sent.
    pub fn of_write(self, server: &str) -> ConnectorError {
        match self {
            Failure::TooLate(_) | Failure::BrokeOff(_) | Failure::TooLong(_) => ConnectorError::UnknownOutcome(self.told(server)),
            Failure::Barred(_) | Failure::Unusable | Failure::Unable | Failure::Unreachable(_) => self.of_read(server),
        }
    }

    fn told(&self, server: &str) -> String {
        match self {
            Failure::Barred(barred) => barred.to_string(),
            Failure::Unusable => format!("{server} is not an address requests can be sent to"),
            Failure::Unable => "this server cannot make HTTP requests; its log says more".into(),
            Failure::Unreachable(why) => format!("{server} cannot be reached ({why})"),
            Failure::TooLate(seconds) => format!("No answer from {server} within {seconds} s"),
            Failure::BrokeOff(why) => format!("The connection to {server} broke off ({why})"),
            Failure::TooLong(bytes) => format!("{server} answered with more than {} MB", bytes / 1024 / 1024),
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// The cause at the bottom: what the network said, without the address the library repeats.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map(|cause| shortened(&cause.to_string())).unwrap_or_default()
}

/// A text from elsewhere, on one line and no longer than a reader has use for.
pub fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
