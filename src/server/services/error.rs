//! What a use case answers when it cannot do what was asked: of a few kinds, so that a page, a script and a log
//! each know what to do with it.

/// A sentence for the person who asked, except for [`ServiceError::Internal`], which goes to the log only.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// What was named does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The input is not acceptable; the sentence says what is expected.
    #[error("{0}")]
    Invalid(String),
    /// The input is fine, but the present state does not allow it; the sentence says what to do first.
    #[error("{0}")]
    Refused(String),
    /// It is not known who asks.
    #[error("{0}")]
    SignedOut(String),
    /// Whoever asks may not do this.
    #[error("{0}")]
    Forbidden(String),
    #[error("something went wrong on the server")]
    Internal(#[source] anyhow::Error),
}

pub type ServiceResult<T> = Result<T, ServiceError>;

impl From<sqlx::Error> for ServiceError {
    fn from(error: sqlx::Error) -> Self {
        ServiceError::Internal(error.into())
    }
}

impl From<anyhow::Error> for ServiceError {
    fn from(error: anyhow::Error) -> Self {
        ServiceError::Internal(error)
    }
}
