//! A conflict: what each side holds, next to each other, and the three ways out of it.

use crate::domain::{
    message::Entity,
    results::{Compared, ProblemRow, compare},
};
use leptos::prelude::*;

#[component]
pub fn Conflict(code: String, row: ProblemRow, currency: String) -> impl IntoView {
    let sides = row.sides.as_ref().map(|(ours, theirs)| view! { <Sides rows=compare(ours, theirs, &currency)/> });
    let choices = if row.adopting {
        view! { <p class="second">"Chosen: theirs is taken over by the next sync."</p> }.into_any()
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
                    <span role="cell">{dash(theirs)} {differs.then(|| view! { <em>"differs"</em> })}</span>
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
    let number = match row.entity {
        Entity::Payment => None,
        Entity::Contact => Some(("New name", 255)),
        _ => Some(("New number", 100)),
    };
    let number = number.map(|(label, longest)| {
        let field = format!("number-{id}");
        view! {
            <label for=field.clone()>{label}</label>
            <input class="input" id=field name="number" maxlength=longest required autocomplete="off"/>
        }
    });
    let adopt = format!("Link to the {what} there and take over what it holds. Ours is kept as an earlier version.");
    let send = match row.entity {
        Entity::Payment => "Send ours beside the one there: both count.".to_string(),
        Entity::Contact => "Send ours beside it under another name.".to_string(),
        _ => "Send ours beside it under another number.".to_string(),
    };
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
    view! {
        <ul class="choices" aria-label="What to do about the conflict">
            <li>
                <form method="post" action="/api/decide-conflict">{hidden("adopt")} {button("Adopt theirs")}</form>
                <p class="second">{adopt}</p>
            </li>
            <li>
                <form class="row" method="post" action="/api/decide-conflict">{hidden("send_as_new")} {number} {button("Send as new")}</form>
                <p class="second">{send}</p>
            </li>
            <li>
                <form method="post" action="/api/decide-conflict">
                    {hidden("unlink")}
                    <input type="hidden" name="confirmed" value="1"/>
                    {button("Unlink")}
                </form>
                <p class="second">"Leave it out of syncs: both stay as they are, and it can be linked again."</p>
            </li>
        </ul>
    }
    .into_any()
}
