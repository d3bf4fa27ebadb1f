//! The peer's own HTTP: connections that are kept, bodies that come in pieces, and what is no HTTP at all.

use super::Client;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// Reads to the end of an answer whose body ends with a brace.
fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.ends_with(b"}") {
        let length = stream.read(&mut piece).unwrap();
        assert_ne!(length, 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(read).unwrap()
}

#[test]
fn a_connection_is_kept_and_bodies_may_come_in_pieces() {
    let client = Client::open();
    let head = |method: &str, more: &str| {
        format!(
            "{method} /api.xro/2.0/Contacts?page=1 HTTP/1.1\r\nAuthorization: Bearer {}\r\nXero-Tenant-Id: {}\r\nAccept: application/json\r\n{more}\r\n",
            client.granted.access_token, client.organisation.tenant_id
        )
    };
    let mut stream = TcpStream::connect(&client.organisation.server).unwrap();
    let put = head("PUT", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n").replace("?page=1", "");
    let (one, other) = (r#"{"Contacts":["#, r#"{"Name":"Ada Ltd"}]}"#);
    let body = format!("{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n", one.len(), other.len());
    stream.write_all(put.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let made = answer(&mut stream);
    assert!(made.starts_with("HTTP/1.1 200 ") && made.contains("Ada Ltd"), "{made}");
    stream.write_all(head("GET", "").as_bytes()).unwrap();
    let listed = answer(&mut stream);
    assert!(listed.starts_with("HTTP/1.1 200 ") && listed.contains("Ada Ltd"), "{listed}");
    assert_eq!(client.organisation.violations(), Vec::<String>::new());
}

#[test]
fn what_is_no_request_ends_its_connection_and_nothing_else() {
    let client = Client::open();
    for bytes in [&b"\xff\xfe\r\n\r\n"[..], b"GET\r\n\r\n", b"PUT / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"] {
        let mut stream = TcpStream::connect(&client.organisation.server).unwrap();
        stream.write_all(bytes).unwrap();
        let mut left = Vec::new();
        // A reset is an end, too.
        let _ = stream.read_to_end(&mut left);
        assert_eq!(left, b"", "{bytes:?}");
    }
    client.get("Organisation");
}
