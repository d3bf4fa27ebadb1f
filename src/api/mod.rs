//! The boundary between browser and server: `#[server]` functions, each a public endpoint under `/api/`. Each
//! checks what it was given, asks a service and turns the service's error into one a page can show.

#[cfg(feature = "ssr")]
mod company;
pub mod error;
#[cfg(feature = "ssr")]
pub mod flash;
pub mod imports;
pub mod integration;
pub mod messages;
pub mod overview;
pub mod practice;
pub mod resolve;
pub mod results;
pub mod start;
pub mod sync;

pub use error::ApiError;

/// The database of the request under way.
#[cfg(feature = "ssr")]
pub(crate) fn db() -> Result<crate::server::db::Db, ApiError> {
    leptos::prelude::use_context().ok_or(ApiError::Internal)
}
