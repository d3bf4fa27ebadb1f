//! The boundary between browser and server: `#[server]` functions, each a public endpoint under `/api/`. Each
//! says who may ask ([`viewer`]), checks what it was given, asks a service and turns the service's error into one a page can show.

pub mod account;
pub mod connecting;
pub mod error;
#[cfg(feature = "ssr")]
pub mod flash;
pub mod imports;
pub mod integration;
#[cfg(feature = "ssr")]
pub mod letters;
pub mod messages;
pub mod onboarding;
pub mod other_service;
pub mod overview;
pub mod people;
pub mod practice;
pub mod records;
pub mod resolve;
pub mod results;
pub mod runs;
pub mod settings;
pub mod sign_in;
pub mod start;
pub mod sync;
#[cfg(feature = "ssr")]
pub mod viewer;

pub use error::ApiError;

/// What a page reads, as a task of its own. Rendering polls the parts of a page one after the other, and lets a later
/// one lie meanwhile: were that one to hold a connection of the database, or the turn for one, a few pages at once
/// would wait for each other until they are given up.
pub async fn reading<T: Send + 'static>(
    answer: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    #[cfg(feature = "ssr")]
    {
        // With the request's context. A panic was logged by its task.
        let task = tokio::spawn(leptos::reactive::computed::ScopedFuture::new(answer));
        task.await.unwrap_or(Err(ApiError::Internal))
    }
    #[cfg(not(feature = "ssr"))]
    answer.await
}
