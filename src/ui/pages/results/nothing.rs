//! In place of the list, where there is nothing to list: why, and where to go on.

use super::address::Here;
use crate::{
    domain::{
        results::Results,
        results_filter::{ProblemState, ResultsFilter, Since},
    },
    ui::components::Empty,
};
use leptos::prelude::*;

/// Icon, title and text, and the view that has something to show.
type Reason = (&'static str, &'static str, &'static str, Option<(ResultsFilter, &'static str)>);

fn reason(results: &Results) -> Reason {
    let filter = &results.asked.filter;
    let whole = Some((ResultsFilter::default(), "Clear the filter"));
    if results.older {
        let ever = filter.with(|filter| filter.since = Some(Since::Ever));
        let text = "There are open problems that were seen before it and not since.";
        return ("info", "Nothing new since the last successful sync", text, Some((ever, "Show them")));
    }
    let aside = ResultsFilter { state: ProblemState::SetAside, ..ResultsFilter::default() };
    if (ResultsFilter { rows: aside.rows, page: 1, ..filter.clone() }) == aside {
        let text = "A problem that can wait is set aside with a note, and comes back when it is due.";
        return ("synced", "Nothing is set aside", text, whole);
    }
    if filter.narrows() {
        return ("search", "Nothing matches", "No problem of this company matches the filter.", whole);
    }
    if results.runs.is_empty() {
        let text = "What fails in a sync is listed here, with its cause and what to do about it.";
        return ("in-progress", "Nothing has been synced yet", text, None);
    }
    if results.set_aside {
        let text = "What was open is set aside, and comes back when it is due or changes.";
        return ("synced", "Nothing needs attention now", text, Some((aside, "Show what is set aside")));
    }
    ("synced", "Nothing needs attention", "No record of this company has an open problem.", None)
}

#[component]
pub fn Nothing(here: Here, results: Results) -> impl IntoView {
    let (icon, title, text, way) = reason(&results);
    let way = way.map(|(filter, words)| view! { <a class="button" href=here.filtered(filter)>{words}</a> });
    view! { <Empty icon title text>{way}</Empty> }.into_any()
}
