//! A server that is told to stop while people look, add and edit: whoever was let in gets the answer they came for, and what
//! they were told is done is in the store.

use crate::harness::{databases, process::Tieout, visitors::Visitors};
use std::time::{Duration, Instant};

/// Times each server is told to.
const TIMES: usize = 8;
const VISITORS_OF_EACH: usize = 4;
/// Answers before it is: everybody is in the middle of something by then.
const ENOUGH: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_told_to_stop_answers_everybody_it_let_in() {
    for database in databases().await {
        let (dir, mut answered) = (tempfile::tempdir().unwrap(), Vec::new());
        for turn in 0..TIMES {
            let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
            let server = tieout.serve();
            let visitors =
                Visitors::come(&database.db, turn, vec![server.address.clone()], server.cookie(), VISITORS_OF_EACH).await;
            let began = Instant::now();
            while visitors.answered() < ENOUGH {
                assert!(began.elapsed() < Duration::from_secs(60), "nobody is answered");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let (took, code) = tokio::task::spawn_blocking(|| server.terminate()).await.unwrap();
            assert!(code == Some(0) && took < Duration::from_secs(10), "on {}: {code:?} after {took:?}", database.kind);
            let visits = visitors.leave(&database.db).await;
            answered.push(visits.iter().map(|visit| visit.answered).sum::<usize>());
        }
        eprintln!("on {}: {answered:?} requests", database.kind);
    }
}
