//! Runs: the queue and the history of syncs in one table. A run is held by a worker; who lost it to another worker has
//! lost the run, and every write of an engine asks for it.

mod queue;

pub use queue::{
    Claimed, Orphan, QueueWatch, claim, enqueue, hasten, held_by, is_any_due, orphaned, pause, release, take_back, withdraw,
};

use super::Tx;
use super::query::{On, sql};
use crate::domain::run::{RunKind, RunScope, RunState, Stage};

/// A run as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Run {
    pub id: String,
    pub company_id: String,
    pub kind: String,
    pub scope: String,
    pub state: String,
    pub requested_by: String,
    pub queued_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub stage: Option<String>,
    pub done: i64,
    pub total: i64,
    pub attempt: i64,
    pub wait_until: Option<i64>,
    pub sent: i64,
    pub received: i64,
    pub failed: i64,
    pub blocked: i64,
    pub errors: i64,
    pub reason: String,
}

/// The columns of [`Run`].
pub const COLUMNS: &str = "id, company_id, kind, scope, state, requested_by, queued_at, started_at, ended_at, stage, done, total, attempt, wait_until, sent, received, failed, blocked, errors, reason";

impl Run {
    /// What it has done so far, as its workers added it up.
    pub fn tally(&self) -> Tally {
        Tally { sent: self.sent, received: self.received, failed: self.failed, blocked: self.blocked, unchanged: 0 }
    }

    pub fn state(&self) -> RunState {
        RunState::parse(&self.state).unwrap_or(RunState::Failed)
    }

    pub fn is_active(&self) -> bool {
        matches!(self.state(), RunState::Queued | RunState::Running)
    }
}

pub async fn by_id<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<Run>> {
    sql(format!("SELECT {COLUMNS} FROM runs WHERE id = $1")).bind(id).optional(on).await
}

/// The run of that id, where it is this company's.
pub async fn of_company<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<Run>> {
    sql(format!("SELECT {COLUMNS} FROM runs WHERE id = $1 AND company_id = $2")).bind(id).bind(company_id).optional(on).await
}

/// When the company's last full sync without errors started, epoch milliseconds.
pub async fn last_success_started<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Option<i64>> {
    let row: Option<(Option<i64>,)> = sql("SELECT started_at FROM runs
        WHERE company_id = $1 AND state = 'completed' AND scope = 'full' AND errors = 0 ORDER BY id DESC LIMIT 1")
    .bind(company_id)
    .optional(on)
    .await?;
    Ok(row.and_then(|(at,)| at))
}

/// Who asked for the company's initial sync, by confirming its onboarding.
pub async fn initial_by<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> =
        sql("SELECT requested_by FROM runs WHERE company_id = $1 AND kind = 'initial' ORDER BY id LIMIT 1")
            .bind(company_id)
            .optional(on)
            .await?;
    Ok(row.map(|(by,)| by))
}

/// The latest runs of a company, newest first.
pub async fn latest<'a>(on: impl Into<On<'a>>, company_id: &str, limit: i64) -> sqlx::Result<Vec<Run>> {
    sql(format!("SELECT {COLUMNS} FROM runs WHERE company_id = $1 ORDER BY id DESC LIMIT $2"))
        .bind(company_id)
        .bind(limit)
        .all(on)
        .await
}

/// A run under way, of whichever company.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActiveRun {
    pub id: String,
    pub company_id: String,
    pub state: String,
}

/// All runs that are queued or running.
pub async fn active_ids<'a>(on: impl Into<On<'a>>) -> sqlx::Result<Vec<ActiveRun>> {
    sql("SELECT id, company_id, state FROM runs WHERE state IN ('queued', 'running') ORDER BY queued_at, id").all(on).await
}

/// The company's queued or running run. The caller has locked the company.
pub async fn active(tx: &mut Tx, company_id: &str) -> sqlx::Result<Option<Run>> {
    let text = format!("SELECT {COLUMNS} FROM runs WHERE company_id = $1 AND state IN ('queued', 'running'){}", tx.for_update());
    sql(text).bind(company_id).optional(tx).await
}

