//! The log as a file: what the filter finds, all of it, whole or visibly not.

use crate::harness::{
    books::{Books, line, three},
    databases,
    process::Tieout,
};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
};
use tieout::{
    domain::message_filter::MessageFilter,
    server::{
        connectors::practice::panel,
        db::{Db, query::sql},
        services::message_log::{Download, Format},
    },
};

async fn file(db: &Db, books: &Books, query: &str, format: Format) -> String {
    let filter = MessageFilter::from_query(query).0;
    let mut download = Download::begin(db, books.company.clone(), &filter, format).await.unwrap();
    let mut whole = Vec::new();
    while let Some(part) = download.part().await.unwrap() {
        whole.extend(part);
    }
    String::from_utf8(whole).unwrap()
}

/// The ids in a CSV file, which any reader of CSV understands.
fn ids(csv: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let place = reader.headers().unwrap().iter().position(|name| name == "message_id").unwrap();
    reader.records().map(|record| record.unwrap()[place].to_owned()).collect()
}

fn body_of(answer: &str) -> String {
    // Chunks of HTTP/1.1: a length, the bytes, and an empty one at the end.
    let (mut rest, mut body) = (answer, String::new());
    while let Some((length, more)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&more[..length]);
        rest = &more[length + 2..];
    }
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_holds_exactly_what_the_filter_finds() {
    for database in databases().await {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let csv: String = (0..260).map(|n| line("=SUM(A1)", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(db, &(csv + &line("Customer 3", "9004", 4, 1, "5.00", "260"))).await;
        panel::set_account_archived(db, &books.ledger, "260", true).await.unwrap();
        books.work().await;
        let all: Vec<(String,)> = sql("SELECT id FROM messages ORDER BY id DESC").all(db).await.unwrap();
        let all: Vec<String> = all.into_iter().map(|(id,)| id).collect();
        let whole = file(db, &books, "", Format::Csv).await;
        assert_eq!(ids(&whole), all, "on {}: newest first, each once", database.kind);
        assert!(whole.contains(",'=SUM(A1),") && !whole.contains(",=SUM"), "a name that would be a formula");
        let before = format!("before={}", all[100]);
        assert_eq!(file(db, &books, &before, Format::Csv).await, whole, "the place in the log is no part of the filter");
        let errors = ids(&file(db, &books, "level=error&q=ARCHIVED", Format::Csv).await);
        assert_eq!(errors.len(), 1);
        assert_eq!(file(db, &books, "q=nobody", Format::Csv).await.lines().count(), 1, "the header alone");
        assert_eq!(file(db, &books, "q=nobody", Format::Ndjson).await, "");

        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let code = books.company.code.clone();
        let answers = tokio::task::block_in_place(|| {
            let server = tieout.serve();
            ["csv?entity=invoice", "ndjson?entity=invoice", "csv?level=loud", "csv?run=01981f5e-7c1a-7cc0-8a52-0123456789ab"]
                .map(|what| server.get(&format!("/companies/{code}/messages.{what}"), &[]))
        });
        let [csv, ndjson, unknown, missing] = answers;
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8; header=present"));
        let name = csv.header("content-disposition");
        assert!(
            name.starts_with(&format!("attachment; filename=\"tieout-{code}-messages-20")) && name.ends_with(".csv\""),
            "{name}"
        );
        let csv = ids(&body_of(&csv.text()));
        assert_eq!(csv.len(), 261, "each invoice's message");
        assert_eq!(ndjson.header("content-type"), "application/x-ndjson; charset=utf-8");
        let lines: Vec<serde_json::Value> =
            body_of(&ndjson.text()).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.iter().map(|line| line["message_id"].as_str().unwrap()).collect::<Vec<_>>(), csv);
        assert!(
            lines.iter().all(|line| line["time_utc"].as_str().unwrap().ends_with('Z') && line["time_zone"] == "Europe/London")
        );
        assert!(lines.iter().any(|line| line["record"] == "9004" && line["level"] == "error"));
        assert_eq!((unknown.status, missing.status), (422, 404), "{} {}", unknown.text(), missing.text());
        assert!(unknown.text().contains("“loud” is not a level; nothing was downloaded."), "{}", unknown.text());
    }
}

/// Reads on to the end of the connection; answers how many bytes came, and whether they end as a whole body does.
fn rest(mut stream: TcpStream) -> (usize, bool) {
    let mut bytes = Vec::new();
    // A connection that is reset is broken all the more.
    let _ = stream.read_to_end(&mut bytes);
    (bytes.len(), bytes.ends_with(b"\r\n0\r\n\r\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_breaks_off_does_not_look_complete() {
    for database in databases().await {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let books = Books::open(db, &three()).await;
        books.work().await;
        let seen: BTreeSet<String> = ids(&file(db, &books, "", Format::Csv).await).into_iter().collect();
        // More than all buffers on the way hold: eight thousand messages of two kilobytes.
        sql("UPDATE messages SET sent = $1").bind("x".repeat(2_000)).execute(db).await.unwrap();
        let copy = "INSERT INTO messages (id, company_id, run_id, at, entity, direction, level, text, sent)
            SELECT $1 || id, company_id, run_id, at, entity, direction, level, text, sent FROM messages WHERE id NOT LIKE 'z%'";
        let mut tx = db.begin().await.unwrap();
        for n in 0..8_000 / seen.len() {
            sql(copy).bind(format!("z{n:05}-")).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let server = tokio::task::block_in_place(|| tieout.serve());
        let ask = || {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            let head = format!("host: {}\r\nconnection: close\r\ncookie: {}", server.address, server.cookie());
            write!(stream, "GET /companies/{}/messages.csv HTTP/1.1\r\n{head}\r\n\r\n", books.company.code).unwrap();
            let mut beginning = [0; 2_000];
            stream.read_exact(&mut beginning).unwrap();
            assert!(beginning.starts_with(b"HTTP/1.1 200 OK"));
            stream
        };
        let stream = tokio::task::block_in_place(ask);
        let (whole, complete) = tokio::task::spawn_blocking(|| rest(stream)).await.unwrap();
        assert!(complete && whole > 14_000_000, "on {}: {whole} bytes", database.kind);

        let stream = tokio::task::block_in_place(ask);
        // The table is gone before the rest is read.
        sql("ALTER TABLE messages RENAME TO no_messages").execute(db).await.unwrap();
        let (part, complete) = tokio::task::spawn_blocking(|| rest(stream)).await.unwrap();
        assert!(!complete && part < whole, "on {}: {part} of {whole} bytes", database.kind);
    }
}
