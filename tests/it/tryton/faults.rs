//! What goes wrong there: each time the right status, message and advice, and after the fix both sides agree with nothing
//! there twice.

use super::{
    books::{Books, approved, granted},
    peer::Peer,
};
use crate::harness::{
    books::line,
    databases,
    process::{Tieout, ended},
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tieout::{
    domain::{connection::Access, status::SyncStatus},
    server::{connectors::tryton::TrytonConnector, services::connections::resume},
};

/// The open problems' records, codes and causes.
async fn told(books: &Books) -> Vec<(String, String, String)> {
    let problems = books.problems().await;
    assert!(problems.iter().all(|(.., advice)| !advice.is_empty()), "{problems:?}");
    problems.into_iter().map(|(label, code, cause, _)| (label, code, cause)).collect()
}

fn problem(label: &str, code: &str, cause: &str) -> (String, String, String) {
    (label.into(), code.into(), cause.into())
}

#[tokio::test]
async fn each_fault_is_told_and_after_the_fix_both_sides_agree() {
    let Some(peer) = Peer::start() else { return };
    let database = databases().await.remove(0);
    let csv = line("Customer 1", "1001", 1, 10, "12.50", "200") + &line("Customer 2", "1002", 2, 3, "9.99", "260");
    let books = Books::onboarded(&database.db, &peer, &csv).await;

    // An account that was closed since it was matched: the one document waits, the other goes.
    peer.admin("account_closed", json!({ "code": "4100", "closed": true }));
    assert_eq!(books.work().await, SyncStatus::Errors);
    let cause = "Account 4100 - Other income is closed there, or takes no lines of this kind";
    assert_eq!(told(&books).await, [problem("1002", "account-not-usable", cause)]);
    assert_eq!(peer.admin("drafts", json!({})), 0, "what was not posted leaves no draft");
    peer.admin("account_closed", json!({ "code": "4100", "closed": false }));
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    // A closed period; opened again, its journals are still closed.
    peer.admin("period_state", json!({ "month": "2010-12", "button": "close" }));
    let connector = books.connector().await;
    assert_eq!(connector.probe().await.unwrap().locked_until, None, "earlier periods are open");
    books.import(&line("Customer 1", "1004", 10, 1, "5.00", "200")).await;
    assert_eq!(books.sync().await, SyncStatus::Errors);
    assert_eq!(told(&books).await, [problem("1004", "period-closed", "The period 2010-12 is closed there")]);
    peer.admin("period_state", json!({ "month": "2010-12", "button": "reopen" }));
    assert_eq!(books.sync().await, SyncStatus::Errors);
    let cause = "The journal's period Revenue - 2010-12 is closed there";
    assert_eq!(told(&books).await, [problem("1004", "journal-period-closed", cause)]);
    peer.admin("reopen_journals", json!({ "month": "2010-12" }));
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    // Out of the order of days.
    books.import(&line("Customer 1", "1005", 5, 1, "6.00", "200")).await;
    assert_eq!(books.sync().await, SyncStatus::Errors);
    let cause = "Dated before a document that Tryton has numbered already";
    assert_eq!(told(&books).await, [problem("1005", "number-order", cause)]);
    books.import(&line("Customer 1", "1005", 11, 1, "6.00", "200")).await;
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    // A code for a new party that another party has; what belongs to the contact waits for it.
    let before = peer.admin("next_party_code", json!({ "number": 2 }));
    books.import(&line("Customer 3", "1006", 12, 1, "7.00", "200")).await;
    assert_eq!(books.sync().await, SyncStatus::Errors);
    let cause = "The code Tryton would give the party is taken";
    let waits = problem("1006", "waits-for-contact", "Waits for contact Customer 3");
    assert_eq!(told(&books).await, [waits, problem("Customer 3", "party-code-taken", cause)]);
    peer.admin("next_party_code", json!({ "number": before }));
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    // A party that was deactivated.
    peer.admin("party", json!({ "name": "Customer 3", "active": false }));
    books.import(&line("Customer 3", "1007", 13, 1, "8.00", "200")).await;
    assert_eq!(books.sync().await, SyncStatus::Errors);
    assert_eq!(told(&books).await, [problem("1007", "contact-archived", "Contact Customer 3 is archived")]);
    peer.admin("party", json!({ "name": "Customer 3", "active": true }));
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    // A key that was cancelled: nothing is sent, and no record fails for it.
    assert_eq!(peer.admin("cancel_keys", json!({})), 1);
    books.import(&line("Customer 1", "1008", 14, 1, "9.00", "200")).await;
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::NeedsReconnecting, vec![]));
    let connection = books.connection().await;
    assert_eq!(connection.access(), Access::Lost);
    let reason = connection.lost_reason.unwrap_or_default();
    assert!(reason.starts_with("Tryton no longer accepts the key of user tieout on http://127.0.0.1:"), "{reason}");
    let renewed = granted(approved(&peer).await);
    let connector = TrytonConnector::from_secret(&renewed.secret, &connection.organisation_id).unwrap();
    resume(&books.db, &books.company.id, &connector, &renewed.secret).await.unwrap();
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));

    books.assert_in_balance().await;
    assert_each_once(&peer, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_named_no_longer_is_not_asked_and_no_record_fails_for_it() {
    let Some(peer) = Peer::start() else { return };
    let (database, dir) = (databases().await.remove(0), tempfile::tempdir().unwrap());
    let books = Books::onboarded(&database.db, &peer, &line("Customer 1", "1001", 1, 1, "12.50", "200")).await;
    assert_eq!(books.work().await, SyncStatus::Synced);
    books.import(&line("Customer 1", "1002", 2, 1, "9.99", "200")).await;
    let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
    let run = |named: &str, arguments: &[&str]| {
        let company = ["--company", books.company.code.as_str()];
        ended(tieout.command().env("TIEOUT_PRIVATE_HOSTS", named).args([arguments, &company].concat()))
    };
    let said = "127.0.0.1 is asked over https:// only";
    for arguments in [["sync", "--wait"].as_slice(), &["probe"]] {
        let barred = run("books.lan", arguments);
        assert!(barred.code == 4 && barred.stdout.contains(said) && barred.stdout.contains("private_hosts"), "{barred:?}");
    }
    assert_eq!(books.status().await, SyncStatus::IncompletePipeline);
    assert_eq!(told(&books).await, [], "no record failed for it");
    assert_eq!(books.connection().await.access(), Access::Valid, "the access is as it was");

    for arguments in [["sync", "--wait"].as_slice(), &["probe"]] {
        assert_eq!(run("127.0.0.1", arguments).code, 0);
    }
    books.assert_in_balance().await;
    assert_each_once(&peer, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_in_the_middle_is_gone_on_with_and_nothing_is_there_twice() {
    let Some(mut peer) = Peer::start() else { return };
    let database = databases().await.remove(0);
    let csv: String = (0..25).map(|n| line("Customer 1", &format!("20{n:02}"), 1 + n, 1, "3.33", "200")).collect();
    let books = Books::onboarded(&database.db, &peer, &csv).await;
    let others = Books { db: books.db.clone(), company: books.company.clone() };
    let run = tokio::spawn(async move { others.work().await });
    // The first batch is settled and the second on its way.
    while books.number("SELECT count(*) FROM links WHERE entity = 'invoice' AND external_id IS NOT NULL").await < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    peer.stop();
    assert_eq!(run.await.unwrap(), SyncStatus::IncompletePipeline);
    assert_eq!(told(&books).await, [], "no record failed for it");
    let said = books.said("error").await;
    assert!(said.last().is_some_and(|said| said.contains("cannot be reached")), "{said:?}");

    peer.start_again();
    assert_eq!((books.sync().await, told(&books).await), (SyncStatus::Synced, vec![]));
    books.assert_in_balance().await;
    assert_each_once(&peer, 25);
}

fn assert_each_once(peer: &Peer, documents: usize) {
    let there = peer.admin("documents", json!({}));
    let numbers: Vec<_> = there.as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), documents, "{numbers:?}");
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), documents, "{numbers:?}");
    assert_eq!(peer.admin("drafts", json!({})), 0);
}
