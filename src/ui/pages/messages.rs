//! The message log of one company: every message of every sync, newest first.

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        messages::{CompanyMessages, company_messages},
        reading,
    },
    domain::{
        message::{Direction, Entity, Level, LogPage, MessageRow},
        message_filter::{MAX_SEARCH, MessageFilter},
        time::ago,
    },
    ui::components::{Badge, Choice, CompanyPage, Empty, Field, Notice, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;

#[component]
pub fn MessagesPage() -> impl IntoView {
    let query = use_url().read_untracked().search().to_owned();
    let answer = reading(company_messages(code_in_address(), query));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyMessages { head, filter, notices, log }) => {
                        let now = head.now;
                        let code = head.row.code.clone();
                        view! {
                            <CompanyHead head page=CompanyPage::Messages/>
                            {notices.into_iter().map(|text| view! { <Notice tone=Tone::Warn>{text}</Notice> }).collect_view()}
                            <LogFilter code=code.clone() filter=filter.clone() log=log.clone()/>
                            <Log code filter log now/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn address(code: &str, filter: &MessageFilter) -> String {
    let query = filter.to_query();
    if query.is_empty() { format!("/companies/{code}/messages") } else { format!("/companies/{code}/messages?{query}") }
}

/// A GET form: the address is the filter.
#[component]
fn LogFilter(code: String, filter: MessageFilter, log: LogPage) -> impl IntoView {
    let all = |words: &str| vec![(String::new(), words.to_string())];
    let mut runs = all("All syncs");
    runs.extend(log.runs.into_iter().map(|run| (run.id, format!("{}: {}", run.at.text, run.kind.label().to_lowercase()))));
    let mut entities = all("All records");
    entities.extend(Entity::ALL.iter().map(|entity| (entity.as_str().into(), entity.label().into())));
    let mut levels = all("All levels");
    levels.extend(Level::ALL.iter().map(|level| (level.as_str().into(), level.label().into())));
    let chosen = |word: Option<&str>| word.unwrap_or_default().to_string();
    let whole = address(&code, &MessageFilter::default());
    let clear = filter.narrows().then(|| view! { <a class="button quiet" href=whole.clone()>"Clear"</a> });
    view! {
        <form class="filters" method="get" action=whole role="search" aria-label="Filter of the log">
            <Choice name="run" label="Sync" options=runs value=chosen(filter.run.as_deref())/>
            <Choice name="entity" label="Record" options=entities value=chosen(filter.entity.map(Entity::as_str))/>
            <Choice name="level" label="Level" options=levels value=chosen(filter.level.map(Level::as_str))/>
            <Field name="q" label="Text" value=filter.text.clone() kind="search" maxlength=MAX_SEARCH as u32/>
            <div class="row">
                <button class="button">"Filter"</button>
                {clear}
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Log(code: String, filter: MessageFilter, log: LogPage, now: i64) -> impl IntoView {
    let newest = address(&code, &MessageFilter { before: None, ..filter.clone() });
    if log.messages.is_empty() {
        let never = log.runs.is_empty();
        let (title, text) = match (filter.narrows(), filter.before.is_some(), never) {
            (_, true, _) => ("No older messages", "This is the end of the log."),
            (true, false, _) => ("No message matches", "No message of this company matches the filter."),
            (false, false, true) => ("No messages yet", "Every sync writes here what it sent and what came back."),
            (false, false, false) => ("No messages", "The syncs so far had nothing to say."),
        };
        let away = (filter.narrows() || filter.before.is_some()).then(|| {
            let href = if filter.before.is_some() { newest } else { address(&code, &MessageFilter::default()) };
            let words = if filter.before.is_some() { "Newest messages" } else { "Clear the filter" };
            view! { <a class="button" href=href>{words}</a> }
        });
        return view! { <Empty icon="list" title text>{away}</Empty> }.into_any();
    }
    let older = log
        .messages
        .last()
        .filter(|_| log.more)
        .map(|last| address(&code, &MessageFilter { before: Some(last.id.clone()), ..filter.clone() }));
    let shown = match log.messages.len() {
        1 => "1 message".to_string(),
        n => format!("{n} messages"),
    };
    let rows = log.messages.into_iter().map(|message| view! { <Message code=code.clone() message now/> }).collect_view();
    view! {
        <section class="card flush" aria-label="Messages">
            <div class="table-box">
                <table class="table top log">
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"Level"</th>
                            <th scope="col">"Record"</th>
                            <th scope="col">"Message"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
        <nav class="pager" aria-label="Pages of the log">
            <p>{shown}{if filter.before.is_some() { ", continued" } else { ", newest first" }}</p>
            <div class="steps">
                {filter.before.is_some().then(|| view! { <a href=newest>"‹ Newest"</a> })}
                {older.map(|href| view! { <a href=href rel="next">"Older ›"</a> })}
            </div>
        </nav>
    }
    .into_any()
}

#[component]
fn Message(code: String, message: MessageRow, now: i64) -> impl IntoView {
    let run = address(&code, &MessageFilter { run: Some(message.run_id.clone()), ..MessageFilter::default() });
    let direction = match message.direction {
        Direction::None => None,
        shown => Some(shown.label()),
    };
    let facts = [Some(message.entity.label()), direction].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let label = if message.label.is_empty() { message.entity.label().to_string() } else { message.label };
    view! {
        <tr id=message.id.clone()>
            <td>
                <time>{message.at.text.clone()}</time>
                <span class="second">{ago(message.at.ms, now)} " · " <a href=run>"this sync"</a></span>
            </td>
            <td><Badge tone=Tone::from(message.level)>{message.level.label()}</Badge></td>
            <th scope="row">
                {label}
                <span class="second">{facts}</span>
                {message.external_id.map(|id| view! { <span class="second">"There: " <code>{id}</code></span> })}
            </th>
            <td>
                <p>{message.text}</p>
                {(!message.advice.is_empty()).then(|| view! { <p class="second">{message.advice}</p> })}
                <Exchange sent=message.sent received=message.received/>
            </td>
        </tr>
    }
    .into_any()
}

/// What went over and what came back, for whoever wants to know exactly.
#[component]
fn Exchange(sent: String, received: String) -> impl IntoView {
    let part = |words: &'static str, body: String| {
        (!body.is_empty()).then(|| view! { <p class="second">{words}</p> <pre class="verbatim">{body}</pre> })
    };
    let words = match (sent.is_empty(), received.is_empty()) {
        (true, true) => return None,
        (false, true) => "What was sent",
        (true, false) => "What came back",
        (false, false) => "What was sent and what came back",
    };
    Some(view! {
        <details class="more">
            <summary>{words}</summary>
            {part("Sent", sent)}
            {part("Came back", received)}
        </details>
    })
}
