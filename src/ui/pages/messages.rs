//! The message log of one company: every message of every sync, newest first.

mod filter;
mod list;
mod one;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        messages::{CompanyMessages, company_messages},
        reading,
    },
    domain::{
        message::{LogPage, Looked},
        message_filter::MessageFilter,
    },
    ui::components::{CompanyPage, Empty, Icon, Notice, Tone},
};
use filter::LogFilter;
use leptos::prelude::*;
use leptos_router::hooks::use_url;
pub use list::MessageList;
pub use one::MessagePage;

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
                        let running = head.row.progress.is_some();
                        view! {
                            <CompanyHead head page=CompanyPage::Messages/>
                            {notices.into_iter().map(|text| view! { <Notice tone=Tone::Warn>{text}</Notice> }).collect_view()}
                            <LogFilter code=code.clone() filter=filter.clone() log=log.clone()/>
                            <Log code filter log running now/>
                        }
                        .into_any()
                    }
                    Err(error) => {
                        let away = (format!("/companies/{}/messages", code_in_address()), "The whole message log");
                        view! { <Failure error away/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

/// What is found, under what can be done with it. Followed, it is held by the script while somebody reads in it; see
/// src/ui/live/log.rs.
#[component]
fn Log(code: String, filter: MessageFilter, log: LogPage, running: bool, now: i64) -> impl IntoView {
    let followed = filter.follow.then_some("");
    let news = filter
        .follow
        .then(|| view! { <p class="news" role="status"><a class="button primary small" href="#log" hidden></a></p> });
    let body = if log.messages.is_empty() {
        view! { <Nothing code=code.clone() filter=filter.clone() log/> }.into_any()
    } else {
        view! { <Found code=code.clone() filter=filter.clone() log now/> }.into_any()
    };
    view! {
        <div class="log-part" id="log" data-follow=followed>
            <Tools code filter running/>
            {news}
            {body}
        </div>
    }
    .into_any()
}

/// Following, and the files.
#[component]
fn Tools(code: String, filter: MessageFilter, running: bool) -> impl IntoView {
    let follow = filter.before.is_none().then(|| {
        let href = MessageFilter { follow: !filter.follow, ..filter.clone() }.address(&code);
        let words = if filter.follow { "Stop following" } else { "Follow" };
        let state = match (filter.follow, running) {
            (false, _) => None,
            (true, true) => Some("New messages come in at the top while the sync goes on."),
            (true, false) => Some("Nothing is syncing now. New messages will come in at the top."),
        };
        view! {
            <div class="row scripted">
                <a class="button small" href=href title="Show new messages at the top as they come in">
                    <Icon name="up-arrow"/>
                    {words}
                </a>
                {state.map(|words| view! { <span class="following">{words}</span> })}
            </div>
        }
    });
    let file = |format: &'static str, words: &'static str| {
        view! { <a class="button small" href=filter.download(&code, format) download>{words}</a> }
    };
    let what = if filter.narrows() { "Download what matches as" } else { "Download the whole log as" };
    view! {
        <div class="log-tools">
            {follow}
            <div class="row push">
                <span class="second">{what}</span>
                {file("csv", "CSV")}
                {file("ndjson", "NDJSON")}
            </div>
        </div>
    }
    .into_any()
}

/// `Looked through 10,000 messages, back to 3 Nov 2026, 10:14`
fn how_far(looked: &Looked) -> String {
    let thousands = looked.messages / 1000;
    let count = if thousands > 0 { format!("{thousands},{:03}", looked.messages % 1000) } else { looked.messages.to_string() };
    format!("Looked through {count} messages, back to {}.", looked.back_to.text)
}

/// The way on into the part of the log that was not looked at.
fn further(code: &str, filter: &MessageFilter, looked: &Looked) -> String {
    MessageFilter { before: Some(looked.before.clone()), follow: false, ..filter.clone() }.address(code)
}

#[component]
fn Nothing(code: String, filter: MessageFilter, log: LogPage) -> impl IntoView {
    let newest = MessageFilter { before: None, ..filter.clone() }.address(&code);
    let whole = MessageFilter::default().address(&code);
    if let Some(looked) = log.looked {
        let on = further(&code, &filter, &looked);
        return view! {
            <Empty icon="search" title="Nothing found so far" text=how_far(&looked)>
                <a class="button primary" href=on>"Look further back"</a>
                <a class="button" href=whole>"Clear the filter"</a>
            </Empty>
        }
        .into_any();
    }
    let (title, text) = match (filter.narrows(), filter.before.is_some(), log.runs.is_empty()) {
        (_, true, _) => ("No older messages", "This is the end of the log."),
        (true, false, _) => ("No message matches", "No message of this company matches the filter."),
        (false, false, true) => ("No messages yet", "Every sync writes here what it sent and what came back."),
        (false, false, false) => ("No messages", "The syncs so far had nothing to say, or their messages are no longer kept."),
    };
    let (href, words) = if filter.before.is_some() { (newest, "Newest messages") } else { (whole, "Clear the filter") };
    let away = (filter.narrows() || filter.before.is_some()).then(|| view! { <a class="button" href=href>{words}</a> });
    view! { <Empty icon="list" title text>{away}</Empty> }.into_any()
}

#[component]
fn Found(code: String, filter: MessageFilter, log: LogPage, now: i64) -> impl IntoView {
    let newest = MessageFilter { before: None, ..filter.clone() }.address(&code);
    let older = |id: &str| MessageFilter { before: Some(id.into()), follow: false, ..filter.clone() }.address(&code);
    let older = log.messages.last().filter(|_| log.more).map(|last| older(&last.id));
    let shown = match log.messages.len() {
        1 => "1 message".to_string(),
        n => format!("{n} messages"),
    };
    let looked = log.looked.as_ref().map(|looked| (how_far(looked), further(&code, &filter, looked)));
    let far = looked.as_ref().map_or_else(String::new, |(words, _)| format!(". {words}"));
    view! {
        <section class="card flush" aria-label="Messages">
            <MessageList code messages=log.messages now/>
        </section>
        <nav class="pager" aria-label="Pages of the log">
            <p>{shown}{if filter.before.is_some() { ", continued" } else { ", newest first" }}{far}</p>
            <div class="steps">
                {filter.before.is_some().then(|| view! { <a href=newest>"‹ Newest"</a> })}
                {older.map(|href| view! { <a href=href rel="next">"Older ›"</a> })}
                {looked.map(|(_, href)| view! { <a href=href rel="next">"Look further back ›"</a> })}
            </div>
        </nav>
    }
    .into_any()
}
