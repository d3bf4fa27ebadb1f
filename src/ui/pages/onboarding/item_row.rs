//! One value of documents and its match: what it most likely is comes first, with the reason.

use super::Here;
use crate::{
    domain::{
        matching::{ExternalItem, LEAVE_OUT, Match, ReferenceKind, rate::percent},
        onboarding::{Decided, ItemRow, who},
        record,
        time::ago,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

/// `200 Sales`, `Zero Rated Income · 0%`.
fn words(item: &ExternalItem) -> String {
    match item.rate_e4 {
        Some(rate_e4) => format!("{} · {}", item.label(), percent(rate_e4)),
        None => item.label(),
    }
}

/// `Chosen by Ann, 5 min ago`.
pub fn decided_words(decided: &Decided, now: i64) -> String {
    format!("Decided by {}, {}", who(&decided.by), ago(decided.at.ms, now))
}

#[component]
pub fn Row(
    here: Here,
    kind: ReferenceKind,
    row: ItemRow,
    choices: Vec<(ExternalItem, Option<String>)>,
    listed: bool,
    place: usize,
) -> impl IntoView {
    let (tone, icon, state) = match &row.matched {
        Match::Chosen(_) => (Tone::Good, Some("tick"), "Matched"),
        Match::Exact(_) if kind == ReferenceKind::Account => (Tone::Info, None, "Same code"),
        Match::Exact(_) => (Tone::Info, None, "Same name"),
        Match::LeftOut => (Tone::Neutral, None, "Left out"),
        Match::None => (Tone::Setup, None, "No match"),
    };
    let badge = match icon {
        Some(icon) => view! { <Badge tone icon>{state}</Badge> }.into_any(),
        None => view! { <Badge tone>{state}</Badge> }.into_any(),
    };
    let shown = match &row.matched {
        Match::Chosen(item) | Match::Exact(item) => item.external_id.clone(),
        Match::LeftOut => LEAVE_OUT.into(),
        Match::None => String::new(),
    };
    let own = row.matched.item().cloned();
    let first: Vec<(String, String)> = own
        .iter()
        .map(|item| (item.external_id.clone(), words(item)))
        .chain(row.suggestions.iter().map(|one| (one.item.external_id.clone(), format!("{} ({})", words(&one.item), one.reason))))
        .collect();
    let rest: Vec<(String, String)> = choices
        .into_iter()
        .filter(|(item, _)| !first.iter().any(|(id, _)| *id == item.external_id))
        .map(|(item, taken_by)| {
            let taken = taken_by.map(|value| format!(" – stands for “{value}”")).unwrap_or_default();
            (item.external_id.clone(), words(&item) + &taken)
        })
        .collect();
    // What a closed list does not show.
    let likely = match (&row.matched, row.suggestions.first()) {
        (Match::None, Some(one)) => Some(format!("Suggested: {}, {}", words(&one.item), one.reason)),
        (Match::None, None) => {
            let add = format!("Add {} there and read the lists again, or choose one.", kind.one());
            Some(format!("Nothing in {} is like it. {add}", here.organisation))
        }
        _ => None,
    };
    let likely = likely.map(|text| view! { <p class="second">{text}</p> });
    let option = |(id, words): (String, String)| {
        let selected = id == shown;
        view! { <option value=id selected=selected>{words}</option> }
    };
    let first = (!first.is_empty())
        .then(|| view! { <optgroup label="Suggested">{first.into_iter().map(option).collect_view()}</optgroup> });
    let all = format!("All {}", kind.plural().to_lowercase());
    let rest = (!rest.is_empty()).then(|| view! { <optgroup label=all>{rest.into_iter().map(option).collect_view()}</optgroup> });
    let without = kind.can_be_left_out().then(|| {
        view! { <option value=LEAVE_OUT selected={row.matched == Match::LeftOut}>"Send documents without it"</option> }
    });
    let find = (!listed).then(|| {
        let href = format!("{}#find", here.asked.looking_for(&row.value).address(&here.code));
        view! { <a href=href>"Find another" <span class="visually-hidden">{format!(" for {}", row.value)}</span></a> }
    });
    let example = row.example.and_then(|example| {
        let href = record::address(&here.code, example.entity, &example.id)?;
        let words = if row.documents == 1 { "" } else { "such as " };
        Some(view! { <span class="second">{words} <a href=href>{example.number}</a></span> })
    });
    let name = |field: &str| format!("entries[{place}][{field}]");
    let id = format!("match-{place}");
    let label = format!("Match for {} {}", kind.label().to_lowercase(), row.value);
    let documents = match row.documents {
        1 => "1 document".to_string(),
        n => format!("{n} documents"),
    };
    view! {
        <tr>
            <th scope="row">
                {row.value.clone()}
                {row.rate.map(|rate| view! { <span class="second">{format!("taxed at {rate}")}</span> })}
            </th>
            <td class="used" data-label="Used by">{documents} " " {example}</td>
            <td class="there">
                <div class="match">
                    <input type="hidden" name=name("item") value=row.value/>
                    <input type="hidden" name=name("was") value=row.stored/>
                    <input type="hidden" name=name("shown") value=shown.clone()/>
                    <select class="select" id=id name=name("choice") aria-label=label>
                        <option value="" selected={shown.is_empty()}>"No match yet"</option>
                        {first}
                        {without}
                        {rest}
                    </select>
                    {badge}
                </div>
                {find}
                {row.warning.map(|text| view! { <p class="odd">{text}</p> })}
                {likely}
                {row.decided.map(|decided| view! { <p class="second">{decided_words(&decided, here.now)}</p> })}
            </td>
        </tr>
    }
    .into_any()
}
