//! The files of the site (script, WebAssembly, style sheet, icons), carried inside the binary.
//!
//! A release build embeds `target/site` as tools/build-site.sh left it, compressed copies included, so that a
//! request costs a look-up and no compression. A debug build reads `target/site-dev` from disk,
//! which `tools/build-site.sh --dev` makes in seconds.

use std::borrow::Cow;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[cfg_attr(not(debug_assertions), folder = "target/site")]
#[cfg_attr(debug_assertions, folder = "target/site-dev")]
// A checkout in which nothing was built yet must still compile (cargo check, clippy, tests).
#[allow_missing = true]
struct Site;

/// A file's bytes, and half its SHA-256: plenty to tell one version from the next.
struct Asset {
    bytes: Cow<'static, [u8]>,
    hash: u128,
}

/// Holds the one line `tieout-HASH`; a part of the build, not of the site.
const MANIFEST: &str = "manifest.txt";

/// Compressed copies in order of preference: the name `Accept-Encoding` uses, and the copy's suffix.
const SIDECARS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The name Leptos is to look for: `tieout-HASH`, or plain `tieout` where no site was built (cargo-leptos, too,
/// builds one without a hash).
pub fn output_name() -> String {
    Site::get(MANIFEST)
        .and_then(|file| String::from_utf8(file.data.into_owned()).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "tieout".to_owned())
}

/// One route a file at the site's root and one for `/pkg`, so that every other path is left to the application.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let at_root = Site::iter().filter(|name| !name.contains('/') && is_public(name));
    at_root.fold(Router::new().route("/pkg/{*file}", any(serve)), |router, name| router.route(&format!("/{name}"), any(serve)))
}

async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    respond(&method, uri.path(), &headers, read)
}

fn read(name: &str) -> Option<Asset> {
    let file = Site::get(name)?;
    let hash = file.metadata.sha256_hash().iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte));
    Some(Asset { bytes: file.data, hash })
}

/// The whole decision, apart from where files come from, so that tests can bring their own.
fn respond(method: &Method, path: &str, request: &HeaderMap, read: impl Fn(&str) -> Option<Asset>) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "Only GET and HEAD.\n").into_response();
    }
    let name = path.trim_start_matches('/');
    let Some((file, encoding)) = is_public(name).then(|| negotiate(name, request, read)).flatten() else {
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "No such file.\n").into_response();
    };

    // Each encoding is its own bytes and so has its own tag.
    let etag = format!("\"{:032x}\"", file.hash);
    let unchanged = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag);

    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control(name)));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.bytes.len()));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if method == Method::GET {
        *response.body_mut() = match file.bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
    }
    response
}

/// Plain names only. What is embedded is found by name and cannot be escaped from, but a debug build reads
/// the disk, and neither the compressed copies nor the manifest are pages of their own.
fn is_public(name: &str) -> bool {
    name != MANIFEST
        && !SIDECARS.iter().any(|(_, suffix)| name.ends_with(suffix))
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
}

fn negotiate(name: &str, request: &HeaderMap, read: impl Fn(&str) -> Option<Asset>) -> Option<(Asset, Option<&'static str>)> {
    SIDECARS
        .iter()
        .filter(|(encoding, _)| accepts(request, encoding))
        .find_map(|(encoding, suffix)| Some((read(&format!("{name}{suffix}"))?, Some(*encoding))))
        .or_else(|| Some((read(name)?, None)))
}

/// Whether `Accept-Encoding` allows this encoding: by name, else by `*`, and not with a weight of nought.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let mut by_wildcard = false;
    for value in request.get_all(header::ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';').map(str::trim);
            let named = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let allowed = weight.is_none_or(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0));
            if named.eq_ignore_ascii_case(encoding) {
                return allowed;
            }
            if named == "*" {
                by_wildcard = allowed;
            }
        }
    }
    by_wildcard
}

