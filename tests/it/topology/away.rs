//! The database is away: pages say so, and all is well again once it is back, without anybody starting anything anew.

use super::fleet::Fleet;
use crate::harness::{cluster::Node, process::Answer, proxy::Way};
use std::time::{Duration, Instant};
use tieout::server::services;

const AS_A_BROWSER: (&str, &str) = ("accept", "text/html");

/// What one who is signed in gets, from a server whose database may be away.
async fn ask(fleet: &Fleet, method: &'static str, path: &'static str, accept: (&'static str, &'static str)) -> Answer {
    let (server, cookie) = (fleet.posts[0].server.clone().expect("it runs"), fleet.server(0).cookie().to_owned());
    super::blocking(move || server.ask_as_nobody(method, path, &[accept, ("cookie", &cookie)], b"")).await
}

async fn assert_it_is_said(fleet: &Fleet, how: &str) {
    let page = ask(fleet, "GET", "/overview", AS_A_BROWSER).await;
    assert_eq!((page.status, page.header("retry-after")), (503, "5"), "{how}: {}", page.text());
    assert!(page.text().contains("<h1>The database does not answer</h1>") && page.text().contains("http-equiv=\"refresh\""));
    let form = ask(fleet, "POST", "/api/start-sync", AS_A_BROWSER).await;
    assert_eq!(form.status, 503, "{how}: {}", form.text());
    assert!(form.text().contains("look whether it was done") && !form.text().contains("http-equiv"), "{how}: {}", form.text());
    let program = ask(fleet, "GET", "/api/overview", ("accept", "application/json")).await;
    assert_eq!(program.status, 503, "{how}");
    assert!(program.text().contains("{\"Refused\":\"The database does not answer."), "{how}: {}", program.text());
    assert_eq!(ask(fleet, "GET", "/readyz", AS_A_BROWSER).await.status, 503, "{how}");
    assert_eq!(ask(fleet, "GET", "/healthz", AS_A_BROWSER).await.status, 200, "{how}");
}

async fn assert_it_is_well_again(fleet: &Fleet, how: &str) {
    let began = Instant::now();
    while ask(fleet, "GET", "/overview", AS_A_BROWSER).await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "{how}: it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(ask(fleet, "GET", "/readyz", AS_A_BROWSER).await.status, 200, "{how}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_say_that_the_database_is_away_and_come_back_with_it() {
    let Some(mut fleet) = Fleet::gather(1).await else { return };
    services::companies::name_group(&fleet.db, "Harbour").await.unwrap();
    fleet.start().await;
    let here = Way::To(fleet.cluster.socket(Node::Primary));
    assert_it_is_well_again(&fleet, "at first").await;

    fleet.posts[0].wire.set(Way::Cut);
    assert_it_is_said(&fleet, "cut").await;
    fleet.posts[0].wire.set(here.clone());
    assert_it_is_well_again(&fleet, "cut").await;

    fleet.posts[0].wire.set(Way::Swallowed);
    assert_it_is_said(&fleet, "swallowed").await;
    fleet.posts[0].wire.set(here);
    assert_it_is_well_again(&fleet, "swallowed").await;

    fleet.cluster.crash(Node::Primary);
    assert_it_is_said(&fleet, "crashed").await;
    fleet.cluster.start_node(Node::Primary).expect("Postgres comes back");
    assert_it_is_well_again(&fleet, "crashed").await;
    let log = fleet.server(0).log();
    assert!(log.contains("the queue cannot be read"), "its log tells why: {log}");
}
