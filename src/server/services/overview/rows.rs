//! Database rows as pages show them: words for runs, and times in the company's own zone.

use crate::{
    domain::{
        company::{CompanyLink, CompanyRow, LastRun},
        provider::Provider,
        run::{Progress, RunState, Stage},
        status::SyncStatus,
    },
    server::{
        db::overview::Row,
        services::{local_time::LocalTime, sync},
    },
};

pub fn row(row: Row) -> CompanyRow {
    let local = LocalTime::of(&row.time_zone);
    let (status, progress) = (status(&row), progress(&row));
    CompanyRow {
        last_success: row.last_success_at.map(|at| local.moment(at)),
        last_run: last_run(&row, &local),
        sync_blocked: sync_blocked(status, row.paused != 0),
        provider: Provider::parse(&row.provider),
        code: row.code,
        name: row.name,
        currency: row.currency,
        organisation: row.organisation,
        status,
        reason: row.reason,
        open_errors: row.open_errors.unsigned_abs(),
        progress,
    }
}

pub fn link(row: Row) -> CompanyLink {
    let (status, progress) = (status(&row), progress(&row));
    let sync_blocked = sync_blocked(status, row.paused != 0);
    CompanyLink { code: row.code, name: row.name, status, reason: row.reason, progress, sync_blocked }
}

/// The stored status; a word this version does not know reads as the one that asks for a look.
fn status(row: &Row) -> SyncStatus {
    SyncStatus::parse(&row.status).unwrap_or(SyncStatus::IncompletePipeline)
}

fn sync_blocked(status: SyncStatus, paused: bool) -> Option<String> {
    match status {
        SyncStatus::InProgress => Some("A sync is running already.".into()),
        other => sync::refusal(other).or(paused.then_some(sync::PAUSED)).map(Into::into),
    }
}

fn progress(row: &Row) -> Option<Progress> {
    Some(Progress {
        state: RunState::parse(row.active_state.as_deref()?)?,
        stage: row.active_stage.as_deref().and_then(Stage::parse),
        done: row.active_done.unwrap_or(0).unsigned_abs(),
        total: row.active_total.unwrap_or(0).unsigned_abs(),
        since: row.active_since?,
        waiting_until: row.active_wait_until,
    })
}

fn last_run(row: &Row, local: &LocalTime) -> Option<LastRun> {
    let (id, at) = (row.last_id.clone()?, row.last_ended_at?);
    let state = RunState::parse(row.last_state.as_deref()?)?;
    Some(LastRun { id, at: local.moment(at), state, summary: summary(row, state) })
}

/// `completed, 236 records`, `completed, 37 failed of 236`, `stopped at Payments`.
fn summary(row: &Row, state: RunState) -> String {
    let count = |n: Option<i64>| n.unwrap_or(0).max(0);
    let (failed, blocked) = (count(row.last_failed), count(row.last_blocked));
    let done = count(row.last_sent) + count(row.last_received);
    match state {
        RunState::Completed if failed + blocked > 0 => {
            format!("completed, {} failed of {}", failed + blocked, done + failed + blocked)
        }
        RunState::Completed if count(row.last_errors) == 1 => "completed, 1 error".into(),
        RunState::Completed if count(row.last_errors) > 0 => format!("completed, {} errors", count(row.last_errors)),
        RunState::Completed if done == 0 => "completed, no changes".into(),
        RunState::Completed if done == 1 => "completed, 1 record".into(),
        RunState::Completed => format!("completed, {done} records"),
        RunState::Cancelled => "cancelled".into(),
        _ => match row.last_stage.as_deref().and_then(Stage::parse) {
            Some(stage) => format!("stopped at {}", stage.label().to_lowercase()),
            None => "stopped before it began".into(),
        },
    }
}
