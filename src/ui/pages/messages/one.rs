//! One message by itself, at an address that lasts as long as the message: what was sent, what came back, and what
//! was said of the same record before and after.

use super::super::company::{CompanyHead, Failure, code_in_address};
use super::list::{label, record_page};
use crate::{
    api::{
        messages::{CompanyMessage, company_message},
        reading,
    },
    domain::{
        message::{MessageView, message_address},
        message_filter::MessageFilter,
        time::ago,
    },
    ui::components::{Badge, CompanyPage, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

#[component]
pub fn MessagePage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    let answer = reading(company_message(code_in_address(), id));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyMessage { head, view }) => {
                        let now = head.now;
                        let code = head.row.code.clone();
                        view! {
                            <CompanyHead head page=CompanyPage::Messages/>
                            <One code view now/>
                        }
                        .into_any()
                    }
                    Err(error) => {
                        let away = (format!("/companies/{}/messages", code_in_address()), "The message log");
                        view! { <Failure error away/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn One(code: String, view: MessageView, now: i64) -> impl IntoView {
    let MessageView { message, run, earlier, later } = view;
    let all = match &message.local_id {
        Some(id) => (MessageFilter::of_record(message.entity, id), "All messages of this record"),
        None => (MessageFilter::of_run(&message.run_id), "All messages of this sync"),
    };
    let step = |to: Option<String>, words: &'static str, rel: &'static str| {
        let href = to.map(|id| message_address(&code, &id));
        let missing = href.is_none();
        view! { <a href=href rel=rel role=missing.then_some("link") aria-disabled=missing.then_some("true")>{words}</a> }
    };
    let record = match (record_page(&code, &message), label(&message)) {
        (Some(href), label) => view! { <a href=href>{label}</a> }.into_any(),
        (None, label) => label.into_any(),
    };
    let fact = |term: &'static str, what: AnyView| view! { <div><dt>{term}</dt><dd>{what}</dd></div> };
    let id = |id: Option<String>| id.map(|id| view! { <code>{id}</code> }.into_any());
    let run_page = run.address(&code);
    let advice = (!message.advice.is_empty()).then(|| view! { <p class="second">{message.advice.clone()}</p> });
    view! {
        <section class="card message" aria-labelledby="message">
            <header>
                <h2 id="message">{format!("Message of {}", message.at.text)}</h2>
                <Badge tone=Tone::from(message.level)>{message.level.label()}</Badge>
                <nav class="pager push" aria-label="Messages before and after">
                    <div class="steps">
                        {step(earlier, "‹ Earlier", "prev")}
                        <a href=all.0.address(&code)>{all.1}</a>
                        {step(later, "Later ›", "next")}
                    </div>
                </nav>
            </header>
            <div class="said"><p>{message.text.clone()}</p> {advice}</div>
            <dl class="facts-list">
                {fact("Record", record)}
                {fact("Kind", message.entity.label().into_any())}
                {fact("Direction", message.direction.label().into_any())}
                {fact("Sync", view! { <a href=run_page>{run.at.text.clone()}</a> <span class="second">{run.kind.label()}</span> }.into_any())}
                {fact("Written", view! { <time>{message.at.text.clone()}</time> <span class="second">{ago(message.at.ms, now)}</span> }.into_any())}
                {id(message.local_id.clone()).map(|view| fact("Id here", view))}
                {id(message.external_id.clone()).map(|view| fact("Id there", view))}
            </dl>
        </section>
        <div class="columns exchange">
            <Body id="sent" words="What was sent" none="Nothing was sent with this message." body=message.sent/>
            <Body id="received" words="What came back" none="Nothing came back with this message." body=message.received/>
        </div>
    }
    .into_any()
}

#[component]
fn Body(id: &'static str, words: &'static str, none: &'static str, body: String) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby=id>
            <h2 id=id>{words}</h2>
            {if body.is_empty() {
                view! { <p class="second">{none}</p> }.into_any()
            } else {
                view! { <pre class="verbatim whole">{body}</pre> }.into_any()
            }}
        </section>
    }
    .into_any()
}
