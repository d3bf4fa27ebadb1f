//! The sync engine: takes runs from the queue and works them, several companies at once and each company by one
//! worker only. Nothing that matters lives in this process: stop it, kill it, or start a second one beside it.

mod adopt;
pub mod aside;
mod catalogue;
mod incoming;
mod left_out;
mod outcome;
mod outgoing;
mod push;
mod reference;
mod retention;
mod run;
mod scheduler;
mod sides;
mod tie_out;
mod watch;
mod work;

use super::db::{Db, new_id, now_ms, runs, status};
use super::services::people;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How long a worker may be silent before its run is taken from it.
const LEASE: Duration = Duration::from_secs(20);
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the queue is looked at while nothing is in it.
const LOOK: Duration = Duration::from_millis(250);
/// How often the schedule and the leases of others are looked at.
const SWEEP: Duration = Duration::from_secs(5);
/// How often sessions and links that are over are removed.
const TIDY: Duration = Duration::from_secs(600);
/// A run whose workers went away so often is not tried again by itself.
const MAX_ATTEMPTS: i64 = 3;

/// Works runs until it is stopped.
#[derive(Clone)]
pub struct Engine {
    db: Db,
    owner: String,
    concurrency: usize,
    keep_messages_days: u32,
    stop: CancellationToken,
}

impl Engine {
    /// `concurrency`: companies synced at once. Cancelling `stop` makes it finish or release what it holds.
    pub fn new(db: Db, concurrency: usize, stop: CancellationToken) -> Engine {
        Engine { db, owner: new_id(), concurrency: concurrency.max(1), keep_messages_days: 0, stop }
    }

    /// Removes messages that are older, beside its work; 0: keeps them for ever.
    pub fn keeping_messages(self, days: u32) -> Engine {
        Engine { keep_messages_days: days, ..self }
    }

    /// Serves the queue, the schedule and abandoned leases until stopped; returns once no run is held any more.
    pub async fn serve(self) {
        let (sweeper, watcher) = (tokio::spawn(self.clone().sweep()), tokio::spawn(self.clone().watch()));
        self.work_queue(None).await;
        // Both end at the same signal; a panic in one was logged by its task.
        let _ = (sweeper.await, watcher.await);
    }

    /// Works the given runs only, unless others take them, and returns when they are taken or done.
    pub async fn work_only(self, run_ids: Vec<String>) {
        self.work_queue(Some(run_ids)).await;
    }

    async fn work_queue(&self, only: Option<Vec<String>>) {
        let slots = Arc::new(Semaphore::new(self.concurrency));
        let mut workers = JoinSet::new();
        let mut listed = only.map(Vec::into_iter);
        let mut queue = runs::QueueWatch::new(&self.db).await;
        while !self.stop.is_cancelled() {
            while workers.try_join_next().is_some() {}
            // The semaphore is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            let (wanted, exhausted) = match &mut listed {
                None => (None, false),
                Some(ids) => {
                    let next = ids.next();
                    (next.clone(), next.is_none())
                }
            };
            if exhausted {
                break;
            }
            match runs::claim(&self.db, &self.owner, now_ms(), LEASE.as_millis() as i64, wanted.as_deref()).await {
                Ok(Some(claimed)) => {
                    let engine = self.clone();
                    workers.spawn(async move {
                        engine.hold(claimed).await;
                        drop(slot);
                    });
                }
                Ok(None) if wanted.is_some() => {}
                Ok(None) => tokio::select! {
                    () = queue.wait(LOOK) => {}
                    () = self.stop.cancelled() => {}
                },
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be read; trying again");
                    self.idle(Duration::from_secs(1)).await;
                }
            }
        }
        while workers.join_next().await.is_some() {}
    }

    /// Works one run and keeps its lease alive meanwhile; a lost lease stops the work.
    async fn hold(&self, claimed: runs::Claimed) {
        let stop = self.stop.child_token();
        let beat = tokio::spawn({
            let (engine, id, stop) = (self.clone(), claimed.id.clone(), stop.clone());
            async move {
                loop {
                    tokio::time::sleep(HEARTBEAT).await;
                    let until = now_ms() + LEASE.as_millis() as i64;
                    match runs::heartbeat(&engine.db, &id, &engine.owner, until).await {
                        Ok(true) => {}
                        Ok(false) => return stop.cancel(),
                        Err(error) => tracing::warn!(%error, run = id, "a heartbeat failed"),
                    }
                }
            }
        });
        if let Err(error) = run::work(&self.db, &self.owner, claimed, stop).await {
            tracing::error!(error = format!("{error:#}"), "a run's end could not be stored; its lease will run out");
        }
        beat.abort();
    }

    async fn sweep(self) {
        let mut retention = retention::Retention::new(self.keep_messages_days);
        let mut tidied: Option<Instant> = None;
        while !self.stop.is_cancelled() {
            if let Err(error) = scheduler::start_due(&self.db, now_ms()).await {
                tracing::error!(error = format!("{error:#}"), "the schedule cannot be read");
            }
            if let Err(error) = self.take_back_abandoned().await {
                tracing::error!(%error, "abandoned runs cannot be read");
            }
            if let Err(error) = retention.steps(&self.db, &self.stop, now_ms()).await {
                tracing::error!(%error, "old messages cannot be removed");
            }
            if let Err(error) = aside::take_up_due(&self.db, now_ms()).await {
                tracing::error!(%error, "problems that were set aside until now cannot be taken up");
            }
            if tidied.is_none_or(|at| at.elapsed() > TIDY) {
                tidied = Some(Instant::now());
                if let Err(error) = people::tidy(&self.db).await {
                    tracing::error!(%error, "sessions that are over cannot be removed");
                }
            }
            self.idle(SWEEP).await;
        }
    }

    /// Runs whose worker went away go back to the queue and on from their last committed step.
    pub async fn take_back_abandoned(&self) -> sqlx::Result<()> {
        let now = now_ms();
        for run in runs::expired(&self.db, now).await? {
            let give_up = (run.attempt >= MAX_ATTEMPTS).then_some("The server stopped while it ran, several times");
            let mut tx = self.db.begin().await?;
            super::db::companies::lock(&mut tx, &run.company_id).await?;
            if runs::take_back(&mut tx, &run.id, now, give_up).await? {
                super::db::run_stages::leave(&mut tx, &run.id, now).await?;
                status::refresh(&mut tx, &run.company_id, now).await?;
                tx.commit().await?;
                tracing::warn!(run = run.id, gave_up = give_up.is_some(), "took back a run whose worker went away");
            }
        }
        Ok(())
    }

    async fn idle(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }
}
