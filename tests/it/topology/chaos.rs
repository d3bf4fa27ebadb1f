//! Everything that can be taken away is taken away while many companies sync with an accounting side that goes wrong itself:
//! a server, the wire of one, Postgres for a moment, and then Postgres for good, with its replica in its place.

use super::{fleet::Fleet, group, number, sides, wait_until, witness};
use crate::{
    faults::Pair,
    harness::{
        chance::{Chance, given, seed},
        cluster::Node,
        proxy::Way,
        xero::{Peer, faults::Faults},
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tieout::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{query::sql, status},
        services::sync,
    },
};

/// Enough that work remains to be done after the last blow.
const COMPANIES: u64 = if cfg!(debug_assertions) { 240 } else { 2_000 };

/// How often each fault happens, of a thousand requests: one company in four meets one.
const PER_MILLE: u16 = 1;

/// Syncs of what is not synced, after the faults, until everything must be.
const ROUNDS: usize = 4;

/// How soon what a server held that is gone is taken from it, after it last showed that it was there.
const TAKE_OVER: Duration = Duration::from_secs(60);

const DONE: &str = "SELECT count(*) FROM runs WHERE state = 'completed'";
/// What waits for a limit to pass waits for hours.
const LEFT: &str = "SELECT count(*) FROM runs WHERE state = 'running' OR (state = 'queued' AND not_before = 0)";

/// Waits until so many of a hundred companies are done, and makes sure that some are not.
async fn wait_for_share(fleet: &Fleet, companies: usize, percent: usize) {
    let enough = i64::try_from(companies * percent / 100).expect("a number");
    wait_until(&fleet.db, DONE, |done| done >= enough).await;
    let left = number(&fleet.db, LEFT).await;
    assert!(left > 0, "at {percent} % nothing is left to do");
    eprintln!("at {percent} %: {left} left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_while_servers_wires_postgres_and_the_accounting_side_fail() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    let (seed, began, peer) = (seed(), Instant::now(), Arc::new(Peer::own()));
    eprintln!("TIEOUT_TEST_SEED={seed}");
    let companies = given("TIEOUT_TEST_COMPANIES").unwrap_or(COMPANIES) as usize;
    let pairs = group::make(&fleet.db, &peer, companies).await;
    // Whoever looks for a daily check that is due makes it, beside the run.
    sql("UPDATE connections SET next_probe_at = NULL").execute(&fleet.db).await.expect("no check is due");
    let mut chance = Chance::of(seed);
    pairs.iter().for_each(|pair| pair.there.set_faults(Faults::all(chance.next(), PER_MILLE)));
    eprintln!("{companies} companies made in {:?}", began.elapsed());
    witness::place(&fleet.db).await;
    peer.note_askers();
    fleet.cluster.add_replica().await;
    let began = Instant::now();
    fleet.start().await;

    let killed = strike(&mut fleet, companies).await;
    wait_until(&fleet.db, LEFT, |left| left == 0).await;
    eprintln!("nothing left after {:?}", began.elapsed());
    settle(&fleet, &pairs).await;
    fleet.show_logs();
    eprintln!("{companies} companies synced in {:?}", began.elapsed());

    // First of all: the proof asks the organisations itself.
    sides::assert_each_was_asked_by_one_at_a_time(&fleet, &peer, &pairs, &killed).await;
    assert_all_is_well(&fleet, companies).await;
    sides::assert_both_hold_the_same(&fleet, &peer, &pairs).await;
    eprintln!("proven after {:?}", began.elapsed());
    let workers = witness::workers(&fleet.db).await;
    eprintln!("{workers:?}");
    assert_eq!(workers.len(), 4, "each of the four servers worked: {workers:?}");
    assert!(workers.iter().any(|(name, _)| *name == killed), "the one that was killed had worked: {workers:?}");
    let (runs, late) = witness::taken_back(&fleet.db).await;
    assert!(runs > 0, "what the one that was killed held was taken from it");
    assert!(u128::try_from(late).expect("a time") < TAKE_OVER.as_millis(), "a run lay for {late} ms");
}

/// One blow after the other; answers what the server was called that was killed.
async fn strike(fleet: &mut Fleet, companies: usize) -> String {
    wait_for_share(fleet, companies, 10).await;
    let killed = fleet.posts[0].called();
    fleet.posts[0].kill().await;
    fleet.posts[0].start().await;

    wait_for_share(fleet, companies, 20).await;
    fleet.posts[1].wire.set(Way::Cut);
    wait_for_share(fleet, companies, 30).await;
    fleet.posts[1].wire.set(Way::To(fleet.cluster.socket(Node::Primary)));

    wait_for_share(fleet, companies, 35).await;
    // A sync that was taken from its worker twice is given to a third and to no fourth: it may not be this one.
    witness::wait_until_none_is_tried_again(&fleet.db, &fleet.posts[2].called()).await;
    fleet.posts[2].wire.set(Way::Swallowed);
    wait_for_share(fleet, companies, 50).await;
    fleet.posts[2].wire.set(Way::To(fleet.cluster.socket(Node::Primary)));

    wait_for_share(fleet, companies, 55).await;
    fleet.cluster.crash(Node::Primary);
    fleet.cluster.start_node(Node::Primary).expect("Postgres comes back");

    wait_for_share(fleet, companies, 70).await;
    fleet.cluster.crash(Node::Primary);
    fleet.cluster.promote();
    fleet.lead_to(Node::Replica);
    killed
}

/// The faults are over: what they left undone is asked for again, as people would, until everything is synced.
async fn settle(fleet: &Fleet, pairs: &[Pair]) {
    pairs.iter().for_each(|pair| pair.there.set_faults(Faults::none()));
    let mut left = Vec::new();
    for _ in 0..ROUNDS {
        let unsynced = "SELECT id, reason FROM companies WHERE status <> 'synced' ORDER BY id";
        left = sql(unsynced).all::<(String, String)>(&fleet.db).await.expect("companies");
        eprintln!("{} are not synced", left.len());
        if left.is_empty() {
            return;
        }
        for (id, _) in &left {
            sync::request(&fleet.db, id, RunKind::Manual, RunScope::Full, "test").await.expect("nothing keeps it from syncing");
        }
        wait_until(&fleet.db, LEFT, |left| left == 0).await;
    }
    panic!("without faults they do not sync: {left:#?}");
}

/// Everybody agrees, no run was worked by two, and what failed failed by the faults.
async fn assert_all_is_well(fleet: &Fleet, companies: usize) {
    let (db, companies) = (&fleet.db, i64::try_from(companies).expect("a number"));
    assert_eq!(witness::intrusions(db).await, Vec::new());
    assert_eq!(number(db, "SELECT count(*) FROM companies WHERE status = 'synced'").await, companies);
    let ours: Vec<(String, i64)> =
        sql("SELECT reason, attempt FROM runs WHERE reason LIKE 'Tieout itself%' OR reason LIKE 'The server stopped%'")
            .all(db)
            .await
            .expect("runs");
    assert_eq!(ours, Vec::new(), "no run was given up, or failed on an error of our own");
    assert_eq!(number(db, "SELECT count(*) FROM connections WHERE authorisation <> 'valid'").await, 0, "nobody lost access");
    assert_eq!(number(db, "SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await, 0);
    assert_eq!(number(db, "SELECT count(*) FROM tie_outs WHERE in_balance = 0").await, 0);
    assert_eq!(number(db, "SELECT count(DISTINCT company_id) FROM tie_outs").await, companies);
    assert_eq!(status::check(db).await.expect("the check runs"), Vec::<String>::new());
}
