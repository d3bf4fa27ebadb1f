//! Runs and tie-outs as pages show them.

use crate::{
    domain::{
        results::{RunRow, TieOutView},
        run::{RunKind, RunScope, Stage},
        tie_out::{EntityTieOut, TIED_OUT},
    },
    server::{
        db::{runs::Run, tie_outs::StoredTieOut},
        services::{error::ServiceResult, local_time::LocalTime},
    },
};
use anyhow::Context;

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
