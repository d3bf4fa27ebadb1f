//! One sentence that outlives a redirect: a form posted without script is answered by sending the browser back
//! to its page, and that page says what happened. It travels in a cookie, which the page takes away again.

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

const COOKIE: &str = "tieout-notice";
/// Characters; written with percent signs they must stay below the four kilobytes browsers keep.
const LONGEST: usize = 300;

/// Whether the request under way is a form posted by the browser itself, without script.
pub fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|request| request.method == Method::POST && accepts_html(&request.headers))
}

/// Whether a browser asks for a page to show, and not a script.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// Says it on the next page, if a plain form asked; a script gets its answer directly.
pub fn say(sentence: &str) {
    if is_plain_form() {
        set_cookie(&cookie('+', sentence));
    }
}

/// Sends a plain form's browser to a page of ours instead of back to the form's.
pub fn go_to(place: &str) {
    if is_plain_form() {
        leptos_axum::redirect(place);
    }
}

/// Says on the next page why it was not done, and sends the browser there: to a page that still holds what was entered.
/// For a form's own answer, in place of its error.
pub fn complain(sentence: &str, place: &str) {
    set_cookie(&cookie('-', sentence));
    leptos_axum::redirect(place);
}

/// Says on the next page why it was not done, and sends the browser back to where the form was: left alone,
/// Leptos would write the error into the address, where anyone could write one.
pub(super) fn fail(sentence: &str) {
    let (Some(request), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>()) else { return };
    // It may be called twice for one answer, hence the replacing.
    if let Ok(cookie) = HeaderValue::from_str(&cookie('-', sentence)) {
        response.insert_header(header::SET_COOKIE, cookie);
    }
    let back = request.headers.get(header::REFERER).cloned().unwrap_or(HeaderValue::from_static("/"));
    response.insert_header(header::LOCATION, back);
    response.set_status(StatusCode::SEE_OTHER);
}

/// The same where no server function answers: a form posted by the browser itself is sent back to its page, which
/// says why it was not done. `None` for everyone else.
pub fn send_back(headers: &HeaderMap, sentence: &str) -> Option<Response> {
    if !accepts_html(headers) {
        return None;
    }
    Some(send_to(headers.get(header::REFERER).cloned().unwrap_or(HeaderValue::from_static("/")), sentence))
}

/// The same for whoever comes: to a page of ours, which says why it was not done.
pub fn complain_at(place: &'static str, sentence: &str) -> Response {
    send_to(HeaderValue::from_static(place), sentence)
}

/// Sends whoever comes on to a page of ours, which says what was done, or why it was not.
pub fn send_on(place: &str, outcome: Result<&str, &str>) -> Response {
    let (sign, sentence) = match outcome {
        Ok(sentence) => ('+', sentence),
        Err(sentence) => ('-', sentence),
    };
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)], [(header::SET_COOKIE, cookie(sign, sentence))]).into_response()
}

fn send_to(place: HeaderValue, sentence: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)], [(header::SET_COOKIE, cookie('-', sentence))]).into_response()
}

/// What the page has to say about the form that led to it, and whether that is bad news. Taken, not read: the
/// page after it does not repeat it.
pub fn take() -> Option<(String, bool)> {
    let request = use_context::<Parts>()?;
    let value = request
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    set_cookie(&format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"));
    let (text, _) = form_urlencoded::parse(value.as_bytes()).next()?;
    let (sign, sentence) = text.split_at_checked(1)?;
    Some((sentence.to_owned(), sign == "-"))
}

fn cookie(sign: char, sentence: &str) -> String {
    let sentence: String = sentence.chars().take(LONGEST).collect();
    let value: String = form_urlencoded::byte_serialize(format!("{sign}{sentence}").as_bytes()).collect();
    format!("{COOKIE}={value}; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax")
}

fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}
