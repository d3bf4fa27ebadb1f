//! What can be done to the ticked records, or to all that match. Only what some record of the page can take is offered.

use super::{address::Here, list::TICKED, set_aside::SetAsideFields};
use crate::domain::{message::ProblemKind, results::Results};
use leptos::prelude::*;

#[component]
pub fn Selection(here: Here, results: Results) -> impl IntoView {
    let rows = || results.problems.iter().filter(|row| row.resolved.is_none());
    let open = rows().any(|row| row.is_open());
    let aside = rows().any(|row| row.set_aside.is_some());
    let unlinked = rows().any(|row| row.kind == ProblemKind::Unlinked);
    if !open && !aside && !unlinked {
        return None;
    }
    let all = match results.listed {
        1 => "The one that matches".to_string(),
        n => format!("All {n} that match"),
    };
    let preview = format!("/companies/{}/unlink", here.code);
    let hidden = || view! { <span class="visually-hidden">" what is selected"</span> };
    let button = move |action: &'static str, words: &'static str| {
        view! { <button class="button small" formaction=action formnovalidate>{words} {hidden()}</button> }
    };
    let open_only = open.then(|| {
        view! {
            {button("/api/retry-records", "Retry")}
            <button class="button small" formmethod="get" formaction=preview formnovalidate>"Unlink…" {hidden()}</button>
            <button type="button" class="button small" popovertarget="set-aside-ticked">"Set aside…" {hidden()}</button>
            <div class="panel form" id="set-aside-ticked" popover="auto" role="group" aria-label="Set aside what is selected">
                <SetAsideFields name="ticked"/>
                <button class="button small" formaction="/api/set-aside">"Set aside"</button>
            </div>
        }
    });
    Some(
        view! {
            <form class="card selection" id=TICKED method="post" action="/api/retry-records" aria-label="Selected records">
                // Pressing Enter somewhere in the form must not choose for the person: the first button would.
                <button type="submit" disabled hidden></button>
                <input type="hidden" name="code" value=here.code.clone()/>
                <input type="hidden" name="filter" value=here.filter().to_query()/>
                // Script keeps it; it is nothing to whoever reads without.
                <output class="ticked" data-own="" aria-label="Selected on this page"></output>
                <label class="choice tick"><input type="checkbox" name="whole" value="1"/> {all}</label>
                <div class="row push">
                    {open_only}
                    {unlinked.then(|| button("/api/link-records", "Link"))}
                    {aside.then(|| button("/api/take-up", "Take up again"))}
                </div>
            </form>
        }
        .into_any(),
    )
}
