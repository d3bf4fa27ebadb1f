//! The serving process: what it answers, to whom, and how it starts and ends.

use crate::harness::process::{Server, Tieout};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

fn start(dir: &tempfile::TempDir) -> Server {
    Tieout { data_dir: &dir.path().join("data"), url: None }.serve()
}

#[test]
fn it_starts_quickly_answers_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = start(&dir);
    assert!(server.started_in < Duration::from_secs(3), "started in {:?}", server.started_in);
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = server.get(path, &[]);
        assert_eq!((answer.status, answer.text().as_str()), (200, body));
    }
    let mode = fs::metadata(dir.path().join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "the data is its owner's");
    assert!(server.is_running());
    let (took, code) = server.terminate();
    assert!(took < Duration::from_secs(10) && code == Some(0), "{took:?} {code:?}");
}

#[test]
fn pages_keep_foreign_scripts_out_and_are_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(&dir);
    let page = server.get("/companies/new", &[("accept-encoding", "br, gzip")]);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-encoding"), "br");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert!(page.header("permissions-policy").contains("camera=()"));
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"), "{policy}");

    let page = server.get("/companies/new", &[]);
    assert_eq!(page.header("content-encoding"), "");
    let policy = page.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "inline scripts carry the answer's own nonce");
    assert!(!page.text().contains("style=\""), "the policy would undo inline styles");
    let other = server.get("/companies/new", &[]);
    assert!(!other.header("content-security-policy").contains(nonce), "each answer has its own");

    let missing = server.get("/no/such/page", &[]);
    assert_eq!((missing.status, missing.header("content-type")), (404, "text/html; charset=utf-8"));
}

#[test]
fn other_hosts_and_other_sites_get_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(&dir);
    assert_eq!(server.get("/overview", &[("host", "evil.example")]).status, 421);
    assert_eq!(server.get("/healthz", &[("host", "localhost:1")]).status, 200);
    let post = |headers: &[(&str, &str)]| server.ask("POST", "/api/start-sync", headers, b"").status;
    assert_eq!(post(&[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(post(&[("origin", "http://evil.example")]), 403);
    assert_ne!(post(&[("sec-fetch-site", "same-origin")]), 403);
    let large = server.ask("POST", "/api/start-sync", &[("content-type", "application/x-www-form-urlencoded")], &[b'a'; 300_000]);
    assert_eq!(large.status, 413);
}

#[test]
fn an_unchanged_poll_is_tiny() {
    let dir = tempfile::tempdir().unwrap();
    Tieout { data_dir: &dir.path().join("data"), url: None }.run(&["company", "add", "Albion Quay Estates"]);
    let server = start(&dir);
    let first = server.get("/api/changes?cursor=0", &[]);
    let cursor = serde_json::from_slice::<Value>(&first.body).unwrap()["cursor"].clone();
    let answer = server.get(&format!("/api/changes?cursor={cursor}"), &[("accept-encoding", "br, gzip")]);
    assert_eq!(answer.text(), format!("{{\"cursor\":{cursor}}}"));
    assert!(answer.size < 400, "{} bytes: {answer:?}", answer.size);
}

#[test]
fn files_are_taken_from_a_form_with_and_without_script() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    tieout.run(&["company", "add", "Albion Quay Estates"]);
    let server = tieout.serve();
    let upload = |code: &str, accept: &str, file: &str| {
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"sales.csv\"\r\ncontent-type: text/csv\r\n\r\n{file}\r\n--b--\r\n"
        );
        let headers = [("content-type", "multipart/form-data; boundary=b"), ("accept", accept)];
        server.ask("POST", &format!("/companies/{code}/import"), &headers, body.as_bytes())
    };
    let file = "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n\
        Quay Ltd,1,01/12/2010,31/12/2010,Rent,1,10,200,No VAT\n";
    let sent = upload("AQE", "text/html", file);
    assert_eq!(sent.status, 303);
    let place = sent.header("location");
    assert!(place.contains("AQE"), "{place}");
    let began = Instant::now();
    loop {
        let page = server.get(place, &[]);
        if page.status == 200 && page.text().contains("1 of 1 document stored") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{}", page.text());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(upload("NONE", "*/*", file).status, 404);
    let sent_back = upload("NONE", "text/html", file);
    assert_eq!((sent_back.status, sent_back.header("location")), (303, "/"));
    assert!(sent_back.header("set-cookie").contains("no+company"), "its page says why: {sent_back:?}");
    assert_eq!(upload("AQE", "text/html", "").status, 303, "its page says that the file is empty");
}

/// More visitors than there are threads and database connections: none may wait for another's page.
#[test]
fn many_pages_at_once_are_all_answered() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    tieout.run(&["company", "add", "Albion Quay Estates"]);
    tieout.run(&["connect", "--company", "AQE", "--provider", "practice", "--accept-matches"]);
    let server = tieout.serve();
    let pages = [
        "/overview",
        "/import",
        "/import?company=AQE",
        "/companies/AQE/results",
        "/companies/AQE/messages",
        "/companies/AQE/integration",
    ];
    let began = Instant::now();
    std::thread::scope(|visitors| {
        for visitor in 0..24 {
            let server = &server;
            visitors.spawn(move || {
                for page in (0..pages.len()).map(|page| pages[(visitor + page) % pages.len()]) {
                    assert_eq!(server.get(page, &[]).status, 200, "{page}");
                }
            });
        }
    });
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
