//! What each stage of a run did and how long it took. A run that is taken up again goes on in the same rows.

use super::Tx;
use super::query::{On, sql};
use super::runs::Tally;
use crate::domain::run::Stage;

/// A stage as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RunStage {
    pub stage: String,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    pub sent: i64,
    pub received: i64,
    pub failed: i64,
    pub blocked: i64,
    pub unchanged: i64,
    pub waited_ms: i64,
}

/// The stages a run has entered, in the order in which it did.
pub async fn of_run<'a>(on: impl Into<On<'a>>, run_id: &str) -> sqlx::Result<Vec<RunStage>> {
    sql("SELECT stage, started_at, ended_at, sent, received, failed, blocked, unchanged, waited_ms FROM run_stages
        WHERE run_id = $1 ORDER BY started_at, stage")
    .bind(run_id)
    .all(on)
    .await
}

/// Begins a stage, ends the one before, and answers what was counted in it already. A stage that is entered again has
/// its beginning moved, so that the time between its end and now does not count as its own.
pub async fn enter(tx: &mut Tx, run_id: &str, stage: Stage, now: i64) -> sqlx::Result<Tally> {
    leave(tx, run_id, now).await?;
    let row: Option<(i64, i64, i64, i64, i64)> = sql("INSERT INTO run_stages (run_id, stage, started_at) VALUES ($1, $2, $3)
        ON CONFLICT (run_id, stage) DO UPDATE
        SET started_at = excluded.started_at - (run_stages.ended_at - run_stages.started_at), ended_at = NULL
        RETURNING sent, received, failed, blocked, unchanged")
    .bind(run_id)
    .bind(stage.as_str())
    .bind(now)
    .returning(tx)
    .await?;
    let (sent, received, failed, blocked, unchanged) = row.unwrap_or_default();
    Ok(Tally { sent, received, failed, blocked, unchanged })
}

/// Ends the stage that goes on, if one does.
pub async fn leave(tx: &mut Tx, run_id: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE run_stages SET ended_at = $2 WHERE run_id = $1 AND ended_at IS NULL").bind(run_id).bind(now).execute(tx).await?;
    Ok(())
}

/// Stores what was counted in a stage so far.
pub async fn count(tx: &mut Tx, run_id: &str, stage: Stage, tally: Tally) -> sqlx::Result<()> {
    sql("UPDATE run_stages SET sent = $3, received = $4, failed = $5, blocked = $6, unchanged = $7 WHERE run_id = $1 AND stage = $2")
        .bind(run_id)
        .bind(stage.as_str())
        .bind(tally.sent)
        .bind(tally.received)
        .bind(tally.failed)
        .bind(tally.blocked)
        .bind(tally.unchanged)
        .execute(tx)
        .await?;
    Ok(())
}

/// Adds what a stage waited for a rate limit.
pub async fn waited(tx: &mut Tx, run_id: &str, stage: Stage, ms: i64) -> sqlx::Result<()> {
    sql("UPDATE run_stages SET waited_ms = waited_ms + $3 WHERE run_id = $1 AND stage = $2")
        .bind(run_id)
        .bind(stage.as_str())
        .bind(ms)
        .execute(tx)
        .await?;
    Ok(())
}
