//! How far a run is, in words.

use crate::domain::{
    run::{Progress, RunState},
    time::elapsed,
};

/// `Invoices and bills · 141 of 201 · 0:42`, `Waiting to start · 0:03`, `Payments · waits 20 s for the rate limit`.
pub fn progress_words(progress: &Progress, now: i64) -> String {
    let clock = elapsed(progress.since, now);
    let stage = match (progress.state, progress.stage) {
        (RunState::Running, Some(stage)) => stage.label(),
        (RunState::Running, None) => "Starting",
        (other, _) => other.label(),
    };
    match progress.waiting_until {
        Some(until) if until > now => format!("{stage} · waits {} s for the rate limit", (until - now).div_euclid(1_000) + 1),
        _ if progress.total > 0 => format!("{stage} · {} of {} · {clock}", progress.done, progress.total),
        _ => format!("{stage} · {clock}"),
    }
}
