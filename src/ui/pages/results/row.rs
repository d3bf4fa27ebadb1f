//! A record in the list: what is wrong with it, where it stands, and what can be done right here.

use super::{
    address::Here,
    conflict::Conflict,
    list::{ONE, TICKED},
};
use crate::{
    domain::{
        message::{Direction, ProblemKind},
        results::{LinkStatus, ProblemRow},
        time::ago,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Row(here: Here, row: ProblemRow, selectable: bool, currency: String, now: i64) -> impl IntoView {
    let unfolded = here.asked.open.contains(&row.id);
    let tick = selectable.then(|| {
        // What is resolved has nothing left to be done to it.
        let box_ = row.resolved.is_none().then(|| {
            let label = format!("Select {}", row.label);
            view! { <input type="checkbox" name="ids[]" value=row.id.clone() form=TICKED aria-label=label/> }
        });
        view! { <td class="tick">{box_}</td> }
    });
    let facts = match row.direction {
        Direction::None => row.entity.label().to_string(),
        shown => format!("{} · {}", row.entity.label(), shown.label()),
    };
    let label = match row.address.clone() {
        Some(address) => view! { <a href=address>{row.label.clone()}</a> }.into_any(),
        None => row.label.clone().into_any(),
    };
    let seen = match row.times {
        1 => ago(row.last_seen.ms, now),
        n => format!("{}, {n} times since {}", ago(row.last_seen.ms, now), row.first_seen.text),
    };
    let actions = view! { <Actions here=here.clone() row=row.clone() unfolded/> };
    view! {
        <tr id=format!("problem-{}", row.id) class:unfolded=unfolded>
            {tick}
            <th scope="row">{label} <span class="second">{facts}</span></th>
            <What code=here.code.clone() row=row.clone() currency/>
            <td class="there" data-label="There">
                <span class:unlinked=row.link == LinkStatus::Unlinked>{row.link.label()}</span>
                {row.external_id.map(|id| view! { <code class="second">{id}</code> })}
            </td>
            <td class="seen" data-label="Last attempt">
                <time>{row.last_seen.text}</time>
                <span class="second">{seen}</span>
            </td>
            {actions}
        </tr>
    }
    .into_any()
}

/// The cause, the advice, and what else there is to know before deciding.
#[component]
fn What(code: String, row: ProblemRow, currency: String) -> impl IntoView {
    let badge = match &row.resolved {
        Some(at) => view! { <Badge tone=Tone::Good icon="tick">{format!("Resolved {}", at.text)}</Badge> }.into_any(),
        None => view! { <Badge tone=row.kind.into()>{row.kind.label()}</Badge> }.into_any(),
    };
    let waits = row.blocked_by.clone().filter(|_| row.resolved.is_none()).map(|blocker| {
        let label = match blocker.address {
            Some(address) => view! { <a href=address>{blocker.label}</a> }.into_any(),
            None => view! { <b>{blocker.label}</b> }.into_any(),
        };
        view! { <p class="second">"Waits for " {label} "."</p> }
    });
    let aside = row.set_aside.clone().filter(|_| row.resolved.is_none()).map(|aside| {
        let until = match aside.until {
            Some(until) => format!("until {}", until.text),
            None => "until it changes".into(),
        };
        view! {
            <p class="aside">
                <Badge tone=Tone::Setup>"Set aside"</Badge>
                <span>{format!("by {} on {}, {until}", aside.by, aside.at.text)}</span>
                <q>{aside.note}</q>
            </p>
        }
    });
    let said = (!row.detail.is_empty() && row.kind != ProblemKind::Difference).then(|| {
        view! {
            <details class="more">
                <summary>"What the accounting software said"</summary>
                <pre class="verbatim">{row.detail.clone()}</pre>
            </details>
        }
    });
    let conflict = (row.kind == ProblemKind::Conflict && row.resolved.is_none()).then(|| {
        view! { <Conflict code row=row.clone() currency/> }
    });
    view! {
        <td class="what">
            <div class="row">{badge} <b>{row.cause.clone()}</b></div>
            {waits}
            {row.resolved.is_none().then(|| view! { <p>{row.advice.clone()}</p> })}
            {aside}
            {conflict}
            {said}
        </td>
    }
    .into_any()
}

/// What can be done to this one record.
#[component]
fn Actions(here: Here, row: ProblemRow, unfolded: bool) -> impl IntoView {
    let of = format!(" {}", row.label);
    let post = |action: &'static str, words: &'static str| {
        let (id, of) = (row.id.clone(), of.clone());
        view! {
            <button class="button small" form=ONE name="ids[]" value=id formaction=action>
                {words} <span class="visually-hidden">{of}</span>
            </button>
        }
    };
    let main = match (row.resolved.is_some(), row.set_aside.is_some(), row.kind) {
        (true, ..) => None,
        (_, true, _) => Some(post("/api/take-up", "Take up again")),
        (.., ProblemKind::Unlinked) => Some(post("/api/link-records", "Link")),
        (.., ProblemKind::Blocked) => None,
        _ => Some(post("/api/retry-records", "Retry")),
    };
    let edit = row.address.clone().filter(|_| row.resolved.is_none()).map(|address| {
        view! { <a class="button small" href=address>"Edit" <span class="visually-hidden">{of.clone()}</span></a> }
    });
    // Of a conflict it is one of the three choices.
    let can_unlink = row.is_open() && row.kind != ProblemKind::Conflict && row.address.is_some();
    let unlink = can_unlink.then(|| {
        let preview = format!("/companies/{}/unlink", here.code);
        view! {
            <button class="button small" form=ONE name="ids[]" value=row.id.clone() formmethod="get" formaction=preview>
                "Unlink…" <span class="visually-hidden">{of.clone()}</span>
            </button>
        }
    });
    let (more, controls) = (if unfolded { "Less" } else { "More" }, format!("trail-{}", row.id));
    view! {
        <td class="actions">
            <div class="row">
                {main} {edit} {unlink}
                <a
                    class="button small quiet"
                    href=here.toggled(&row.id)
                    data-here=""
                    aria-expanded=if unfolded { "true" } else { "false" }
                    aria-controls=unfolded.then_some(controls)
                >
                    {more} <span class="visually-hidden">" about" {of.clone()}</span>
                </a>
            </div>
        </td>
    }
    .into_any()
}
