//! Access that ends while syncs run and people check it at every server: each time it ends it is renewed once, by one of them,
//! and nobody loses it.

use super::{fleet::Fleet, group, number, wait_until};
use crate::{
    faults::Pair,
    harness::xero::{
        Peer,
        faults::{Fault, Faults},
    },
};
use std::sync::Arc;
use tieout::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{query::sql, status},
        services::sync,
    },
};

const COMPANIES: usize = 3;
/// Times the access of each ends.
const ROUNDS: u64 = 4;
/// People who check each company's access at each server, at the same time.
const PEOPLE: usize = 2;

const ACTIVE: &str = "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')";
const RUNNING: &str = "SELECT count(*) FROM runs WHERE state = 'running'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_that_ends_is_renewed_once_however_many_servers_use_it() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    let peer = Arc::new(Peer::own());
    let pairs = group::make(&fleet.db, &peer, COMPANIES).await;
    // Late answers, so that a sync is under way for a while and requests meet.
    pairs.iter().for_each(|pair| pair.there.set_faults(Faults::always(Fault::Late)));
    fleet.start().await;
    let renewed = |times: u64| {
        let all: Vec<u64> = pairs.iter().map(|pair| pair.there.counts().refreshes).collect();
        assert_eq!(all, [times; COMPANIES], "once each time it ended");
    };
    // What a company begins with has ended before it is used.
    wait_until(&fleet.db, ACTIVE, |active| active == 0).await;
    renewed(1);
    for round in 1..=ROUNDS {
        for pair in &pairs {
            sync::request(&fleet.db, &pair.books.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        }
        wait_until(&fleet.db, RUNNING, |running| running == COMPANIES as i64).await;
        pairs.iter().for_each(|pair| pair.there.expire_tokens());
        check_everywhere(&fleet, &pairs).await;
        renewed(1 + round);
        wait_until(&fleet.db, ACTIVE, |active| active == 0).await;
        renewed(1 + round);
    }
    assert_eq!(number(&fleet.db, "SELECT count(*) FROM companies WHERE status <> 'synced'").await, 0);
    check_everywhere(&fleet, &pairs).await;
    assert_eq!(status::check(&fleet.db).await.unwrap(), Vec::<String>::new());
}

/// Everybody at once; each is told that they are let in.
async fn check_everywhere(fleet: &Fleet, pairs: &[Pair]) {
    let mut asked = Vec::new();
    for (post, pair) in fleet.posts.iter().flat_map(|post| pairs.iter().map(move |pair| (post, pair))) {
        for _ in 0..PEOPLE {
            let (server, cookie) = (post.server.clone().expect("it runs"), fleet.server(0).cookie().to_owned());
            let code = pair.books.company.code.clone();
            asked.push(tokio::task::spawn_blocking(move || {
                let form = ("content-type", "application/x-www-form-urlencoded");
                server.ask_as_nobody("POST", "/api/probe", &[form, ("cookie", &cookie)], format!("code={code}").as_bytes())
            }));
        }
    }
    for answer in asked {
        let answer = answer.await.expect("it does not panic");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let unwell = sql("SELECT probe_error FROM connections WHERE probe_error IS NOT NULL OR authorisation <> 'valid'");
    assert_eq!(unwell.all::<(String,)>(&fleet.db).await.expect("connections"), []);
}
