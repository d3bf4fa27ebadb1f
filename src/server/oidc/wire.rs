//! The wire to the service: one request and its answer, within bounds. Whatever the service says about itself, it is asked
//! in no less safe a way than its own address was set.

use crate::server::config::is_loopback;
use anyhow::Context;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Url, redirect};
use std::{pin::Pin, time::Duration};

const TIME_OUT: Duration = Duration::from_secs(10);
/// Documents and tokens are of a few kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("{0} is not encrypted")]
    Unsafe(Url),
    #[error("the request cannot be sent")]
    Unsent(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the connection failed")]
    Failed(#[from] reqwest::Error),
    #[error("the answer has more than {} MB", MAX_ANSWER / 1024 / 1024)]
    TooLong,
}

/// An HTTP client of its own: it shares nothing with those that ask accounting software.
pub struct Wire {
    client: reqwest::Client,
    /// Whether the service is on this machine, where nobody is on the way.
    is_here: bool,
}

impl Wire {
    pub fn to(issuer: &Url) -> anyhow::Result<Wire> {
        // Fails where one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("tieout/", env!("CARGO_PKG_VERSION")))
            // A code and our secret belong to the address the service named, and to no other that one may point to.
            .redirect(redirect::Policy::none())
            .connect_timeout(TIME_OUT)
            .timeout(TIME_OUT)
            .build()
            .context("no HTTP client can be made for oidc_issuer")?;
        Ok(Wire { client, is_here: is_loopback(issuer.host()) })
    }

    /// Whether an address that the service named may be used: encrypted, unless all of it is on this machine.
    pub fn may_use(&self, url: &Url) -> bool {
        url.scheme() == "https" || (self.is_here && url.scheme() == "http" && is_loopback(url.host()))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, WireError> {
        let request = reqwest::Request::try_from(request).map_err(|error| WireError::Unsent(error.into()))?;
        if !self.may_use(request.url()) {
            return Err(WireError::Unsafe(request.url().clone()));
        }
        // Without the address: it is ours to name, and may say more than a log should hold.
        let mut answer = self.client.execute(request).await.map_err(reqwest::Error::without_url)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(WireError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WireError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_service_on_this_machine_is_asked_without_encryption() {
        let may_use = |issuer: &str, url: &str| Wire::to(&issuer.parse().unwrap()).unwrap().may_use(&url.parse().unwrap());
        assert!(may_use("https://login.example.com", "https://keys.example.com/jwks"));
        assert!(may_use("http://127.0.0.1:1", "http://localhost:2/token"));
        for (issuer, url) in [
            ("https://login.example.com", "http://login.example.com/token"),
            ("https://login.example.com", "http://localhost/token"),
            ("http://localhost:1", "http://login.example.com/token"),
            ("http://localhost:1", "javascript:alert(1)"),
            ("https://login.example.com", "file:///etc/passwd"),
        ] {
            assert!(!may_use(issuer, url), "{issuer} {url}");
        }
    }
}
