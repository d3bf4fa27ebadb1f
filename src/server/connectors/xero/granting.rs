//! How a person lets us in: on a page of Xero's, from where the browser comes back with a code that is good once, for five
//! minutes, and for whoever began it.

use super::{
    app::App,
    identity::{self, Asked},
    place::Place,
    tokens::Tokens,
    value,
};
use crate::server::{connectors::ConnectorError, token};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Access that a person was sent off for. What comes back has to fit it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    pub state: String,
    verifier: String,
    /// Where the browser is to come back to.
    redirect: String,
    /// The app that asks, and whom: as they are set when it begins.
    client_id: String,
    address: String,
}

/// An organisation that a person let us into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    pub id: String,
    pub name: String,
    /// Xero's id of the app's connection to it.
    pub connection_id: String,
}

impl Leaving {
    /// Begins anew. `redirect`: the address that is registered at Xero; `about`: what the state begins with, before a point.
    pub fn of(app: &App, redirect: &str, about: &str) -> anyhow::Result<Leaving> {
        Ok(Leaving {
            state: format!("{about}.{}", token::new()?),
            verifier: token::new()?,
            redirect: redirect.to_owned(),
            client_id: app.client_id.clone(),
            address: app.address.clone(),
        })
    }

    /// The page on which the person agrees.
    pub fn page(&self) -> Result<String, ConnectorError> {
        let mut url = Place::of(&self.address).login("/identity/connect/authorize")?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect),
            // And going on without the person.
            ("scope", &format!("offline_access {}", identity::ACCOUNTING)),
            ("state", &self.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url.into())
    }

    /// The tokens for the code that came back; for no organisation yet.
    pub async fn tokens(&self, code: &str) -> Result<Tokens, ConnectorError> {
        let fields = [("code", code), ("redirect_uri", self.redirect.as_str()), ("code_verifier", self.verifier.as_str())];
        let place = Place::of(&self.address);
        match identity::exchange(&place, &self.client_id, &fields).await? {
            Asked::Given(given) => Ok(given.following(&Tokens::of_nobody(&self.address, &self.client_id))),
            Asked::Refused => Err(ConnectorError::NeedsReconnect(
                "Xero did not take what the browser brought back: it is good once, and for five minutes".into(),
            )),
            Asked::Silent(why) => Err(ConnectorError::Transient(why)),
        }
    }
}

/// The tokens for the id and the secret of a custom connection, which they keep; for no organisation yet.
pub async fn custom(address: &str, client_id: &str, client_secret: &str) -> Result<Tokens, ConnectorError> {
    let nobody = Tokens { client_secret: client_secret.to_owned(), ..Tokens::of_nobody(address, client_id) };
    match identity::refresh(&nobody, "").await? {
        Asked::Given(given) => Ok(given.following(&nobody)),
        Asked::Refused => Err(ConnectorError::Validation {
            code: "credentials".into(),
            field: None,
            message: "Xero does not take this client id with this secret as those of a custom connection".into(),
        }),
        Asked::Silent(why) => Err(ConnectorError::Transient(why)),
    }
}

/// The organisations some tokens open.
pub async fn tenants(tokens: &Tokens) -> Result<Vec<Tenant>, ConnectorError> {
    let place = Place::of(&tokens.address);
    let request = identity::begin(&place, Method::GET, place.api("/connections")?)?;
    let request = request.bearer(&tokens.access_token).header("Accept", "application/json");
    let answer = request.answer().await.map_err(|failure| failure.of_read(place.name()))?;
    let listed = super::answer::Reply::new(answer, place.name()).read()?;
    let Value::Array(listed) = listed else {
        return Err(ConnectorError::Protocol("Xero did not answer with a list of organisations".into()));
    };
    // A practice of accountants is one of another type, and keeps no books.
    let organisations = listed.iter().filter(|one| value::text(one, "tenantType") == "ORGANISATION").map(|one| Tenant {
        id: value::text(one, "tenantId").to_owned(),
        name: value::text(one, "tenantName").to_owned(),
        connection_id: value::text(one, "id").to_owned(),
    });
    Ok(organisations.filter(|tenant| !tenant.id.is_empty()).collect())
}

/// The tokens for one of the organisations they open.
pub fn for_tenant(tokens: &Tokens, tenant: &Tenant) -> Tokens {
    Tokens { tenant_id: tenant.id.clone(), connection_id: tenant.connection_id.clone(), ..tokens.clone() }
}

/// Tokens that can be used for now: the same, or the next pair, which has to be kept before it is used.
pub async fn renewed(tokens: &Tokens) -> Result<Tokens, ConnectorError> {
    match identity::refresh(tokens, &tokens.refresh_token).await? {
        Asked::Given(given) => Ok(given.following(tokens)),
        Asked::Refused => Err(ConnectorError::NeedsReconnect("Xero takes this access no longer: ask for it again".into())),
        Asked::Silent(why) => Err(ConnectorError::Transient(why)),
    }
}

/// Gives one organisation up at Xero: others that the same person let us into stay.
pub async fn give_up(tokens: &Tokens) -> Result<(), ConnectorError> {
    let place = Place::of(&tokens.address);
    let url = place.api(&format!("/connections/{}", tokens.connection_id))?;
    let request = identity::begin(&place, Method::DELETE, url)?.bearer(&tokens.access_token);
    let answer = request.answer().await.map_err(|failure| failure.of_write(place.name()))?;
    match answer.status.as_u16() {
        // It is given up already where it is not there.
        200..=299 | 404 => Ok(()),
        status => Err(ConnectorError::Transient(format!("{} answered with status {status}", place.name()))),
    }
}

/// Takes the tokens back, and with them all that the same person let us into.
pub async fn revoke(tokens: &Tokens) -> Result<(), ConnectorError> {
    identity::revoke(tokens).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_carries_what_comes_back_and_not_what_proves_it() {
        let app = App { client_id: "app".into(), client_secret: None, address: String::new() };
        let leaving = Leaving::of(&app, "https://tieout.example.com/xero/back", "AQE").unwrap();
        let page: url::Url = leaving.page().unwrap().parse().unwrap();
        assert!(page.as_str().starts_with("https://login.xero.com/identity/connect/authorize?"));
        let field = |name: &str| page.query_pairs().find(|(field, _)| field == name).map(|(_, value)| value.into_owned());
        assert_eq!(field("redirect_uri").as_deref(), Some("https://tieout.example.com/xero/back"));
        assert_eq!(field("state"), Some(leaving.state.clone()));
        assert!(!page.as_str().contains(&leaving.verifier));
        // A verifier has 43 characters at least, and the challenge is what it digests to.
        assert!((43..=128).contains(&leaving.verifier.len()));
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(leaving.verifier.as_bytes()));
        assert_eq!(field("code_challenge"), Some(digest));
        assert!(leaving.state.starts_with("AQE."));
        assert_ne!(Leaving::of(&app, "x", "AQE").unwrap().state, leaving.state);
    }
}
