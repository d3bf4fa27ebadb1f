//! The sync engine: takes runs from the queue and works them, several companies at once and each company by one
//! worker only. Nothing that matters lives in this process: stop it, kill it, or start a second one beside it.

mod adopt;
pub mod aside;
mod catalogue;
mod incoming;
mod left_out;
mod money;
mod named;
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
mod worker;

use super::db::{Db, now_ms, runs};
use super::services::{companies, import, people};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use worker::{Membership, Worker};

/// How often the queue is looked at while nothing is in it.
const LOOK: Duration = Duration::from_millis(250);
/// How often it is looked whether this process may work, while it may not.
const JOINING: Duration = Duration::from_millis(20);
/// A first sync, which may take hours, makes room for others that wait after so long.
const TURN: Duration = Duration::from_secs(5 * 60);
/// How often the schedule and the other workers are looked at.
const SWEEP: Duration = Duration::from_secs(5);
/// How often sessions and links that are over are removed.
const TIDY: Duration = Duration::from_secs(600);

/// Works runs until it is stopped.
#[derive(Clone)]
pub struct Engine {
    db: Db,
    worker: Arc<Worker>,
    concurrency: usize,
    keep_messages_days: u32,
    turn: Duration,
    stop: CancellationToken,
}

impl Engine {
    /// `concurrency`: companies synced at once. Cancelling `stop` makes it finish or release what it holds.
    pub fn new(db: Db, concurrency: usize, stop: CancellationToken) -> Engine {
        let worker = Arc::new(Worker::new(db.clone(), stop.clone()));
        Engine { db, worker, concurrency: concurrency.max(1), keep_messages_days: 0, turn: TURN, stop }
    }

    /// Removes messages that are older, beside its work; 0: keeps them for ever.
    pub fn keeping_messages(self, days: u32) -> Engine {
        Engine { keep_messages_days: days, ..self }
    }

    /// After how long first syncs make room for others.
    pub fn in_turns_of(self, turn: Duration) -> Engine {
        Engine { turn, ..self }
    }

    /// Serves the queue, the schedule and abandoned runs until stopped; returns once no run is held any more.
    pub async fn serve(self) {
        let (sweeper, watcher) = (tokio::spawn(self.clone().sweep()), tokio::spawn(self.clone().watch()));
        self.work_queue(None).await;
        // Both end at the same signal; a panic in one was logged by its task.
        let _ = (sweeper.await, watcher.await);
    }

    /// Works the given runs only, unless others take them, and returns when they are taken or done.
    pub async fn work_only(self, run_ids: Vec<String>) {
        if !run_ids.is_empty() {
            self.work_queue(Some(run_ids)).await;
        }
    }

    async fn work_queue(&self, only: Option<Vec<String>>) {
        let worker = Arc::clone(&self.worker);
        let staying = AbortOnDropHandle::new(tokio::spawn(async move { worker.stay().await }));
        let slots = Arc::new(Semaphore::new(self.concurrency));
        let mut workers = JoinSet::new();
        let mut listed = only.map(Vec::into_iter);
        let mut queue = runs::QueueWatch::new(&self.db).await;
        while !self.stop.is_cancelled() {
            while workers.try_join_next().is_some() {}
            // The semaphore is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            let Some(member) = self.worker.membership() else {
                self.idle(JOINING).await;
                continue;
            };
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
            match runs::claim(&self.db, &member.id, now_ms(), wanted.as_deref()).await {
                Ok(Some(claimed)) => {
                    let engine = self.clone();
                    workers.spawn(async move {
                        engine.hold(claimed, member).await;
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
        drop(staying);
        self.worker.leave().await;
    }

    /// Works one run. One that is let go of stops; one that panics ends as any other that failed on an error of our own.
    async fn hold(&self, claimed: runs::Claimed, member: Membership) {
        let (db, owner, stop, of_work) = (self.db.clone(), member.id.clone(), member.stop.child_token(), claimed.clone());
        let turn = self.turn;
        let working = AbortOnDropHandle::new(tokio::spawn(async move { run::work(&db, &owner, of_work, turn, stop).await }));
        let held = self.worker.holding(&claimed.id, async {
            match working.await {
                Ok(ended) => ended,
                Err(panic) => run::fail(&self.db, &member.id, &claimed, anyhow::anyhow!("{panic}")).await,
            }
        });
        if let Err(error) = held.await {
            tracing::error!(error = format!("{error:#}"), "a run's end could not be stored; it is taken up again");
        }
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
            let ended = import::end_abandoned(&self.db).await.and(companies::import::end_abandoned(&self.db).await);
            if let Err(error) = ended {
                tracing::error!(%error, "imports that were left cannot be ended");
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
        self.worker.take_back_abandoned().await
    }

    async fn idle(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }
}
