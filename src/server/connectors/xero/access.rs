//! The tokens a connector works with: renewed a minute before they end, and once where Xero says that they ended.

use super::{renewal, tokens::Tokens};
use crate::server::{
    connectors::ConnectorError,
    db::{Db, now_ms},
};
use tokio::sync::Mutex;

/// Where a connection keeps its tokens, so that all who use it find the newest.
#[derive(Clone)]
pub struct Keeper {
    pub db: Db,
    pub connection_id: String,
}

pub struct Access {
    /// `None` before there is a connection: then they cannot be renewed, for nobody would find the new ones.
    keeper: Option<Keeper>,
    tokens: Mutex<Tokens>,
}

impl Access {
    pub fn new(tokens: Tokens, keeper: Option<Keeper>) -> Access {
        Access { keeper, tokens: Mutex::new(tokens) }
    }

    /// A token for the next request.
    pub async fn token(&self) -> Result<String, ConnectorError> {
        let mut held = self.tokens.lock().await;
        if !held.is_fresh(now_ms()) {
            *held = self.renewed(&held).await?;
        }
        Ok(held.access_token.clone())
    }

    /// A token in place of one that was refused.
    pub async fn instead_of(&self, refused: &str) -> Result<String, ConnectorError> {
        let mut held = self.tokens.lock().await;
        if held.access_token == refused {
            *held = self.renewed(&held).await?;
        }
        Ok(held.access_token.clone())
    }

    async fn renewed(&self, held: &Tokens) -> Result<Tokens, ConnectorError> {
        let Some(keeper) = self.keeper.clone() else {
            return Err(ConnectorError::NeedsReconnect(
                "The access to Xero was given more than half an hour ago and not used: ask for it again".into(),
            ));
        };
        let held = held.clone();
        // A task of its own: whoever waits may go away, and what it brings must be stored all the same.
        let renewal = tokio::spawn(async move { renewal::renew(&keeper, &held).await });
        renewal.await.unwrap_or_else(|_| Err(ConnectorError::Transient("Renewing the access to Xero broke off".into())))
    }
}
