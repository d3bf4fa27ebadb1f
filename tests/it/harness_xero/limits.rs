//! How much may be asked, and what is said when it was too much.

use super::Client;
use crate::harness::xero::{Limits, faults::Fault, faults::Faults};
use serde_json::Value;

#[test]
fn each_limit_says_which_it_is_and_how_long_to_wait() {
    let client = Client::open();
    let ask = || client.ask("GET", "Organisation", &[], &Value::Null);
    let calm = ask();
    assert_eq!((calm.header("x-minlimit-remaining"), calm.header("x-daylimit-remaining")), ("60", "5000"));
    client.organisation.set_limits(Limits { minute: Some(2), day: Some(3), ..Limits::of_xero() });
    assert_eq!((ask().header("x-minlimit-remaining"), ask().header("x-minlimit-remaining")), ("1", "0"));
    let refused = ask();
    assert_eq!((refused.status, refused.header("x-rate-limit-problem")), (429, "minute"));
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    client.organisation.set_skew(61_000);
    assert_eq!(ask().status, 200, "the minute is over, and refusals do not count");
    let refused = ask();
    assert_eq!((refused.status, refused.header("x-rate-limit-problem")), (429, "day"));
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!(wait > 80_000, "{wait}");
    assert_eq!(client.organisation.counts().limited, 2);
}

#[test]
fn no_more_than_so_many_at_once() {
    let client = Client::open();
    client.organisation.set_limits(Limits { concurrent: Some(2), ..Limits::default() });
    // Each stays for a while.
    client.organisation.set_faults(Faults::always(Fault::Late));
    let statuses = || {
        std::thread::scope(|scope| {
            let ask = || client.ask("GET", "Organisation", &[], &Value::Null);
            let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            all.into_iter()
                .map(|one| one.join().unwrap())
                .map(|one| (one.status, one.header("x-rate-limit-problem").to_owned()))
                .collect::<Vec<_>>()
        })
    };
    // On a machine that is too busy to have them there at once it is tried anew.
    let refused = (0..20).map(|_| statuses()).find(|all| all.iter().any(|(status, _)| *status == 429)).expect("some are refused");
    assert!(refused.iter().filter(|(status, _)| *status == 200).count() >= 2, "{refused:?}");
    assert!(refused.iter().all(|(status, problem)| *status == 200 || problem == "concurrent"), "{refused:?}");
}
