//! The queue of runs: who takes the next one, holds it, and gives it back. Any number of processes share it without a
//! leader; each run is held by one worker, and the database decides by whom.

use crate::domain::run::{RunKind, RunScope, RunState};
use crate::server::db::{
    Db, Tx, new_id,
    query::{On, sql},
};
use sqlx::postgres::PgListener;
use std::time::Duration;

/// Where Postgres tells that a run was queued.
const QUEUE_CHANNEL: &str = "tieout_runs";

/// Waits until a run may have been queued, or for `at_most`. Postgres tells; SQLite is asked again after a while,
/// and so is Postgres, for a notice may be lost with its connection.
pub struct QueueWatch(Option<PgListener>);

impl QueueWatch {
    pub async fn new(db: &Db) -> QueueWatch {
        let Db::Postgres(postgres) = db else { return QueueWatch(None) };
        match listener(&postgres.pool).await {
            Ok(listener) => QueueWatch(Some(listener)),
            Err(error) => {
                tracing::warn!(%error, "cannot listen for queued runs; looking for them instead");
                QueueWatch(None)
            }
        }
    }

    /// Returns at once where a run was queued since.
    pub async fn wait(&mut self, at_most: Duration) {
        match &mut self.0 {
            Some(listener) => {
                // A broken listener reconnects by itself; until then the pause is what paces the looking.
                if let Ok(Err(error)) = tokio::time::timeout(at_most, listener.recv()).await {
                    tracing::warn!(%error, "lost the notice of queued runs; looking for them meanwhile");
                    tokio::time::sleep(at_most).await;
                }
            }
            None => tokio::time::sleep(at_most).await,
        }
    }
}

async fn listener(pool: &sqlx::PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(QUEUE_CHANNEL).await?;
    Ok(listener)
}

/// A run as the engine works it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    pub id: String,
    pub company_id: String,
    pub kind: String,
    pub scope: String,
    pub attempt: i64,
}

pub async fn enqueue(tx: &mut Tx, company_id: &str, kind: RunKind, scope: RunScope, by: &str, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO runs (id, company_id, kind, scope, state, requested_by, queued_at) VALUES ($1, $2, $3, $4, 'queued', $5, $6)")
        .bind(&id)
        .bind(company_id)
        .bind(kind.as_str())
        .bind(scope.as_str())
        .bind(by)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tell(tx).await?;
    Ok(id)
}

/// Tells every process that listens, at the commit.
async fn tell(tx: &mut Tx) -> sqlx::Result<()> {
    if tx.is_postgres() {
        sql(format!("NOTIFY {QUEUE_CHANNEL}")).execute(tx).await?;
    }
    Ok(())
}

/// Takes the run that waits longest, if one may go on now, for a worker of [`super::super::workers`]. Any number of processes
/// may ask at once; each run goes to one of them. With `only`, just that run.
pub async fn claim<'a>(on: impl Into<On<'a>>, owner: &str, now: i64, only: Option<&str>) -> sqlx::Result<Option<Claimed>> {
    let on = on.into();
    let skip = if on.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let which = if only.is_some() { " AND id = $3" } else { "" };
    let query = sql(format!(
        "UPDATE runs SET state = 'running', lease_owner = $1, attempt = attempt + 1, started_at = COALESCE(started_at, $2), wait_until = NULL, not_before = 0
        WHERE id = (SELECT id FROM runs WHERE state = 'queued' AND not_before <= $2{which} ORDER BY not_before, id LIMIT 1{skip}) AND state = 'queued'
        RETURNING id, company_id, kind, scope, attempt"
    ))
    .bind(owner)
    .bind(now);
    match only {
        Some(id) => query.bind(id).returning(on).await,
        None => query.returning(on).await,
    }
}

/// Whether a run waits for nothing but a worker.
pub async fn is_any_due(db: &Db, now: i64) -> sqlx::Result<bool> {
    let due: Option<(String,)> =
        sql("SELECT id FROM runs WHERE state = 'queued' AND not_before <= $1 LIMIT 1").bind(now).optional(db).await?;
    Ok(due.is_some())
}

