//! Line breaks, foreign hosts and foreign places in whatever ends up in a header of an answer.

use super::{FORM, PASSWORD, Target, assert_unchanged, bodies::WITHOUT_ARGUMENTS, cross_site::file, form};
use crate::harness::{process::Answer, wire::Wire};
use leptos::server_fn::axum::server_fn_paths;
use url::Url;

/// Every header that an answer of this server may have.
const KNOWN: [&str; 22] = [
    "allow",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "date",
    "etag",
    "location",
    "permissions-policy",
    "referrer-policy",
    "retry-after",
    "serverfnredirect",
    "serverfnerror",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
];

/// Whether an answer sets its own cookies only, leads to its own pages only, and has no header that somebody else wrote.
fn assert_ours(target: &Target, what: &str, answer: &Answer) {
    for (name, value) in &answer.headers {
        assert!(KNOWN.contains(&name.as_str()), "{what}: {name}: {value}");
        assert!(!value.contains(['\r', '\n', '\0']), "{what}: {name}: {value:?}");
        match name.as_str() {
            "set-cookie" => assert!(
                (value.starts_with("__Host-tieout=") || value.starts_with("tieout-notice=")) && !value.contains("Domain"),
                "{what}: {value}"
            ),
            "location" => {
                // As a browser reads it.
                let here: Url = format!("http://{}/sign-in", target.server.address).parse().unwrap();
                let place = here.join(value).unwrap_or_else(|error| panic!("{what}: {value}: {error}"));
                assert_eq!(place.origin(), here.origin(), "{what} leads to {value}");
            }
            "content-disposition" => assert_eq!(value.matches('"').count(), 2, "{what}: {value}"),
            _ => {}
        }
    }
}

const ELSEWHERE: [&str; 24] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%2fevil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "@evil.example",
    ".evil.example",
    ":80@evil.example/",
    "/x\r\nset-cookie: __Host-tieout=planted\r\nevil: 1",
    "/x%0d%0aset-cookie:%20evil=1",
];

#[test]
fn nobody_is_led_elsewhere_by_signing_in() {
    let mut target = Target::new();
    let mut wire = Wire::to(&target.server);
    let cookie = ("cookie", target.administrator.as_str());
    wire.ask("POST", "/api/change-password", &[FORM, cookie], &form(&[("password", PASSWORD)]));
    let html = ("accept", "text/html");
    for to in ELSEWHERE.into_iter().chain(["/overview?é=\u{1F4A9}", "/\u{7f}", "/\u{2028}", &"/x".repeat(3_000)]) {
        let shown: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let page = wire.ask("GET", &format!("/sign-in?to={shown}"), &[html], b"");
        assert_ours(&target, to, &page);
        let sent = form(&[("email", "root@example.com"), ("password", PASSWORD), ("to", to)]);
        for accept in [html, ("accept", "*/*")] {
            let answer = wire.ask("POST", "/api/sign-in", &[FORM, accept], &sent);
            assert!(super::session_of(&answer).is_some(), "{to}: {answer:?}");
            assert_ours(&target, to, &answer);
        }
        // And where it fails.
        let wrong = form(&[("email", "nobody@example.com"), ("password", "x"), ("to", to)]);
        assert_ours(&target, to, &wire.ask("POST", "/api/sign-in", &[FORM, html], &wrong));
    }
    for address in ["//evil.example", "/%0d%0aset-cookie:x=1", "/\\evil.example", "/x?to=//evil.example%0d%0a"] {
        assert_ours(&target, address, &wire.ask("GET", address, &[html], b""));
    }
    target.stands();
}

/// A form's answer leads back to the page it came from, and that is never another site's.
#[test]
fn nobody_is_led_back_elsewhere() {
    let mut target = Target::new();
    let mut wire = Wire::to(&target.server);
    let own = format!("http://{}/settings/people", target.server.address);
    let near = format!("http://{}.evil.example/", target.server.address);
    let user = format!("http://{}@evil.example/", target.server.address);
    let html = ("accept", "text/html");
    let cookie = ("cookie", target.administrator.as_str());
    let from =
        ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\u{1F4A9}", "about:blank", "", &near, &user, &own];
    for referer in from {
        let headers = [html, FORM, cookie, ("referer", referer)];
        for (path, pairs) in [
            ("/api/invite", form(&[("name", "x"), ("email", "no address"), ("role", "viewer")])),
            ("/api/invite", b"nothing".to_vec()),
            ("/api/end-session", form(&[("session", "x")])),
            ("/api/end-other-sessions", Vec::new()),
            ("/api/start-sync", form(&[("codes[0]", "NONE")])),
            ("/api/sign-in", form(&[("email", "nobody@example.com"), ("password", "x")])),
            ("/companies/NONE/import", Vec::new()),
            ("/companies/AQE/import", Vec::new()),
        ] {
            let answer = wire.ask("POST", path, &headers, &pairs);
            assert!((300..500).contains(&answer.status), "{path} from {referer}: {answer:?}");
            assert_ours(&target, &format!("{path} from {referer}"), &answer);
            if referer == own && path == "/api/end-session" {
                assert_eq!(answer.header("location"), own);
            }
        }
    }
    target.stands();
}