/// A name with a hash never changes its content; anything else may.
fn cache_control(name: &str) -> &'static str {
    if name.starts_with("pkg/tieout-") { "public, max-age=31536000, immutable" } else { "public, no-cache" }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 6] =
        ["favicon.svg", "manifest.txt", "pkg/tieout-1f.js", "pkg/tieout-1f.js.br", "pkg/tieout-1f.js.gz", "pkg/tieout-1f.css.gz"];

    /// A site whose files contain their own names.
    fn read(name: &str) -> Option<Asset> {
        let at = FILES.iter().position(|file| *file == name)?;
        Some(Asset { bytes: Cow::Borrowed(FILES[at].as_bytes()), hash: at as u128 })
    }

    fn ask(method: Method, path: &str, request: &[(header::HeaderName, &str)]) -> Response {
        let headers =
            request.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a header value"))).collect();
        respond(&method, path, &headers, read)
    }

    fn get(path: &str, accept_encoding: &str) -> Response {
        ask(Method::GET, path, &[(header::ACCEPT_ENCODING, accept_encoding)])
    }

    fn header_of(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().expect("plain text"))
    }

    async fn body_of(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[tokio::test]
    async fn the_best_encoding_the_client_takes_is_sent() {
        for (accept, encoding, body) in [
            ("gzip, deflate, br, zstd", "br", "pkg/tieout-1f.js.br"),
            ("gzip, br;q=0", "gzip", "pkg/tieout-1f.js.gz"),
            ("*", "br", "pkg/tieout-1f.js.br"),
            ("*;q=0.5, br; q=0", "gzip", "pkg/tieout-1f.js.gz"),
            ("GZIP", "gzip", "pkg/tieout-1f.js.gz"),
            ("gzip;q=nonsense", "", "pkg/tieout-1f.js"),
            ("identity", "", "pkg/tieout-1f.js"),
            ("", "", "pkg/tieout-1f.js"),
        ] {
            let response = get("/pkg/tieout-1f.js", accept);
            assert_eq!(response.status(), StatusCode::OK, "{accept}");
            assert_eq!(header_of(&response, header::CONTENT_ENCODING), encoding, "{accept}");
            assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
            assert_eq!(header_of(&response, header::VARY), "accept-encoding");
            assert_eq!(body_of(response).await, body, "{accept}");
        }
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_others_asked_for_again() {
        assert_eq!(header_of(&get("/pkg/tieout-1f.js", "br"), header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header_of(&get("/favicon.svg", "br"), header::CACHE_CONTROL), "public, no-cache");
    }

    #[tokio::test]
    async fn an_unchanged_file_is_not_sent_again() {
        let first = get("/favicon.svg", "br");
        let tag = header_of(&first, header::ETAG).to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'));
        for sent in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = ask(Method::GET, "/favicon.svg", &[(header::IF_NONE_MATCH, &sent)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{sent}");
            assert_eq!(header_of(&again, header::ETAG), tag);
            assert_eq!(body_of(again).await, "");
        }
        let other = ask(Method::GET, "/favicon.svg", &[(header::IF_NONE_MATCH, "\"other\"")]);
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn each_encoding_has_its_own_tag() {
        let tags = ["br", "gzip", ""].map(|accept| header_of(&get("/pkg/tieout-1f.js", accept), header::ETAG).to_owned());
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    }

    #[tokio::test]
    async fn head_says_what_get_would_and_sends_nothing() {
        let head = ask(Method::HEAD, "/pkg/tieout-1f.js", &[(header::ACCEPT_ENCODING, "br")]);
        let get = get("/pkg/tieout-1f.js", "br");
        assert_eq!(head.headers(), get.headers());
        assert_eq!(header_of(&head, header::CONTENT_LENGTH), "pkg/tieout-1f.js.br".len().to_string());
        assert_eq!(body_of(head).await, "");
    }

    #[tokio::test]
    async fn what_is_not_part_of_the_site_is_not_found() {
        for path in [
            "/pkg/tieout-2e.js",
            "/pkg/tieout-1f.css",
            "/pkg/tieout-1f.js.br",
            "/manifest.txt",
            "/pkg/",
            "/pkg/../manifest.txt",
            "/pkg/../../Cargo.toml",
            "/pkg/%2e%2e/favicon.svg",
            "/pkg//tieout-1f.js",
            "/pkg\\tieout-1f.js",
            "/.git/config",
        ] {
            let response = get(path, "");
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/plain; charset=utf-8");
            assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-store");
            assert_eq!(body_of(response).await, "No such file.\n");
        }
    }

    #[test]
    fn only_reading_is_allowed() {
        let response = ask(Method::POST, "/favicon.svg", &[]);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header_of(&response, header::ALLOW), "GET, HEAD");
    }

    #[test]
    fn every_kind_of_file_the_site_has_is_named_as_what_it_is() {
        for name in Site::iter().filter(|name| is_public(name)) {
            assert_ne!(content_type(&name), "application/octet-stream", "{name}");
        }
    }
}
