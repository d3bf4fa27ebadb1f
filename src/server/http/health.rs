//! For whoever watches over the process: is it up, and can it do its work?

use crate::server::{db::query::sql, state::App};
use axum::{Router, extract::State, http::StatusCode, routing::get};

pub fn router() -> Router<App> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match sql("SELECT CAST(1 AS BIGINT)").one::<(i64,)>(&app.db).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
