//! A conflict: what each side holds, next to each other, and the three ways out of it.

use crate::domain::{
    message::Entity,
    results::{Compared, LinkStatus, ProblemRow, compare},
};
use leptos::prelude::*;

#[component]
pub fn Conflict(code: String, row: ProblemRow, currency: String) -> impl IntoView {
    let sides = row.sides.as_ref().map(|(ours, theirs)| view! { <Sides rows=compare(row.entity, ours, theirs, &currency)/> });
    let choices = if row.adopting {
        view! { <p class="second">"Chosen: theirs is taken over by the next sync."</p> }.into_any()
    } else if row.address.is_none() {
        // What is not here can neither be sent nor become the one there: its advice says what to do.
        ().into_any()
    } else {
        view! { <Choices code row/> }.into_any()
    };
    view! { <div class="conflict">{sides} {choices}</div> }.into_any()
}

/// Not a table: it stands in a cell of one, which becomes a card on a narrow screen while this stays as it is.
#[component]
fn Sides(rows: Vec<Compared>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|Compared { what, ours, theirs, differs }| {
            let dash = |text: String| if text.is_empty() { "–".to_string() } else { text };
            view! {
                <div role="row" class:differs=differs>
                    <span role="rowheader">{what}</span>
                    <span role="cell">{dash(ours)}</span>
                    <span role="cell">{dash(theirs)} {differs.then(|| view! { " " <em>"differs"</em> })}</span>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="sides" role="table" aria-label="Both sides">
            <div role="row">
                <span role="columnheader"><span class="visually-hidden">"What"</span></span>
                <span role="columnheader">"Here"</span>
                <span role="columnheader">"There"</span>
            </div>
            {rows}
        </div>
    }
    .into_any()
}

#[component]
fn Choices(code: String, row: ProblemRow) -> impl IntoView {
    let (id, of) = (row.id, format!(" {}", row.label));
    let what = row.entity.label().to_lowercase();
    let (label, longest, send) = match row.entity {
        Entity::Contact => ("New name", 255, "Send ours beside it under another name."),
        _ => ("New number", 100, "Send ours beside it under another number."),
    };
    let adopt = format!("Link to the {what} there and take over what it holds. Ours is kept as an earlier version.");
    let hidden = |decision: &'static str| {
        let (code, id) = (code.clone(), id.clone());
        view! {
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="problem" value=id/>
            <input type="hidden" name="decision" value=decision/>
        }
    };
    let button = |words: &'static str| {
        let of = of.clone();
        view! { <button class="button small">{words} <span class="visually-hidden">{of}</span></button> }
    };
    let choice = |decision: &'static str, words: &'static str, what: String| {
        view! {
            <li>
                <form method="post" action="/api/decide-conflict">{hidden(decision)} {button(words)}</form>
                <p class="second">{what}</p>
            </li>
        }
    };
    // Over another record than its own nothing is ever sent.
    let keep = (row.link == LinkStatus::Linked)
        .then(|| choice("keep", "Keep ours", format!("Send ours over the {what} there, which takes what it holds.")));
    // Payments have no number to tell them apart by.
    let send = (row.entity != Entity::Payment).then(|| {
        let field = format!("number-{id}");
        view! {
            <li>
                <form class="row" method="post" action="/api/decide-conflict">
                    {hidden("send_as_new")}
                    <label for=field.clone()>{label}</label>
                    <input class="input" id=field name="number" maxlength=longest required autocomplete="off"/>
                    {button("Send as new")}
                </form>
                <p class="second">{send}</p>
            </li>
        }
    });
    view! {
        <ul class="choices" aria-label="What to do about the conflict">
            {choice("adopt", "Adopt theirs", adopt)}
            {keep}
            {send}
            {choice("unlink", "Unlink", "Leave it out of syncs: both stay as they are, and it can be linked again.".into())}
        </ul>
    }
    .into_any()
}
