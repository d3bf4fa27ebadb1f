//! Open problems: first how many of which cause, then record by record.

use crate::{
    domain::{
        message::{ProblemKind, ProblemRow},
        results::{CauseGroup, PAGE, Results},
        time::ago,
    },
    ui::components::{Badge, Empty, Icon, Pager, Tone},
};
use leptos::prelude::*;

fn tone(kind: ProblemKind) -> Tone {
    match kind {
        ProblemKind::Failed | ProblemKind::Difference => Tone::Bad,
        ProblemKind::Conflict => Tone::Warn,
        ProblemKind::Blocked | ProblemKind::Unlinked => Tone::Neutral,
    }
}

/// `37 invoices`, in the words people use.
fn counted(n: u64, singular: &str) -> String {
    let singular = singular.to_lowercase();
    if n == 1 { format!("1 {singular}") } else { format!("{n} {singular}s") }
}

fn address(code: &str, cause: Option<&str>, page: u64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(cause) = cause {
        query.append_pair("cause", cause);
    }
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    let query = query.finish();
    if query.is_empty() { format!("/companies/{code}/results") } else { format!("/companies/{code}/results?{query}") }
}

#[component]
pub fn Problems(code: String, results: Results, now: i64) -> impl IntoView {
    let (failing, blocked) = (results.failing(), results.blocked());
    if results.causes.is_empty() {
        let (title, text) = if results.runs.is_empty() {
            ("Nothing has been synced yet", "What fails in a sync is listed here, with its cause and what to do about it.")
        } else {
            ("Nothing needs attention", "No record of this company has an open problem.")
        };
        return view! { <Empty icon="synced" title text/> }.into_any();
    }
    let mut heading = match failing {
        0 => "No record fails".to_string(),
        1 => "1 record needs attention".to_string(),
        n => format!("{n} records need attention"),
    };
    if blocked > 0 {
        heading += &format!(", {blocked} blocked");
    }
    let pages = {
        let (code, cause) = (code.clone(), results.cause.clone());
        move |_, page: u32| address(&code, cause.as_deref(), page.into())
    };
    let noun = if results.cause.is_some() { "problems with this cause" } else { "problems" };
    let whole = address(&code, None, 1);
    view! {
        <section class="card flush" aria-labelledby="problems">
            <header>
                <h2 id="problems">{heading}</h2>
                {results.cause.is_some().then(|| view! { <a class="button small" href=whole>"Show all causes"</a> })}
            </header>
            <Causes code groups=results.causes chosen=results.cause/>
            <div class="table-box">
                <table class="table top problems">
                    <thead>
                        <tr>
                            <th scope="col">"Record"</th>
                            <th scope="col">"What is wrong, and what to do"</th>
                            <th scope="col">"Seen"</th>
                        </tr>
                    </thead>
                    <tbody>{results.problems.into_iter().map(|row| view! { <Problem row now/> }).collect_view()}</tbody>
                </table>
            </div>
        </section>
        <Pager total=results.listed rows=PAGE as u32 page=u32::try_from(results.page).unwrap_or(u32::MAX) sizes=&[] noun link=pages/>
    }
    .into_any()
}

/// How many records fail for the same reason; each narrows the list.
#[component]
fn Causes(code: String, groups: Vec<CauseGroup>, chosen: Option<String>) -> impl IntoView {
    let items = groups
        .into_iter()
        .map(|group| {
            let here = chosen.as_deref() == Some(group.cause.as_str());
            // Chosen, it leads back to the whole list.
            let href = address(&code, (!here).then_some(group.cause.as_str()), 1);
            view! {
                <li>
                    <a class="cause" href=href aria-current=here.then_some("true")>
                        <Badge tone=tone(group.kind)>{counted(group.records, group.entity.label())}</Badge>
                        <span>{group.cause}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="causes" aria-label="Causes">{items}</ul> }.into_any()
}

#[component]
fn Problem(row: ProblemRow, now: i64) -> impl IntoView {
    let seen = if row.times == 1 { "once".to_string() } else { format!("{} times, first {}", row.times, row.first_seen.text) };
    let said = (!row.detail.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"What the accounting software said"</summary>
                <pre class="verbatim">{row.detail}</pre>
            </details>
        }
    });
    view! {
        <tr id=format!("problem-{}", row.id)>
            <th scope="row">
                {row.label}
                <span class="second">{row.entity.label()}</span>
                {row.external_id.map(|id| view! { <span class="second">"There: " <code>{id}</code></span> })}
            </th>
            <td>
                <div class="row">
                    <Badge tone=tone(row.kind)>{row.kind.label()}</Badge>
                    <b>{row.cause}</b>
                </div>
                {row.blocked_by.map(|label| view! { <p class="second"><Icon name="info"/> " Waits for " <b>{label}</b> ", which failed. It goes by itself once that one does."</p> })}
                <p>{row.advice}</p>
                {said}
            </td>
            <td data-label="Seen">
                <time>{row.last_seen.text}</time>
                <span class="second">{ago(row.last_seen.ms, now)}", "{seen}</span>
            </td>
        </tr>
    }
    .into_any()
}
