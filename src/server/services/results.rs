//! What a company's results page shows.

use super::{error::ServiceResult, local_time::LocalTime};
use crate::{
    domain::{
        message::{Entity, ProblemKind, ProblemRow},
        results::{CauseGroup, PAGE, Results, RunRow, TieOutView},
        run::{RunKind, RunScope, Stage},
        tie_out::{EntityTieOut, TIED_OUT},
    },
    server::db::{Db, companies::Company, problems, runs, runs::Run, tie_outs, tie_outs::StoredTieOut},
};
use anyhow::Context;

/// Runs in the list.
const RUNS: i64 = 10;

/// One moment of the company's results: everything on the page is from the same state of the books.
pub async fn results(db: &Db, company: &Company, cause: Option<&str>, page: u64) -> ServiceResult<Results> {
    let clock = LocalTime::of(&company.time_zone);
    let mut snapshot = db.snapshot().await?;
    let listed = problems::count_open(&mut snapshot, &company.id, cause).await?.unsigned_abs();
    // A page that is no more, because what was on it was resolved, is the last one there is.
    let page = page.clamp(1, listed.div_ceil(PAGE).max(1));
    let problems = problems::open_page(&mut snapshot, &company.id, cause, ((page - 1) * PAGE) as i64, PAGE as i64).await?;
    let causes = problems::causes(&mut snapshot, &company.id).await?;
    let tie_out = tie_outs::latest(&mut snapshot, &company.id).await?;
    let runs = runs::latest(&mut snapshot, &company.id, RUNS).await?;
    Ok(Results {
        causes: causes.into_iter().map(cause_group).collect(),
        problems: problems.into_iter().map(|problem| problem_row(problem, &clock)).collect(),
        listed,
        page,
        cause: cause.map(Into::into),
        tie_out: tie_out_view(tie_out, &clock)?,
        runs: runs.into_iter().map(|run| run_row(run, &clock)).collect(),
    })
}

fn cause_group(cause: problems::Cause) -> CauseGroup {
    CauseGroup {
        entity: Entity::parse(&cause.entity).unwrap_or(Entity::Run),
        kind: ProblemKind::parse(&cause.kind).unwrap_or(ProblemKind::Failed),
        cause: cause.cause,
        advice: cause.advice,
        records: cause.records.unsigned_abs(),
    }
}

fn problem_row(problem: problems::Problem, clock: &LocalTime) -> ProblemRow {
    ProblemRow {
        entity: Entity::parse(&problem.entity).unwrap_or(Entity::Run),
        kind: ProblemKind::parse(&problem.kind).unwrap_or(ProblemKind::Failed),
        first_seen: clock.moment(problem.first_seen),
        last_seen: clock.moment(problem.last_seen),
        times: problem.times.unsigned_abs(),
        id: problem.id,
        label: problem.label,
        external_id: problem.external_id,
        cause: problem.cause,
        advice: problem.advice,
        detail: problem.detail,
        blocked_by: problem.blocked_by,
        run_id: problem.run_id,
    }
}

/// A tie-out as it was stored, its entities in the order in which they are shown; `None` where there is none.
pub fn tie_out_view(stored: Vec<StoredTieOut>, clock: &LocalTime) -> ServiceResult<Option<TieOutView>> {
    let Some(first) = stored.first() else { return Ok(None) };
    let (at, run_id) = (clock.moment(first.at), first.run_id.clone());
    let mut entities = Vec::new();
    for entity in TIED_OUT {
        let Some(row) = stored.iter().find(|row| row.entity == entity.as_str()) else { continue };
        entities.push(EntityTieOut {
            entity,
            local: serde_json::from_str(&row.local_totals).context("stored control totals")?,
            external: serde_json::from_str(&row.external_totals).context("stored control totals")?,
            differences: serde_json::from_str(&row.differences).context("stored differences")?,
        });
    }
    Ok(Some(TieOutView { at, run_id, entities }))
}

/// A run as pages list it. A word this version does not know reads as what says least.
pub fn run_row(run: Run, clock: &LocalTime) -> RunRow {
    RunRow {
        kind: RunKind::parse(&run.kind).unwrap_or(RunKind::Manual),
        scope: RunScope::parse(&run.scope).unwrap_or(RunScope::Changed),
        state: run.state(),
        at: clock.moment(run.started_at.unwrap_or(run.queued_at)),
        took_ms: run.started_at.zip(run.ended_at).map(|(started, ended)| ended - started),
        stage: run.stage.as_deref().and_then(Stage::parse),
        sent: run.sent.unsigned_abs(),
        received: run.received.unsigned_abs(),
        failed: run.failed.unsigned_abs(),
        blocked: run.blocked.unsigned_abs(),
        errors: run.errors.unsigned_abs(),
        id: run.id,
        requested_by: run.requested_by,
        reason: run.reason,
    }
}
