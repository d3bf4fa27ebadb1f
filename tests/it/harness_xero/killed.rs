//! The peer is killed, and goes on where it was.

use super::{Client, invoice, text};
use crate::harness::xero::{
    Peer, Setup,
    ask::json,
    faults::{Fault, Faults},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

#[test]
fn nothing_it_answered_for_is_lost_and_it_listens_where_it_did() {
    let mut peer = Peer::own();
    let client = Client::of(&peer, &Setup::named("Albion Quay Estates"));
    let contacts = json!({ "Contacts": [{ "Name": "Ada Ltd" }] });
    let put = || client.ask("PUT", "Contacts", &[("idempotency-key", "one")], &contacts).text();
    let answered = put();
    let invoice = client.taken("PUT", "Invoices", invoice("1001", 10.0));
    client.organisation.pay(text(&invoice["InvoiceID"]), "2010-12-05", 4.0);
    client.organisation.set_faults(Faults::all(3, 100));
    let (held, writes, counts) = (client.organisation.held(), client.organisation.writes(), client.organisation.counts());
    let met = |peer: &Peer| {
        let after = Client { organisation: client.organisation.clone(), granted: client.granted.clone() };
        assert_eq!(peer.address, after.organisation.server);
        after.organisation.ask(&after.granted, "GET", "Invoices?page=1", &[], &Value::Null).map(|one| one.status).map_err(drop)
    };

    peer.kill();
    assert_eq!(met(&peer), Err(()), "it is gone");
    // A line that was being written when it was killed.
    let mut journal = std::fs::OpenOptions::new().append(true).open(peer.dir().join("journal")).unwrap();
    journal.write_all(br#"[{"Books":["#).unwrap();
    peer.start_again();
    assert_eq!((client.organisation.held(), client.organisation.writes()), (held, writes));
    assert_eq!(client.organisation.counts(), counts);
    client.organisation.set_faults(Faults::none());
    assert_eq!(put(), answered, "the key is remembered");
    assert_eq!(met(&peer), Ok(200), "and so is the access");

    peer.kill();
    peer.start_again();
    assert_eq!(client.organisation.held().invoices[0]["AmountDue"], 8.0, "what followed the torn line is whole");
    let dir = peer.dir().to_owned();
    drop(peer);
    assert!(!dir.exists());
}

#[test]
fn killed_in_the_middle_of_batches_it_has_at_least_what_it_answered_and_no_more_than_was_asked() {
    let mut peer = Peer::own();
    let client = Client::of(&peer, &Setup::named("Albion Quay Estates"));
    // So that it is busy when it is killed.
    client.organisation.set_faults(Faults::always(Fault::Late));
    let (mut answered, mut asked) = (Vec::new(), 0);
    for round in 0..3 {
        let is_over = AtomicBool::new(false);
        let begun = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let write = || {
                let mut names = Vec::new();
                let mut batches = 0;
                while !is_over.load(Ordering::SeqCst) {
                    let contact = |n: usize| json!({ "Name": format!("{round}-{batches}-{n}") });
                    let body = json!({ "Contacts": (0..5).map(contact).collect::<Vec<_>>() });
                    let path = "Contacts?summarizeErrors=false";
                    let Ok(answer) = client.organisation.ask(&client.granted, "PUT", path, &[], &body) else {
                        return (names, batches + 1);
                    };
                    let all = json(&answer);
                    names.extend(all["Contacts"].as_array().unwrap().iter().map(|one| text(&one["Name"]).to_owned()));
                    batches += 1;
                    begun.store(true, Ordering::SeqCst);
                }
                (names, batches)
            };
            let writer = scope.spawn(write);
            while !begun.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            peer.kill();
            is_over.store(true, Ordering::SeqCst);
            let (names, batches) = writer.join().unwrap();
            answered.extend(names);
            asked += batches * 5;
        });
        peer.start_again();
    }
    let contacts = client.organisation.held().contacts;
    let held: Vec<String> = contacts.iter().map(|one| text(&one["Name"]).to_owned()).collect();
    let lost: Vec<&String> = answered.iter().filter(|name| !held.contains(name)).collect();
    assert!(lost.is_empty() && !answered.is_empty(), "{lost:?}");
    assert!(held.len() <= asked, "{} of {asked}", held.len());
    let ids: BTreeSet<&str> = contacts.iter().map(|one| text(&one["ContactID"])).collect();
    let writes = client.organisation.writes();
    assert_eq!(writes.iter().flat_map(|write| &write.ids).map(String::as_str).collect::<BTreeSet<_>>(), ids);
}

#[test]
fn it_starts_in_a_moment_and_ends_with_its_input() {
    Peer::shared();
    let began = Instant::now();
    let peer = Peer::own();
    // Far more than it takes, for machines that have other things to do.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    eprintln!("it started in {:?}", began.elapsed());
    assert_eq!(peer.violations(), Vec::<String>::new());
}