/// Widens a queued run: what was to cover the changes now covers everything.
pub async fn upgrade(tx: &mut Tx, run_id: &str, kind: RunKind, by: &str) -> sqlx::Result<()> {
    sql("UPDATE runs SET kind = $2, scope = 'full', requested_by = $3 WHERE id = $1 AND state = 'queued'")
        .bind(run_id)
        .bind(kind.as_str())
        .bind(by)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes on a running run what is to follow it; a full sync is not narrowed by a later wish.
pub async fn follow_up(tx: &mut Tx, run_id: &str, scope: RunScope) -> sqlx::Result<()> {
    sql("UPDATE runs SET followup = CASE WHEN followup = 'full' THEN followup ELSE $2 END WHERE id = $1 AND state = 'running'")
        .bind(run_id)
        .bind(scope.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// What a run has done so far, added up by its worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: i64,
    pub received: i64,
    pub failed: i64,
    pub blocked: i64,
    /// Read or compared, and the same on both sides; kept with the stages only.
    pub unchanged: i64,
}

impl Tally {
    /// What was counted since `before`, on top of `base`.
    pub fn since(self, before: Tally, base: Tally) -> Tally {
        Tally {
            sent: base.sent + self.sent - before.sent,
            received: base.received + self.received - before.received,
            failed: base.failed + self.failed - before.failed,
            blocked: base.blocked + self.blocked - before.blocked,
            unchanged: base.unchanged + self.unchanged - before.unchanged,
        }
    }
}

/// Stores how far a run is; one that got on counts its attempts anew. `false`: the lease is lost; the caller must not commit.
pub async fn progress(
    tx: &mut Tx,
    run_id: &str,
    owner: &str,
    stage: Stage,
    done: i64,
    total: i64,
    tally: Tally,
) -> sqlx::Result<bool> {
    let changed = sql("UPDATE runs SET stage = $3, done = $4, total = $5, sent = $6, received = $7, failed = $8, blocked = $9, wait_until = NULL,
            attempt = CASE WHEN sent + received < $6 + $7 THEN 1 ELSE attempt END
        WHERE id = $1 AND lease_owner = $2 AND state = 'running'")
    .bind(run_id)
    .bind(owner)
    .bind(stage.as_str())
    .bind(done)
    .bind(total)
    .bind(tally.sent)
    .bind(tally.received)
    .bind(tally.failed)
    .bind(tally.blocked)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Shows that a run waits for a rate limit to pass.
pub async fn wait(tx: &mut Tx, run_id: &str, owner: &str, until: i64) -> sqlx::Result<()> {
    sql("UPDATE runs SET wait_until = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running'")
        .bind(run_id)
        .bind(owner)
        .bind(until)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a run; answers what was asked for while it went on. `None`: the lease was lost, nothing changed.
pub async fn finish(
    tx: &mut Tx,
    run_id: &str,
    owner: &str,
    state: RunState,
    reason: &str,
    errors: i64,
    now: i64,
) -> sqlx::Result<Option<Option<RunScope>>> {
    let row: Option<(Option<String>,)> =
        sql("UPDATE runs SET state = $3, reason = $4, errors = $5, ended_at = $6, lease_owner = NULL, wait_until = NULL
        WHERE id = $1 AND lease_owner = $2 AND state = 'running' RETURNING followup")
        .bind(run_id)
        .bind(owner)
        .bind(state.as_str())
        .bind(reason)
        .bind(errors)
        .bind(now)
        .returning(tx)
        .await?;
    Ok(row.map(|(followup,)| followup.as_deref().and_then(RunScope::parse)))
}

/// Ends a queued run that can no longer be worked, as when its company was disconnected.
pub async fn cancel_queued(tx: &mut Tx, company_id: &str, reason: &str, now: i64) -> sqlx::Result<u64> {
    sql("UPDATE runs SET state = 'cancelled', reason = $2, ended_at = $3 WHERE company_id = $1 AND state = 'queued'")
        .bind(company_id)
        .bind(reason)
        .bind(now)
        .execute(tx)
        .await
}
