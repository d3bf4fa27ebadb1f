//! Beyond this machine: the server's own TLS with a certificate that is renewed under way, and a proxy's word on who asks.

use crate::harness::process::{Tieout, ended};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, StatusCode, header, redirect};
use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

const NAME: &str = "tieout.test";

/// A certificate of its own for [`NAME`], written where the server reads it; answers it in PEM.
fn certify(dir: &Path) -> String {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    std::fs::write(dir.join("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(dir.join("certificate.pem"), cert.pem()).unwrap();
    cert.pem()
}

fn settings(dir: &Path, more: &str) {
    std::fs::write(dir.join("tieout.toml"), format!("public_url = 'https://{NAME}'\n{more}")).unwrap();
}

fn own_tls(dir: &Path) -> String {
    let file = |name: &str| dir.join(name).display().to_string();
    let text = format!("tls_certificate = '{}'\ntls_key = '{}'\n", file("certificate.pem"), file("key.pem"));
    settings(dir, &text);
    certify(dir)
}

/// Asks [`NAME`] where the server listens, and trusts this certificate alone.
fn client(address: &str, certificate: &str) -> Client {
    // Fails where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address: SocketAddr = address.parse().unwrap();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(certificate.as_bytes()).unwrap()])
        .resolve(NAME, address)
        .redirect(redirect::Policy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_servers_own_certificate_is_used_and_renewed() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = own_tls(dir.path());
    let server = Tieout { data_dir: dir.path(), url: None }.serve_with(&["--listen", "0.0.0.0:0"]);
    let address = server.address.replace("0.0.0.0", "127.0.0.1");
    let port = address.rsplit_once(':').unwrap().1.to_owned();
    let client = client(&address, &certificate);
    let url = |path: &str| format!("https://{NAME}:{port}{path}");
    let asked = client.get(url("/sign-in")).header(header::HOST, NAME).send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::OK);
    assert_eq!(asked.version(), reqwest::Version::HTTP_11);
    assert_eq!(asked.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=63072000");
    // Under another name it is not there, and without encryption nothing is said at all.
    let other = client.get(url("/sign-in")).header(header::HOST, "evil.example").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(reqwest::get(format!("http://{address}/sign-in")).await.is_err());
    // Whoever does not know the certificate is told by it.
    let stranger = Client::builder().resolve(NAME, address.parse().unwrap()).build().unwrap();
    assert!(stranger.get(url("/sign-in")).send().await.is_err());
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = own_tls(dir.path());
    let tls = tieout::server::config::Tls { certificate: dir.path().join("certificate.pem"), key: dir.path().join("key.pem") };
    let read = tieout::server::http::listen::certificate(&tls, Duration::from_millis(50)).await.unwrap();
    let before = read.get_inner();
    let is_still = |config: &std::sync::Arc<_>| std::sync::Arc::ptr_eq(config, &read.get_inner());
    assert_ne!(certify(dir.path()), first);
    let began = Instant::now();
    while is_still(&before) {
        assert!(began.elapsed() < Duration::from_secs(20), "it is not taken up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // One that cannot be used leaves the other in use. It may have been read while the first file was new and the second was not.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let renewed = read.get_inner();
    std::fs::write(dir.path().join("certificate.pem"), "not a certificate").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(is_still(&renewed));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    own_tls(dir.path());
    std::fs::write(dir.path().join("certificate.pem"), "not a certificate").unwrap();
    let ended = ended(Tieout { data_dir: dir.path(), url: None }.command().args(["serve", "--listen", "127.0.0.1:0"]));
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("tls_certificate and tls_key") && ended.stderr.contains("certificate.pem"), "{}", ended.stderr);
}

#[test]
fn a_trusted_proxy_says_who_asks_and_how() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path(), "trusted_proxies = '127.0.0.1'\n");
    let server = Tieout { data_dir: dir.path(), url: None }.serve();
    let host = ("host", NAME);
    let whom = ("x-forwarded-for", "198.51.100.1, 192.0.2.7");
    let encrypted = ("x-forwarded-proto", "https");
    let page = server.ask_as_nobody("GET", "/sign-in", &[host, whom, encrypted], b"");
    assert_eq!((page.status, page.header("strict-transport-security")), (200, "max-age=63072000"));
    let plain = server.ask_as_nobody("GET", "/sign-in?to=%2F", &[host, whom, ("x-forwarded-proto", "http")], b"");
    assert_eq!((plain.status, plain.header("location")), (308, "https://tieout.test/sign-in?to=%2F"));
    assert_eq!(server.ask_as_nobody("GET", "/sign-in", &[("host", "evil.example"), whom, encrypted], b"").status, 421);
    // The address that the last trusted proxy heard from is the one that is written down, and none that was made up before it.
    let form = ("content-type", "application/x-www-form-urlencoded");
    let wrong =
        server.ask_as_nobody("POST", "/api/sign-in", &[host, whom, encrypted, form], b"email=a%40b.example&password=wrong");
    assert_eq!(wrong.status, 401, "{}", wrong.text());
    let log = server.get("/api/audit?text=sign-in", &[]).text();
    assert!(log.contains("192.0.2.7") && !log.contains("198.51.100.1"), "{log}");
    // Whoever watches asks by any name.
    assert_eq!(server.ask_as_nobody("GET", "/healthz", &[("host", "10.0.0.9:3000")], b"").status, 200);
}
