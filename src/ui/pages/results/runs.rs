//! The recent syncs of a company.

use crate::{
    domain::{
        results::RunRow,
        run::RunState,
        time::{ago, elapsed},
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

/// What the colour of its outcome says.
pub fn tone(run: &RunRow) -> Tone {
    match run.state {
        RunState::Queued | RunState::Running => Tone::Info,
        RunState::Completed if run.errors > 0 => Tone::Bad,
        RunState::Completed => Tone::Good,
        RunState::Failed => Tone::Alert,
        RunState::Cancelled => Tone::Neutral,
    }
}

/// How it ended, in a word or two.
pub fn outcome(run: &RunRow) -> String {
    match (run.state, run.errors) {
        (RunState::Completed, 0) => "Completed".into(),
        (RunState::Completed, 1) => "1 error".into(),
        (RunState::Completed, n) => format!("{n} errors"),
        (state, _) => state.label().into(),
    }
}

#[component]
pub fn RecentRuns(code: String, runs: Vec<RunRow>, now: i64) -> impl IntoView {
    if runs.is_empty() {
        return None;
    }
    let rows = runs
        .into_iter()
        .map(|run| {
            let took = run.took_ms.map_or_else(|| "–".into(), |ms| elapsed(0, ms));
            let log_of = format!(" of the sync of {}", run.at.text);
            let messages = format!("/companies/{code}/messages?run={}", run.id);
            let page = run.address(&code);
            let stopped_at = match (run.state, run.stage) {
                (RunState::Failed | RunState::Running, Some(stage)) => Some(format!("at {}", stage.label().to_lowercase())),
                _ => None,
            };
            let (tone, outcome, since) = (tone(&run), outcome(&run), ago(run.at.ms, now));
            view! {
                <tr>
                    <th scope="row"><a href=page>{run.at.text}</a> <span class="second">{since}</span></th>
                    <td>{run.kind.label()} <span class="second">{run.scope.label()}</span></td>
                    <td>
                        <Badge tone>{outcome}</Badge>
                        " " {stopped_at}
                        <span class="second">{run.reason}</span>
                    </td>
                    <td class="number" data-label="Sent">{run.sent}</td>
                    <td class="number" data-label="Received">{run.received}</td>
                    <td class="number" data-label="Failed">{run.failed}</td>
                    <td class="number" data-label="Blocked">{run.blocked}</td>
                    <td class="number" data-label="Took">{took}</td>
                    <td><a href=messages>"Messages" <span class="visually-hidden">{log_of}</span></a></td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card flush" aria-labelledby="runs">
                <h2 id="runs">"Recent syncs"</h2>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Started"</th>
                                <th scope="col">"Why"</th>
                                <th scope="col">"Outcome"</th>
                                <th scope="col" class="number">"Sent"</th>
                                <th scope="col" class="number">"Received"</th>
                                <th scope="col" class="number">"Failed"</th>
                                <th scope="col" class="number">"Blocked"</th>
                                <th scope="col" class="number">"Took"</th>
                                <th scope="col"><span class="visually-hidden">"Log"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}
