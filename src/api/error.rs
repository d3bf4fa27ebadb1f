//! What a server function answers when it cannot do what was asked. It travels as JSON, with the HTTP status
//! that fits, and holds sentences for people; causes stay in the server's log.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::{Bytes, Encodes, codec::JsonEncoding},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ApiError {
    /// What was named does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The input is not acceptable; the sentence says what is expected.
    #[error("{0}")]
    Invalid(String),
    /// The present state does not allow it; the sentence says what to do first.
    #[error("{0}")]
    Refused(String),
    /// It is not known who asks: signing in comes first.
    #[error("{0}")]
    SignedOut(String),
    /// Whoever asks may not do this.
    #[error("{0}")]
    Forbidden(String),
    #[error("Something went wrong on the server. Please try again; the server’s log says more.")]
    Internal,
    /// The database is in trouble, and not what was asked; which trouble, `server::http::away` says.
    #[error("The database does not answer as it should. Nothing that was kept is lost: try again in a moment.")]
    Away,
    /// The request did not reach the server, or its answer did not arrive.
    #[error("The server cannot be reached.")]
    Unreachable,
}

const NOT_UNDERSTOOD: &str = "The request is not one this server understands. Reload the page and try again.";

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> ApiError {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ApiError::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                ApiError::Invalid(NOT_UNDERSTOOD.into())
            }
            // Bytes that are no text. In the browser it would be an answer that is none.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(_) => ApiError::Invalid(NOT_UNDERSTOOD.into()),
            _ => ApiError::Internal,
        }
    }

    /// Where a server function's error is written down, whoever made it: the place to set the answer's status.
    fn ser(&self) -> Bytes {
        #[cfg(feature = "ssr")]
        self.answer();
        // An enum of strings can always be written.
        JsonEncoding::encode(self).unwrap_or_default()
    }
}

#[cfg(feature = "ssr")]
impl From<crate::server::services::error::ServiceError> for ApiError {
    fn from(error: crate::server::services::error::ServiceError) -> ApiError {
        use crate::server::services::error::ServiceError;
        let error = match error {
            ServiceError::NotFound(sentence) => ApiError::NotFound(sentence),
            ServiceError::Invalid(sentence) => ApiError::Invalid(sentence),
            ServiceError::Refused(sentence) => ApiError::Refused(sentence),
            ServiceError::SignedOut(sentence) => ApiError::SignedOut(sentence),
            ServiceError::Forbidden(sentence) => ApiError::Forbidden(sentence),
            ServiceError::Internal(cause) => {
                tracing::error!("{cause:#}");
                if crate::server::db::away::is_behind(&cause) { ApiError::Away } else { ApiError::Internal }
            }
        };
        error.answer();
        error
    }
}

#[cfg(feature = "ssr")]
impl ApiError {
    /// Gives the answer under way, be it a page or a server function's, the status that fits. A form posted
    /// without script is sent back to its page instead, which then says the sentence.
    fn answer(&self) {
        super::viewer::refused(&self.to_string());
        // Who may not is told so at once: a page to go back to may not be theirs either. And without a database there is none.
        let may_go_back = !matches!(self, ApiError::Forbidden(_) | ApiError::Away);
        if may_go_back && super::flash::is_plain_form() {
            return super::flash::fail(&self.to_string());
        }
        if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(self.status());
        }
    }

    /// The HTTP status that fits.
    pub fn status(&self) -> axum::http::StatusCode {
        use axum::http::StatusCode;
        match self {
            ApiError::NotFound(_) => StatusCode::NOT_FOUND,
            ApiError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Refused(_) => StatusCode::CONFLICT,
            ApiError::SignedOut(_) => StatusCode::UNAUTHORIZED,
            ApiError::Forbidden(_) => StatusCode::FORBIDDEN,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ApiError::Away => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Unreachable => StatusCode::BAD_GATEWAY,
        }
    }
}
