//! Whichever server a request reaches: it shows the syncs of all, and what was done through another a moment ago.

use super::{fleet::Fleet, number, wait_until};
use crate::harness::books::{Books, line};
use serde_json::Value;
use std::collections::BTreeSet;
use tieout::server::{connectors::practice::panel, db::query::sql};

const RUNNING: &str = "SELECT count(*) FROM runs WHERE state = 'running'";

/// What a server answers to somebody who signed in at the first.
async fn ask(fleet: &Fleet, place: usize, method: &'static str, path: String, body: String) -> (u16, Value) {
    let (server, cookie) = (fleet.posts[place].server.clone().expect("it runs"), fleet.server(0).cookie().to_owned());
    let answer = super::blocking(move || {
        let form = ("content-type", "application/x-www-form-urlencoded");
        server.ask_as_nobody(method, &path, &[form, ("cookie", &cookie)], body.as_bytes())
    });
    let answer = answer.await;
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

/// Codes of companies that a server shows as syncing.
async fn shown_syncing(fleet: &Fleet, place: usize) -> BTreeSet<String> {
    let (status, page) = ask(fleet, place, "GET", "/api/overview?query=status%3Din-progress".into(), String::new()).await;
    assert_eq!(status, 200);
    let rows = page["rows"].as_array().unwrap_or_else(|| panic!("{page}"));
    rows.iter().map(|row| row["code"].as_str().expect("a code").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_shows_the_syncs_of_all_and_what_was_done_through_another() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    let mut codes = BTreeSet::new();
    for n in 0..12 {
        let books = Books::open_named(&fleet.db, &format!("Company {n}"), &line("Customer 1", "1001", 1, 1, "9.00", "200")).await;
        // So long that every sync is still under way when it is looked at.
        panel::set_delay(&fleet.db, &books.ledger, 20_000).await.unwrap();
        codes.insert(books.company.code);
    }
    fleet.start().await;
    wait_until(&fleet.db, RUNNING, |running| running == 12).await;
    let owners = "SELECT count(DISTINCT lease_owner) FROM runs WHERE state = 'running'";
    assert_eq!(number(&fleet.db, owners).await, 3, "four each");
    for place in 0..3 {
        assert_eq!(shown_syncing(&fleet, place).await, codes, "at server {place}");
    }

    let idle = Books::connect(&fleet.db, "", None).await.company.code;
    let (_, seen) = ask(&fleet, 1, "GET", "/api/quick-links".into(), String::new()).await;
    let cursor = seen[1]["cursor"].as_i64().expect("a cursor");
    let unchanged = ask(&fleet, 2, "GET", format!("/api/changes?cursor={cursor}"), String::new()).await;
    assert_eq!(unchanged, (200, serde_json::json!({ "cursor": cursor })), "the same cursor anywhere");
    let (status, told) = ask(&fleet, 0, "POST", "/api/pause".into(), format!("code={idle}")).await;
    assert_eq!(status, 200, "{told}");
    for place in [1, 2] {
        let (_, changes) = ask(&fleet, place, "GET", format!("/api/changes?cursor={cursor}"), String::new()).await;
        let rows = changes["rows"].as_array().unwrap_or_else(|| panic!("{changes}"));
        assert!(rows.iter().any(|row| row["code"] == idle.as_str()), "at server {place}: {changes}");
        let (_, settings) = ask(&fleet, place, "GET", "/api/integrations".into(), String::new()).await;
        assert!(settings.to_string().contains(&idle), "at server {place}");
    }
    let paused = sql("SELECT count(*) FROM connections WHERE paused_at IS NOT NULL").one::<(i64,)>(&fleet.db).await.unwrap();
    assert_eq!(paused.0, 1);

    // Signed out through one, nobody is signed in at another.
    assert_eq!(ask(&fleet, 2, "POST", "/api/sign-out".into(), String::new()).await.0, 200);
    assert_eq!(ask(&fleet, 1, "GET", "/api/overview".into(), String::new()).await.0, 401);
}
