//! Formulas in what people type and files hold: a spreadsheet that opens an export must take none of them for one.

use super::{FORM, Target, cross_site::file, form};
use crate::harness::process::Server;
use std::time::{Duration, Instant};

/// Beginnings that a spreadsheet takes for a formula, some of them only after it has trimmed or narrowed the text.
const BEGINNINGS: [&str; 12] = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\u{a0}=", "\u{feff}=", "\u{ff1d}", "\u{ff0b}"];

const FORMULA: &str = "cmd|' /C calc'!A0,\"x\";\r\n=1+1";

/// Text that a cell must not begin with.
fn is_formula(cell: &str) -> bool {
    let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    let begins = shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    begins || cell.starts_with(['\t', '\r', '\n'])
}

/// The records of a CSV answer: each as wide as its header.
fn records(server: &Server, path: &str, cookie: &str) -> Vec<Vec<String>> {
    let answer = crate::harness::wire::Wire::to(server).ask("GET", path, &[("cookie", cookie)], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert!(answer.header("content-disposition").starts_with("attachment; "), "{path}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    let records: Vec<Vec<String>> = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    for record in &records {
        assert_eq!(record.len(), records[0].len(), "{path}: {record:?}");
        for cell in record {
            assert!(!is_formula(cell), "{path}: a formula {cell:?} in {record:?}");
        }
    }
    records
}

fn holds(records: &[Vec<String>], text: &str) -> bool {
    records.iter().flatten().any(|cell| cell.contains(text))
}

#[test]
fn no_formula_is_in_the_audit_log() {
    let mut target = Target::new();
    let server = &target.server;
    let cookie = ("cookie", target.administrator.as_str());
    for (place, beginning) in BEGINNINGS.into_iter().enumerate() {
        let text = format!("{beginning}{FORMULA}");
        // By whoever comes, nobody being signed in; and by an administrator who is careless.
        let sent = form(&[("email", &format!("{text}{place}")), ("password", "x")]);
        assert_eq!(server.ask_as_nobody("POST", "/api/sign-in", &[FORM], &sent).status, 401);
        let name = format!("{beginning}HYPERLINK({place})");
        let (email, code) = (format!("{}sum{place}@example.com", beginning.trim()), format!("F{place}"));
        for (path, pairs) in [
            ("/api/invite", vec![("name", name.as_str()), ("email", &email), ("role", "viewer"), ("sees", "all")]),
            ("/api/add-company", vec![("name", &name), ("code", &code), ("currency", "GBP"), ("time_zone", "UTC")]),
            ("/api/edit-company", vec![("code", &name), ("name", &name), ("currency", "GBP"), ("time_zone", "UTC")]),
            ("/api/set-schedule", vec![("code", &code), ("schedule", &text)]),
        ] {
            let status = server.ask_as_nobody("POST", path, &[FORM, cookie], &form(&pairs)).status;
            assert!(status < 500, "{path} {pairs:?}: {status}");
        }
        // Somebody who is called a formula signs in and does something.
        let called = format!("--name={}", name.trim());
        let cookie = server.sign_in(&format!("person{place}@example.com"), &["--role", "administrator", &called]);
        server.ask_as_nobody("POST", "/api/start-sync", &[FORM, ("cookie", &cookie)], b"codes[0]=BCH");
    }
    let records = records(server, "/settings/audit.csv", &target.administrator);
    for text in
        ["'=cmd|' /C calc'!A0,\"x\";\r\n=1+1", "'=HYPERLINK(0) <person0@example.com>", "'+sum1@example.com", "'@HYPERLINK(3)"]
    {
        assert!(holds(&records, text), "{text:?} was written down and is marked: {records:#?}");
    }
    target.stands();
}

#[test]
fn no_formula_is_in_the_message_log() {
    let mut target = Target::new();
    let server = &target.server;
    let cookie = target.administrator.as_str();
    let mut rows = String::from(
        "*ContactName,EmailAddress,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\r\n",
    );
    for (place, beginning) in BEGINNINGS.into_iter().enumerate() {
        let cell = |text: &str| format!("\"{}\"", format!("{beginning}{text}").replace('"', "\"\""));
        let (contact, number) = (cell(&format!("contact{place},\"x\"")), cell(&format!("number{place}")));
        let (reference, text) = (cell("reference"), cell("description\n=1+1"));
        rows += &format!("{contact},,{number},{reference},01/12/2010,31/12/2010,{text},1,10,200,No VAT\r\n");
    }
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", cookie)];
    let sent = server.ask_as_nobody("POST", "/companies/AQE/import", &headers, &file(&rows));
    assert_eq!(sent.status, 303, "{}", sent.text());
    let deadline = Instant::now() + Duration::from_secs(30);
    while target.kept()["imports"].iter().any(|row| row.contains("'running'")) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    target.tieout().run(&["sync", "--company", "AQE", "--wait"]);
    let records = records(server, "/companies/AQE/messages.csv", cookie);
    for text in ["'=number0", "'+number1", "'-number2", "'@number3", "'=contact0,\"x\""] {
        assert!(holds(&records, text), "{text} was synced and is marked: {records:#?}");
    }
    // A company's code begins with a letter or digit, so that its address and its files' names hold nothing else.
    let answer = server.ask_as_nobody("GET", "/companies/aqe/messages.csv", &[("cookie", cookie)], b"");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"tieout-AQE-messages-"), "{answer:?}");
    // What a program reads is one object a line, whatever the texts hold.
    let lines = crate::harness::wire::Wire::to(server).ask("GET", "/companies/AQE/messages.ndjson", &[("cookie", cookie)], b"");
    let read: Vec<serde_json::Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), records.len() - 1);
    target.stands();
}
