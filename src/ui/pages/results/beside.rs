//! The way to the results of other companies: the one before and the one after in the overview's list, or any.

use crate::domain::neighbour::{Beside, Neighbour, results_at};
use leptos::prelude::*;

#[component]
pub fn Neighbours(beside: Beside, list: String) -> impl IntoView {
    let step = |to: Option<Neighbour>, key: &'static str, words: &'static str, which: &'static str| {
        match to {
        Some(Neighbour { code, name, at }) => {
            let (title, hidden) = (name.clone(), format!(" company: {name}"));
            view! {
                <a class="button small quiet" href=results_at(&code, &list, &at) rel=which data-key=key title=title>
                    {words} <span class="visually-hidden">{hidden}</span>
                </a>
            }
            .into_any()
        }
        None => view! {
            <a class="button small quiet" role="link" aria-disabled="true">{words} <span class="visually-hidden">" company: none"</span></a>
        }
        .into_any(),
    }
    };
    view! {
        <nav class="beside" aria-label="Companies of the list">
            {step(beside.previous, "[", "‹ Previous", "prev")}
            <button type="button" class="button small quiet scripted" data-go-to>"Change company"</button>
            {step(beside.next, "]", "Next ›", "next")}
        </nav>
    }
    .into_any()
}
