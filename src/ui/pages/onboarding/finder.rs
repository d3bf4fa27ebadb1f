//! A search for something else to match one row with, where there is too much for a list.

use super::Here;
use crate::domain::onboarding::{Finder, Hit, Step, asked::MAX_SEARCH};
use leptos::prelude::*;

#[component]
pub fn Search(here: Here, step: Step, finder: Finder) -> impl IntoView {
    let Finder { item, label, stored, text, hits, more } = finder;
    let back = here.asked.list().address(&here.code);
    let nothing = hits.is_empty().then(|| {
        let words = match text.is_empty() {
            true => format!("Nothing in {} is much like it. Search for part of its name.", here.organisation),
            false => format!(
                "Nothing in {} has “{text}” in its name. Add it there and read the lists again, or search for less.",
                here.organisation
            ),
        };
        view! { <p>{words}</p> }
    });
    let count = match (text.is_empty(), hits.len(), more) {
        (_, 0, _) => String::new(),
        (true, ..) => "The likeliest. Search for others.".into(),
        (false, n, true) => format!("The first {n}. Search for more of the name to narrow them."),
        (false, 1, false) => "1 found.".into(),
        (false, n, false) => format!("{n} found."),
    };
    let hits = hits
        .into_iter()
        .map(|hit| view! { <Found here=here.clone() step item=item.clone() stored=stored.clone() hit/> })
        .collect_view();
    let title = format!("Find a match for “{label}”");
    view! {
        <section class="card finder" id="find" aria-labelledby="finding">
            <h2 id="finding">{title}</h2>
            <form class="one-line" method="get" action=format!("/companies/{}/onboarding#find", here.code) role="search">
                {here.kept(true)}
                <input type="hidden" name="item" value=item/>
                <div class="field">
                    <label for="look">{format!("Part of its name in {}", here.organisation)}</label>
                    <input class="input" id="look" name="find" type="search" value=text maxlength=MAX_SEARCH autocomplete="off"/>
                </div>
                <button class="button">"Search"</button>
                <a class="button quiet" href=back>"Cancel"</a>
            </form>
            <div role="status">{nothing} {(!count.is_empty()).then(|| view! { <p class="second">{count}</p> })}</div>
            <ul class="hits" aria-label="What was found">{hits}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Found(here: Here, step: Step, item: String, stored: String, hit: Hit) -> impl IntoView {
    let Hit { external_id, label, second, taken_by } = hit;
    let act = match taken_by {
        Some(by) => view! { <span class="second">{format!("Stands for “{by}” already")}</span> }.into_any(),
        None => {
            let (action, choice) = match step.kind() {
                Some(_) => ("/api/save-matches", external_id),
                None => ("/api/save-contact-matches", format!("link:{external_id}")),
            };
            let kind = step.kind().map(|kind| view! { <input type="hidden" name="kind" value=kind.as_str()/> });
            view! {
                <form method="post" action=action>
                    {here.fields()}
                    {kind}
                    <input type="hidden" name="entries[0][item]" value=item/>
                    <input type="hidden" name="entries[0][was]" value=stored/>
                    <input type="hidden" name="entries[0][choice]" value=choice/>
                    <button class="button small">"Match" <span class="visually-hidden">{format!(" with {label}")}</span></button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <li>
            <span><b>{label.clone()}</b> <span class="second">{second}</span></span>
            {act}
        </li>
    }
    .into_any()
}
