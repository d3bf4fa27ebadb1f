//! Onboarding: each step with its matches, a choice for what has none, and the confirmation that starts the
//! initial sync. One form, so that choices and confirmation go together.

use crate::{
    domain::matching::{ExternalItem, LEAVE_OUT, LocalItem, Match, MatchReport, ReferenceKind},
    ui::components::{Badge, Notice, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Onboarding(code: String, report: MatchReport, onboarded: bool) -> impl IntoView {
    let missing = report.missing_sentence();
    let mut place = 0;
    let steps: Vec<_> = ReferenceKind::ALL
        .iter()
        .enumerate()
        .map(|(step, kind)| {
            let items: Vec<LocalItem> = report.of(*kind).cloned().collect();
            let choices: Vec<ExternalItem> = report.choices.iter().filter(|choice| choice.kind == *kind).cloned().collect();
            let first = place;
            place += items.len();
            view! { <Step number=step + 1 kind=*kind items choices first/> }
        })
        .collect();
    let contacts = (!onboarded).then(|| contacts(&report));
    let (title, lead) = if onboarded {
        ("Matches", "What documents here are called on the accounting side. A changed match counts from the next sync on.")
    } else if report.is_empty() {
        (
            "Complete onboarding",
            "This company holds no documents yet, so there is nothing to match. Confirm, and it is ready to sync.",
        )
    } else {
        (
            "Complete onboarding",
            "What documents here use is matched with what the accounting side holds. Nothing is sent before you confirm.",
        )
    };
    let read_again = view! {
        <button class="button" formaction="/api/read-lists" formnovalidate>"Read the lists again"</button>
    };
    let actions = if onboarded {
        view! { <div class="row"><button class="button">"Save matches"</button> {read_again}</div> }.into_any()
    } else {
        let blocked = missing.is_some();
        view! {
            {missing.map(|sentence| view! {
                <Notice tone=Tone::Setup>
                    {sentence} " Choose a match for each, or add it in the accounting software and read the lists again."
                </Notice>
            })}
            <div class="row">
                <button class="button primary" formaction="/api/confirm-onboarding">
                    {if blocked { "Confirm with these choices" } else { "Confirm and start the initial sync" }}
                </button>
                {(!report.is_empty()).then(|| view! { <button class="button">"Save and go on later"</button> })}
                {read_again}
            </div>
        }
        .into_any()
    };
    let form = view! {
        <form class="form" method="post" action="/api/save-matches">
            <input type="hidden" name="code" value=code/>
            <p>{lead}</p>
            {(!report.is_empty()).then(|| view! { <ol class="steps-list">{steps}{contacts}</ol> })}
            {actions}
        </form>
    };
    if onboarded {
        return view! {
            <section class="card" aria-label=title>
                <details class="more" open=report.missing().next().is_some()>
                    <summary>{title}</summary>
                    {form}
                </details>
            </section>
        }
        .into_any();
    }
    view! { <section class="card" aria-labelledby="onboarding"><h2 id="onboarding">{title}</h2> {form}</section> }.into_any()
}

/// One kind of reference data.
#[component]
fn Step(number: usize, kind: ReferenceKind, items: Vec<LocalItem>, choices: Vec<ExternalItem>, first: usize) -> impl IntoView {
    let open = items.iter().filter(|item| item.matched == Match::None).count();
    let (tone, words) = match (items.len(), open) {
        (0, _) => (Tone::Neutral, "None in use".to_string()),
        (all, 0) => (Tone::Good, format!("{all} of {all} matched")),
        (all, open) => (Tone::Setup, format!("{open} of {all} without a match")),
    };
    let note = (kind.can_be_left_out() && items.iter().any(|item| matches!(item.matched, Match::None | Match::LeftOut))).then(
        || view! { <p class="second">"An option may be left out: its documents are then sent without it, and the message log says so."</p> },
    );
    let rows = items
        .into_iter()
        .enumerate()
        .map(|(place, item)| view! { <Row item choices=choices.clone() place=first + place/> })
        .collect_view();
    let has_rows = !rows.is_empty();
    view! {
        <li>
            <div class="row"><h3>{format!("{number}. {}", kind.plural())}</h3> <Badge tone>{words}</Badge></div>
            {note}
            {has_rows.then(|| view! {
                <div class="table-box">
                    <table class="table matches">
                        <thead>
                            <tr>
                                <th scope="col">"Here"</th>
                                <th scope="col" class="number">"Documents"</th>
                                <th scope="col">"There"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
        </li>
    }
    .into_any()
}

#[component]
fn Row(item: LocalItem, choices: Vec<ExternalItem>, place: usize) -> impl IntoView {
    let there = match &item.matched {
        Match::Exact(exact) => view! { <Badge tone=Tone::Good icon="tick">"Same name"</Badge> " " {exact.label()} }.into_any(),
        chosen => {
            let left_out = *chosen == Match::LeftOut;
            let chosen = chosen.item().map(|item| item.external_id.clone());
            let without = item.kind.can_be_left_out().then(|| {
                view! { <option value=LEAVE_OUT selected=left_out>"Send without"</option> }
            });
            let options = choices
                .into_iter()
                .map(|choice| {
                    let selected = chosen.as_deref() == Some(choice.external_id.as_str());
                    let words = choice.label();
                    view! { <option value=choice.external_id selected=selected>{words}</option> }
                })
                .collect_view();
            let name = |field: &str| format!("picks[{place}][{field}]");
            let label = format!("Match for {} {}", item.kind.label().to_lowercase(), item.value);
            view! {
                <input type="hidden" name=name("kind") value=item.kind.as_str()/>
                <input type="hidden" name=name("value") value=item.value.clone()/>
                <select class="select" name=name("external_id") aria-label=label>
                    <option value="">"No match yet"</option>
                    {without}
                    {options}
                </select>
            }
            .into_any()
        }
    };
    view! {
        <tr>
            <th scope="row">{item.value}</th>
            <td class="number" data-label="Documents">{item.documents}</td>
            <td class="there">{there}</td>
        </tr>
    }
    .into_any()
}

fn contacts(report: &MatchReport) -> impl IntoView + use<> {
    let (matched, to_create) = (report.contacts.matched, report.contacts.to_create);
    let words = match (matched, to_create) {
        (0, 0) => "This company has no contacts yet.".into(),
        (0, n) => format!("{n} to be created there."),
        (n, 0) => format!("All {n} are there under the same name and will be linked."),
        (n, m) => format!("{n} are there under the same name and will be linked, {m} will be created there."),
    };
    view! {
        <li>
            <div class="row"><h3>"4. Contacts"</h3> <Badge tone=Tone::Good>"Nothing to choose"</Badge></div>
            <p>{words}</p>
        </li>
    }
}
