//! Why nobody was vouched for: what the person is told, and what the log is.

use super::wire::WireError;
use crate::server::services::error::ServiceError;
use openidconnect::{ClaimsVerificationError, DiscoveryError, UserInfoError, core::CoreRequestTokenError};

/// What went wrong with a sign-in through the service.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// No answer, or none that is one.
    #[error("it does not answer as it should")]
    Silent(#[source] anyhow::Error),
    #[error("its answer cannot be trusted")]
    Untrusted(#[source] anyhow::Error),
    /// It takes the code for a wrong one, a used one, or one that is not ours.
    #[error("it does not confirm the sign-in")]
    Unconfirmed(#[source] anyhow::Error),
    #[error("too many sign-ins are under way")]
    Busy,
    #[error("it has not verified the address “{0}”")]
    Unverified(String),
    #[error("it is not believed about the address “{0}”")]
    Foreign(String),
}

impl OidcError {
    pub(super) fn untrusted(sentence: &'static str) -> OidcError {
        OidcError::Untrusted(anyhow::anyhow!(sentence))
    }

    /// The address it was about, where that is known.
    pub fn email(&self) -> Option<&str> {
        match self {
            OidcError::Unverified(email) | OidcError::Foreign(email) => Some(email),
            _ => None,
        }
    }

    /// Writes the cause to the log, and answers the sentence for the person who wanted in.
    pub fn explained(self, name: &str) -> ServiceError {
        let sentence = match &self {
            OidcError::Silent(_) => format!("{name} does not answer; sign in with your password or try again."),
            OidcError::Untrusted(_) => {
                format!("What {name} answered cannot be trusted, so nobody is signed in. Ask whoever looks after this server.")
            }
            OidcError::Unconfirmed(_) => format!("{name} did not confirm this sign-in. Try again."),
            OidcError::Busy => "Too many people sign in at this moment. Try again in a few seconds.".to_owned(),
            OidcError::Unverified(_) => {
                format!("{name} has not verified your e-mail address. Verify it there, or sign in with your password.")
            }
            OidcError::Foreign(_) => {
                format!("Addresses of this domain are not let in through {name}. Choose the account of your work there.")
            }
        };
        // Its text is the service's: quoted, and no longer than a reader needs.
        let cause = format!("{:#}", anyhow::Error::from(self)).chars().take(600).collect::<String>();
        tracing::warn!(service = name, ?cause, "a sign-in through another service failed");
        ServiceError::SignedOut(sentence)
    }
}

impl From<DiscoveryError<WireError>> for OidcError {
    fn from(error: DiscoveryError<WireError>) -> OidcError {
        match error {
            DiscoveryError::Validation(_) | DiscoveryError::Request(WireError::Unsafe(_)) => OidcError::Untrusted(error.into()),
            // Its text names the status; the body beside it is nobody's business.
            _ => OidcError::Silent(error.into()),
        }
    }
}

impl From<CoreRequestTokenError<WireError>> for OidcError {
    fn from(error: CoreRequestTokenError<WireError>) -> OidcError {
        match error {
            CoreRequestTokenError::ServerResponse(_) => OidcError::Unconfirmed(error.into()),
            CoreRequestTokenError::Request(WireError::Unsafe(_)) => OidcError::Untrusted(error.into()),
            _ => OidcError::Silent(error.into()),
        }
    }
}

impl From<UserInfoError<WireError>> for OidcError {
    fn from(error: UserInfoError<WireError>) -> OidcError {
        match error {
            UserInfoError::ClaimsVerification(_) | UserInfoError::Request(WireError::Unsafe(_)) => {
                OidcError::Untrusted(error.into())
            }
            _ => OidcError::Silent(error.into()),
        }
    }
}

impl From<ClaimsVerificationError> for OidcError {
    fn from(error: ClaimsVerificationError) -> OidcError {
        OidcError::Untrusted(error.into())
    }
}
