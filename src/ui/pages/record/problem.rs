//! The record's open problem: what is wrong, what to do, and the way to do it on this very page.

use super::Here;
use crate::{
    domain::{
        message::ProblemKind,
        record::view::{OpenProblem, Remedy},
        time::ago,
    },
    ui::{
        components::{Badge, Icon, Tone},
        pages::results::set_aside::SetAsideFields,
    },
};
use leptos::prelude::*;

#[component]
pub fn Problem(here: Here, problem: OpenProblem, remedy: Option<Remedy>, can_change: bool) -> impl IntoView {
    let seen = match problem.times {
        1 => "Seen once".to_string(),
        n => format!("Seen {n} times, first {}", problem.first_seen.text),
    };
    let said = (!problem.detail.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"What the accounting software said"</summary>
                <pre class="verbatim">{problem.detail}</pre>
            </details>
        }
    });
    let waits_for = problem.blocked_by.map(|(label, address)| {
        let label = match address {
            Some(href) => view! { <a href=href>{label}</a> }.into_any(),
            None => view! { <b>{label}</b> }.into_any(),
        };
        view! { <p><Icon name="info"/> " Waits for " {label} ", which failed. It goes by itself once that one does."</p> }
    });
    let is_aside = problem.set_aside.is_some();
    let set_aside = problem.set_aside.map(|(by, until, note)| {
        let until = until.map_or_else(|| "until it changes".into(), |until| format!("until {}", until.text));
        let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
        let note = if note.is_empty() { String::new() } else { format!(": “{note}”") };
        view! { <p class="second">{format!("Set aside{by} {until}{note}")}</p> }
    });
    // What waits for another record is mended there.
    let change = (can_change && !matches!(problem.kind, ProblemKind::Blocked | ProblemKind::Unlinked))
        .then(|| view! { <a class="button" href=format!("{}?edit=1#change", here.page)>"Change it here…"</a> }.into_any());
    let run = format!("/companies/{}/runs/{}", here.code, problem.run_id);
    let steps = view! { <Steps here=here.clone() id=problem.id kind=problem.kind is_aside change/> };
    let last_seen = format!("{} ({})", problem.last_seen.text, ago(problem.last_seen.ms, here.now));
    view! {
        <section class=format!("card problem-now {}", Tone::from(problem.kind).class()) aria-labelledby="problem">
            <div class="row">
                <Badge tone=problem.kind.into() icon="errors">{problem.kind.label()}</Badge>
                <h2 id="problem">{problem.cause}</h2>
            </div>
            {waits_for}
            <p>{problem.advice}</p>
            {remedy.map(|remedy| view! { <Mend here=here.clone() remedy/> })}
            {steps}
            <p class="second">{seen} ", last " {last_seen} ", in " <a href=run>"this sync"</a> "."</p>
            {set_aside}
            {said}
        </section>
    }
    .into_any()
}

/// What can be done to the record as a whole.
#[component]
fn Steps(here: Here, id: String, kind: ProblemKind, is_aside: bool, change: Option<AnyView>) -> impl IntoView {
    let hidden = {
        let code = here.code.clone();
        move || {
            view! {
                <input type="hidden" name="code" value=code.clone()/>
                <input type="hidden" name="ids[]" value=id.clone()/>
            }
        }
    };
    let post = |action: &'static str, words: &'static str| {
        view! { <form method="post" action=action>{hidden()} <button class="button">{words}</button></form> }
    };
    let is_open = !is_aside && kind != ProblemKind::Unlinked;
    let first = match (is_aside, kind) {
        (true, _) => Some(post("/api/take-up", "Take up again").into_any()),
        (_, ProblemKind::Unlinked) => Some(post("/api/link-records", "Link").into_any()),
        (_, ProblemKind::Conflict) => {
            let decide = format!("/companies/{}/results?kind=conflict&since=ever&q={}", here.code, here.id);
            Some(view! { <a class="button" href=decide>"Compare and decide"</a> }.into_any())
        }
        (_, ProblemKind::Blocked) => None,
        _ => Some(post("/api/retry-records", "Retry").into_any()),
    };
    let unlink = is_open.then(|| {
        let preview = format!("/companies/{}/unlink", here.code);
        view! { <form method="get" action=preview>{hidden()} <button class="button">"Unlink…"</button></form> }
    });
    let aside = is_open.then(|| {
        view! {
            <button type="button" class="button" popovertarget="set-aside">"Set aside…"</button>
            <form class="panel form" id="set-aside" popover="auto" method="post" action="/api/set-aside" aria-label="Set aside">
                {hidden()}
                <SetAsideFields name="record"/>
                <button class="button">"Set aside"</button>
            </form>
        }
    });
    view! { <div class="row">{first} {change} {unlink} {aside}</div> }.into_any()
}

/// One step: another account or tax rate in the place of the one that is not taken.
#[component]
fn Mend(here: Here, remedy: Remedy) -> impl IntoView {
    let name = remedy.kind.label().to_lowercase();
    let lines = match remedy.lines {
        1 => "the one line that has it".to_string(),
        n => format!("all {n} lines that have it"),
    };
    let label = format!("Instead of {name} {}, on {lines}", remedy.from);
    let options = remedy.choices.into_iter().map(|(value, words)| view! { <option value=value>{words}</option> }).collect_view();
    view! {
        <form class="one-line" method="post" action="/api/replace-in-document">
            <input type="hidden" name="code" value=here.code/>
            <input type="hidden" name="entity" value=here.entity/>
            <input type="hidden" name="id" value=here.id/>
            <input type="hidden" name="version" value=remedy.version/>
            <input type="hidden" name="kind" value=remedy.kind.as_str()/>
            <input type="hidden" name="from" value=remedy.from/>
            <div class="field">
                <label for="mend-by">{label}</label>
                <select class="select" id="mend-by" name="by" required>
                    <option value="">"Choose …"</option>
                    {options}
                </select>
            </div>
            <button class="button primary">"Save and send"</button>
        </form>
    }
    .into_any()
}
