//! Requests that another site makes a signed-in administrator's browser send, and methods that nothing here is made for.

use super::{FORM, Target, assert_unchanged, form};
use crate::{doors::ARGUMENTS, harness::wire::Wire};
use leptos::server_fn::axum::server_fn_paths;

/// Routes that take files.
pub const UPLOADS: [&str; 2] = ["/companies/AQE/import", "/settings/companies/import"];

const FILE: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");

/// A whole file of the kind, so that it would be taken.
pub fn file(text: &str) -> Vec<u8> {
    let head = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\ncontent-type: text/csv\r\n\r\n";
    format!("{head}{text}\r\n--x--\r\n").into_bytes()
}

/// Every place that changes something, with a body that it would take.
fn changes() -> Vec<(String, (&'static str, &'static str), Vec<u8>)> {
    let functions = server_fn_paths().filter(|(_, method)| *method == "POST");
    let functions = functions.map(|(path, _)| (path.to_owned(), FORM, ARGUMENTS.as_bytes().to_vec()));
    let files = UPLOADS.map(|path| (path.to_owned(), FILE, file("Name\r\nFrom another site\r\n")));
    functions.chain(files).collect()
}

#[test]
fn another_site_changes_nothing() {
    let mut target = Target::new();
    let before = target.kept();
    let own = format!("http://{}", target.server.address);
    let like_ours = format!("{own}.evil.example");
    let other_port = format!("http://{}", target.server.address.replace(':', ":1"));
    let encrypted = own.replace("http:", "https:");
    let ways: [&[(&str, &str)]; 9] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", &like_ours)],
        &[("origin", &other_port)],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        // What the browser says of the site weighs more than what could be forged.
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
        &[("sec-fetch-site", "unheard-of"), ("origin", &encrypted)],
    ];
    let mut wire = Wire::to(&target.server);
    let mut tried = 0;
    for (path, kind, body) in changes() {
        for way in ways {
            // What a foreign form may send is any of three types; the answer is the same for all.
            for kind in [kind, ("content-type", "text/plain")] {
                let headers = [way, &[kind, ("accept", "text/html"), ("cookie", &target.administrator)]].concat();
                let answer = wire.ask("POST", &path, &headers, &body);
                assert_eq!(answer.status, 403, "{path} {way:?}");
                assert_eq!(answer.text(), "Changes are taken from this server's own pages only.\n");
                let told = answer.headers.iter().find(|(name, _)| name.starts_with("access-control") || name == "set-cookie");
                assert_eq!(told, None, "{path}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "every function and route was tried: {tried}");
    assert_unchanged(&before, &target.kept());
    target.stands();
}

/// A foreign site may make a browser ask for anything by a link or an image: nothing changes by being asked for.
#[test]
fn asking_changes_nothing() {
    let mut target = Target::new();
    let before = target.kept();
    let mut wire = Wire::to(&target.server);
    let cookie = ("cookie", target.administrator.as_str());
    let from = ("sec-fetch-site", "cross-site");
    for (path, _, _) in changes() {
        let page = UPLOADS.contains(&path.as_str());
        for asked in [path.clone(), format!("{path}?{ARGUMENTS}")] {
            let answer = wire.ask("GET", &asked, &[cookie, from], b"");
            assert!(page && answer.status == 200 || [404, 405].contains(&answer.status), "{asked}: {}", answer.status);
        }
    }
    for (path, _) in server_fn_paths().filter(|(_, method)| *method == "GET") {
        let answer = wire.ask("GET", &format!("{path}?{ARGUMENTS}"), &[cookie, from], b"");
        let told = answer.headers.iter().find(|(name, _)| name.starts_with("access-control"));
        assert!(told.is_none() && answer.status < 500, "{path}: {answer:?}");
        // Not even by a form whose fields stand in a body.
        let answer = wire.ask("POST", path, &[cookie, FORM], ARGUMENTS.as_bytes());
        assert!([404, 405].contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_unchanged(&before, &target.kept());
    target.stands();
}

#[test]
fn other_methods_do_nothing() {
    let mut target = Target::new();
    let before = target.kept();
    let mut wire = Wire::to(&target.server);
    let paths = server_fn_paths().map(|(path, _)| path.to_owned());
    let pages = ["/", "/overview", "/companies/AQE/settings", "/settings/audit.csv", "/healthz", "/favicon.svg", UPLOADS[0]];
    for path in paths.chain(pages.map(str::to_owned)) {
        for method in ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "X"] {
            let headers = [FORM, ("cookie", &target.administrator), ("access-control-request-method", "POST")];
            // A method that is not known still has a body, which is then not read.
            let answer = wire.ask(method, &path, &headers, &form(&[("code", "AQE")]));
            let is_read = method == "HEAD" && answer.body.is_empty() && answer.status < 400;
            assert!(is_read || matches!(answer.status, 302 | 303 | 400 | 404 | 405 | 422), "{method} {path}: {}", answer.status);
            let told = answer.headers.iter().find(|(name, _)| name.starts_with("access-control"));
            assert_eq!(told, None, "{method} {path}");
            // What was sent comes back to nobody, and least of all the cookie.
            assert!(!answer.text().contains(&target.administrator), "{method} {path}");
        }
        // A way through to another server. Whatever is answered, nothing is relayed.
        let through = format!("CONNECT {} HTTP/1.1\r\nhost: {}\r\n\r\n", target.server.address, target.server.address);
        let answer = Wire::to(&target.server).send_and_end(through.as_bytes());
        assert!(answer.is_none_or(|answer| answer.status >= 400), "CONNECT");
    }
    assert_unchanged(&before, &target.kept());
    target.stands();
}
