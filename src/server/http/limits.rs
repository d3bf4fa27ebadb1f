//! How much may go on at once. More is refused at once, in words: a server that takes on everything answers nobody.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Requests of every kind.
pub const ALL: usize = 2_048;

/// Pages and server functions under way at once. The database answers a few dozen at a time; the others wait for it.
pub const PAGES: usize = 512;

/// Files that arrive at once: each may be large, and they are read one after the other.
pub const UPLOADS: usize = 16;

/// A limit of `most` at once, for `axum::middleware::from_fn_with_state` with [`within`].
pub fn at_once(most: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(most))
}

pub async fn within(State(room): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_place) = room.try_acquire() else {
        let sentence = "Too much is going on here at once; try again in a moment.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], sentence).into_response();
    };
    next.run(request).await
}
