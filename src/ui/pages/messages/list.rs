//! Messages one below the other, as the log and the page of a sync show them.

use crate::{
    domain::{
        message::{Direction, MessageRow, message_address},
        record,
        results::run_address,
        time::ago,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

/// `of_run`: all are of one sync, and its page is the one they are on.
#[component]
pub fn MessageList(code: String, messages: Vec<MessageRow>, now: i64, #[prop(optional)] of_run: bool) -> impl IntoView {
    let rows = messages.into_iter().map(|message| view! { <Message code=code.clone() message now of_run/> }).collect_view();
    view! {
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
    }
    .into_any()
}

/// `Invoice · Outgoing`; nothing where the name of the record says as much.
fn facts(message: &MessageRow) -> Option<String> {
    match message.direction {
        Direction::None if message.label.is_empty() => None,
        Direction::None => Some(message.entity.label().to_string()),
        direction => Some(format!("{} · {}", message.entity.label(), direction.label())),
    }
}

/// What the record is called; its kind where it has no name.
pub fn label(message: &MessageRow) -> String {
    if message.label.is_empty() { message.entity.label().to_string() } else { message.label.clone() }
}

/// Where the record's page is, for messages about one that has a page.
pub fn record_page(code: &str, message: &MessageRow) -> Option<String> {
    record::address(code, message.entity, message.local_id.as_deref()?)
}

#[component]
fn Message(code: String, message: MessageRow, now: i64, of_run: bool) -> impl IntoView {
    let page = message_address(&code, &message.id);
    let run = (!of_run).then(|| run_address(&code, &message.run_id));
    let (facts, label) = (facts(&message), label(&message));
    let label = match record_page(&code, &message) {
        Some(href) => view! { <a href=href>{label}</a> }.into_any(),
        None => label.into_any(),
    };
    view! {
        <tr id=message.id.clone()>
            <td>
                <a href=page title="This message by itself, at an address that lasts"><time>{message.at.text.clone()}</time></a>
                <span class="second">{ago(message.at.ms, now)} {run.map(|href| view! { " · " <a href=href>"this sync"</a> })}</span>
            </td>
            <td><Badge tone=Tone::from(message.level)>{message.level.label()}</Badge></td>
            <th scope="row">
                {label}
                {facts.map(|facts| view! { <span class="second">{facts}</span> })}
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
        (!body.is_empty()).then(|| view! { <p class="second">{words}</p> <pre class="verbatim" tabindex="0">{body}</pre> })
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
