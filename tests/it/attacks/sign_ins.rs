//! Ten thousand bad sign-ins, from many addresses and about many accounts, at once.

use super::{FORM, PASSWORD, Target, dump, form, session_of};
use crate::harness::{process::Answer, wire::Wire};
use std::time::{Duration, Instant};

const HOST: (&str, &str) = ("host", "tieout.example");

/// At once, as many as a small botnet keeps busy.
const THREADS: usize = 16;
const EACH: usize = 625;

/// Entries of the audit log that nobody in particular may leave, in the time that it takes.
const MOST_ENTRIES: usize = 1_000;

/// A request as the trusted proxy passes it on from an address.
fn sign_in(wire: &mut Wire, from: &str, email: &str, password: &str) -> Answer {
    let headers = [HOST, FORM, ("x-forwarded-proto", "https"), ("x-forwarded-for", from)];
    wire.ask("POST", "/api/sign-in", &headers, &form(&[("email", email), ("password", password)]))
}

/// All of an answer but when it was given.
fn without_date(answer: &Answer) -> (u16, Vec<&(String, String)>, String) {
    (answer.status, answer.headers.iter().filter(|(name, _)| name != "date").collect(), answer.text())
}

#[test]
fn ten_thousand_guesses_open_nothing() {
    let mut target = Target::with(&[("TIEOUT_PUBLIC_URL", "https://tieout.example"), ("TIEOUT_TRUSTED_PROXIES", "127.0.0.1")]);
    let server = &target.server;
    let headers = [FORM, ("cookie", &target.administrator)];
    assert_eq!(server.ask_as_nobody("POST", "/api/change-password", &headers, &form(&[("password", PASSWORD)])).status, 200);
    // The rightful one works at an address of their own.
    let at_home = sign_in(&mut Wire::to(server), "198.51.100.7", "root@example.com", PASSWORD);
    assert!(session_of(&at_home).is_some(), "{at_home:?}");
    // Who has an account and who has none are told the same.
    for (place, email) in ["root@example.com", "nobody@example.com"].into_iter().enumerate() {
        let mut wire = Wire::to(server);
        let known = sign_in(&mut wire, &format!("192.0.2.{place}"), email, "wrong");
        assert_eq!(known.status, 401);
    }
    let told = |email: &str, from: &str| sign_in(&mut Wire::to(server), from, email, "wrong");
    let (known, unknown) = (told("root@example.com", "192.0.2.10"), told("nobody@example.com", "192.0.2.11"));
    assert_eq!(without_date(&known), without_date(&unknown));

    let began = Instant::now();
    let size = || std::fs::metadata(target.dir.path().join("tieout.sqlite")).unwrap().len();
    let before = size();
    let answered = std::thread::scope(|threads| {
        let guess = |thread: usize| {
            let mut wire = Wire::to(server);
            let mut answered = [0; 2];
            for n in 0..EACH {
                // Half at one account, half at whoever there may be; from four addresses.
                let email = if n % 2 == 0 { "root@example.com".to_owned() } else { format!("guess{thread}-{n}@example.com") };
                let answer = sign_in(&mut wire, &format!("203.0.113.{}", thread % 4), &email, &format!("guess {n}"));
                assert_eq!((answer.status, session_of(&answer)), (401, None), "{}", answer.text());
                let text = answer.text();
                let is_wait = text.contains("Too many attempts failed. Try again in ");
                assert!(is_wait || text.contains("The e-mail address or the password is not right."), "{text}");
                answered[usize::from(is_wait)] += 1;
            }
            answered
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| threads.spawn(move || guess(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold([0, 0], |sum, [a, b]| [sum[0] + a, sum[1] + b])
    });
    let took = began.elapsed();
    assert_eq!(answered[0] + answered[1], THREADS * EACH);
    // Four addresses have fifty guesses each before they wait; those under way at once may all be looked at.
    assert!(answered[0] < 400, "{answered:?} were looked at and told to wait");
    // A hash that is not optimised takes ten times as long.
    let most = Duration::from_secs(if cfg!(debug_assertions) { 300 } else { 60 });
    assert!(took < most, "{took:?}");

    // Whoever is signed in at an address goes on to sign in there, with the right password only.
    let right = sign_in(&mut Wire::to(server), "198.51.100.7", "root@example.com", PASSWORD);
    assert!(session_of(&right).is_some(), "{right:?}");
    assert_eq!(session_of(&sign_in(&mut Wire::to(server), "198.51.100.7", "root@example.com", "wrong")), None);

    let dump = dump(target.dir.path());
    let (counted, written, sessions) = (dump["failed_sign_ins"].len(), dump["audit_log"].len(), dump["sessions"].len());
    assert!(counted < 1_000, "{counted} failures are counted one by one");
    assert!(written < MOST_ENTRIES, "{written} entries of the audit log");
    assert!(sessions < 10, "{sessions} sessions");
    assert!(size() - before < 2 * 1024 * 1024, "{} bytes more", size() - before);
    assert!(!dump["audit_log"].join("\n").contains("guess 0"), "a password that was tried is written down nowhere");
    assert!(target.most_memory() < 300, "{} MB", target.most_memory());
    target.stands();
}
