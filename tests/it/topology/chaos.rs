//! Everything that can be taken away is taken away while many companies sync: a server, the wire of one, Postgres for a
//! moment, and then Postgres for good, with its replica in its place.

use super::{
    fleet::Fleet,
    group::{self, CONTACTS, DOCUMENTS},
    number, wait_until, witness,
};
use crate::harness::{cluster::Node, proxy::Way};
use std::time::{Duration, Instant};
use tieout::server::db::{query::sql, status};

/// Enough that work remains to be done after the last blow.
const COMPANIES: usize = if cfg!(debug_assertions) { 240 } else { 2_000 };

/// How soon what a server held that is gone is taken from it, after it last showed that it was there.
const TAKE_OVER: Duration = Duration::from_secs(60);

const DONE: &str = "SELECT count(*) FROM runs WHERE state = 'completed'";
const LEFT: &str = "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')";

/// Waits until so many of a hundred companies are done, and makes sure that some are not.
async fn wait_for_share(fleet: &Fleet, percent: usize) {
    let enough = i64::try_from(COMPANIES * percent / 100).expect("a number");
    wait_until(&fleet.db, DONE, |done| done >= enough).await;
    let left = number(&fleet.db, LEFT).await;
    assert!(left > 0, "at {percent} % nothing is left to do");
    eprintln!("at {percent} %: {left} left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_while_servers_wires_and_postgres_fail() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    let began = Instant::now();
    group::make(&fleet.db, COMPANIES).await;
    eprintln!("{COMPANIES} companies made in {:?}", began.elapsed());
    witness::place(&fleet.db).await;
    fleet.cluster.add_replica().await;
    let began = Instant::now();
    fleet.start().await;

    wait_for_share(&fleet, 10).await;
    let killed = fleet.posts[0].called();
    fleet.posts[0].kill().await;
    fleet.posts[0].start().await;

    wait_for_share(&fleet, 20).await;
    fleet.posts[1].wire.set(Way::Cut);
    wait_for_share(&fleet, 30).await;
    fleet.posts[1].wire.set(Way::To(fleet.cluster.socket(Node::Primary)));

    wait_for_share(&fleet, 35).await;
    // A sync that was taken from its worker twice is given to a third and to no fourth: it may not be this one.
    witness::wait_until_none_is_tried_again(&fleet.db, &fleet.posts[2].called()).await;
    fleet.posts[2].wire.set(Way::Swallowed);
    wait_for_share(&fleet, 50).await;
    fleet.posts[2].wire.set(Way::To(fleet.cluster.socket(Node::Primary)));

    wait_for_share(&fleet, 55).await;
    fleet.cluster.crash(Node::Primary);
    fleet.cluster.start_node(Node::Primary).expect("Postgres comes back");

    wait_for_share(&fleet, 70).await;
    fleet.cluster.crash(Node::Primary);
    fleet.cluster.promote();
    fleet.lead_to(Node::Replica);

    wait_until(&fleet.db, LEFT, |left| left == 0).await;
    fleet.show_logs();
    eprintln!("{COMPANIES} companies synced in {:?}", began.elapsed());
    assert_all_is_well(&fleet).await;
    let workers = witness::workers(&fleet.db).await;
    eprintln!("{workers:?}");
    assert_eq!(workers.len(), 4, "each of the four servers worked: {workers:?}");
    assert!(workers.iter().any(|(name, _)| *name == killed), "the one that was killed had worked: {workers:?}");
    let (runs, late) = witness::taken_back(&fleet.db).await;
    assert!(runs > 0, "what the one that was killed held was taken from it");
    assert!(u128::try_from(late).expect("a time") < TAKE_OVER.as_millis(), "a run lay for {late} ms");
}

/// Every document is on both sides once, everybody agrees, and no run was worked by two.
async fn assert_all_is_well(fleet: &Fleet) {
    let db = &fleet.db;
    let companies = i64::try_from(COMPANIES).expect("a number");
    assert_eq!(witness::intrusions(db).await, Vec::new());
    let failed: Vec<(String, i64)> =
        sql("SELECT reason, attempt FROM runs WHERE state <> 'completed'").all(db).await.expect("runs");
    assert_eq!((number(db, DONE).await, failed), (companies, Vec::new()), "one run a company, and none of them failed");
    assert_eq!(number(db, "SELECT count(*) FROM companies WHERE status = 'synced'").await, companies);
    assert_eq!(number(db, "SELECT count(*) FROM practice_documents").await, DOCUMENTS * companies);
    assert_eq!(number(db, "SELECT count(*) FROM practice_contacts").await, CONTACTS * companies);
    let linked = "SELECT count(*) FROM links WHERE entity <> 'contact' AND state = 'linked' AND external_id IS NOT NULL AND intent_key IS NULL";
    assert_eq!(number(db, linked).await, DOCUMENTS * companies);
    assert_eq!(number(db, "SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
    assert_eq!(number(db, "SELECT count(*) FROM tie_outs WHERE in_balance = 0").await, 0);
    assert_eq!(number(db, "SELECT count(DISTINCT company_id) FROM tie_outs").await, companies);
    assert_eq!(status::check(db).await.expect("the check runs"), Vec::<String>::new());
}
