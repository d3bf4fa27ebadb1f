//! How a company's sync is, changing in place: the status, what stands under it, and how far its run is.

use super::{StatusBadge, Tone};
use crate::domain::{
    company::CompanyRow,
    run::{Progress, RunState, wait_words},
    status::SyncStatus,
    time::elapsed,
};
use leptos::prelude::*;

/// `starting`: a start was asked for and is not seen yet; it shows from the click on. `id` must be unique on the page.
#[component]
pub fn SyncState(
    row: RwSignal<CompanyRow>,
    #[prop(into, optional)] starting: Signal<bool>,
    #[prop(into)] clock: Signal<i64>,
    #[prop(into)] id: String,
    /// The reason is told with the status, where under it there is room for its beginning only.
    #[prop(optional)]
    reason_cut: bool,
) -> impl IntoView {
    let status = Signal::derive(move || if starting.get() { SyncStatus::InProgress } else { row.with(|row| row.status) });
    let under = move || {
        row.with(|row| match &row.progress {
            Some(progress) => progress_words(progress, clock.get()),
            None if starting.get() => "Starting …".into(),
            None => row.reason.clone(),
        })
    };
    let step = move || {
        row.with(|row| match &row.progress {
            None if !starting.get() => {
                row.status.resolved_at(row.provider.is_some()).map(|step| format!("/companies/{}/{step}", row.code))
            }
            _ => None,
        })
    };
    let reason = Signal::derive(move || if reason_cut { row.with(|row| row.reason.clone()) } else { String::new() });
    view! {
        <StatusBadge status id reason/>
        // Where it is put right; without an address it is text.
        <a class="second" href=step>{under}</a>
        <Bar row starting/>
    }
}

/// How far the run is. Its place is kept while nothing runs, so that the row does not grow.
#[component]
fn Bar(row: RwSignal<CompanyRow>, starting: Signal<bool>) -> impl IntoView {
    let progress = Memo::new(move |_| row.with(|row| row.progress.as_ref().map(|progress| (progress.done, progress.total))));
    let total = move || progress.get().map(|(_, total)| total).filter(|total| *total > 0);
    view! {
        <progress
            class=format!("progress {}", Tone::Info.class())
            aria-label=move || format!("Progress of {}", row.with(|row| row.name.clone()))
            hidden=move || progress.get().is_none() && !starting.get()
            max=total
            value=move || total().and(progress.get()).map(|(done, total)| done.min(total))
        ></progress>
    }
}

/// `Invoices and bills · 141 of 201 · 0:42`, `Waiting to start · 0:03`, `Payments · waits 20 s for the rate limit`.
pub fn progress_words(progress: &Progress, now: i64) -> String {
    let clock = elapsed(progress.since, now);
    let waits = progress.waiting_until.filter(|until| *until > now);
    let stage = match (progress.state, progress.stage) {
        (_, Some(stage)) if waits.is_some() => stage.label(),
        (RunState::Running, Some(stage)) => stage.label(),
        (RunState::Running, None) => "Starting",
        (other, _) => other.label(),
    };
    match waits {
        Some(until) => format!("{stage} · waits {} for the rate limit", wait_words((until - now).unsigned_abs() / 1_000 + 1)),
        _ if progress.total > 0 => format!("{stage} · {} of {} · {clock}", progress.done, progress.total),
        _ => format!("{stage} · {clock}"),
    }
}
