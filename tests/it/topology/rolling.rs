//! A new version of every server, one after the other: who comes through a proxy in front notices nothing, what they were told
//! is done is done, and syncs that are due begin once.

use super::{fleet::Fleet, group, number, wait_until, witness};
use crate::harness::{visitors::Visitors, xero::Peer};
use std::{sync::Arc, time::Duration};
use tieout::server::db::{now_ms, query::sql, status};

const COMPANIES: usize = if cfg!(debug_assertions) { 24 } else { 200 };
/// Those who look, those who add and those who edit.
const VISITORS_OF_EACH: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_is_seen_by_nobody_and_the_schedule_fires_once() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    let peer = Arc::new(Peer::own());
    group::make(&fleet.db, &peer, COMPANIES).await;
    witness::place(&fleet.db).await;
    fleet.start().await;
    let companies = i64::try_from(COMPANIES).unwrap();
    wait_until(&fleet.db, "SELECT count(*) FROM runs WHERE state = 'completed'", |done| done == companies).await;
    let addresses: Vec<String> = (0..3).map(|place| fleet.server(place).address.clone()).collect();
    let visitors = Visitors::come(&fleet.db, 0, addresses.clone(), fleet.server(0).cookie(), VISITORS_OF_EACH).await;

    // All are due at once, and every server looks.
    sql("UPDATE connections SET schedule = 'nightly', next_sync_at = $1")
        .bind(now_ms() - 1_000)
        .execute(&fleet.db)
        .await
        .unwrap();
    for (place, address) in addresses.into_iter().enumerate() {
        let post = &mut fleet.posts[place];
        let server = post.server.take().and_then(Arc::into_inner).expect("nobody else holds it");
        let (took, code) = super::blocking(|| server.terminate()).await;
        assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} after {took:?}");
        // Its successor is at the same address, as a service manager has it.
        post.start_with(&[("TIEOUT_LISTEN", address)]).await;
    }
    wait_until(&fleet.db, "SELECT count(*) FROM runs WHERE kind = 'scheduled' AND state = 'completed'", |done| done == companies)
        .await;
    let visits = visitors.leave(&fleet.db).await;
    eprintln!("{:?} requests", visits.iter().map(|visit| visit.answered).collect::<Vec<_>>());

    assert_eq!(number(&fleet.db, "SELECT count(*) FROM runs WHERE kind = 'scheduled'").await, companies, "each once");
    let due = "SELECT count(*) FROM connections WHERE next_sync_at > CAST(extract(epoch FROM now()) * 1000 AS BIGINT)";
    assert_eq!(number(&fleet.db, due).await, companies, "and each has its next turn");
    assert_eq!(witness::intrusions(&fleet.db).await, Vec::new());
    assert_eq!(status::check(&fleet.db).await.unwrap(), Vec::<String>::new());
}
