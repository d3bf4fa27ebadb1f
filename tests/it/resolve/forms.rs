//! The forms of the pages, posted as a browser without script posts them.

use crate::harness::{
    books::{Books, line},
    databases,
    process::{Answer, Tieout},
};
use tieout::server::{connectors::practice::panel, db::query::sql};

fn post(server: &crate::harness::process::Server, to: &str, fields: &[(&str, &str)]) -> Answer {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("code", "AQE").extend_pairs(fields);
    let page = format!("http://{}/companies/AQE/results?state=all", server.address);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "text/html"),
        ("referer", page.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    server.ask("POST", &format!("/api/{to}"), &headers, body.finish().as_bytes())
}

/// Where it leads on this server, and what the page there says.
fn told(answer: &Answer) -> (String, String) {
    let cookie = answer.header("set-cookie").split_once('=').map(|(_, rest)| rest.split(';').next().unwrap_or("").to_owned());
    let said = form_urlencoded::parse(cookie.unwrap_or_default().as_bytes()).next().map(|(text, _)| text.into_owned());
    let place = answer.header("location");
    let path = place.split_once("://").and_then(|(_, rest)| Some(&rest[rest.find('/')?..])).unwrap_or(place);
    (path.to_owned(), said.unwrap_or_default())
}

#[tokio::test]
async fn forms_say_what_was_done_and_go_back_to_their_page() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let db = &database.db;
        let csv = line("Customer 1", "1001", 1, 1, "10.00", "200") + &line("Customer 2", "1002", 2, 1, "10.00", "200");
        let books = Books::open(db, &csv).await;
        panel::lock_period(db, &books.ledger, Some("2010-12-02")).await.unwrap();
        books.work().await;
        let (one, two) = (books.row("1001").await.id, books.row("1002").await.id);
        let dir = tempfile::tempdir().unwrap();
        let server = Tieout { data_dir: dir.path(), url: Some(&database.url) }.serve();

        let (place, said) = told(&post(&server, "retry-records", &[]));
        assert_eq!(
            (place.as_str(), said.as_str()),
            ("/companies/AQE/results?state=all", "-No record is selected: tick at least one.")
        );
        let (place, said) = told(&post(&server, "set-aside", &[("ids[]", &one), ("note", "known"), ("until", "")]));
        assert!(place.ends_with("?state=all") && said == "+Set aside 1 invoice until it changes. This can be undone.", "{said}");
        let (_, said) = told(&post(&server, "take-up", &[("whole", "1"), ("filter", "state=set-aside")]));
        assert_eq!(said, "+Took up 1 invoice again.");

        // Not confirmed: nothing is done, the page shows what would be.
        let (place, _) = told(&post(&server, "unlink-records", &[("ids[]", &one), ("ids[]", &two), ("filter", "state=all")]));
        assert!(place.starts_with("/companies/AQE/unlink?ids%5B%5D="), "{place}");
        assert_eq!(books.number("SELECT count(*) FROM links WHERE state = 'unlinked'").await, 0);
        let page = server.get(&place, &[]);
        assert_eq!(page.status, 200);
        for words in ["Unlink 2 invoices?", "Unlink 2 records", "1001", "1002", "Never sent"] {
            assert!(page.text().contains(words), "{words}");
        }
        // A form's GET names its boxes as they are.
        for query in [format!("ids={one}"), format!("ids%5B%5D={one}"), format!("ids%5B0%5D={one}")] {
            let page = server.get(&format!("/companies/AQE/unlink?{query}"), &[]).text();
            assert!(page.contains("Unlink 1 invoice?"), "{query}");
        }
        assert_eq!(server.get("/companies/AQE/unlink", &[]).status, 422);
        let fields = [("ids[]", one.as_str()), ("ids[]", &two), ("filter", "state=all"), ("confirmed", "1")];
        let (place, said) = told(&post(&server, "unlink-records", &fields));
        assert_eq!(place, "/companies/AQE/results?state=all");
        assert!(said.starts_with("+Unlinked 2 invoices: left out"), "{said}");
        let (action,): (String,) = sql("SELECT id FROM actions WHERE kind = 'unlink'").one(db).await.unwrap();
        let (_, said) = told(&post(&server, "undo-action", &[("action", &action)]));
        assert!(said.starts_with("+Undone: 2 records linked again."), "{said}");

        // From the page of a record and back to it.
        let (contact,): (String,) = sql("SELECT id FROM contacts WHERE name = 'Customer 1'").one(db).await.unwrap();
        let record = format!("contact:{contact}");
        let (place, _) = told(&post(&server, "unlink-records", &[("record", &record), ("confirmed", "1")]));
        assert_eq!(place, format!("/companies/AQE/records/contact/{contact}"));
        let (_, said) = told(&post(&server, "link-records", &[("record", &record)]));
        assert!(said.starts_with("+Linked 1 contact and 1 invoice again."), "{said}");
        for (to, fields) in [
            ("unlink-records", vec![("record", "invoice")]),
            ("decide-conflict", vec![("problem", "x"), ("decision", "guess")]),
            ("remap", vec![("kind", "colour"), ("value", "200"), ("external_id", "x")]),
            ("remap", vec![("kind", "account"), ("value", "200"), ("external_id", "")]),
            ("undo-action", vec![("action", "x")]),
            ("retry-records", vec![("ids[]", "x")]),
        ] {
            let (_, said) = told(&post(&server, to, &fields));
            assert!(said.starts_with('-'), "{to} {fields:?}: {said}");
        }
    }
}
