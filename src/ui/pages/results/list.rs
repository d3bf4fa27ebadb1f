//! The list of records with a problem.

use super::{address::Here, row::Row, trail::TrailRow};
use crate::domain::{
    results::Results,
    results_filter::{MOST_ROWS, ProblemState, Since},
};
use leptos::prelude::*;

/// The form of the buttons that are about one row.
pub const ONE: &str = "one-record";
/// The form of what is ticked.
pub const TICKED: &str = "selection";

fn name(state: ProblemState) -> &'static str {
    match state {
        ProblemState::Open => "Open problems",
        ProblemState::SetAside => "Problems set aside",
        ProblemState::Resolved => "Resolved problems",
        ProblemState::All => "All problems",
    }
}

#[component]
pub fn List(here: Here, results: Results, currency: String, now: i64) -> impl IntoView {
    let state = here.filter().state;
    let selectable = results.problems.iter().any(|row| row.resolved.is_none());
    // Columns a row has.
    let columns = if selectable { 6 } else { 5 };
    let cut = (here.filter().rows == 0 && results.listed > MOST_ROWS.into())
        .then(|| format!("A page holds {MOST_ROWS} rows at most; the rest is on the next."));
    let cause =
        here.filter().cause.clone().map(|cause| view! { <p class="list-note">"Only records with the cause " <b>{cause}</b></p> });
    let older = results.older.then(|| {
        let href = here.filtered(here.filter().with(|filter| filter.since = Some(Since::Ever)));
        view! { <p class="list-note">"Other open problems were not seen since the last successful sync. " <a href=href>"Show them too"</a></p> }
    });
    let rows = results
        .problems
        .into_iter()
        .map(|row| {
            let trail = results.trails.iter().find(|trail| trail.problem == row.id).cloned();
            let unfolded = trail.map(|trail| {
                view! { <TrailRow code=here.code.clone() problem=row.clone() trail columns now/> }
            });
            view! { <Row here=here.clone() row selectable currency=currency.clone() now/> {unfolded} }
        })
        .collect_view();
    view! {
        <section class="card flush results-list" aria-labelledby="listed">
            // Headings of what unfolds stand below it, also where no causes come before.
            <h2 class="visually-hidden" id="listed">{name(state)}</h2>
            <form id=ONE method="post" action="/api/retry-records">
                <input type="hidden" name="code" value=here.code.clone()/>
            </form>
            {cut.map(|words| view! { <p class="list-note">{words}</p> })}
            {cause}
            {older}
            <div class="table-box">
                <table class="table top problems">
                    <thead>
                        <tr>
                            {selectable.then(|| view! {
                                <th class="tick">
                                    <input type="checkbox" class="scripted" data-tick-all="" aria-label="Select all on this page"/>
                                </th>
                            })}
                            <th scope="col">"Record"</th>
                            <th scope="col">"What is wrong, and what to do"</th>
                            <th scope="col">"There"</th>
                            <th scope="col">"Last attempt"</th>
                            <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
