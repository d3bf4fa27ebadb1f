//! The wire: one request to the Accounting API, in the name of one organisation.

use super::{
    access::Access,
    answer::{Effect, Reply, Untaken},
    gate::{Gate, Pass},
    identity,
    limits::Told,
    place::Place,
};
use crate::server::connectors::ConnectorError;
use reqwest::Method;
use serde_json::Value;

/// Before the name of every resource.
const BASE: &str = "/api.xro/2.0/";

/// What is asked for beside a resource.
pub type Pairs = Vec<(&'static str, String)>;

pub struct Client {
    access: Access,
    pub(super) gate: Gate,
    place: Place,
    tenant: String,
}

/// A request as it is sent, and sent again with another token.
struct Call<'c> {
    method: Method,
    path: &'c str,
    query: &'c [(&'static str, String)],
    header: Option<(&'static str, &'c str)>,
    body: Option<&'c Value>,
    effect: Effect,
}

impl Client {
    /// `tenant`: the organisation it works for.
    pub fn new(access: Access, gate: Gate, address: &str, tenant: String) -> Client {
        Client { access, gate, place: Place::of(address), tenant }
    }

    /// Reads a resource, all of it or what changed since a moment (epoch milliseconds).
    pub async fn read(&self, path: &str, query: &[(&'static str, String)], since: Option<i64>) -> Result<Value, ConnectorError> {
        let since = since.and_then(written_moment);
        let header = since.as_deref().map(|since| ("If-Modified-Since", since));
        let call = Call { method: Method::GET, path, query, header, body: None, effect: Effect::Read };
        self.answered(&call).await?.read()
    }

    /// Reads one record of a resource; `None` where it is not there.
    pub async fn read_one(&self, path: &str, query: &[(&'static str, String)]) -> Result<Option<Value>, ConnectorError> {
        let call = Call { method: Method::GET, path, query, header: None, body: None, effect: Effect::Read };
        let reply = self.answered(&call).await?;
        if reply.is_missing() { Ok(None) } else { reply.read().map(Some) }
    }

    /// Sends a batch. `key`: by which Xero knows the request again, for six minutes.
    pub async fn write(&self, method: Method, path: &str, key: &str, body: &Value) -> Result<Value, Untaken> {
        let query = [("summarizeErrors", "false".to_owned()), ("unitdp", "4".to_owned())];
        // Prices have nothing to do with contacts and payments.
        let query = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["Invoices" | "CreditNotes"] => &query[..],
            // Where the address names the one record, there are no others that it could be about.
            [_, _] => &[],
            _ => &query[..1],
        };
        let header = Some(("Idempotency-Key", key));
        let call = Call { method, path, query, header, body: Some(body), effect: Effect::Write };
        self.answered(&call).await.map_err(Untaken::Failed)?.taken()
    }

    /// Takes a record away; `false` where it is not there.
    pub async fn delete(&self, path: &str) -> Result<bool, Untaken> {
        let call = Call { method: Method::DELETE, path, query: &[], header: None, body: None, effect: Effect::Write };
        let reply = self.answered(&call).await.map_err(Untaken::Failed)?;
        if reply.is_missing() { Ok(false) } else { reply.taken().map(|_| true) }
    }

    /// Asks, and once more where the token was refused: it may have ended early, or be another one by now.
    async fn answered(&self, call: &Call<'_>) -> Result<Reply<'_>, ConnectorError> {
        // The token after the wait: it could end meanwhile.
        let pass = self.gate.pass().await?;
        let token = self.access.token().await?;
        let reply = self.send(call, &token, pass).await?;
        if !reply.is_unauthorised() {
            return Ok(reply);
        }
        let pass = self.gate.pass().await?;
        let token = self.access.instead_of(&token).await?;
        self.send(call, &token, pass).await
    }

    async fn send(&self, call: &Call<'_>, token: &str, mut pass: Pass<'_>) -> Result<Reply<'_>, ConnectorError> {
        let mut url = self.place.api(&format!("{BASE}{}", call.path))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut request = identity::begin(&self.place, call.method.clone(), url)?
            .bearer(token)
            .header("xero-tenant-id", &self.tenant)
            .header("Accept", "application/json");
        if let Some((name, value)) = call.header {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let place = self.place.name();
        pass.leave();
        let reply = request.answer().await.map(|answer| Reply::new(answer, place));
        pass.end(reply.as_ref().map_or_else(|_| Told::default(), Reply::told)).await;
        reply.map_err(|failure| match call.effect {
            Effect::Read => failure.of_read(place),
            Effect::Write => failure.of_write(place),
        })
    }
}

/// As `If-Modified-Since` has it: whole seconds, the one before where there are parts of one.
fn written_moment(ms: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(ms.div_euclid(1000)).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_whole_seconds_that_came_before() {
        assert_eq!(written_moment(1_518_685_950_940).as_deref(), Some("2018-02-15T09:12:30"));
        assert_eq!(written_moment(-1).as_deref(), Some("1969-12-31T23:59:59"));
    }
}
