//! What no request gets past, whoever sends it. A browser reaches this server on behalf of every page it shows: so a foreign
//! page must neither read nor change anything here.

use crate::server::state::Site;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use url::Url;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NOTHING_OF_THE_DEVICE: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// For two years nothing but encrypted connections.
const ENCRYPTED_ONLY: &str = "max-age=63072000";

/// Where a request comes from.
#[derive(Clone, Default)]
pub struct Origin(pub String);

impl Origin {
    /// Whether it never left this machine.
    pub fn is_here(&self) -> bool {
        self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Refuses requests for other hosts, without encryption, and changes that other sites ask for; marks answers so that browsers
/// take them for nothing but what they are.
pub async fn guard(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let way = Way::of(&site, peer, request.headers());
    let is_public = match refusal(&site, &way, request.method(), request.uri(), request.headers()) {
        Ok(is_public) => is_public,
        Err(refusal) => return marked(refusal.into_response(), false),
    };
    request.extensions_mut().insert(Origin(way.client.map(|client| client.to_string()).unwrap_or_default()));
    if !is_from_here(request.uri(), request.headers()) {
        request.headers_mut().remove(header::REFERER);
    }
    let response = next.run(request).await;
    marked(response, way.is_encrypted && is_public)
}

fn marked(mut response: Response, is_encrypted: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ENCRYPTED_ONLY));
    }
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

/// The way a request came.
struct Way {
    /// Who sent it: the other end of the connection, or whom a trusted proxy names; `None` where it names nobody.
    client: Option<IpAddr>,
    is_encrypted: bool,
    is_forwarded: bool,
}

impl Way {
    fn of(site: &Site, peer: Option<IpAddr>, headers: &HeaderMap) -> Way {
        let peer = peer.map(|peer| peer.to_canonical());
        let is_trusted = |address: &IpAddr| site.trusted_proxies.iter().any(|net| net.contains(address));
        let is_forwarded = peer.as_ref().is_some_and(is_trusted)
            && (headers.contains_key(FORWARDED_FOR) || headers.contains_key(FORWARDED_PROTO));
        if !is_forwarded {
            return Way { client: peer, is_encrypted: site.has_tls, is_forwarded };
        }
        // Each proxy adds whom it heard from at the end. What stands before the last one that is not ours, anybody may have written.
        let named =
            headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let named: Vec<Option<IpAddr>> =
            named.map(|name| name.trim().parse().ok().map(|name: IpAddr| name.to_canonical())).collect();
        let client = named.into_iter().rev().find(|name| !name.as_ref().is_some_and(is_trusted)).flatten();
        let is_encrypted = headers.get(FORWARDED_PROTO).is_some_and(|scheme| scheme == "https");
        Way { client, is_encrypted, is_forwarded }
    }

    /// Whether it never left this machine.
    fn is_inside(&self) -> bool {
        !self.is_forwarded && self.client.is_none_or(|client| client.is_loopback())
    }
}

/// What is answered to a request that is not let through.
enum Refusal {
    Because(StatusCode, String),
    /// To the same page, encrypted.
    Elsewhere(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Because(status, sentence) => (status, format!("{sentence}\n")).into_response(),
            Refusal::Elsewhere(place) => Redirect::permanent(&place).into_response(),
        }
    }
}

/// Whether a request is for the public address, where it is let through.
fn refusal(site: &Site, way: &Way, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<bool, Refusal> {
    let host = host(uri, headers).unwrap_or_default();
    let is_public = site.public_url.as_ref().is_some_and(|url| is_host_of(url, host));
    // A name of a foreign site that leads here (DNS rebinding) would make its scripts ours.
    let is_ours = is_public || (way.is_inside() && is_loopback(host));
    if !is_ours {
        let known = match &site.public_url {
            Some(url) => format!("This server answers to {} only.", url.origin().ascii_serialization()),
            None => "This server answers to localhost and loopback addresses only; public_url gives it a name.".to_owned(),
        };
        return Err(Refusal::Because(StatusCode::MISDIRECTED_REQUEST, known));
    }
    if !way.is_encrypted && !way.is_inside() {
        let place = |url: &Url| format!("{}{uri}", url.origin().ascii_serialization());
        return Err(match &site.public_url {
            Some(url) if method.is_safe() && url.scheme() == "https" && uri.authority().is_none() => {
                Refusal::Elsewhere(place(url))
            }
            _ => Refusal::Because(StatusCode::FORBIDDEN, "This server is asked over https only.".to_owned()),
        });
    }
    if method.is_safe() {
        return Ok(is_public);
    }
    let foreign = || Refusal::Because(StatusCode::FORBIDDEN, "Changes are taken from this server's own pages only.".to_owned());
    match (headers.get(SEC_FETCH_SITE), headers.get(header::ORIGIN)) {
        (Some(site), _) if site == "same-origin" || site == "none" => Ok(is_public),
        (Some(_), _) => Err(foreign()),
        (None, Some(origin)) if origin.to_str().is_ok_and(|origin| is_same(origin, host)) => Ok(is_public),
        (None, Some(_)) => Err(foreign()),
        // Not a browser: no other site made it send anything.
        (None, None) => Ok(is_public),
    }
}

/// The one host that a request names. Of several, one place here would look at the first and another at the second.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_headers = headers.get_all(header::HOST).iter().map(|host| host.to_str().ok());
    let mut named = in_headers.chain(uri.authority().map(|authority| Some(authority.as_str())));
    let host = named.next()?;
    named.all(|other| other == host).then_some(host)?
}

