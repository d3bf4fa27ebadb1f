//! A new version of every server, one after the other: who comes through a proxy in front notices nothing, and syncs that are
//! due begin once.

use super::{fleet::Fleet, group, number, wait_until, witness};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tieout::server::db::{now_ms, query::sql, status};

const COMPANIES: usize = if cfg!(debug_assertions) { 24 } else { 200 };

/// What stands in front of the servers: it hands each request to the next of them, and to the one after it only where a
/// connection was refused, so before a byte was sent.
struct InFront {
    stop: Arc<AtomicBool>,
    /// Each visitor's requests that were answered; or what went wrong.
    visitors: Vec<JoinHandle<Result<usize, String>>>,
}

impl InFront {
    fn visited(addresses: &Arc<Mutex<Vec<String>>>, cookie: &str, visitors: usize) -> InFront {
        let stop = Arc::new(AtomicBool::new(false));
        let visit = |first: usize| {
            let (addresses, cookie, stop) = (addresses.clone(), cookie.to_owned(), stop.clone());
            std::thread::spawn(move || {
                let mut answered = 0;
                while !stop.load(Ordering::Relaxed) {
                    hand_on(&addresses, first + answered, &cookie).map_err(|error| format!("request {answered}: {error}"))?;
                    answered += 1;
                }
                Ok(answered)
            })
        };
        let visitors = (0..visitors).map(visit).collect();
        InFront { stop, visitors }
    }

    fn leave(self) -> Vec<Result<usize, String>> {
        self.stop.store(true, Ordering::Relaxed);
        self.visitors.into_iter().map(|visitor| visitor.join().expect("a visitor")).collect()
    }
}

fn hand_on(addresses: &Mutex<Vec<String>>, first: usize, cookie: &str) -> Result<(), String> {
    let known = addresses.lock().expect("nobody panicked").clone();
    for place in 0..known.len() {
        let address = &known[(first + place) % known.len()];
        let mut stream = match TcpStream::connect(address) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => continue,
            stream => stream.map_err(|error| format!("{address}: {error}"))?,
        };
        let request = format!("GET /overview HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n");
        let mut answer = Vec::new();
        let told = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut answer));
        told.map_err(|error| format!("{address}: {error}"))?;
        let text = String::from_utf8_lossy(&answer);
        let is_whole = text.starts_with("HTTP/1.1 200 ") && text.contains("</html>");
        return if is_whole { Ok(()) } else { Err(format!("{address}: {:?}", text.lines().next())) };
    }
    Err("every server refused".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_is_seen_by_nobody_and_the_schedule_fires_once() {
    let Some(mut fleet) = Fleet::gather(3).await else { return };
    group::make(&fleet.db, COMPANIES).await;
    witness::place(&fleet.db).await;
    fleet.start().await;
    let companies = i64::try_from(COMPANIES).unwrap();
    wait_until(&fleet.db, "SELECT count(*) FROM runs WHERE state = 'completed'", |done| done == companies).await;
    let addresses: Vec<String> = (0..3).map(|place| fleet.server(place).address.clone()).collect();
    let addresses = Arc::new(Mutex::new(addresses));
    let in_front = InFront::visited(&addresses, fleet.server(0).cookie(), 2);

    // All are due at once, and every server looks.
    sql("UPDATE connections SET schedule = 'nightly', next_sync_at = $1")
        .bind(now_ms() - 1_000)
        .execute(&fleet.db)
        .await
        .unwrap();
    for place in 0..3 {
        let post = &mut fleet.posts[place];
        let server = post.server.take().and_then(Arc::into_inner).expect("nobody else holds it");
        let (took, code) = super::blocking(|| server.terminate()).await;
        assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} after {took:?}");
        // Its successor is at the same address, as a service manager has it.
        let address = addresses.lock().unwrap()[place].clone();
        post.start_with(&[("TIEOUT_LISTEN", address)]).await;
    }
    wait_until(&fleet.db, "SELECT count(*) FROM runs WHERE kind = 'scheduled' AND state = 'completed'", |done| done == companies)
        .await;
    let visits = in_front.leave();
    assert!(visits.iter().all(|visit| visit.as_ref().is_ok_and(|answered| *answered > 0)), "{visits:?}");
    eprintln!("{visits:?} requests");

    assert_eq!(number(&fleet.db, "SELECT count(*) FROM runs WHERE kind = 'scheduled'").await, companies, "each once");
    let due = "SELECT count(*) FROM connections WHERE next_sync_at > CAST(extract(epoch FROM now()) * 1000 AS BIGINT)";
    assert_eq!(number(&fleet.db, due).await, companies, "and each has its next turn");
    assert_eq!(witness::intrusions(&fleet.db).await, Vec::new());
    assert_eq!(status::check(&fleet.db).await.unwrap(), Vec::<String>::new());
}
