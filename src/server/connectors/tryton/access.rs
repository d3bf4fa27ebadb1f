//! How Tryton lets us in: a key is asked for in the name of one of its users, somebody approves it in Tryton, and from
//! then on it opens what that user may see. Until the approval the key opens nothing, and nothing is sent.

use super::{
    client::{Client, Query, post_openly},
    value,
};
use crate::server::connectors::{
    ConnectorError, Organisation,
    outgoing::{self, Reach},
};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// Characters of an address, of a database's name and of a user's name that are taken at most.
const MAX_ADDRESS: usize = 200;
const MAX_NAME: usize = 100;
/// A key has 128 digits today.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 16..=512;

/// What lets us in. Its JSON is the secret a connection keeps.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The address of the server, without a slash at its end.
    pub server: String,
    pub database: String,
    /// The login of the user in whose name the key was given.
    pub user: String,
    pub key: String,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grant { server, database, user, key: _ } = self;
        f.debug_struct("Grant").field("server", server).field("database", database).field("user", user).finish_non_exhaustive()
    }
}

impl Grant {
    /// Where it leads, as people know it: `https://books.example.com/main`.
    pub fn place(&self) -> String {
        format!("{}/{}", self.server, self.database)
    }

    /// The id of one of its companies among all organisations of all servers.
    pub(super) fn organisation_id(&self, company: i64) -> String {
        format!("{}/{company}", self.place())
    }

    /// The company an organisation's id stands for; `None` where it is on another server or in another database.
    pub(super) fn company(&self, organisation_id: &str) -> Option<i64> {
        organisation_id.strip_prefix(&self.place())?.strip_prefix('/')?.parse().ok()
    }
}

/// Where the approval of a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nobody approved it yet. Tryton tells a stranger no more than this: the user may not exist, or may have a request
    /// from before that waits, and then this one was dropped.
    Waiting,
    /// The companies of the database its user may work for.
    Given(Vec<Organisation>),
}

/// Asks a server for a key. It opens nothing until somebody approves it in Tryton.
pub async fn request(server: &str, database: &str, user: &str) -> Result<Grant, ConnectorError> {
    let server = server_address(server, outgoing::of_process())?;
    let database = name("database", "database name", database)?;
    let user = name("user", "user's login", user)?;
    let path = [database.as_str(), "r", "user", "application", ""];
    let asked = post_openly(&server, &path, json!({ "user": user, "application": "rest" })).await;
    let (status, answer) = asked.map_err(|error| match error {
        // A key that was given and never arrived opens nothing: asking again is harmless.
        ConnectorError::UnknownOutcome(text) => ConnectorError::Transient(text),
        // What the address leads to was found out only now.
        ConnectorError::Barred(text) => invalid("server", text),
        other => other,
    })?;
    match (status.as_u16(), answer.as_str()) {
        (200, Some(key)) if is_key(key) => {
            let key = key.to_owned();
            Ok(Grant { server, database, user, key })
        }
        (404, _) => Err(invalid("database", format!("{server} has no database “{database}”, or is no Tryton server"))),
        (429, _) => Err(ConnectorError::Transient(format!("{server} asks for a pause: try again in a minute"))),
        (301..=399, _) => Err(invalid("server", format!("{server} points to another address: enter that one"))),
        (500.., _) => {
            Err(ConnectorError::Transient(format!("{server} has a problem (status {}): try again later", status.as_u16())))
        }
        _ => {
            Err(invalid("server", format!("{server} does not answer as a Tryton server of version 8.2 does: check the address")))
        }
    }
}

/// Whether the key opens anything yet, and which companies.
pub async fn organisations(grant: &Grant) -> Result<Approval, ConnectorError> {
    let client = Client::new(grant.clone(), None);
    let user = match client.ask("res.user", "get_preferences", json!({ "context_only": true })).await {
        Err(ConnectorError::NeedsReconnect(_)) => return Ok(Approval::Waiting),
        answer => answer?,
    };
    let ids: Vec<i64> = value::list(&user, "companies").iter().filter_map(serde_json::Value::as_i64).collect();
    if ids.is_empty() {
        return Err(invalid(
            "user",
            format!("Tryton's user {} belongs to no company: add one under Users, Access permissions, Companies", grant.user),
        ));
    }
    let query = Query::of(&["party.name", "rec_name", "currency.code"]).domain(json!([["id", "in", ids]]));
    let companies = client.search("company.company", &query).await?;
    companies.iter().map(|company| organisation(grant, company)).collect::<Result<_, _>>().map(Approval::Given)
}

