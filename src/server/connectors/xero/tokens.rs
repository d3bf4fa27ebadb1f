//! What lets us in at Xero: a token for half an hour, and another that gets the next pair and is used up by that.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A token is not used for its last minute: a request that is under way by then could come too late.
const AHEAD_MS: i64 = 60_000;

/// Its JSON is the secret a connection keeps. With it a connection is complete but for the app's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Asked in place of Xero's own hosts; empty: Xero's own.
    pub address: String,
    /// The app that access was given to.
    pub client_id: String,
    /// Of a custom connection, which is an app of its own; empty: the app is this server's, and its secret is a setting.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_secret: String,
    pub access_token: String,
    /// Empty: there is none, as with a custom connection.
    pub refresh_token: String,
    /// Before that one: Xero takes it for half an hour more, for an answer may get lost. Empty: there was none.
    pub previous_refresh_token: String,
    /// When the access token ends: epoch milliseconds, by our clock.
    pub expires_at: i64,
    /// The organisation it is for; empty until one is chosen.
    pub tenant_id: String,
    /// Xero's id of the app's connection to that organisation.
    pub connection_id: String,
}

impl Tokens {
    /// No access yet, for an app at that address.
    pub fn of_nobody(address: &str, client_id: &str) -> Tokens {
        Tokens {
            address: address.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: String::new(),
            access_token: String::new(),
            refresh_token: String::new(),
            previous_refresh_token: String::new(),
            expires_at: 0,
            tenant_id: String::new(),
            connection_id: String::new(),
        }
    }

    /// Whether they are a custom connection's: its own id and secret bring the next ones.
    pub fn is_custom(&self) -> bool {
        !self.client_secret.is_empty()
    }

    pub fn parse(secret: &str) -> Option<Tokens> {
        serde_json::from_str(secret).ok()
    }

    pub fn secret(&self) -> String {
        // Texts and a number only: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the access token can be used for now.
    pub fn is_fresh(&self, now_ms: i64) -> bool {
        now_ms + AHEAD_MS < self.expires_at
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tokens { address, client_id, expires_at, tenant_id, connection_id, .. } = self;
        f.debug_struct("Tokens")
            .field("address", address)
            .field("client_id", client_id)
            .field("expires_at", expires_at)
            .field("tenant_id", tenant_id)
            .field("connection_id", connection_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_show_no_secret_and_end_a_minute_early() {
        let tokens = Tokens {
            address: String::new(),
            client_id: "app".into(),
            client_secret: "app-s3cret".into(),
            access_token: "acc3ss".into(),
            refresh_token: "r3fresh".into(),
            previous_refresh_token: "pr3vious".into(),
            expires_at: 100_000,
            tenant_id: "t".into(),
            connection_id: "c".into(),
        };
        let shown = format!("{tokens:?}");
        assert!(["acc3ss", "r3fresh", "pr3vious", "s3cret"].iter().all(|secret| !shown.contains(secret)), "{shown}");
        assert_eq!(Tokens::parse(&tokens.secret()), Some(tokens.clone()));
        assert!(tokens.is_fresh(39_999) && !tokens.is_fresh(40_000));
        // As versions before custom connections stored them, and read them.
        let before = Tokens { client_secret: String::new(), ..tokens };
        assert!(!before.secret().contains("client_secret") && !before.is_custom());
        assert_eq!(Tokens::parse(&before.secret()), Some(before));
    }
}
