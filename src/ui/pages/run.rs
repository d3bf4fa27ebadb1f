//! One sync of one company: why it started, what each of its stages did and how long it took, what it proved, and what
//! it said. While it goes on the page follows it, as all pages of a company do.

mod stages;

use super::{
    company::{CompanyHead, Failure, code_in_address},
    messages::MessageList,
    results::{
        runs::{outcome, tone},
        tie_out::TieOut,
    },
};
use crate::{
    api::{
        reading,
        runs::{CompanyRun, company_run},
    },
    domain::{
        message_filter::MessageFilter,
        results::{RunRow, RunView},
        run::RunState,
        time::{Moment, took},
    },
    ui::components::{Ago, Badge, CompanyPage, Empty},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use stages::Stages;

#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    let answer = reading(company_run(code_in_address(), id));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyRun { head, view }) => {
                        let now = head.now;
                        let code = head.row.code.clone();
                        let currency = head.row.currency.clone();
                        let other_side = head.row.organisation.clone().unwrap_or_else(|| "Accounting side".into());
                        let tie_out = view.tie_out.clone();
                        view! {
                            <CompanyHead head page=CompanyPage::Messages/>
                            <Run view=view.clone() now/>
                            <Stages run=view.run.clone() stages=view.stages.clone() waits_until=view.waits_until.clone()/>
                            {tie_out.map(|tie_out| view! { <TieOut tie_out currency other_side now/> })}
                            <Said code view now/>
                        }
                        .into_any()
                    }
                    Err(error) => {
                        let away = (format!("/companies/{}/results", code_in_address()), "Recent syncs");
                        view! { <Failure error away/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

/// How long it took, or has taken so far.
fn duration(run: &RunRow, started: Option<&Moment>, now: i64) -> String {
    match (run.took_ms, started) {
        (Some(ms), _) => took(ms),
        (None, Some(started)) if run.state == RunState::Running => format!("{} so far", took(now - started.ms)),
        _ => "–".into(),
    }
}

#[component]
fn Run(view: RunView, now: i64) -> impl IntoView {
    let RunView { run, asked_for, started, ended, attempts, .. } = view;
    let fact = |term: &'static str, what: AnyView| view! { <div><dt>{term}</dt><dd>{what}</dd></div> };
    let moment = |at: Option<Moment>, none: &'static str| match at {
        Some(moment) => view! { <Ago moment now/> }.into_any(),
        None => none.into_any(),
    };
    let reason = (!run.reason.is_empty()).then(|| view! { <p class="said">{run.reason.clone()}</p> });
    let again = (attempts > 1).then(|| {
        let words = format!("{attempts} times, each from its last committed step");
        fact("Taken up", words.into_any())
    });
    let by = format!("by {}", run.requested_by);
    let ended_words = if run.state == RunState::Running { "It goes on" } else { "Not yet" };
    let took = duration(&run, started.as_ref(), now);
    let (tone, outcome) = (tone(&run), outcome(&run));
    let (kind, scope) = (run.kind.label(), run.scope.label());
    view! {
        <section class="card run" aria-labelledby="run">
            <header>
                <h2 id="run">{format!("Sync of {}", run.at.text)}</h2>
                <Badge tone>{outcome}</Badge>
            </header>
            {reason}
            <dl class="facts-list">
                {fact("Why", view! { {kind} <span class="second">{by}</span> }.into_any())}
                {fact("Scope", scope.into_any())}
                {fact("Asked for", moment(Some(asked_for), ""))}
                {fact("Started", moment(started, "Not yet"))}
                {fact("Ended", moment(ended, ended_words))}
                {fact("Took", took.into_any())}
                {again}
            </dl>
        </section>
    }
    .into_any()
}

/// Its newest messages, and the way to all of them.
#[component]
fn Said(code: String, view: RunView, now: i64) -> impl IntoView {
    let all = MessageFilter::of_run(&view.run.id);
    let follow = MessageFilter { follow: true, ..all.clone() }.address(&code);
    let goes_on = matches!(view.run.state, RunState::Queued | RunState::Running);
    if view.log.messages.is_empty() {
        let text = if goes_on { "They appear here as it goes on." } else { "It wrote none, or they are no longer kept." };
        return view! { <Empty icon="list" title="No messages of this sync" text/> }.into_any();
    }
    let more = view.log.more;
    let words = if more { "All messages, with filter and download" } else { "In the message log, with filter and download" };
    view! {
        <section class="card flush" aria-labelledby="messages">
            <header>
                <h2 id="messages">{if more { "Newest messages" } else { "Messages" }}</h2>
                <div class="row push">
                    {goes_on.then(|| view! { <a class="button small scripted" href=follow>"Follow"</a> })}
                    <a class="button small" href=all.address(&code)>{words}</a>
                </div>
            </header>
            <MessageList code messages=view.log.messages now of_run=true/>
        </section>
    }
    .into_any()
}