pub(super) fn organisation(grant: &Grant, company: &serde_json::Value) -> Result<Organisation, ConnectorError> {
    let incomplete = || {
        let rights = format!("give the user {} the right to read companies, parties and currencies", grant.user);
        invalid("user", format!("Tryton does not tell the company's name and currency: {rights}"))
    };
    let id = value::id(company, "id").ok_or_else(incomplete)?;
    let name = [value::text(company, "party.name"), value::text(company, "rec_name")].into_iter().find(|name| !name.is_empty());
    let currency = value::text(company, "currency.code");
    if currency.is_empty() {
        return Err(incomplete());
    }
    Ok(Organisation {
        id: grant.organisation_id(id),
        name: name.ok_or_else(incomplete)?.to_owned(),
        currency: currency.to_owned(),
        locked_until: None,
        short_code: None,
    })
}

fn invalid(field: &str, message: String) -> ConnectorError {
    ConnectorError::Validation { code: "access".into(), field: Some(field.into()), message }
}

/// The address as it is kept: scheme and host in lower case, no slash at its end. One that would not be asked is refused.
fn server_address(written: &str, reach: &Reach) -> Result<String, ConnectorError> {
    let written = written.trim();
    let refuse = |why: &str| Err(invalid("server", format!("The server's address {why}")));
    if written.is_empty() {
        return refuse("is missing: write it as https://books.example.com");
    }
    if written.len() > MAX_ADDRESS {
        return refuse("is too long");
    }
    let lower = written.to_ascii_lowercase();
    if !(lower.starts_with("http://") || lower.starts_with("https://")) {
        return refuse("must begin with https://");
    }
    let Ok(url) = Url::parse(written) else { return refuse("cannot be read: write it as https://books.example.com") };
    if url.host_str().is_none_or(str::is_empty) {
        return refuse("names no host: write it as https://books.example.com");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not carry a name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must end before any ? or #");
    }
    reach.check(&url).map_err(|barred| invalid("server", barred.to_string()))?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn name(field: &str, what: &str, written: &str) -> Result<String, ConnectorError> {
    let written = written.trim();
    if written.is_empty() {
        return Err(invalid(field, format!("The {what} is missing")));
    }
    if written.chars().count() > MAX_NAME || written.chars().any(|character| character.is_control() || character == '/') {
        return Err(invalid(field, format!("The {what} must be at most {MAX_NAME} characters, without slashes")));
    }
    if matches!(written, "." | "..") {
        return Err(invalid(field, format!("The {what} cannot be “{written}”")));
    }
    Ok(written.to_owned())
}

fn is_key(key: &str) -> bool {
    KEY_LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::connectors::outgoing::Limits;

    #[test]
    fn addresses_are_kept_in_one_form_and_bad_ones_say_what_is_wrong() {
        let reach = Reach::new(vec![url::Host::Domain("localhost".into())], Limits::USUAL);
        for (written, kept) in [
            (" https://Books.Example.com/ ", "https://books.example.com"),
            ("HTTP://localhost:8000", "http://localhost:8000"),
            ("https://example.com:443/tryton//", "https://example.com/tryton"),
        ] {
            assert_eq!(server_address(written, &reach).as_deref(), Ok(kept));
        }
        for (written, said) in [
            ("", "is missing"),
            ("books.example.com", "must begin with https://"),
            ("ftp://example.com", "must begin with https://"),
            ("https://", "cannot be read"),
            ("https://admin:secret@example.com", "must not carry a name or password"),
            ("https://example.com/?a=1", "must end before any ? or #"),
            ("https://example.com/#peer", "must end before any ? or #"),
            ("http://books.example.com", "books.example.com is asked over https:// only"),
            ("http://10.0.0.5:8000", "private_hosts in tieout.toml"),
            ("https://0x7f.1", "127.0.0.1 is inside a private network"),
        ] {
            let error = server_address(written, &reach).unwrap_err().to_string();
            assert!(error.contains(said), "{written}: {error}");
            assert!(!error.contains("secret"));
        }
        assert!(server_address(&format!("https://{}.com", "a".repeat(300)), &reach).is_err());
    }

    #[test]
    fn names_are_bounded_and_stay_one_part_of_the_address() {
        assert_eq!(name("database", "database name", " peer ").as_deref(), Ok("peer"));
        for bad in ["", "a/b", "..", "a\nb", &"x".repeat(101)] {
            assert!(name("database", "database name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_grant_shows_no_key_and_knows_its_organisations() {
        let grant = Grant { server: "https://a.example".into(), database: "peer".into(), user: "ann".into(), key: "k3y".into() };
        assert!(!format!("{grant:?}").contains("k3y"));
        let id = grant.organisation_id(7);
        assert_eq!(id, "https://a.example/peer/7");
        assert_eq!(grant.company(&id), Some(7));
        assert_eq!(grant.company("https://b.example/peer/7"), None);
        assert_eq!(grant.company("https://a.example/peer2/7"), None);
    }
}
