//! Where accounting software tells what has changed. No person and no browser comes here: who it is shows in the signature
//! of what is said, and the answer says nothing but whether that was right and kept.

use super::limits;
use crate::{
    domain::provider::Provider,
    server::{connectors::xero::webhook, services::webhooks, state::App},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware,
    routing::post,
};
use std::time::Duration;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

/// Some thousand events. Xero sends far fewer at once.
const MOST_BYTES: usize = 1024 * 1024;

/// Xero waits five seconds. Where the database cannot keep it by then it is to be sent again, and for that it has to hear so.
const PATIENCE: Duration = Duration::from_secs(4);

pub fn router() -> Router<App> {
    Router::new()
        .route(webhooks::XERO, post(xero))
        .layer(RequestBodyLimitLayer::new(MOST_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(middleware::from_fn_with_state(limits::at_once(limits::WEBHOOKS), limits::within))
}

async fn xero(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Some(key) = &app.site.xero_webhook_key else { return StatusCode::NOT_FOUND };
    let signature = headers.get(webhook::SIGNATURE).map_or(&b""[..], HeaderValue::as_bytes);
    if !webhook::is_signed(key, &body, signature) {
        return StatusCode::UNAUTHORIZED;
    }
    match webhooks::take(&app.db, Provider::Xero, &webhook::notices(&body)).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!(%error, "what Xero told could not be kept; it sends it again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