#[test]
fn no_line_break_gets_into_a_header() {
    let mut target = Target::new();
    let before = target.kept();
    let mut wire = Wire::to(&target.server);
    let broken = "x\r\nset-cookie: evil=1\r\n\r\n<script>";
    let encoded: String = form_urlencoded::byte_serialize(broken.as_bytes()).collect();
    let html = ("accept", "text/html");
    let cookie = ("cookie", target.administrator.as_str());
    for (path, _) in server_fn_paths().filter(|(path, _)| !WITHOUT_ARGUMENTS.contains(path)) {
        let names =
            ["code", "name", "email", "id", "query", "to", "document", "text", "session", "person", "token", "kind", "day"];
        let pairs: Vec<(&str, &str)> = names.map(|name| (name, broken)).to_vec();
        let answer = wire.ask("POST", path, &[FORM, html, cookie], &form(&pairs));
        assert_ours(&target, path, &answer);
        let query = String::from_utf8(form(&pairs)).unwrap();
        assert_ours(&target, path, &wire.ask("GET", &format!("{path}?{query}"), &[html, cookie], b""));
    }
    for page in ["results", "messages", "messages.csv", "messages.ndjson", "settings", "import", "runs/x", "integration"] {
        assert_ours(&target, page, &wire.ask("GET", &format!("/companies/{encoded}/{page}"), &[html, cookie], b""));
        assert_ours(
            &target,
            page,
            &wire.ask("GET", &format!("/companies/AQE/{page}?q={encoded}&level={encoded}"), &[html, cookie], b""),
        );
    }
    assert_ours(&target, "audit", &wire.ask("GET", &format!("/settings/audit.csv?q={encoded}"), &[html, cookie], b""));
    let named = String::from_utf8(file("x")).unwrap().replace("a.csv", "a%0d%0aevil:1\r\n\tevil: 1.csv");
    let multipart = ("content-type", "multipart/form-data; boundary=x");
    assert_ours(&target, "file", &wire.ask("POST", "/companies/NONE/import", &[multipart, html, cookie], named.as_bytes()));
    // What a planted notice says is shown as text, and taken away.
    let planted = "tieout-notice=-%3Cscript%3Ealert(1)%3C%2Fscript%3E%0d%0aevil%3A1";
    let both = format!("{planted}; {}", target.administrator);
    let page = wire.ask("GET", "/settings/companies", &[html, ("cookie", &both)], b"");
    assert_ours(&target, "notice", &page);
    assert!(page.text().contains("alert(1)") && !page.text().contains("<script>alert"), "{}", page.text());
    // Bare breaks in a header that is sent are no header.
    for header in ["a\rset-cookie: x", "a\nset-cookie: x"] {
        let request = format!("GET / HTTP/1.1\r\nhost: {}\r\nreferer: {header}\r\n\r\n", target.server.address);
        if let Some(answer) = Wire::to(&target.server).send_and_end(request.as_bytes()) {
            assert_ours(&target, header, &answer);
        }
    }
    let (mut before, mut after) = (before, target.kept());
    for reports in ["imports", "company_imports", "entrances"] {
        before.remove(reports);
        after.remove(reports);
    }
    assert_unchanged(&before, &after);
    target.stands();
}

/// Whoever is no trusted proxy says nothing about hosts, addresses and encryption; and a host that is not ours is none.
#[test]
fn no_other_host_is_believed() {
    let mut target = Target::new();
    let mut wire = Wire::to(&target.server);
    let cookie = ("cookie", target.administrator.as_str());
    let forwarded = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"),
        ("x-forwarded-prefix", "//evil.example"),
        ("x-original-url", "/settings/people"),
        ("x-rewrite-url", "/settings/people"),
        ("x-http-method-override", "DELETE"),
        ("x-real-ip", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
    ];
    let invited = form(&[("name", "Lee"), ("email", "lee@example.com"), ("role", "viewer"), ("sees", "all")]);
    let answer = wire.ask("POST", "/api/invite", &[&forwarded[..], &[FORM, cookie]].concat(), &invited);
    let link: String = serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    assert!(link.starts_with(&format!("http://{}/choose-password?", target.server.address)), "{link}");
    assert_eq!(answer.header("strict-transport-security"), "");
    let audit = wire.ask("GET", "/settings/audit.csv", &[cookie], b"").text();
    assert!(audit.contains("127.0.0.1") && !audit.contains("203.0.113.9"), "{audit}");
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "",
        "[::1",
        "127.0.0.1:x@evil",
    ] {
        let answer = Wire::to(&target.server).ask("GET", "/overview", &[("host", host), cookie], b"");
        assert!([400, 421].contains(&answer.status), "{host}: {}", answer.status);
        target.tells_nothing_elsewhere(host, &answer);
    }
    // Two hosts, of which one place looks at the first and another at the second.
    let here = &target.server.address;
    let body =
        String::from_utf8(form(&[("name", "Kim"), ("email", "kim@example.com"), ("role", "viewer"), ("sees", "all")])).unwrap();
    let rest = format!("cookie: {}\r\n{}: {}\r\ncontent-length: {}\r\n\r\n{body}", cookie.1, FORM.0, FORM.1, body.len());
    for head in [
        format!("POST http://{here}/api/invite HTTP/1.1\r\nhost: evil.example\r\n"),
        format!("POST http://evil.example/api/invite HTTP/1.1\r\nhost: {here}\r\n"),
        format!("POST /api/invite HTTP/1.1\r\nhost: {here}\r\nhost: evil.example\r\n"),
        format!("POST /api/invite HTTP/1.1\r\nhost: evil.example\r\nhost: {here}\r\n"),
        "POST /api/invite HTTP/1.0\r\n".to_owned(),
    ] {
        let answer = Wire::to(&target.server).send_and_end(format!("{head}{rest}").as_bytes());
        assert!(answer.as_ref().is_none_or(|answer| [400, 421].contains(&answer.status)), "{head}: {answer:?}");
    }
    assert!(!target.kept()["people"].join("\n").contains("kim@example.com"));
    target.stands();
}
