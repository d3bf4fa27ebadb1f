//! Waiting for syncs to end, and working them where nobody else does.

use crate::server::{
    db::{Db, runs},
    engine::Engine,
    startup::told_to_stop,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How long a server gets to take a run before this process works it.
const GRACE: Duration = Duration::from_millis(1500);
const LOOK: Duration = Duration::from_millis(100);

/// Returns once none of the companies has a run under way, or once the process is told to stop: what it works
/// then is released, and whoever asks next takes it up.
pub async fn wait_until_ended(db: &Db, companies: HashSet<String>, concurrency: usize) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let told = told_to_stop()?;
    let engine = Engine::new(db.clone(), concurrency, stop.clone());
    let ended = work_until_ended(db, &companies, &engine, &stop);
    tokio::pin!(ended);
    tokio::select! {
        ended = &mut ended => return ended,
        () = told => {}
    }
    stop.cancel();
    ended.await
}

async fn work_until_ended(db: &Db, companies: &HashSet<String>, engine: &Engine, stop: &CancellationToken) -> anyhow::Result<()> {
    let began = Instant::now();
    while !stop.is_cancelled() {
        let active = runs::active_ids(db).await?;
        let ours: Vec<_> = active.into_iter().filter(|run| companies.contains(&run.company_id)).collect();
        if ours.is_empty() {
            break;
        }
        let queued: Vec<String> = ours.into_iter().filter(|run| run.state == "queued").map(|run| run.id).collect();
        if began.elapsed() >= GRACE {
            // A server that was killed still holds its runs; nobody else may be there to notice.
            engine.take_back_abandoned().await?;
            engine.clone().work_only(queued).await;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}
