//! Where Xero is: three hosts of its own, or one address in their place where something else speaks its language.

use crate::server::connectors::{ConnectorError, outgoing::Hosts};
use reqwest::Url;

/// Where people agree, where tokens are given, and where everything else is asked.
const OWN: [&str; 3] = ["https://login.xero.com", "https://identity.xero.com", "https://api.xero.com"];

#[derive(Clone, Debug)]
pub struct Place {
    login: String,
    identity: String,
    api: String,
}

impl Place {
    /// `address`: in place of Xero's own hosts, without a slash at its end; empty: Xero's own.
    pub fn of(address: &str) -> Place {
        let [login, identity, api] = if address.is_empty() { OWN } else { [address; 3] };
        Place { login: login.into(), identity: identity.into(), api: api.into() }
    }

    /// As people know it.
    pub fn name(&self) -> &str {
        if self.api == OWN[2] { "Xero" } else { &self.api }
    }

    pub fn hosts(&self) -> Hosts {
        Hosts::of(&[&self.identity, &self.api])
    }

    /// The page on which a person agrees.
    pub fn login(&self, path: &str) -> Result<Url, ConnectorError> {
        url(&self.login, path)
    }

    pub fn identity(&self, path: &str) -> Result<Url, ConnectorError> {
        url(&self.identity, path)
    }

    pub fn api(&self, path: &str) -> Result<Url, ConnectorError> {
        url(&self.api, path)
    }
}

fn url(base: &str, path: &str) -> Result<Url, ConnectorError> {
    let unusable = |_| ConnectorError::Protocol(format!("{base} is not an address requests can be sent to"));
    Url::parse(&format!("{base}{path}")).map_err(unusable)
}
