//! What is answered while the database is away: that it is, in words, and that it is worth trying again. Whatever failed on
//! the way there, a page or a form or the look at who asks, this is why.

use super::assets;
use crate::{
    api::{ApiError, flash::accepts_html},
    server::db::away::{self, Trouble},
};
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::Instant;

/// Seconds after which a page asks again by itself, and a program should.
const AGAIN: &str = "5";

/// Nothing is loaded by the page but the style sheet and the icon.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub async fn say(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let is_page = accepts_html(request.headers());
    let is_look = request.method() == Method::GET && !request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let Some(trouble) = away::since(began).filter(|_| response.status().is_server_error()) else { return response };
    let mut answer = match is_page {
        true => page(trouble, is_look),
        false => {
            let sentence = format!("{}. Nothing that was kept is lost: {}.", title(trouble), remedy(trouble));
            Json(ApiError::Refused(sentence)).into_response()
        }
    };
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN));
    answer
}

fn title(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Away => "The database does not answer",
        Trouble::Full => "The disk of the database is full",
        Trouble::Disk => "The disk of the database does not work as it should",
        Trouble::ReadOnly => "The database can only be read",
        Trouble::Held => "Another program holds the database",
    }
}

/// What helps, as the end of a sentence.
fn remedy(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Away | Trouble::Held => "try again in a moment",
        Trouble::Full => "once there is room on it, try again; nothing has to be restarted",
        Trouble::Disk | Trouble::ReadOnly => "once that is mended on the server, try again",
    }
}

/// What somebody only looks at comes back by itself. What they sent does not: whether it was kept is for them to see.
fn page(trouble: Trouble, is_look: bool) -> Response {
    let (title, remedy) = (title(trouble), remedy(trouble));
    let (refresh, advice) = match is_look {
        true => (
            format!("<meta http-equiv=\"refresh\" content=\"{AGAIN}\">"),
            "Nothing that was kept is lost. This page tries again every few seconds.".to_owned(),
        ),
        false => (String::new(), format!("Nothing that was kept is lost. Go back, look whether it was done, and {remedy}.")),
    };
    let style = assets::output_name();
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
        {refresh}<title>{title} · Tieout</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
        <link rel=\"stylesheet\" href=\"/pkg/{style}.css\"></head><body><main id=\"main\"><div class=\"empty\"><h1>{title}</h1>\
        <p>{advice}</p><p>Whoever looks after this server finds the cause in its log.</p></div></main></body></html>"
    );
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, html).into_response()
}
