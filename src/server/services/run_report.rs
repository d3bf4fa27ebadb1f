//! One sync from its beginning to its end, or to how far it is: its stages, its tie-out, its newest messages.

use super::{
    error::ServiceResult,
    local_time::LocalTime,
    message_log,
    results::{run_row, tie_out_view},
};
use crate::{
    domain::{
        message_filter::MessageFilter,
        results::{RunView, StageRow},
        run::{RunState, Stage},
    },
    server::db::{
        Db,
        companies::Company,
        now_ms,
        run_stages::{self, RunStage},
        tie_outs,
    },
};

/// The company's run of that id, in one moment.
pub async fn report(db: &Db, company: &Company, id: &str) -> ServiceResult<RunView> {
    let clock = LocalTime::of(&company.time_zone);
    let mut snapshot = db.snapshot().await?;
    let run = message_log::run(&mut snapshot, company, id).await?;
    let now = now_ms();
    let running = run.state() == RunState::Running;
    let waits_until = run.wait_until.filter(|_| run.is_active());
    let mut stages: Vec<StageRow> = run_stages::of_run(&mut snapshot, &run.id)
        .await?
        .into_iter()
        .filter_map(|stage| stage_row(stage, running, now))
        .collect();
    stages.sort_by_key(|row| row.stage);
    let tie_out = tie_out_view(tie_outs::of_run(&mut snapshot, &run.id).await?, &clock)?;
    let filter = MessageFilter::of_run(&run.id);
    let log = message_log::page_with(&mut snapshot, company, &filter, Vec::new(), &clock).await?;
    Ok(RunView {
        asked_for: clock.moment(run.queued_at),
        started: run.started_at.map(|at| clock.moment(at)),
        ended: run.ended_at.map(|at| clock.moment(at)),
        attempts: run.attempt.unsigned_abs(),
        waits_until: waits_until.map(|at| clock.moment(at)),
        run: run_row(run, &clock),
        stages,
        tie_out,
        log,
    })
}

/// A stage of a word this version does not know is left out.
fn stage_row(row: RunStage, running: bool, now: i64) -> Option<StageRow> {
    let goes_on = running && row.ended_at.is_none();
    Some(StageRow {
        stage: Stage::parse(&row.stage)?,
        took_ms: (row.ended_at.unwrap_or(now) - row.started_at).max(0),
        goes_on,
        sent: row.sent.unsigned_abs(),
        received: row.received.unsigned_abs(),
        failed: row.failed.unsigned_abs(),
        blocked: row.blocked.unsigned_abs(),
        unchanged: row.unchanged.unsigned_abs(),
        waited_ms: row.waited_ms,
    })
}
