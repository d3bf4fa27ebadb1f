//! Versions, attempts, and what people did about a record.

use super::Here;
use crate::{
    domain::{
        message::Direction,
        record::{
            diff::Change,
            view::{Attempt, Deed, VersionView},
        },
        time::ago,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

/// Changes of one version that are shown at once; the rest is unfolded.
const AT_ONCE: usize = 8;

#[component]
pub fn Versions(here: Here, versions: Vec<VersionView>, present: i64, before: Option<i64>) -> impl IntoView {
    let first = versions.first()?.version;
    let newest = (first < present).then(|| view! { <a href=format!("{}#versions", here.page)>"Latest versions"</a> });
    let older = before.map(|version| view! { <a href=format!("{}?versions={version}#versions", here.page)>"Older versions"</a> });
    let more = (newest.is_some() || older.is_some()).then(|| view! { <p class="under-list row">{newest} {older}</p> });
    let rows = versions.into_iter().map(|version| view! { <Version version now=here.now/> }).collect_view();
    Some(
        view! {
            <section class="card flush" aria-labelledby="versions">
                <h2 id="versions">"Versions"</h2>
                <ol class="versions" reversed>{rows}</ol>
                {more}
            </section>
        }
        .into_any(),
    )
}

#[component]
fn Version(version: VersionView, now: i64) -> impl IntoView {
    let by = if version.by.is_empty() { String::new() } else { format!("by {}, ", version.by) };
    let when = format!("{by}{} ({})", version.at.text, ago(version.at.ms, now));
    let changes = match version.changes {
        None if version.version == 1 => view! { <p class="second">"As it was first stored."</p> }.into_any(),
        None => view! { <p class="second">"The first version that is kept."</p> }.into_any(),
        Some(changes) if changes.is_empty() => {
            view! { <p class="second">"What it says did not change; its state did."</p> }.into_any()
        }
        Some(mut changes) => {
            let rest = changes.split_off(changes.len().min(AT_ONCE));
            let more = (!rest.is_empty()).then(|| {
                view! {
                    <details class="more">
                        <summary>{format!("{} more changes", rest.len())}</summary>
                        <Changes changes=rest/>
                    </details>
                }
            });
            view! {
                <Changes changes/>
                {more}
            }
            .into_any()
        }
    };
    view! {
        <li id=format!("version-{}", version.version)>
            <p class="row">
                <b>{format!("Version {}", version.version)}</b>
                <span class="soft small">{when}</span>
                {version.is_there.then(|| view! { <Badge tone=Tone::Good>"On both sides"</Badge> })}
            </p>
            {changes}
        </li>
    }
    .into_any()
}

#[component]
fn Changes(changes: Vec<Change>) -> impl IntoView {
    let rows = changes
        .into_iter()
        .map(|change| {
            let Change { what, before, after } = change;
            // Said in words, too, for those who do not see the strokes.
            let value = |text: String| {
                if text.is_empty() { view! { <i class="soft">"nothing"</i> }.into_any() } else { view! { {text} }.into_any() }
            };
            view! {
                <li>
                    <span class="what">{what}</span>
                    <span>
                        <del><span class="visually-hidden">"from "</span>{value(before)}</del>
                        <span aria-hidden="true">" → "</span>
                        <ins><span class="visually-hidden">" to "</span>{value(after)}</ins>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="changes">{rows}</ul> }.into_any()
}

#[component]
pub fn Attempts(here: Here, attempts: Vec<Attempt>, more: bool, log: String) -> impl IntoView {
    let heading = view! {
        <header>
            <h2 id="attempts">"Attempts"</h2>
            <a class="button small push" href=log.clone()>"In the message log"</a>
        </header>
    };
    if attempts.is_empty() {
        return view! {
            <section class="card flush" aria-labelledby="attempts">
                {heading}
                <p class="nothing">"No sync has dealt with it yet. Each attempt leaves a message here."</p>
            </section>
        }
        .into_any();
    }
    let older = more.then(|| view! { <p class="under-list"><a href=log>"Older ones in the message log"</a></p> });
    let rows = attempts
        .into_iter()
        .map(|attempt| {
            let message = format!("/companies/{}/messages/{}", here.code, attempt.id);
            let run = format!("/companies/{}/runs/{}", here.code, attempt.run_id);
            let direction = match attempt.direction {
                Direction::None => "",
                shown => shown.label(),
            };
            view! {
                <tr>
                    <td>
                        <time>{attempt.at.text.clone()}</time>
                        <span class="second">{ago(attempt.at.ms, here.now)} " · " <a href=run>"this sync"</a></span>
                    </td>
                    <td>
                        <Badge tone=Tone::from(attempt.level)>{attempt.level.label()}</Badge>
                        <span class="second">{direction}</span>
                    </td>
                    <td>
                        <p><a href=message>{attempt.text}</a></p>
                        {(!attempt.advice.is_empty()).then(|| view! { <p class="second">{attempt.advice}</p> })}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card flush" aria-labelledby="attempts">
            {heading}
            <div class="table-box">
                <table class="table top attempts">
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"Level"</th>
                            <th scope="col">"Message"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {older}
        </section>
    }
    .into_any()
}

/// What people did about it. Changes of what it says are among its versions as well.
#[component]
pub fn Deeds(deeds: Vec<Deed>) -> impl IntoView {
    if deeds.is_empty() {
        return None;
    }
    let rows = deeds
        .into_iter()
        .map(|deed| {
            let note = (!deed.note.is_empty()).then(|| view! { <span class="second">{format!("“{}”", deed.note)}</span> });
            view! {
                <li>
                    <p>{deed.summary} {deed.undone.then(|| view! { " " <Badge tone=Tone::Neutral>"Undone"</Badge> })}</p>
                    {note}
                    <span class="second">{format!("{}, {}", deed.by, deed.at.text)}</span>
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card flush" aria-labelledby="deeds">
                <h2 id="deeds">"What people did"</h2>
                <ul class="versions">{rows}</ul>
            </section>
        }
        .into_any(),
    )
}