/// Whether the page that a request comes from is one of ours. Forms without script are answered by sending the browser back to
/// it, which must not lead anywhere else.
fn is_from_here(uri: &Uri, headers: &HeaderMap) -> bool {
    let page = headers.get(header::REFERER).and_then(|page| Url::parse(page.to_str().ok()?).ok());
    page.is_some_and(|page| {
        matches!(page.scheme(), "http" | "https")
            && host(uri, headers).is_some_and(|host| page.authority().eq_ignore_ascii_case(host))
    })
}

/// Whether a host, with or without a port, is that of the address.
fn is_host_of(url: &Url, host: &str) -> bool {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => host.eq_ignore_ascii_case(&format!("{name}:{port}")),
        None => {
            let default = url.port_or_known_default().unwrap_or_default();
            host.eq_ignore_ascii_case(name) || host.eq_ignore_ascii_case(&format!("{name}:{default}"))
        }
    }
}

/// Whether a host, with or without a port, is this machine and nothing else.
pub fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or_default(),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    // What is no number may be the beginning of another address: `127.0.0.1:x@evil.example`.
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_port && (name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

fn is_same(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "127.0.0.1";

    fn site(public_url: Option<&str>, has_tls: bool, proxies: &[&str]) -> Site {
        let trusted_proxies = proxies.iter().map(|net| net.parse().unwrap()).collect();
        let public_url = public_url.map(|url| url.parse().unwrap());
        Site { public_url, has_tls, trusted_proxies, mailer: None, xero_webhook_key: None }
    }

    fn ask_site(site: &Site, peer: &str, method: Method, headers: &[(HeaderName, &'static str)]) -> (u16, String) {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        let way = Way::of(site, Some(peer.parse().unwrap()), &headers);
        let client = way.client.map(|client| client.to_string()).unwrap_or_default();
        match refusal(site, &way, &method, &Uri::from_static("/api/start-sync"), &headers) {
            Ok(_) => (200, client),
            Err(Refusal::Because(status, _)) => (status.as_u16(), client),
            Err(Refusal::Elsewhere(place)) => (308, place),
        }
    }

    fn ask(method: Method, headers: &[(HeaderName, &'static str)]) -> u16 {
        ask_site(&site(None, false, &[]), HERE, method, headers).0
    }

    #[test]
    fn without_a_name_only_this_machine_is_answered_for() {
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "127.8.8.8", "[::1]:3000"] {
            assert_eq!(ask(Method::GET, &[(header::HOST, host)]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3000",
            "192.168.1.1",
            "[::2]",
            "",
            "0.0.0.0",
            "[::1",
            "[::1].evil.example",
            "127.0.0.1:x@evil.example",
            "localhost:",
        ] {
            assert_eq!(ask(Method::GET, &[(header::HOST, host)]), 421, "{host}");
        }
        assert_eq!(ask(Method::GET, &[]), 421);
    }

    #[test]
    fn with_its_own_certificate_it_answers_to_its_name() {
        let site = site(Some("https://tieout.example"), true, &[]);
        let ask = |peer, host| ask_site(&site, peer, Method::GET, &[(header::HOST, host)]).0;
        for host in ["tieout.example", "TIEOUT.example:443"] {
            assert_eq!(ask("192.0.2.7", host), 200, "{host}");
        }
        for host in ["tieout.example:444", "evil.example", "tieout.example.evil.example", "localhost", "192.0.2.1"] {
            assert_eq!(ask("192.0.2.7", host), 421, "{host}");
        }
        assert_eq!(ask(HERE, "localhost:3000"), 200);
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        let site = site(Some("https://tieout.example"), false, &["10.0.0.0/8"]);
        let host = (header::HOST, "tieout.example");
        let ask = |peer, more: &[(HeaderName, &'static str)]| {
            ask_site(&site, peer, Method::GET, &[std::slice::from_ref(&host), more].concat())
        };
        let encrypted = (FORWARDED_PROTO, "https");
        let whom = |list| [encrypted.clone(), (FORWARDED_FOR, list)];
        assert_eq!(ask("10.0.0.1", &whom("192.0.2.7")), (200, "192.0.2.7".to_owned()));
        // Written by whoever asks, and passed on by the proxy.
        assert_eq!(ask("10.0.0.1", &whom("203.0.113.9, 192.0.2.7, 10.0.0.2")), (200, "192.0.2.7".to_owned()));
        assert_eq!(ask("10.0.0.1", &whom("192.0.2.7, nonsense")), (200, String::new()));
        assert_eq!(ask("::ffff:10.0.0.1", &whom("192.0.2.7")).0, 200);
        let plain = [(FORWARDED_PROTO, "http"), (FORWARDED_FOR, "192.0.2.7")];
        assert_eq!(ask("10.0.0.1", &plain), (308, "https://tieout.example/api/start-sync".to_owned()));
        // Past the proxy, nobody's word is taken and nothing is told.
        assert_eq!(ask("192.0.2.7", &whom("127.0.0.1")).0, 308);
        let (status, _) = ask_site(&site, "192.0.2.7", Method::POST, &[host.clone(), encrypted.clone()]);
        assert_eq!(status, 403);
        let (status, _) = ask_site(&site, "10.0.0.1", Method::GET, &[(header::HOST, "localhost"), encrypted.clone()]);
        assert_eq!(status, 421);
        // The proxy's own look whether the server is there, past everything, is no request of a person.
        assert_eq!(ask("10.0.0.1", &[]).0, 308);
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
            assert_eq!(ask(Method::POST, &headers), if refused { 403 } else { 200 }, "{headers:?}");
            assert_eq!(ask(Method::GET, &headers), 200);
        }
    }
}
