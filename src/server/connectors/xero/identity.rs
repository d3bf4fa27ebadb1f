//! The host that gives tokens.

use super::{app, place::Place, tokens::Tokens, value};
use crate::server::{
    connectors::{
        ConnectorError,
        outgoing::{self, Answer, Request},
    },
    db::now_ms,
};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// Where a limit does not say how long it lasts.
const DEFAULT_PAUSE: Duration = Duration::from_secs(30);

/// Reading and writing documents, payments and contacts, and reading the lists they refer to.
pub(super) const ACCOUNTING: &str = "accounting.invoices accounting.payments accounting.contacts accounting.settings.read";

/// Who asks for tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// The app that this server is.
    App,
    /// One that an organisation has for itself.
    Custom,
}

/// What became of asking for tokens.
#[derive(Debug)]
pub(super) enum Asked {
    Given(Box<Given>),
    /// What was offered for them is used up, taken back or too old.
    Refused,
    /// No answer, or one that says nothing about it: the same may be asked again.
    Silent(String),
}

/// A new pair of tokens, or the one token of a custom connection.
pub(super) struct Given {
    access_token: String,
    /// Empty: there is none.
    refresh_token: String,
    expires_at: i64,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Given {
    /// The tokens after these.
    pub fn following(self, before: &Tokens) -> Tokens {
        Tokens {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            previous_refresh_token: before.refresh_token.clone(),
            expires_at: self.expires_at,
            ..before.clone()
        }
    }
}

/// Asks for the first pair with the code that a person brought back.
pub(super) async fn exchange(place: &Place, client_id: &str, fields: &[(&str, &str)]) -> Result<Asked, ConnectorError> {
    ask(place, client_id, &[&[("grant_type", "authorization_code")], fields].concat()).await
}

/// Takes a token, and all that came of it, back. That it cannot be is no reason for anything.
pub(super) async fn revoke(tokens: &Tokens) -> Result<(), ConnectorError> {
    let place = Place::of(&tokens.address);
    let request = begin(&place, Method::POST, place.identity("/connect/revocation")?)?;
    let fields = [("token", tokens.refresh_token.as_str())];
    let answer = of_app(request, &tokens.client_id, &fields).answer().await;
    answer.map(drop).map_err(|failure| failure.of_read(place.name()))
}

/// A form with what says which app asks.
fn of_app(request: Request, client_id: &str, fields: &[(&str, &str)]) -> Request {
    match app::secret_of(client_id) {
        Some(secret) => request.basic(client_id, secret).form(fields),
        None => request.form(&[fields, &[("client_id", client_id)]].concat()),
    }
}

/// Asks for the next pair of tokens with one of the refresh tokens; for the next token of a custom connection, which has none,
/// as for the first.
pub(super) async fn refresh(tokens: &Tokens, refresh_token: &str) -> Result<Asked, ConnectorError> {
    let place = Place::of(&tokens.address);
    if tokens.is_custom() {
        return custom(&place, &tokens.client_id, &tokens.client_secret).await;
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    ask(&place, &tokens.client_id, &fields).await
}

/// Asks for a token with the id and the secret of a custom connection. Nothing renews it: the same brings the next one.
pub(super) async fn custom(place: &Place, client_id: &str, client_secret: &str) -> Result<Asked, ConnectorError> {
    let fields = [("grant_type", "client_credentials"), ("scope", ACCOUNTING)];
    let request = begin(place, Method::POST, place.identity("/connect/token")?)?;
    answered(place, request.basic(client_id, client_secret).form(&fields), Asker::Custom).await
}

async fn ask(place: &Place, client_id: &str, fields: &[(&str, &str)]) -> Result<Asked, ConnectorError> {
    let request = begin(place, Method::POST, place.identity("/connect/token")?)?;
    answered(place, of_app(request, client_id, fields), Asker::App).await
}

async fn answered(place: &Place, request: Request, asker: Asker) -> Result<Asked, ConnectorError> {
    let answer = match request.answer().await {
        Ok(answer) => answer,
        // What may have used up a token is asked again with the same one, and so is what did not.
        Err(failure) => {
            return match failure.of_read(place.name()) {
                ConnectorError::Transient(why) | ConnectorError::Protocol(why) => Ok(Asked::Silent(why)),
                other => Err(other),
            };
        }
    };
    read(place, &answer, asker)
}

fn read(place: &Place, answer: &Answer, asker: Asker) -> Result<Asked, ConnectorError> {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    match (answer.status.as_u16(), value::text(&said, "error")) {
        (200, _) => {
            let given = Given {
                access_token: value::text(&said, "access_token").to_owned(),
                refresh_token: value::text(&said, "refresh_token").to_owned(),
                expires_at: now_ms() + value::at(&said, "expires_in").as_i64().unwrap_or_default() * 1000,
            };
            let is_whole = !given.access_token.is_empty() && (asker == Asker::Custom || !given.refresh_token.is_empty());
            let broken = || Asked::Silent(format!("{} answered with something else than tokens", place.name()));
            Ok(if is_whole { Asked::Given(Box::new(given)) } else { broken() })
        }
        (400, "invalid_grant") => Ok(Asked::Refused),
        (400 | 401, "invalid_client" | "unauthorized_client") if asker == Asker::Custom => Ok(Asked::Refused),
        (400, "invalid_scope") if asker == Asker::Custom => Err(ConnectorError::NeedsReconnect(format!(
            "This custom connection does not let Tieout do all that it has to. It needs the scopes {ACCOUNTING}"
        ))),
        (400 | 401, "invalid_client" | "unauthorized_client") => Err(ConnectorError::Barred(format!(
            "{} does not know this Tieout as the app that access was given to: check xero_client_id and xero_client_secret in \
            tieout.toml, and start Tieout again",
            place.name()
        ))),
        (429, _) => Err(ConnectorError::RateLimited { retry_after: answer.retry_after.unwrap_or(DEFAULT_PAUSE) }),
        (status, _) => Ok(Asked::Silent(format!("{} answered with status {status} when asked for tokens", place.name()))),
    }
}

/// A request to one of the place's hosts, and to no other.
pub(super) fn begin(place: &Place, method: Method, url: reqwest::Url) -> Result<Request, ConnectorError> {
    // Nothing was sent yet, so nothing can have changed.
    outgoing::of_process().request(method, url, &place.hosts()).map_err(|failure| failure.of_read(place.name()))
}
