//! Problems by cause, with one fix for all that have it.

use super::address::Here;
use crate::{
    domain::{
        matching::{ExternalItem, ReferenceKind},
        message::{Entity, ProblemKind},
        results::{CauseGroup, Results, Subject},
        results_filter::ResultsFilter,
    },
    ui::components::Badge,
};
use leptos::prelude::*;

/// `37 invoices, 2 credit notes`, in the words people use.
fn counted(records: &[(Entity, u64)]) -> String {
    let words = |(entity, n): &(Entity, u64)| {
        let one = entity.label().to_lowercase();
        if *n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
    };
    records.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// `37 records need attention, 5 blocked`.
fn heading(results: &Results) -> String {
    let mut heading = match results.failing {
        0 => "No record fails".to_string(),
        1 => "1 record needs attention".to_string(),
        n => format!("{n} records need attention"),
    };
    for (n, words) in [(results.blocked, "blocked"), (results.unlinked, "left out of syncs")] {
        if n > 0 {
            heading += &format!(", {n} {words}");
        }
    }
    heading
}

#[component]
pub fn Causes(here: Here, results: Results) -> impl IntoView {
    let heading = heading(&results);
    let chosen = here.filter().cause.clone();
    let every = here.filter().with(|filter| filter.cause = None);
    let side = match &chosen {
        Some(_) => view! { <a class="button small" href=here.filtered(every)>"Show all causes"</a> }.into_any(),
        None => {
            let retry = (results.failing > 0).then(|| {
                view! { <Whole code=here.code.clone() filter=every action="/api/retry-records" words="Retry all" of=String::new()/> }
            });
            view! { {retry} }.into_any()
        }
    };
    let items = results
        .causes
        .iter()
        .enumerate()
        .map(|(place, group)| {
            let choices = match &group.subject {
                Some(subject) => {
                    results.choices.iter().filter(|choice| choice.fits(subject)).map(|choice| choice.item.clone()).collect()
                }
                None => Vec::new(),
            };
            let chosen = chosen.as_deref() == Some(group.cause.as_str());
            view! { <Cause here=here.clone() group=group.clone() choices chosen place/> }
        })
        .collect_view();
    let more = match results.more_causes {
        0 => None,
        1 => Some("and 1 more cause".to_string()),
        n => Some(format!("and {n} more causes")),
    };
    view! {
        <section class="card flush" aria-labelledby="problems">
            <header>
                <h2 id="problems">{heading}</h2>
                <div class="row push">{side}</div>
            </header>
            <ul class="causes" aria-label="Causes">{items}</ul>
            {more.map(|words| view! { <p class="more-causes">{words} ", in the list below"</p> })}
        </section>
    }
    .into_any()
}

#[component]
fn Cause(here: Here, group: CauseGroup, choices: Vec<ExternalItem>, chosen: bool, place: usize) -> impl IntoView {
    let cause = group.cause.clone();
    let of_group = here.filter().with(|filter| filter.cause = Some(cause.clone()));
    // Chosen, it leads back to the whole list.
    let href = here.filtered(if chosen { here.filter().with(|filter| filter.cause = None) } else { of_group.clone() });
    let (code, hidden) = (here.code.clone(), format!("({cause})"));
    let all = match group.kind {
        ProblemKind::Blocked => None,
        ProblemKind::Unlinked => Some(("/api/link-records", "Link all again")),
        _ => Some(("/api/retry-records", "Retry these")),
    };
    let all = all.map(|(action, words)| view! { <Whole code=code.clone() filter=of_group action words of=hidden/> });
    let remap = group.subject.map(|subject| view! { <Remap code subject choices place/> });
    view! {
        <li class="cause" class:chosen=chosen id=format!("cause-{place}")>
            <a href=href aria-current=chosen.then_some("true")>
                <Badge tone=group.kind.into()>{counted(&group.records)}</Badge>
                <b>{group.cause}</b>
            </a>
            <p class="second">{group.advice}</p>
            <div class="row fixes">{remap} {all}</div>
        </li>
    }
    .into_any()
}

/// Does something to everything a filter means. `of` is said to screen readers.
#[component]
pub fn Whole(code: String, filter: ResultsFilter, action: &'static str, words: &'static str, of: String) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="whole" value="1"/>
            <input type="hidden" name="filter" value=filter.to_query()/>
            <button class="button small">{words} <span class="visually-hidden">{of}</span></button>
        </form>
    }
    .into_any()
}

/// What a value here is called on the accounting side from now on.
#[component]
fn Remap(code: String, subject: Subject, choices: Vec<ExternalItem>, place: usize) -> impl IntoView {
    let what = match subject.kind {
        ReferenceKind::Account => "account",
        ReferenceKind::TaxRate => "tax rate",
        ReferenceKind::Tracking => "tracking option",
    };
    let id = format!("remap-{place}");
    let label = format!("Map {what} {} to", subject.value);
    let options = choices
        .into_iter()
        .map(|choice| {
            let words = choice.label();
            view! { <option value=choice.external_id>{words}</option> }
        })
        .collect_view();
    view! {
        <form class="row remap" method="post" action="/api/remap">
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="kind" value=subject.kind.as_str()/>
            <input type="hidden" name="value" value=subject.value/>
            <label for=id.clone()>{label}</label>
            <select class="select" id=id name="external_id" required>
                <option value="">{format!("Choose one {what}")}</option>
                {options}
            </select>
            <button class="button small">"Map and retry"</button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_in_words() {
        assert_eq!(counted(&[(Entity::Invoice, 37), (Entity::CreditNote, 1)]), "37 invoices, 1 credit note");
    }
}
