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

/// Nothing is a dash, so that what happened stands out.
fn count(n: u64) -> String {
    if n == 0 { "–".into() } else { n.to_string() }
}

fn waited(ms: i64) -> String {
    if ms == 0 { "–".into() } else { took(ms) }
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
            let numbers = counts(&stage).into_iter().zip(COUNTS);
            let cells = numbers.map(|(n, words)| view! { <td class="number" data-label=words>{count(n)}</td> }).collect_view();
            view! {
                <tr>
                    <th scope="row">{stage.stage.label()} " " {state}</th>
                    {cells}
                    <td class="number" data-label="Waited for rate limits">{waited(stage.waited_ms)}</td>
                    <td class="number" data-label="Took">{took(stage.took_ms)}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            {waits}
            <section class="card flush" aria-labelledby="stages">
                <h2 id="stages">"Stages"</h2>
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
                                {all
                                    .into_iter()
                                    .zip(COUNTS)
                                    .map(|(n, words)| view! { <td class="number" data-label=words>{count(n)}</td> })
                                    .collect_view()}
                                <td class="number" data-label="Waited for rate limits">{waited(waiting)}</td>
                                <td class="number" data-label="Took">{took(time)}</td>
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
