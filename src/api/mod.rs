//! The boundary between browser and server: `#[server]` functions, each a public endpoint under `/api/`. Each
//! checks what it was given, asks a service and turns the service's error into one a page can show.

pub mod error;
#[cfg(feature = "ssr")]
pub mod flash;

pub use error::ApiError;
