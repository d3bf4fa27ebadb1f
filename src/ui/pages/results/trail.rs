//! What unfolds under a row: the latest attempts, what went over in the last exchange, and setting aside.

use super::set_aside::SetAsideFields;
use crate::{
    domain::{
        message::Direction,
        results::{ATTEMPTS, Attempt, ProblemRow, Trail},
        time::ago,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

#[component]
pub fn TrailRow(code: String, problem: ProblemRow, trail: Trail, columns: u32, now: i64) -> impl IntoView {
    let id = format!("trail-{}", problem.id);
    let aside = problem.is_open().then(|| view! { <SetAside code=code.clone() problem=problem.clone()/> });
    view! {
        <tr class="trail" id=id>
            <td colspan=columns>
                <div class="trail-parts">
                    <Attempts code problem attempts=trail.attempts now/>
                    <Exchange sent=trail.sent received=trail.received/>
                    {aside}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Attempts(code: String, problem: ProblemRow, attempts: Vec<Attempt>, now: i64) -> impl IntoView {
    let log = format!("/companies/{code}/messages?");
    let start = log.len();
    let whole = form_urlencoded::Serializer::for_suffix(log, start)
        .append_pair("entity", problem.entity.as_str())
        .append_pair("q", &problem.label)
        .finish();
    let words = match attempts.len() {
        0 => "The log holds no message about this record any more.".to_string(),
        n if n >= ATTEMPTS => format!("The latest {n} messages; "),
        1 => "1 message; ".to_string(),
        n => format!("{n} messages; "),
    };
    let log = (!attempts.is_empty()).then(|| view! { <a href=whole>"all in the message log"</a> });
    let items = attempts
        .into_iter()
        .map(|attempt| {
            let message = format!("/companies/{code}/messages/{}", attempt.id);
            let direction = (attempt.direction != Direction::None).then(|| attempt.direction.label());
            view! {
                <li>
                    <a href=message>{attempt.at.text}</a>
                    <span class="second">{ago(attempt.at.ms, now)}</span>
                    <Badge tone=Tone::from(attempt.level)>{attempt.level.label()}</Badge>
                    <span class="text">{attempt.text} " " <span class="second">{direction}</span></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="attempts">
            <h3>"Attempts"</h3>
            <ol>{items}</ol>
            <p class="second">{words} {log}</p>
        </section>
    }
    .into_any()
}

/// What went over and what came back last.
#[component]
fn Exchange(sent: String, received: String) -> impl IntoView {
    let part = |heading: &'static str, body: String| {
        let body = if body.is_empty() { "Nothing".to_string() } else { body };
        // It may scroll, so the keyboard must reach it.
        view! { <section><h3>{heading}</h3> <pre class="verbatim" tabindex="0" role="region" aria-label=heading>{body}</pre></section> }
    };
    (!sent.is_empty() || !received.is_empty()).then(|| view! { {part("What was sent", sent)} {part("What came back", received)} })
}

#[component]
fn SetAside(code: String, problem: ProblemRow) -> impl IntoView {
    view! {
        <section>
            <h3>"Set aside"</h3>
            <form class="form" method="post" action="/api/set-aside">
                <input type="hidden" name="code" value=code/>
                <input type="hidden" name="ids[]" value=problem.id.clone()/>
                <SetAsideFields name=problem.id/>
                <button class="button small">"Set aside" <span class="visually-hidden">{format!(" {}", problem.label)}</span></button>
            </form>
        </section>
    }
    .into_any()
}
