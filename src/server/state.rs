//! What every request may need.

use super::{
    config::{Secret, Settings},
    db::Db,
    mail::Mailer,
    oidc,
};
use ipnet::IpNet;
use std::sync::Arc;
use url::Url;

/// Handed to routes as their state, and to pages and server functions as a context, where its `Db` is one too.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub site: Arc<Site>,
    /// The service that people may sign in through; `None`: they sign in here only.
    pub oidc: Option<Arc<oidc::Service>>,
}

/// What this installation is set to be.
pub struct Site {
    /// Scheme, host and port that people type; `None`: whatever address of this machine they used.
    pub public_url: Option<Url>,
    /// Whether the server itself speaks TLS.
    pub has_tls: bool,
    /// Whose word is taken on where a request comes from and whether it came encrypted.
    pub trusted_proxies: Vec<IpNet>,
    /// What sends letters; `None`: an administrator copies links.
    pub mailer: Option<Arc<Mailer>>,
    /// The key with which Xero signs what it tells by itself; `None`: nothing is taken from it.
    pub xero_webhook_key: Option<Secret>,
}

impl Site {
    /// Nothing that sends letters is among it yet: only a server needs that.
    pub fn of(settings: &Settings) -> Site {
        let web = &settings.web;
        let trusted_proxies = web.trusted_proxies.clone();
        let xero_webhook_key = settings.xero_webhook_key.clone();
        Site { public_url: web.public_url.clone(), has_tls: web.tls.is_some(), trusted_proxies, mailer: None, xero_webhook_key }
    }

    /// What links to this server begin with, for somebody who reached it at `host`.
    pub fn origin(&self, host: &str) -> String {
        match &self.public_url {
            Some(url) => url.origin().ascii_serialization(),
            None if self.has_tls => format!("https://{host}"),
            None => format!("http://{host}"),
        }
    }
}
