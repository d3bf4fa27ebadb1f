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

/// What accounting software tells at once: each takes a place in the queue for the database.
pub const WEBHOOKS: usize = 32;

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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, middleware, routing::get};
    use tokio::{net::TcpListener, sync::Notify};

    #[tokio::test]
    async fn more_than_there_is_room_for_is_refused_at_once() {
        let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (begun, end) = (begun.clone(), end.clone());
            async move || {
                begun.notify_one();
                end.notified().await;
                "done"
            }
        };
        let router = Router::new().route("/", get(slow)).layer(middleware::from_fn_with_state(at_once(1), within));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        // Fails where one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let first = tokio::spawn(reqwest::get(url.clone()));
        begun.notified().await;
        let second = reqwest::get(&url).await.unwrap();
        assert_eq!(
            (second.status(), second.headers()[header::RETRY_AFTER].as_bytes()),
            (StatusCode::SERVICE_UNAVAILABLE, &b"2"[..])
        );
        end.notify_one();
        assert_eq!(first.await.unwrap().unwrap().status(), StatusCode::OK);
        // The place is free again.
        end.notify_one();
        assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::OK);
    }
}
