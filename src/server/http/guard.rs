//! What no request gets past, whoever sends it. A browser reaches this server on behalf of every page it shows: so a foreign
//! page must neither read nor change anything here.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NOTHING_OF_THE_DEVICE: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests for other hosts and changes that other sites ask for; marks answers so that browsers take them
/// for nothing but what they are.
pub async fn guard(request: Request, next: Next) -> Response {
    let refusal = refusal(request.method(), request.uri(), request.headers());
    let mut response = match refusal {
        Some((status, sentence)) => (status, format!("{sentence}\n")).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(NOTHING_OF_THE_DEVICE));
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    // What shows figures of companies is kept by nobody; files of the site say themselves how long.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    let host = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST).and_then(|host| host.to_str().ok()),
    };
    // A name of a foreign site that leads here (DNS rebinding) would make its scripts ours.
    let Some(host) = host.filter(|host| is_loopback(host)) else {
        return Some((StatusCode::MISDIRECTED_REQUEST, "This server answers to localhost and loopback addresses only."));
    };
    if method.is_safe() {
        return None;
    }
    let foreign = Some((StatusCode::FORBIDDEN, "Changes are taken from this server's own pages only."));
    match (headers.get(SEC_FETCH_SITE), headers.get(header::ORIGIN)) {
        (Some(site), _) if site == "same-origin" || site == "none" => None,
        (Some(_), _) => foreign,
        (None, Some(origin)) if origin.to_str().is_ok_and(|origin| is_same(origin, host)) => None,
        (None, Some(_)) => foreign,
        // Not a browser: whoever runs programs on this machine can use the command line as well.
        (None, None) => None,
    }
}

/// Whether a host, with or without a port, is this machine and nothing else.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_same(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: Method, headers: &[(HeaderName, &'static str)]) -> Option<StatusCode> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        refusal(&method, &Uri::from_static("/api/start-sync"), &headers).map(|(status, _)| status)
    }

    #[test]
    fn only_this_machine_is_answered_for() {
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.8.8.8", "[::1]:3000"] {
            assert_eq!(ask(Method::GET, &[(header::HOST, host)]), None, "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000", "192.168.1.1", "[::2]", "", "0.0.0.0"]
        {
            assert_eq!(ask(Method::GET, &[(header::HOST, host)]), Some(StatusCode::MISDIRECTED_REQUEST), "{host}");
        }
        assert_eq!(ask(Method::GET, &[]), Some(StatusCode::MISDIRECTED_REQUEST));
    }

    #[test]
    fn other_sites_change_nothing() {
        let host = (header::HOST, "localhost:3000");
        for (more, refused) in [
            (vec![], false),
            (vec![(SEC_FETCH_SITE, "same-origin")], false),
            (vec![(SEC_FETCH_SITE, "none")], false),
            (vec![(SEC_FETCH_SITE, "cross-site"), (header::ORIGIN, "http://localhost:3000")], true),
            (vec![(SEC_FETCH_SITE, "same-site")], true),
            (vec![(header::ORIGIN, "http://localhost:3000")], false),
            (vec![(header::ORIGIN, "http://localhost:4000")], true),
            (vec![(header::ORIGIN, "null")], true),
        ] {
            let headers = [vec![host.clone()], more].concat();
            assert_eq!(ask(Method::POST, &headers).is_some(), refused, "{headers:?}");
            assert_eq!(ask(Method::GET, &headers), None);
        }
    }
}
