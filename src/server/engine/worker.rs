//! What makes this process one of those that share the work. Its beat shows the others that it is alive; where theirs stand
//! still, their runs are taken up. Each watches by its own steady clock: clocks that differ, or jump, change nothing.
//!
//! A worker that cannot show its beat stops its own work before the others may take it: nothing of its requests is under
//! way any more when they begin.

use crate::server::{
    db::{
        Db, companies, new_id, now_ms, run_stages,
        runs::{self, Orphan},
        status, workers,
    },
    process,
};
use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const BEAT: Duration = Duration::from_secs(5);
/// A worker whose beat did not reach the store for so long lets go of its runs. What was sent is waited for a little longer.
const LET_GO: Duration = Duration::from_secs(25);
/// A worker whose beat stood still for so long is gone.
const GONE: Duration = Duration::from_secs(40);
/// A run that the store says is held here, and is not, for so long was never told of, or its end could not be stored.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// A run whose workers went away so often, and it got nowhere meanwhile, is not tried again by itself.
const MAX_ATTEMPTS: i64 = 3;

/// One membership: from joining to leaving, or to being given up.
#[derive(Clone)]
pub struct Membership {
    pub id: String,
    /// Cancelled when its runs are to be let go of.
    pub stop: CancellationToken,
}

pub struct Worker {
    db: Db,
    stop: CancellationToken,
    process: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    membership: Option<Membership>,
    /// Ids of the runs that are worked here.
    held: HashSet<String>,
    /// The beat of each other worker, and since when it is that.
    beats: HashMap<String, (i64, Instant)>,
    /// Runs that should be held here and are not, and since when.
    forgotten: HashMap<String, Instant>,
}

impl Worker {
    pub fn new(db: Db, stop: CancellationToken) -> Worker {
        Worker { db, stop, process: process::this(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change of it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What runs can be claimed for; `None` while it is no member.
    pub fn membership(&self) -> Option<Membership> {
        self.state().membership.clone().filter(|membership| !membership.stop.is_cancelled())
    }

    /// Works with a run noted as held here.
    pub async fn holding<T>(&self, run_id: &str, work: impl Future<Output = T>) -> T {
        self.state().held.insert(run_id.to_owned());
        let done = work.await;
        self.state().held.remove(run_id);
        done
    }

    /// A member until it is cancelled: joins, beats, and joins anew where the others gave it up.
    pub async fn stay(&self) {
        loop {
            let id = new_id();
            if let Err(error) = workers::join(&self.db, &id, &self.process, now_ms()).await {
                tracing::error!(%error, "cannot join those that share the work; trying again");
                tokio::time::sleep(BEAT / 5).await;
                continue;
            }
            let membership = Membership { id, stop: self.stop.child_token() };
            self.state().membership = Some(membership.clone());
            self.beat(&membership).await;
            membership.stop.cancel();
            tracing::warn!(worker = membership.id, "lost touch with the database; runs that were held are let go of");
        }
    }

    /// Returns once the membership is over.
    async fn beat(&self, membership: &Membership) {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(BEAT).await;
            match tokio::time::timeout(BEAT, workers::beat(&self.db, &membership.id, now_ms())).await {
                Ok(Ok(true)) => last = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::warn!(%error, "a beat did not reach the database"),
                Err(_) => tracing::warn!("the database did not answer a beat in time"),
            }
            if last.elapsed() > LET_GO {
                return;
            }
        }
    }

    /// Once nothing is held any more.
    pub async fn leave(&self) {
        let Some(membership) = self.state().membership.take() else { return };
        if let Err(error) = workers::leave(&self.db, &membership.id).await {
            tracing::warn!(%error, "cannot leave those that share the work; they will notice");
        }
    }

    /// Runs whose worker is gone go back to the queue and on from their last committed step.
    pub async fn take_back_abandoned(&self) -> sqlx::Result<()> {
        let workers = workers::all(&self.db).await?;
        // Those that left are watched no more.
        self.state().beats.retain(|id, _| workers.iter().any(|worker| worker.id == *id));
        for worker in workers {
            if self.is_gone(&worker) && workers::give_up(&self.db, &worker.id, worker.beat).await? {
                tracing::warn!(worker = worker.id, "a worker is gone");
            }
        }
        let mut abandoned = runs::orphaned(&self.db).await?;
        abandoned.extend(self.forgotten().await?);
        for run in abandoned {
            self.take_back(&run).await?;
        }
        Ok(())
    }

    fn is_gone(&self, worker: &workers::Worker) -> bool {
        let mut state = self.state();
        if state.membership.as_ref().is_some_and(|own| own.id == worker.id) {
            return false;
        }
        let now = Instant::now();
        let (beat, since) = state.beats.entry(worker.id.clone()).or_insert((worker.beat, now));
        if *beat != worker.beat {
            (*beat, *since) = (worker.beat, now);
        }
        process::has_ended(&worker.process) || since.elapsed() > GONE
    }

    /// Runs of this worker that it does not work: the answer to their claim, or the storing of their end, was lost.
    async fn forgotten(&self) -> sqlx::Result<Vec<Orphan>> {
        let Some(membership) = self.membership() else { return Ok(Vec::new()) };
        let of_this = runs::held_by(&self.db, &membership.id).await?;
        let mut state = self.state();
        let State { held, forgotten, .. } = &mut *state;
        let of_this: Vec<Orphan> = of_this.into_iter().filter(|run| !held.contains(&run.id)).collect();
        forgotten.retain(|id, _| of_this.iter().any(|run| run.id == *id));
        let is_due = |run: &Orphan| forgotten.entry(run.id.clone()).or_insert_with(Instant::now).elapsed() > FORGOTTEN;
        Ok(of_this.into_iter().filter(is_due).collect())
    }

    async fn take_back(&self, run: &Orphan) -> sqlx::Result<()> {
        let now = now_ms();
        let give_up = (run.attempt >= MAX_ATTEMPTS).then_some("The server stopped while it ran, several times");
        let mut tx = self.db.begin().await?;
        companies::lock(&mut tx, &run.company_id).await?;
        if runs::take_back(&mut tx, run, now, give_up).await? {
            run_stages::leave(&mut tx, &run.id, now).await?;
            status::refresh(&mut tx, &run.company_id, now).await?;
            tx.commit().await?;
            tracing::warn!(run = run.id, gave_up = give_up.is_some(), "took back a run whose worker went away");
        }
        Ok(())
    }
}
