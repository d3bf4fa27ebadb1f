//! Bodies and headers that are too large, too slow, cut off, or not what they say they are, to every place there is.

use super::{
    FORM, Target, assert_unchanged,
    cross_site::{UPLOADS, file},
};
use crate::harness::{process::Server, wire::Wire};
use leptos::server_fn::axum::server_fn_paths;
use std::time::{Duration, Instant};

/// They take no argument, or none that has to be there: whatever is sent, the administrator who sends it asked for it.
pub const WITHOUT_ARGUMENTS: [&str; 7] = [
    "/api/begin-second-factor",
    "/api/cancel-second-factor",
    "/api/end-other-sessions",
    "/api/pause-everything",
    "/api/resume-everything",
    "/api/start-sync",
    "/api/sign-out",
];

/// More than a form may have.
const TOO_LONG: usize = 300 * 1024;

/// More than a server with a page or two under way uses, and less than a small machine has.
const MOST_MEGABYTES: u64 = 300;

fn takers() -> impl Iterator<Item = &'static str> {
    let functions = server_fn_paths().filter(|(_, method)| *method == "POST").map(|(path, _)| path);
    functions.filter(|path| !WITHOUT_ARGUMENTS.contains(path)).chain(UPLOADS)
}

fn chunked(server: &Server, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("POST {path} HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n", server.address).into_bytes();
    for (name, value) in headers {
        request.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    request.extend(b"\r\n");
    for part in body.chunks(64 * 1024) {
        request.extend(format!("{:x}\r\n", part.len()).into_bytes());
        request.extend(part);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    request
}

#[test]
fn what_is_too_large_is_refused_everywhere() {
    let mut target = Target::new();
    let before = target.kept();
    let cookie = ("cookie", target.administrator.as_str());
    let body = [b"code=AQE&name=".as_slice(), &vec![b'x'; TOO_LONG]].concat();
    let functions = server_fn_paths().filter(|(_, method)| *method == "POST").map(|(path, _)| path);
    for path in functions.filter(|path| *path != "/api/sign-out") {
        let mut wire = Wire::to(&target.server);
        let answer = wire.ask("POST", path, &[FORM, cookie], &body);
        assert_eq!(answer.status, 413, "{path}: {}", answer.text());
        target.tells_nothing(path, &answer);
        // Not said beforehand.
        let answer = wire.answered(&chunked(&target.server, path, &[FORM, cookie], &body));
        let answer = answer.unwrap_or_else(|| panic!("no answer from {path}"));
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
        // Said, and never sent.
        let endless = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\n{}: {}\r\ncookie: {}\r\ncontent-length: {}\r\n\r\n",
            target.server.address,
            FORM.0,
            FORM.1,
            cookie.1,
            u64::MAX / 2
        );
        let answer = wire.answered(endless.as_bytes()).unwrap_or_else(|| panic!("no answer from {path}"));
        assert!([400, 413].contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_unchanged(&before, &target.kept());
    assert!(target.most_memory() < MOST_MEGABYTES, "{} MB", target.most_memory());
    target.stands();
}

/// Files may be large: several that are larger, at once, are refused and fill no memory.
#[test]
fn files_that_are_too_large_fill_no_memory() {
    let mut target = Target::new();
    let before = target.kept();
    let large = file(&"x,".repeat(30 * 1024 * 1024));
    std::thread::scope(|senders| {
        for path in [UPLOADS[0], UPLOADS[1], UPLOADS[0], UPLOADS[1]] {
            let (target, large) = (&target, &large);
            senders.spawn(move || {
                let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", target.administrator.as_str())];
                let answer = Wire::to(&target.server).answered(&chunked(&target.server, path, &headers, large));
                let answer = answer.unwrap_or_else(|| panic!("no answer from {path}"));
                // Taken as an import whose report says that it is too large.
                assert!(answer.status == 303 || (400..500).contains(&answer.status), "{path}: {answer:?}");
            });
        }
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while target.kept()["imports"].iter().any(|row| row.contains("'running'")) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let (mut before, mut after) = (before, target.kept());
    for reports in ["imports", "company_imports"] {
        before.remove(reports);
        after.remove(reports);
    }
    assert_unchanged(&before, &after);
    assert!(target.most_memory() < MOST_MEGABYTES, "{} MB", target.most_memory());
    target.stands();
}

#[test]
fn what_is_malformed_is_refused_everywhere() {
    let mut target = Target::new();
    let before = target.kept();
    let mut wire = Wire::to(&target.server);
    let nested = format!("entries{}=x", "[0]".repeat(20_000));
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let every_byte: Vec<u8> = (0..=255).collect();
    let part = "content-disposition: form-data; name=\"file\"\r\n\r\n";
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (FORM.1, b"".to_vec()),
        (FORM.1, b"&&&&====%".to_vec()),
        (FORM.1, b"\xff\xfe\xfd=\xc3\x28&code=%ff%fe".to_vec()),
        (FORM.1, b"code=%00%00&id=%00&name=%00&email=%00".to_vec()),
        (FORM.1, nested.into_bytes()),
        (FORM.1, every_byte.clone()),
        (FORM.1, "code[]=1&code[]=2&".repeat(5_000).into_bytes()),
        ("application/json", deep.clone().into_bytes()),
        ("application/json", b"{\"code\":\"AQE\",\"code\":".to_vec()),
        ("application/json", b"{\"code\":\"AQE\",\"name\":\"From JSON\",\"currency\":\"GBP\",\"time_zone\":\"UTC\"}".to_vec()),
        ("application/cbor", every_byte.clone()),
        ("text/xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>".to_vec()),
        ("multipart/form-data", b"--x--".to_vec()),
        ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
        ("multipart/form-data; boundary=x", format!("--x\r\n{part}half a fi").into_bytes()),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: \xff\xfe\r\n\r\n\x00".to_vec()),
        ("multipart/form-data; boundary=x", [b"--x\r\n".as_slice(), &vec![b'a'; 100_000]].concat()),
        ("\u{1F4A9}/x", b"x".to_vec()),
        ("", b"x".to_vec()),
    ];
    for path in takers() {
        for (place, (kind, body)) in bodies.iter().enumerate() {
            let headers = [("content-type", *kind), ("cookie", target.administrator.as_str())];
            let answer = wire.ask("POST", path, &headers, body);
            let is_refused = (400..500).contains(&answer.status);
            // A form that holds no file at all is taken as one without, and reported as such.
            let is_reported = UPLOADS.contains(&path) && answer.status == 303;
            assert!(is_refused || is_reported, "{path}, body {place}: {} {}", answer.status, answer.text());
            target.tells_nothing(path, &answer);
        }
    }
    let (mut before, mut after) = (before, target.kept());
    for reports in ["imports", "company_imports"] {
        before.remove(reports);
        after.remove(reports);
    }
    assert_unchanged(&before, &after);
    target.stands();
}

#[test]
fn what_is_cut_off_or_no_request_at_all_does_nothing() {
    let mut target = Target::new();
    let before = target.kept();
    let host = format!("host: {}\r\ncookie: {}\r\n{}: {}\r\n", target.server.address, target.administrator, FORM.0, FORM.1);
    for path in takers() {
        let cut = format!("POST {path} HTTP/1.1\r\n{host}content-length: 1000\r\n\r\ncode=AQE&name=x");
        let answer = Wire::to(&target.server).send_and_end(cut.as_bytes());
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{path}");
    }
    let path = "/api/start-sync";
    let many = "x: y\r\n".repeat(1_000);
    let long = "y".repeat(1024 * 1024);
    // Read as two lengths by two servers, a request would hide another one.
    let requests = [
        format!("POST {path} HTTP/1.1\r\n{host}{many}content-length: 0\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}x: {long}\r\ncontent-length: 0\r\n\r\n"),
        format!("POST /{long} HTTP/1.1\r\n{host}content-length: 0\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!"),
        format!("POST {path} HTTP/1.1\r\n{host}content-length: -1\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}content-length: 1e3\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}transfer-encoding: chunked\r\n\r\nzz\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"),
        format!("POST {path} HTTP/1.1\r\n{host}transfer-encoding: identity, x\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nhost : {}\r\n\r\n", target.server.address),
        format!("POST {path} HTTP/1.1\r\n{host} folded\r\n\r\n"),
        format!("POST {path} HTTP/9.9\r\n{host}\r\n"),
        format!("POST {path}\r\n{host}\r\n"),
        format!("POST {path} HTTP/1.1\r\n{host}x: a\0b\r\n\r\n"),
        "\0\0\0\0\r\n\r\n".into(),
        "\u{16}\u{3}\u{1}\0\u{5}hello\r\n\r\n".into(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense".into(),
        "\r\n".repeat(100_000),
    ];
    for (place, request) in requests.iter().enumerate() {
        let answer = Wire::to(&target.server).send_and_end(request.as_bytes());
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status) || answer.status == 505), "request {place}");
    }
    assert_unchanged(&before, &target.kept());
    assert!(target.most_memory() < MOST_MEGABYTES, "{} MB", target.most_memory());
    target.stands();
}

/// Whoever sends a byte now and then is given up, and keeps nobody else waiting meanwhile.
#[test]
fn whoever_is_too_slow_is_given_up() {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };
    let mut target = Target::new();
    let host = format!("host: {}\r\ncookie: {}\r\n", target.server.address, target.administrator);
    let beginnings = [
        format!("GET /overview HTTP/1.1\r\n{host}"),
        format!("POST /api/start-sync HTTP/1.1\r\n{host}{}: {}\r\ncontent-length: 1000\r\n\r\ncodes", FORM.0, FORM.1),
        format!(
            "POST {} HTTP/1.1\r\n{host}content-type: multipart/form-data; boundary=x\r\ncontent-length: 1000\r\n\r\n--x\r\n",
            UPLOADS[0]
        ),
    ];
    let slow: Vec<TcpStream> = (0..200)
        .map(|place| {
            let mut stream = TcpStream::connect(&target.server.address).unwrap();
            stream.write_all(beginnings[place % beginnings.len()].as_bytes()).unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    let page = target.server.ask("GET", "/overview", &[("cookie", &target.administrator)], b"");
    assert!(page.status == 200 && began.elapsed() < Duration::from_secs(5), "{} {:?}", page.status, began.elapsed());
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(45).saturating_sub(began.elapsed()))).unwrap();
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        assert!(ended.is_ok() || !answer.is_empty(), "it is still open after {:?}", began.elapsed());
    }
    target.stands();
}