/// Takes a run out of the queue that nobody has begun, as if it had not been asked for; answers what it was to cover.
pub async fn withdraw(tx: &mut Tx, company_id: &str) -> sqlx::Result<Option<RunScope>> {
    let row: Option<(String,)> =
        sql("DELETE FROM runs WHERE company_id = $1 AND state = 'queued' AND started_at IS NULL RETURNING scope")
            .bind(company_id)
            .returning(tx)
            .await?;
    Ok(row.map(|(scope,)| RunScope::parse(&scope).unwrap_or(RunScope::Full)))
}

/// Gives a run back to the queue: its worker stops, and another goes on from the last committed step.
pub async fn release(tx: &mut Tx, run_id: &str, owner: &str) -> sqlx::Result<bool> {
    let changed = sql("UPDATE runs SET state = 'queued', lease_owner = NULL, attempt = attempt - 1
        WHERE id = $1 AND lease_owner = $2 AND state = 'running'")
    .bind(run_id)
    .bind(owner)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Puts a run back into the queue that nobody is to take before `until`, as when a rate limit has to pass.
pub async fn pause(tx: &mut Tx, run_id: &str, owner: &str, until: i64) -> sqlx::Result<bool> {
    let changed =
        sql("UPDATE runs SET state = 'queued', lease_owner = NULL, attempt = attempt - 1, not_before = $3, wait_until = $3
        WHERE id = $1 AND lease_owner = $2 AND state = 'running'")
        .bind(run_id)
        .bind(owner)
        .bind(until)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Somebody wants it now: it waits for no time to pass, and its workers may go away as often again.
pub async fn hasten(tx: &mut Tx, run_id: &str) -> sqlx::Result<()> {
    sql("UPDATE runs SET attempt = 1 WHERE id = $1 AND attempt > 1").bind(run_id).execute(&mut *tx).await?;
    let woken = sql("UPDATE runs SET not_before = 0, wait_until = NULL WHERE id = $1 AND state = 'queued' AND not_before > 0")
        .bind(run_id)
        .execute(&mut *tx)
        .await?;
    if woken > 0 {
        tell(tx).await?;
    }
    Ok(())
}

/// A run whose worker may be gone.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Orphan {
    pub id: String,
    pub company_id: String,
    pub lease_owner: String,
    pub attempt: i64,
}

/// Running runs that are held by no worker there is.
pub async fn orphaned(db: &Db) -> sqlx::Result<Vec<Orphan>> {
    sql("SELECT id, company_id, lease_owner, attempt FROM runs
        WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM workers WHERE workers.id = runs.lease_owner) ORDER BY lease_owner LIMIT 100")
    .all(db)
    .await
}

/// Running runs of a worker.
pub async fn held_by(db: &Db, owner: &str) -> sqlx::Result<Vec<Orphan>> {
    sql("SELECT id, company_id, lease_owner, attempt FROM runs WHERE lease_owner = $1 AND state = 'running'")
        .bind(owner)
        .all(db)
        .await
}

/// Takes a run from the worker that is gone: back to the queue, or ended where it was tried often enough. `false`: somebody
/// else did, meanwhile.
pub async fn take_back(tx: &mut Tx, orphan: &Orphan, now: i64, give_up: Option<&str>) -> sqlx::Result<bool> {
    let (state, ended) = if give_up.is_some() { (RunState::Failed, Some(now)) } else { (RunState::Queued, None) };
    let changed = sql("UPDATE runs SET state = $3, reason = $4, ended_at = $5, lease_owner = NULL
        WHERE id = $1 AND lease_owner = $2 AND state = 'running'")
    .bind(&orphan.id)
    .bind(&orphan.lease_owner)
    .bind(state.as_str())
    .bind(give_up.unwrap_or_default())
    .bind(ended)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}
