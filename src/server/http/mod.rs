//! What speaks HTTP: every route of the server, and what holds for all of them.

mod admit;
pub mod assets;
mod away;
mod back;
mod downloads;
mod guard;
mod health;
pub mod letting_in;
mod limits;
pub mod listen;
mod pace;
mod pages;
pub mod session;
mod strangers;
mod upload;
mod webhooks;
mod xero;

pub use admit::Door;
pub use guard::{Origin, is_loopback};

use super::{services::error::ServiceError, state::App};
use axum::{Router, http::StatusCode, middleware};
use std::time::Duration;
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
    limit::RequestBodyLimitLayer,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

/// The most a form or a server function may send. Files have a route of their own.
const MOST_BYTES: usize = 256 * 1024;

/// The longest an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers shorter than this gain nothing from compression; the unchanged answer of a live page is one.
const WORTH_COMPRESSING: u64 = 600;

pub fn router(app: App) -> Router {
    // A quality at which a page costs a few milliseconds; files of the site were compressed when they were built.
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Precise(5))
        .compress_when(SizeAbove::new(WORTH_COMPRESSING).and(is_text));
    let in_time = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE);
    let at_once = |most| middleware::from_fn_with_state(limits::at_once(most), limits::within);
    let answered_soon = Router::new()
        .merge(pages::router())
        .merge(downloads::router())
        .merge(back::router())
        .merge(xero::router())
        .layer(compression)
        .layer(RequestBodyLimitLayer::new(MOST_BYTES))
        .layer(in_time)
        .layer(at_once(limits::PAGES));
    let for_people = answered_soon
        .merge(upload::router().layer(RequestBodyTimeoutLayer::new(PATIENCE)).layer(at_once(limits::UPLOADS)))
        .layer(middleware::from_fn_with_state(app.clone(), admit::admit))
        .layer(session::layer(app.db.clone()))
        .layer(middleware::from_fn(away::say));
    let guarded =
        for_people.merge(assets::router().layer(in_time)).layer(middleware::from_fn_with_state(app.site.clone(), guard::guard));
    // Whoever watches over the server asks it by any name, and is told nothing but that it is there.
    // And whoever signs what it says needs neither a session nor a page of ours.
    guarded.merge(health::router().layer(in_time)).merge(webhooks::router()).layer(at_once(limits::ALL)).with_state(app)
}

fn is_text(_: StatusCode, _: axum::http::Version, headers: &axum::http::HeaderMap, _: &axum::http::Extensions) -> bool {
    let kind = headers.get(axum::http::header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    [&b"text/"[..], b"application/json", b"application/x-ndjson"].iter().any(|text| kind.starts_with(text))
}

/// What is answered where no page is: the status that fits, and the sentence. Causes stay in the log.
fn refused(error: ServiceError) -> (StatusCode, String) {
    let status = match &error {
        ServiceError::NotFound(_) => StatusCode::NOT_FOUND,
        ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Refused(_) => StatusCode::CONFLICT,
        ServiceError::SignedOut(_) => StatusCode::UNAUTHORIZED,
        ServiceError::Forbidden(_) => StatusCode::FORBIDDEN,
        ServiceError::Internal(cause) => {
            tracing::error!("{cause:#}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    (status, error.to_string())
}
