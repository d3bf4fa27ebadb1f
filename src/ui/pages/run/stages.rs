//! What each stage of a sync did, and how long it took.

use crate::{
    domain::{
        results::{RunRow, StageRow},
        run::RunState,
        time::{Moment, took},
    },
    ui::components::{Badge, Notice, Tone},
};
use leptos::prelude::*;

/// Headings of the counts, in the order of [`counts`].
const COUNTS: [&str; 5] = ["Sent", "Received", "Failed", "Blocked", "Unchanged"];

fn counts(stage: &StageRow) -> [u64; 5] {
    [stage.sent, stage.received, stage.failed, stage.blocked, stage.unchanged]
}

/// Nothing is a dash, so that what happened stands out; a phone leaves it out.
fn cell(words: &'static str, what: Option<String>) -> impl IntoView {
    let class = if what.is_some() { "number" } else { "number nothing" };
    view! { <td class=class data-label=words>{what.unwrap_or_else(|| "–".into())}</td> }
}

fn count(n: u64) -> Option<String> {
    (n > 0).then(|| n.to_string())
}

fn waited(ms: i64) -> Option<String> {
    (ms > 0).then(|| took(ms))
}

/// The cells of a stage, or of all.
fn cells(counts: [u64; 5], waited_ms: i64, took_ms: i64) -> impl IntoView {
    view! {
        {COUNTS.into_iter().zip(counts).map(|(words, n)| cell(words, count(n))).collect_view()}
        {cell("Waited for rate limits", waited(waited_ms))}
        {cell("Took", Some(took(took_ms)))}
    }
}

#[component]
pub fn Stages(run: RunRow, stages: Vec<StageRow>, waits_until: Option<Moment>) -> impl IntoView {
    if stages.is_empty() {
        return None;
    }
    let waits = waits_until.map(|until| {
        let words = format!("The accounting software's rate limit is used up. It goes on at {}.", until.text);
        view! { <Notice tone=Tone::Info>{words}</Notice> }
    });
    let all = stages.iter().fold([0; 5], |mut all, stage| {
        all.iter_mut().zip(counts(stage)).for_each(|(sum, n)| *sum += n);
        all
    });
    let (time, waiting) = stages.iter().fold((0, 0), |(time, waiting), stage| (time + stage.took_ms, waiting + stage.waited_ms));
    let stopped = run.state == RunState::Failed;
    let last = stages.len() - 1;
    let rows = stages
        .into_iter()
        .enumerate()
        .map(|(place, stage)| {
            let state = match (stage.goes_on, stopped && place == last) {
                (true, _) => Some(view! { <Badge tone=Tone::Info>"Goes on"</Badge> }),
                (_, true) => Some(view! { <Badge tone=Tone::Alert>"Stopped here"</Badge> }),
                _ => None,
            };
            view! {
                <tr>
                    <th scope="row">{stage.stage.label()} " " {state}</th>
                    {cells(counts(&stage), stage.waited_ms, stage.took_ms)}
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            {waits}
            <section class="card flush" aria-labelledby="stages">
                <header><h2 id="stages">"Stages"</h2></header>
                <div class="table-box">
                    <table class="table stages">
                        <thead>
                            <tr>
                                <th scope="col">"Stage"</th>
                                {COUNTS.map(|words| view! { <th scope="col" class="number">{words}</th> })}
                                <th scope="col" class="number">"Waited"</th>
                                <th scope="col" class="number">"Took"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                        <tfoot>
                            <tr>
                                <th scope="row">"All stages"</th>
                                {cells(all, waiting, time)}
                            </tr>
                        </tfoot>
                    </table>
                </div>
                <p class="legend">"Unchanged: read or compared, and the same on both sides. Waited: for the accounting software’s rate limit, part of the time it took."</p>
            </section>
        }
        .into_any(),
    )
}
