//! Onboarding: what the company's documents use, each beside what it is on the accounting side.

use crate::{
    domain::matching::{LocalItem, Match, MatchReport, ReferenceKind},
    ui::components::{Notice, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Matches(code: String, report: MatchReport) -> impl IntoView {
    let missing = report.missing_sentence().map(|sentence| view! { <Notice tone=Tone::Warn>{sentence}</Notice> });
    let rows: Vec<_> = report.items.iter().enumerate().map(|(place, item)| row(place, item, &report)).collect();
    let contacts =
        format!("Contacts: {} matched by name, {} will be created there.", report.contacts.matched, report.contacts.to_create);
    view! {
        <form class="card form stack" method="post" action="/api/confirm-onboarding" aria-labelledby="onboarding">
            <h2 id="onboarding">"Complete onboarding"</h2>
            <p>"Check what each account and tax rate is on the accounting side. Confirming keeps the matches and starts the initial sync; nothing was sent so far."</p>
            {missing}
            <input type="hidden" name="code" value=code/>
            {if rows.is_empty() {
                view! { <p>"There are no documents yet, so there is nothing to match."</p> }.into_any()
            } else {
                view! {
                    <div class="table-box" tabindex="0" role="region" aria-label="Matches">
                        <table class="table">
                            <thead><tr><th scope="col">"Kind"</th><th scope="col">"Here"</th><th scope="col" class="number">"Documents"</th><th scope="col">"There"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }.into_any()
            }}
            <p class="hint">{contacts} " Tracking options without a match hinder nothing: documents go without them."</p>
            <div class="row">
                <button class="button primary">"Confirm and start the initial sync"</button>
                <button class="button" formaction="/api/save-matches">"Save for later"</button>
                <button class="button quiet" formaction="/api/read-lists">"Read the lists again"</button>
            </div>
        </form>
    }
}

fn row(place: usize, item: &LocalItem, report: &MatchReport) -> impl IntoView + use<> {
    let chosen = item.matched.item().map(|item| item.external_id.clone()).unwrap_or_default();
    let how = match item.matched {
        Match::Chosen(_) => "Chosen",
        Match::Exact(_) => "Exact match",
        Match::None if item.kind == ReferenceKind::Tracking => "Sent without",
        Match::None => "No match yet",
    };
    let options: Vec<_> = report
        .choices
        .iter()
        .filter(|choice| choice.kind == item.kind)
        .map(|choice| {
            let selected = choice.external_id == chosen;
            view! { <option value=choice.external_id.clone() selected=selected>{choice.label()}</option> }
        })
        .collect();
    let label = format!("{} {} there", item.kind.label(), item.value);
    view! {
        <tr>
            <td>{item.kind.label()}</td>
            <td>{item.value.clone()}</td>
            <td class="number">{item.documents}</td>
            <td>
                <input type="hidden" name=format!("picks[{place}][kind]") value=item.kind.as_str()/>
                <input type="hidden" name=format!("picks[{place}][value]") value=item.value.clone()/>
                <select class="select" name=format!("picks[{place}][external_id]") aria-label=label>
                    <option value="" selected=chosen.is_empty()>"No match"</option>
                    {options}
                </select>
                " " <span class="second">{how}</span>
            </td>
        </tr>
    }
}
